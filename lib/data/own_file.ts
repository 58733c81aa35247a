import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { cachedDownload, type DownloadOptions } from "./download.ts";
import { dataFolder } from "./folder.ts";

/** A file of a data set that the network has: where, and how it is known. */
export interface RemoteFile {
  /** Where it is. */
  url: string;
  /** Its SHA-256, in hexadecimal. */
  sha256: string;
  /** Its name in the cache, and in the folder of `TOME_DATA`. */
  name: string;
}

/**
 * Looks for a file in the folder that `TOME_DATA` names and in the folders there; it may be packed, as `NAME.gz`.
 *
 * @returns Its path; undefined if it is not there.
 */
export async function ownFile(name: string): Promise<string | undefined> {
  const folder = dataFolder();
  if (!folder) return undefined;
  const places = [folder];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.isDirectory) places.push(join(folder, entry.name));
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  for (const place of places.sort()) {
    for (const path of [join(place, name), join(place, `${name}.gz`)]) {
      const found = await Deno.stat(path).catch(() => undefined);
      if (found?.isFile) return path;
    }
  }
  return undefined;
}

/**
 * The bytes of a file of a data set: from the folder of `TOME_DATA`, or downloaded once and checked.
 *
 * @throws {DownloadError} If it cannot be had, or is another file.
 */
export async function setFile(
  file: RemoteFile,
  options: DownloadOptions = {},
): Promise<{ bytes: Uint8Array; path: string }> {
  const path = await ownFile(file.name) ??
    await cachedDownload(file.url, file.sha256, { ...options, name: file.name });
  const bytes = await Deno.readFile(path);
  return { bytes: path.endsWith(".gz") ? new Uint8Array(gunzipSync(bytes)) : bytes, path };
}
