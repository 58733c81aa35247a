import { join } from "node:path";

/** An environment variable; undefined if it is not set, or if reading it is not allowed. */
function variable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) || undefined : undefined;
}

/** The folder with data sets that the variable `TOME_DATA` names: what lies there is taken before anything else. */
export function dataFolder(): string | undefined {
  return variable("TOME_DATA");
}

/**
 * The folder for downloads: that of the system for files that can be had again.
 *
 * @throws {TypeError} If none is known.
 */
export function cacheFolder(): string {
  const home = variable("HOME");
  const folder = Deno.build.os === "windows"
    ? variable("LOCALAPPDATA")
    : variable("XDG_CACHE_HOME") ??
      (home && join(home, Deno.build.os === "darwin" ? "Library/Caches" : ".cache"));
  if (folder) return join(folder, "tome");
  throw new TypeError(
    "Cannot keep downloads as no cache folder is known: set HOME, or pass a folder",
  );
}

/** The SHA-256 of bytes, in hexadecimal. */
export async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
