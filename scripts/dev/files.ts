/** A text file of the project. */
export interface ProjectFile {
  /** Its path from the root of the project. */
  path: string;
  /** What it holds. */
  text: string;
}

/** The folder that the project lies in. */
export const ROOT = `${import.meta.dirname}/../..`;

/**
 * Yields the files that belong to the project: those that git knows or would add.
 *
 * @param pattern What a path must match.
 */
export async function* projectFiles(pattern: RegExp): AsyncGenerator<ProjectFile> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["ls-files", "--cached", "--others", "--exclude-standard", "-z"],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const paths = new TextDecoder().decode(stdout).split("\0");
  for (const path of [...new Set(paths)].sort()) {
    if (!path || !pattern.test(path)) continue;
    const text = await Deno.readTextFile(`${ROOT}/${path}`).catch(() => undefined);
    if (text !== undefined) yield { path, text };
  }
}
