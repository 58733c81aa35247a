import { basename, dirname, join, resolve } from "node:path";
import { CheckpointError } from "./error.ts";

/** What a file is written from: bytes, text, or pieces that follow one another. */
export type FileContent =
  | string
  | Uint8Array
  | Iterable<Uint8Array>
  | AsyncIterable<Uint8Array>;

/**
 * Writes a file so that others see the old one or the whole new one, never a part.
 *
 * The bytes go to a temporary name in the same folder, reach the disk, and only then take the file's name. The temporary
 * file is removed if anything fails.
 *
 * @param path The file; its folder exists.
 * @param content What it will hold.
 */
export async function writeAtomic(path: string, content: FileContent): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}.tmp`);
  try {
    {
      using file = await Deno.open(temporary, { write: true, createNew: true });
      for await (const piece of pieces(content)) {
        for (let at = 0; at < piece.length;) at += await file.write(piece.subarray(at));
      }
      await file.sync();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {}); // it may not exist
    throw error;
  }
  await syncFolder(dirname(path));
}

function pieces(content: FileContent): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof content === "string") return [new TextEncoder().encode(content)];
  return content instanceof Uint8Array ? [content] : content;
}

/** Makes the names in a folder reach the disk, where the system can do that. */
async function syncFolder(path: string): Promise<void> {
  try {
    using folder = await Deno.open(path);
    await folder.sync();
  } catch {
    // Windows opens no folder; the names reach the disk in their own time
  }
}

/**
 * Fills a folder so that others see the old one or the whole new one.
 *
 * The new folder is filled under a temporary name beside the old one. Then the old one becomes `.NAME.old`, the new one
 * takes its name, and the old one is removed; {@link settledFolder} finds the old one if the process dies in between.
 *
 * @param path The folder; its parent folders are made.
 * @param fill Writes the files into the folder it is given.
 * @param owns Whether a name in the old folder is replaced; everything else there is taken along.
 * @throws {CheckpointError} If the path is taken by a file.
 */
export async function replaceFolder(
  path: string,
  fill: (folder: string) => Promise<void>,
  owns: (name: string) => boolean = () => true,
): Promise<void> {
  const folder = resolve(path);
  const old = oldName(folder);
  const temporary = join(dirname(folder), `.${basename(folder)}.${crypto.randomUUID()}.tmp`);
  await Deno.mkdir(dirname(folder), { recursive: true });
  if (!await exists(folder) && await exists(old)) await Deno.rename(old, folder);
  if (await exists(folder) && !(await Deno.stat(folder)).isDirectory) {
    throw new CheckpointError(`Cannot write the folder ${path} as it is a file`);
  }
  try {
    await Deno.mkdir(temporary);
    await fill(temporary);
    if (await exists(folder)) {
      await takeAlong(folder, temporary, owns);
      if (await exists(old)) await Deno.remove(old, { recursive: true });
      await syncFolder(temporary);
      await Deno.rename(folder, old);
    }
    await Deno.rename(temporary, folder);
  } catch (error) {
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
    if (!await exists(folder) && await exists(old)) await Deno.rename(old, folder);
    throw error;
  }
  await syncFolder(dirname(folder));
  if (await exists(old)) {
    await takeAlong(old, folder, owns); // what came while the folders changed places
    await Deno.remove(old, { recursive: true });
  }
}

/** Gives the files of a folder that are not replaced a second name in another, where they have none yet. */
async function takeAlong(
  from: string,
  to: string,
  owns: (name: string) => boolean,
): Promise<void> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (owns(name)) continue;
    const [source, target] = [join(from, name), join(to, name)];
    if (isDirectory) {
      await Deno.mkdir(target, { recursive: true });
      await takeAlong(source, target, () => false);
    } else if (isFile && !await exists(target)) {
      await Deno.link(source, target).catch(() => Deno.copyFile(source, target)); // no links on FAT
    } else if (!isFile && !await exists(target)) {
      await Deno.symlink(await Deno.readLink(source), target);
    }
  }
}

/** The folder to read: `path`, or what it held before a {@link replaceFolder} that died between two renames. */
export async function settledFolder(path: string): Promise<string> {
  const old = oldName(resolve(path));
  return !await exists(path) && await exists(old) ? old : path;
}

function oldName(folder: string): string {
  return join(dirname(folder), `.${basename(folder)}.old`);
}

/** Whether a file or a folder is there. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

/**
 * Reads a whole file.
 *
 * @throws {CheckpointError} If it is not there or is no file.
 */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return await orExplain(path, () => Deno.readFile(path));
}

/**
 * Reads a JSON file whose value is an object.
 *
 * @throws {CheckpointError} If it is not there, is not JSON, or is another kind of value.
 */
export async function readJson(path: string): Promise<Record<string, unknown>> {
  const bytes = await readBytes(path);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new CheckpointError(
      `Cannot read ${path} as it must be JSON: ${(error as Error).message}`,
      { cause: error },
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CheckpointError(
      `Cannot read ${path} as it must hold a JSON object: current value is ${
        JSON.stringify(value)?.slice(0, 60)
      }`,
    );
  }
  return value as Record<string, unknown>;
}

/** Runs `read`, and says what is wrong with the path if the system refuses it. */
export async function orExplain<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { NotFound, NotADirectory, IsADirectory, PermissionDenied } = Deno.errors;
    const why = error instanceof NotFound || error instanceof NotADirectory
      ? "it does not exist"
      : error instanceof IsADirectory
      ? "it is a folder"
      : error instanceof PermissionDenied
      ? "the system does not allow it"
      : undefined;
    if (!why) throw error;
    throw new CheckpointError(`Cannot read ${path} as ${why}`, { cause: error });
  }
}

/**
 * JSON with its keys sorted at every depth, indented by 2, ending in a newline: equal values give equal files.
 *
 * @param value A JSON value.
 */
export function stableJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, inner) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1))
        : inner,
    2,
  ) + "\n";
}
