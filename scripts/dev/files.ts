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
 * Yields the files of the project in the order of their paths, without what `.gitignore` names.
 *
 * @param pattern What a path must match.
 * @param root The folder.
 */
export async function* projectFiles(pattern: RegExp, root = ROOT): AsyncGenerator<ProjectFile> {
  const ignored = (await Deno.readTextFile(`${root}/.gitignore`).catch(() => "")).split("\n")
    .map((line) => line.trim().replace(/^\/|\/$/g, "")).filter(Boolean);
  yield* walk(root, "", pattern, new Set([".git", ...ignored]));
}

async function* walk(
  root: string,
  folder: string,
  pattern: RegExp,
  ignored: ReadonlySet<string>,
): AsyncGenerator<ProjectFile> {
  const entries = await Array.fromAsync(Deno.readDir(`${root}/${folder}`));
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isDirectory, isFile } of entries) {
    const path = folder + name;
    if (ignored.has(name) || ignored.has(path)) continue;
    if (isDirectory) yield* walk(root, `${path}/`, pattern, ignored);
    else if (isFile && pattern.test(path)) {
      yield { path, text: await Deno.readTextFile(`${root}/${path}`) };
    }
  }
}
