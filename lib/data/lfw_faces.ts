import { unzipSync } from "fflate";
import { join } from "node:path";
import { cachedDownload, DownloadError, type DownloadOptions } from "./download.ts";
import { dataFolder, sha256Of } from "./folder.ts";
import type { LabelledImage } from "./image_batch.ts";
import { parseNpy } from "./npy.ts";

/** The package on PyPI whose wheel, a ZIP file, holds the photographs. */
const WHEEL =
  "https://files.pythonhosted.org/packages/88/21/7323d351d3108cd90976c631f89ca725ab292d584d84ace0890c1483129c/scikit_image-0.19.3-cp39-cp39-win_amd64.whl";
const WHEEL_SHA256 = "32fb88cc36203b99c9672fb972c9ef98635deaa5fc889fe969f3e11c44f22919";
const INSIDE = "skimage/data/lfw_subset.npy";
const SHA256 = "9560ec2f5edfac01973f63a8a99d00053fecd11e21877e18038fbe500f8e872c";

const SIDE = 25;

/**
 * 200 grey photographs of 25 × 25 pixels: 100 faces of Labeled Faces in the Wild (label 1), each of another person, and then 100
 * pieces of the same photographs without a face (label 0).
 *
 * They are `lfw_subset.npy` of scikit-image: `images/lfw_subset.npy` in the folder that `TOME_DATA` names, if it is there, else
 * taken out of the wheel of `scikit-image` 0.19.3 on PyPI, 12 MB, which is downloaded once. Both are checked by their SHA-256.
 *
 * @param options Where the download is kept.
 * @throws {DownloadError} If they cannot be had, or are not the expected ones.
 * @see Huang et al., 2007, "Labeled Faces in the Wild", https://vis-www.cs.umass.edu/lfw/
 */
export async function lfwFaces(
  options: Omit<DownloadOptions, "name"> = {},
): Promise<LabelledImage[]> {
  const bytes = await given() ?? await unpacked(options);
  const found = await sha256Of(bytes);
  if (found !== SHA256) {
    throw new DownloadError(
      `Cannot use the faces as their SHA-256 must be ${SHA256}: current SHA-256 is ${found}`,
    );
  }
  const { values } = parseNpy(bytes);
  return Array.from({ length: 200 }, (_, i) => ({
    image: {
      width: SIDE,
      height: SIDE,
      channels: 1,
      data: Uint8Array.from(
        values.subarray(i * SIDE ** 2, (i + 1) * SIDE ** 2),
        (value) => Math.round(255 * value),
      ),
    },
    label: Number(i < 100),
  }));
}

/** The file in the folder that `TOME_DATA` names. */
async function given(): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const folder = dataFolder();
  if (!folder) return;
  return await Deno.readFile(join(folder, "images", "lfw_subset.npy")).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return undefined;
  });
}

async function unpacked(
  options: Omit<DownloadOptions, "name">,
): Promise<Uint8Array<ArrayBuffer>> {
  const wheel = await cachedDownload(WHEEL, WHEEL_SHA256, options);
  const files = unzipSync(await Deno.readFile(wheel), { filter: ({ name }) => name === INSIDE });
  return Uint8Array.from(files[INSIDE]!);
}
