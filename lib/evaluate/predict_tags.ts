import { collateTagged, encodeTagged, type TaggedTokens } from "../data/mod.ts";
import type { TokenClassifier } from "../nn/mod.ts";
import type { Tokenizer } from "../text/mod.ts";
import { eachBatch } from "./each_batch.ts";

/** How {@link predictTags} works. */
export interface PredictTagsOptions {
  /** The most tokens of a row; longer sentences are tagged in parts. @default {128} */
  maxLength?: number;
  /** Rows at a time. @default {32} */
  batchSize?: number;
  /** The tag of words of which the tokenizer leaves nothing. @default {the first label} */
  fallback?: string;
  /** Stops the work, which then throws the signal's reason. @default {the Stop button, in a notebook} */
  signal?: AbortSignal;
}

/**
 * Lets a model tag the words of sentences; a word has the tag of its first token.
 *
 * @param model The model; it is left in the mode it was in.
 * @param tokenizer Makes the tokens that the model was trained on.
 * @param sentences The words of each sentence.
 * @param labels The tags, in the order of the model's classes.
 * @param options Lengths and sizes.
 * @returns The tags of each sentence, one a word.
 * @throws {RangeError} If there are other numbers of labels and classes.
 * @throws {DOMException} If it is interrupted.
 */
export async function predictTags(
  model: TokenClassifier,
  tokenizer: Tokenizer,
  sentences: readonly (readonly string[])[],
  labels: readonly string[],
  { maxLength = 128, batchSize = 32, fallback = labels[0]!, signal }: PredictTagsOptions = {},
): Promise<string[][]> {
  if (labels.length !== model.numLabels) {
    throw new RangeError(
      `Cannot predict tags as there must be a label for each of ${model.numLabels} classes: current number is ${labels.length}`,
    );
  }
  const found = sentences.map((words) => words.map(() => fallback));
  const rows = encodeTagged(tokenizer, sentences.map((tokens) => ({ tokens })), { maxLength })
    .filter(({ ids }) => ids.length > 0)
    .sort((a, b) => a.ids.length - b.ids.length); // rows of like lengths need little filling up
  const groups: TaggedTokens[][] = [];
  for (let i = 0; i < rows.length; i += batchSize) groups.push(rows.slice(i, i + batchSize));
  const padId = tokenizer.padId ?? 0;
  let done = 0;
  await eachBatch(
    model,
    batchesOf(groups, (group) => collateTagged(group, { padding: 8, padId })),
    ({ labels: _, ...inputs }) => model.forward(inputs),
    (logits, shape) => {
      const [, T, K] = shape as [number, number, number];
      for (const [b, { words, index }] of groups[done++]!.entries()) {
        for (const [t, word] of words.entries()) {
          if (word >= 0) found[index]![word] = labels[likeliest(logits, (b * T + t) * K, K)]!;
        }
      }
    },
    { name: "tagging", signal },
  );
  return found;
}

/** Makes each batch when its turn comes. */
export function* batchesOf<T, B>(groups: readonly T[], make: (group: T) => B): Generator<B> {
  for (const group of groups) yield make(group);
}

/** The place of the largest of some values, from `from`. */
function likeliest(values: ArrayLike<number>, from: number, count: number): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[from + k]! > values[from + best]!) best = k;
  return best;
}
