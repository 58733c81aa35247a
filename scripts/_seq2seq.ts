/**
 * What train_seq2seq.ts reads and measures: pairs of texts, and what several systems wrote from held-out ones.
 *
 * @module
 */
import {
  datePairs,
  readJsonLines,
  readPairs,
  type ReadPairsOptions,
  type TextPair,
} from "@tome/tome/data";
import { emojiNames } from "@tome/tome/data/emoji-names";
import { debianSummaries, translationPairs } from "@tome/tome/data/translation-pairs";
import {
  compareSystems,
  leadSentences,
  type SystemComparison,
  WordTranslator,
} from "@tome/tome/evaluate";
import { bleuWith, chrF, type Metric, rouge } from "@tome/tome/metrics";
import { Rng } from "@tome/tome/tensor";

/** The sets that have names. */
export const SETS = ["dates", "emoji", "verses", "summaries"] as const;

/** Pairs that were asked for, and what is done with them. */
export interface Task {
  /** All pairs. */
  pairs: TextPair[];
  /** What the targets are to the sources. */
  kind: "translation" | "summary";
}

/** How pairs are found. */
export interface FindPairs {
  /** The name of a set. */
  set?: typeof SETS[number];
  /** A file. */
  pairs?: string;
  /** The column of the sources. */
  source?: string;
  /** The column of the targets. */
  target?: string;
  /** The most pairs. */
  maxPairs?: number;
  /** What the targets of a file are. */
  task: Task["kind"];
  /** Of the dates. */
  seed: number;
}

/** Finds the pairs of a set or a file. */
export async function findTask(
  { set, pairs: path, source, target, maxPairs, task, seed }: FindPairs,
): Promise<Task> {
  const some = async (pairs: Promise<TextPair[]> | TextPair[]) => (await pairs).slice(0, maxPairs);
  switch (set) {
    case "dates":
      return { pairs: datePairs(maxPairs ?? 4000, seed), kind: "translation" };
    case "emoji":
      return { pairs: await some(emojiNames()), kind: "translation" };
    case "verses":
      return { pairs: await some(translationPairs("bible-nt-en-es")), kind: "translation" };
    case "summaries":
      return { pairs: await some(debianSummaries()), kind: "summary" };
  }
  const column = (name: string) => /^\d+$/.test(name) ? Number(name) : name;
  const options: ReadPairsOptions = {
    ...(source === undefined ? {} : { source: column(source) }),
    ...(target === undefined ? {} : { target: column(target) }),
  };
  return { pairs: await some(readPairs(path!, options)), kind: task };
}

/** Pairs by what they are for; no two parts have a source in common. */
export interface PairParts {
  /** Pairs that are learnt. */
  train: TextPair[];
  /** Pairs by which the best weights are chosen. */
  validation: TextPair[];
  /** Pairs that are measured, once, at the end. */
  held: TextPair[];
}

/**
 * Parts pairs for training, for the choice of the weights, and for the measures at the end.
 *
 * @param most The most pairs that are measured; half as many choose the weights, and both are at most a tenth.
 * @throws {RangeError} If there are fewer than ten sources.
 */
export function splitPairs(pairs: readonly TextPair[], most: number, seed: number): PairParts {
  const bySource = Map.groupBy(pairs, ({ source }) => source);
  const groups = new Rng(seed).shuffle([...bySource.values()]);
  const count = Math.min(most, Math.floor(groups.length / 10));
  if (count === 0) {
    throw new RangeError(
      `Cannot train as there must be at least 10 different sources: current number is ${groups.length}`,
    );
  }
  const end = count + Math.ceil(count / 2);
  const firsts = (from: number, to: number) => groups.slice(from, to).map(([first]) => first!);
  return {
    held: firsts(0, count),
    validation: firsts(count, end),
    train: groups.slice(end).flat(),
  };
}

/** What the simplest systems write: for translations the source itself, and word for word; for summaries the first sentence. */
export function baselines(
  kind: Task["kind"],
  train: readonly TextPair[],
  sources: readonly string[],
): Record<string, string[]> {
  if (kind === "summary") return { "first sentence": sources.map((text) => leadSentences(text)) };
  const words = new WordTranslator(train);
  return {
    "source as it is": [...sources],
    "word for word": sources.map((text) => words.translate(text)),
  };
}

/** What another program wrote from the same sources, `{"source": …, "written": …}` a line. */
export async function writtenBeside(path: string, sources: readonly string[]): Promise<string[]> {
  const written = new Map<string, string>();
  for await (const line of readJsonLines(path)) written.set(`${line.source}`, `${line.written}`);
  return sources.map((source) => {
    const text = written.get(source);
    if (text !== undefined) return text;
    throw new RangeError(
      `Cannot compare with ${path} as it must hold each source: it lacks ${source.slice(0, 60)}`,
    );
  });
}

type TextMetric = Metric<[string, string]>;

/** The share of texts that are as wanted, letter for letter. */
export const exactly: TextMetric = (written, targets) =>
  Array.from(written).filter((text, i) => text === targets[i]).length / targets.length;

/** Measures systems with intervals: translations by BLEU and chrF, summaries by ROUGE. */
export function measure(
  kind: Task["kind"],
  systems: Readonly<Record<string, readonly string[]>>,
  targets: readonly string[],
  seed: number,
): SystemComparison<string, string> {
  const letters = targets.join("").match(/\p{L}/gu)?.length ?? 0;
  const chinese = targets.join("").match(/\p{Script=Han}/gu)?.length ?? 0;
  const metrics: Record<string, TextMetric> = kind === "summary"
    ? { "ROUGE-1": rouge("rouge1"), "ROUGE-2": rouge("rouge2"), "ROUGE-L": rouge("rougeL") }
    : {
      BLEU: bleuWith({ tokenizer: 2 * chinese > letters ? "zh" : "13a" }),
      chrF,
      "exact share": exactly,
    };
  return compareSystems(systems, targets, metrics, { seed });
}
