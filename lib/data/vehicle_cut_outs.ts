/**
 * Pictures of vehicles without a background, to be laid over scenes.
 *
 * This is a module of its own, as it brings npm's `twemoji`.
 *
 * @module
 */
import { DownloadError } from "./download.ts";
import type { Image } from "./image.ts";

/**
 * Vehicles that come towards one: a car, a taxi, a police car and a bus, in colours with opacity, each cut close.
 *
 * They are drawn from npm's `twemoji` 2.2.5, which Deno fetches once (code MIT, pictures CC BY 4.0 by Twitter, Inc and other
 * contributors).
 *
 * @param width Pixels across before they are cut. @default {64}
 * @throws {DownloadError} If they cannot be had.
 */
export async function vehicleCutOuts(width = 64): Promise<Image[]> {
  const drawings = await fromPackage();
  const { initWasm, Resvg } = await import("@resvg/resvg-wasm");
  const code = await Deno.readFile(
    new URL(import.meta.resolve("npm:@resvg/resvg-wasm@2.6.2/index_bg.wasm")),
  );
  await initWasm(code).catch((error: unknown) => {
    // charts may have made it ready before
    if (!/already initialized/i.test(String(error))) throw error;
  });
  return drawings.map((svg) => {
    const drawing = new Resvg(svg, { fitTo: { mode: "width", value: width } });
    const picture = drawing.render();
    const image = cutClose({
      width: picture.width,
      height: picture.height,
      channels: 4,
      data: opaque(picture.pixels),
    });
    picture.free();
    drawing.free();
    return image;
  });
}

/** Colours that were multiplied with their opacity, as they were. */
function opaque(pixels: Uint8Array): Uint8Array {
  return pixels.map((value, i) => {
    const alpha = pixels[i | 3]!;
    return i % 4 === 3 || alpha === 0 ? value : Math.min(255, Math.round(255 * value / alpha));
  });
}

/** Leaves out rows and columns at the sides that show nothing. */
function cutClose({ width, height, data }: Image): Image {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let i = 0; i < width * height; i++) {
    if (data[4 * i + 3]! < 128) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
  }
  const cut = new Uint8Array((right - left) * (bottom - top) * 4);
  for (let y = top; y < bottom; y++) {
    const row = data.subarray((y * width + left) * 4, (y * width + right) * 4);
    cut.set(row, (y - top) * (right - left) * 4);
  }
  return { width: right - left, height: bottom - top, channels: 4, data: cut };
}

async function fromPackage(): Promise<string[]> {
  try {
    // the specifiers are literals, so that deno.lock and `deno cache` know of them
    const modules = await Promise.all([
      import("npm:twemoji@2.2.5/2/svg/1f698.svg", { with: { type: "text" } }),
      import("npm:twemoji@2.2.5/2/svg/1f696.svg", { with: { type: "text" } }),
      import("npm:twemoji@2.2.5/2/svg/1f694.svg", { with: { type: "text" } }),
      import("npm:twemoji@2.2.5/2/svg/1f68d.svg", { with: { type: "text" } }),
    ]);
    return modules.map(({ default: svg }) => svg);
  } catch (cause) {
    throw new DownloadError(
      "Cannot load pictures of vehicles as npm's twemoji is not at hand; run once where npm can be reached",
      { cause },
    );
  }
}
