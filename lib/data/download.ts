import { join } from "node:path";
import { writeAtomic } from "../checkpoint/mod.ts";
import { cacheFolder } from "../tensor/mod.ts";
import { dataFolder, sha256Of } from "./folder.ts";

/** Thrown where data cannot be had, or is not what it should be. */
export class DownloadError extends Error {
  /** The name of this class. */
  override readonly name = "DownloadError";
}

/** How {@link cachedDownload} works. */
export interface DownloadOptions {
  /** The name of the file. @default {the last part of the URL} */
  name?: string;
  /** Where the file is kept. @default {`tome` in the system's folder for caches} */
  folder?: string;
  /** Ends the download early. @default {undefined} */
  signal?: AbortSignal;
}

/**
 * Downloads a file once, and makes sure that it is the right one.
 *
 * A file of that name in the folder that `TOME_DATA` names is taken first; then one downloaded before. The file appears
 * in the cache whole or not at all.
 *
 * @param url Where it is.
 * @param sha256 The SHA-256 that it must have, in hexadecimal.
 * @param options Its name, and where it is kept.
 * @returns The path of the file.
 * @throws {RangeError} If `sha256` is not one.
 * @throws {DownloadError} If the server does not answer, the connection breaks, or the file is another one.
 */
export async function cachedDownload(
  url: string | URL,
  sha256: string,
  options: DownloadOptions = {},
): Promise<string> {
  const wanted = sha256.toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(wanted)) {
    throw new RangeError(
      `Cannot download ${url} as sha256 must be 64 hexadecimal digits: current sha256 is ${
        JSON.stringify(sha256)
      }`,
    );
  }
  const name = options.name ?? decodeURIComponent(new URL(url).pathname.split("/").at(-1)!);
  if (!/^[^/\\\0]+$/.test(name) || name === "." || name === "..") {
    throw new RangeError(
      `Cannot download ${url} as it must have a file name: current name is ${JSON.stringify(name)}`,
    );
  }
  const own = dataFolder() && join(dataFolder()!, name);
  const given = own && await read(own);
  if (own && given) {
    const found = await sha256Of(given);
    if (found === wanted) return own;
    throw new DownloadError(
      `Cannot use ${own} as its SHA-256 must be ${wanted}: current SHA-256 is ${found}; remove it, or unset TOME_DATA`,
    );
  }
  const folder = options.folder ?? cacheFolder();
  const path = join(folder, `${wanted.slice(0, 16)}-${name}`);
  const cached = await read(path);
  if (cached && await sha256Of(cached) === wanted) return path;

  const bytes = await download(url, options.signal).catch((cause) => {
    throw new DownloadError(
      `${cause.message}; offline, put the file into a folder as ${name}, ` +
        "and name that folder by TOME_DATA",
      { cause },
    );
  });
  const found = await sha256Of(bytes);
  if (found !== wanted) {
    throw new DownloadError(
      `Cannot use the download of ${url} as its SHA-256 must be ${wanted}: current SHA-256 is ${found}, of ${bytes.length} bytes`,
    );
  }
  await Deno.mkdir(folder, { recursive: true });
  await writeAtomic(path, bytes);
  return path;
}

async function read(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function download(
  url: string | URL,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (cause) {
    throw new Error(`Cannot download ${url} as the server does not answer`, { cause });
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(
      `Cannot download ${url} as the server must have it: current answer is ${response.status} ${response.statusText}`
        .trimEnd(),
    );
  }
  try {
    return await response.bytes();
  } catch (cause) {
    throw new Error(`Cannot download ${url} as the connection broke before the end`, { cause });
  }
}
