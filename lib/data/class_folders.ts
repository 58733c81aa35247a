import { join } from "node:path";
import { readText } from "./text_file.ts";

/** A text and what it is of. */
export interface LabeledText {
  /** The text. */
  text: string;
  /** The number of its class: its place in the names. */
  label: number;
}

/** Texts with their classes. */
export interface LabeledTexts {
  /** The texts. */
  examples: LabeledText[];
  /** The names of the classes. */
  names: string[];
}

/**
 * Reads a folder that has a folder for each class, with a text in each file, as IMDB's reviews lie: `pos/0_9.txt`.
 *
 * @param path The folder.
 * @param options Which classes; by default all, in the order of their names. IMDB's `unsup` holds texts without a class.
 * @returns The texts, class by class, in the order of their names.
 * @throws {Deno.errors.NotFound} If the folder or a class is not there.
 * @throws {RangeError} If there are fewer than two classes, or a text is empty.
 * @throws {SyntaxError} If a text is not UTF-8.
 * @see Maas et al., 2011, "Learning Word Vectors for Sentiment Analysis"
 */
export async function readClassFolders(
  path: string,
  options: { classes?: readonly string[] } = {},
): Promise<LabeledTexts> {
  const list = async (folder: string, wanted: (entry: Deno.DirEntry) => boolean) => {
    try {
      const entries = await Array.fromAsync(Deno.readDir(folder));
      return entries.filter((entry) => !entry.name.startsWith(".") && wanted(entry))
        .map(({ name }) => name).sort();
    } catch (cause) {
      if (!(cause instanceof Deno.errors.NotFound)) throw cause;
      throw new Deno.errors.NotFound(`Cannot read the texts as there is no folder ${folder}`, {
        cause,
      });
    }
  };
  const names = [...options.classes ?? await list(path, ({ isDirectory }) => isDirectory)];
  if (names.length < 2) {
    throw new RangeError(
      `Cannot read the texts as ${path} must hold a folder for each of at least two classes: current folders are ${
        JSON.stringify(names)
      }`,
    );
  }
  const examples: LabeledText[] = [];
  for (const [label, name] of names.entries()) {
    for (const file of await list(join(path, name), ({ isFile }) => isFile)) {
      examples.push({ text: await readText(join(path, name, file)), label });
    }
  }
  return { examples, names };
}
