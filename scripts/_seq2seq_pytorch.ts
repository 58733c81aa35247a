/**
 * The run of train_seq2seq.ts in PyTorch: the same first weights, batches, rates and number of steps.
 *
 * @module
 */
import type { Tokenizer } from "@tome/tome/text";
import { runInPyTorch } from "./_pytorch.ts";
import type { PairParts } from "./_seq2seq.ts";
import {
  encodePairs,
  loadPairModel,
  type ModelFlags,
  MULTIPLE,
  specialIds,
  writeTexts,
  type WritingFlags,
} from "./_seq2seq_model.ts";

/** The flags of the run. */
export interface RunFlags extends ModelFlags, WritingFlags {
  /** Optimizer steps. */
  steps: number;
  /** Peak learning rate. */
  lr: number;
  /** Steps until the peak. */
  warmup: number;
  /** Of matrices. */
  weightDecay: number;
  /** Share of each target spread. */
  labelSmoothing: number;
  /** Steps between validations. */
  evalEvery: number;
  /** Candidates of the search at the end. */
  numBeams: number;
}

/**
 * Does the same run in PyTorch, from the weights in `FOLDER/init`.
 *
 * @param python The Python to run.
 * @param folder Where the first weights are; PyTorch leaves its best ones in `trained`.
 * @param parts The pairs.
 * @param order The places of the pairs of each batch.
 * @returns What PyTorch wrote greedily from the held-out texts and, with beams, what was written here by PyTorch's weights.
 */
export async function pairsInPyTorch(
  python: string,
  folder: string,
  { train, validation, held }: PairParts,
  tokenizer: Tokenizer,
  order: readonly number[][],
  flags: RunFlags,
): Promise<Record<string, string[]>> {
  const { steps, lr, warmup, weightDecay, labelSmoothing, dropout, evalEvery, seed } = flags;
  const { maxTokens, maxTarget = maxTokens, numBeams } = flags;
  const encode = (pairs: PairParts["train"]) => encodePairs(pairs, tokenizer, maxTokens);
  const settings = { steps, lr, warmup, weightDecay, labelSmoothing, dropout, evalEvery, seed };
  const ids = await runInPyTorch<number[][]>(python, "seq2seq", folder, {
    ...settings,
    ...specialIds(tokenizer),
    maxTarget,
    multiple: MULTIPLE,
    order,
    train: encode(train),
    validation: encode(validation),
    held: encode(held),
  });
  const written = { "PyTorch, greedy": ids.map((row) => tokenizer.decode(row)) };
  if (numBeams === 1) return written;
  using model = await loadPairModel(`${folder}/trained`);
  const sources = held.map(({ source }) => source);
  const beams = await writeTexts(model, tokenizer, sources, flags, numBeams);
  return { ...written, [`PyTorch's weights, ${numBeams} beams`]: beams };
}
