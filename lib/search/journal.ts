import { JsonlWriter } from "../train/mod.ts";
import type { Settings } from "./space.ts";
import type { Trial } from "./trial.ts";

/** What a journal begins with: what must be the same when a search goes on. */
export interface JournalHead {
  /** What is chosen from, as JSON. */
  space: string;
  /** The sampler's name. */
  sampler: string;
  /** The pruner's name. */
  pruner: string;
  /** The seed. */
  seed: number;
  /** Whether the least or the most is sought. */
  direction: "minimize" | "maximize";
}

/** A journal's lines. */
type Line = { head: JournalHead } | { start: { number: number; settings: Settings } } | {
  end: Trial;
};

/**
 * Keeps the trials of a search in a file of JSON, one object a line, so that a search that was stopped, or killed, goes on where it was.
 */
export class Journal implements AsyncDisposable {
  /** The trials that had ended, in the order of their numbers. */
  readonly trials: readonly Trial[];
  /** Trials that had begun and not ended: they are made again. */
  readonly open: readonly { number: number; settings: Settings }[];
  readonly #writer: JsonlWriter;

  private constructor(writer: JsonlWriter, trials: Trial[], open: Journal["open"]) {
    this.#writer = writer;
    this.trials = trials;
    this.open = open;
  }

  /**
   * Opens a journal, or begins one.
   *
   * @param path The file.
   * @param head What the search is.
   * @throws {Error} If the file is the journal of another search, or none.
   */
  static async open(path: string, head: JournalHead): Promise<Journal> {
    const lines = await readLines(path);
    const trials = new Map<number, Trial>();
    const begun = new Map<number, { number: number; settings: Settings }>();
    for (const [i, line] of lines.entries()) {
      if (i === 0) check(path, "head" in line ? line.head : undefined, head);
      if ("start" in line) begun.set(line.start.number, line.start);
      if ("end" in line) trials.set(line.end.number, line.end);
    }
    const writer = await JsonlWriter.open(path);
    if (lines.length === 0) await writer.write({ head });
    return new Journal(
      writer,
      [...trials.values()].sort((a, b) => a.number - b.number),
      [...begun.values()].filter(({ number }) => !trials.has(number)),
    );
  }

  /** Notes that a trial begins. */
  start(number: number, settings: Settings): Promise<void> {
    return this.#writer.write({ start: { number, settings } });
  }

  /** Notes what became of a trial. */
  end(trial: Trial): Promise<void> {
    return this.#writer.write({ end: trial });
  }

  /** Closes the file once all is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer[Symbol.asyncDispose]();
  }
}

/** The lines of a journal; one that was cut short by a crash is passed over. */
async function readLines(path: string): Promise<Line[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return text.split("\n").filter((line) => line.trim() !== "").flatMap((line, i) => {
    try {
      return [JSON.parse(line) as Line];
    } catch (error) {
      if (i > 0) return [];
      throw new Error(
        `Cannot go on with ${path} as it must be the journal of a search: ${
          (error as Error).message
        }`,
      );
    }
  });
}

function check(path: string, found: JournalHead | undefined, wanted: JournalHead): void {
  for (const key of Object.keys(wanted) as (keyof JournalHead)[]) {
    if (found?.[key] === wanted[key]) continue;
    throw new Error(
      `Cannot go on with ${path} as the search must be the one it is of: ` +
        `its ${key} is ${found?.[key]}, the current one ${
          wanted[key]
        }; name another file to begin anew`,
    );
  }
}
