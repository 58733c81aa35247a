import { join } from "node:path";

/** An environment variable; undefined if it is not set, or if reading it is not allowed. */
export function environmentVariable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) || undefined : undefined;
}

/**
 * The folder for what can be had again: that of the system for caches, and `tome` in it.
 *
 * @throws {TypeError} If none is known.
 */
export function cacheFolder(): string {
  const home = environmentVariable("HOME");
  const folder = Deno.build.os === "windows"
    ? environmentVariable("LOCALAPPDATA")
    : environmentVariable("XDG_CACHE_HOME") ??
      (home && join(home, Deno.build.os === "darwin" ? "Library/Caches" : ".cache"));
  if (folder) return join(folder, "tome");
  throw new TypeError("Cannot keep files as no cache folder is known: set HOME, or pass a folder");
}
