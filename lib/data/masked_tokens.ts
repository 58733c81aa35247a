import { type EncodedText, type PaddingOptions, stackTexts } from "../text/mod.ts";
import { type Rng, rng as library, type Tensor } from "../tensor/mod.ts";
import * as tf from "../tensor/_tf.ts";

/** How {@link maskTokens} hides tokens. */
export interface MaskTokensOptions {
  /** The token that hides others, such as `[MASK]`. */
  maskId: number;
  /** The number of different tokens: some are replaced by a random one. */
  vocabSize: number;
  /** The share of the tokens that are to be told. @default {0.15} */
  probability?: number;
  /** Of these, the shares that become the mask and that become a random token; the rest stay as they are. @default {[0.8, 0.1]} */
  shares?: readonly [masked: number, random: number];
  /** Whether all tokens of a word are chosen, or none. @default {false} */
  wholeWords?: boolean;
  /** Where chance comes from. @default {the library's own generator} */
  rng?: Rng;
}

/** A row of tokens, as `encodeTexts` makes it. */
export type MaskableText = Pick<EncodedText, "ids" | "words" | "texts" | "specialMask">;

/** A row of which some tokens are hidden. */
export interface MaskedTokens {
  /** What the model sees. */
  ids: number[];
  /** What it is to tell: the tokens that were chosen at their places, -100 elsewhere. */
  labels: number[];
}

/**
 * Hides tokens, for a model that learns to tell them from those around.
 *
 * Each token, or each word, is chosen by chance. Of ten chosen tokens eight become the mask, one a random token and one stays:
 * the mask is not seen in use. Tokens around the texts, such as `[CLS]`, are never chosen.
 *
 * @example
 * ```ts
 * import { maskTokens } from "@tome/tome/data";
 * import { ByteTokenizer, encodeTexts } from "@tome/tome/text";
 * import assert from "node:assert/strict";
 *
 * const [row] = encodeTexts(new ByteTokenizer(), ["whale"]);
 * const { ids, labels } = maskTokens(row!, { maskId: 256, vocabSize: 257, probability: 1, shares: [1, 0] });
 * assert.deepEqual(ids, [256, 256, 256, 256, 256]);
 * assert.deepEqual(labels, row!.ids);
 * ```
 * @param row The tokens, which stay as they are.
 * @param options The mask, and how much is hidden.
 * @returns What the model sees, and what it is to tell.
 * @throws {RangeError} If a share is not in 0…1, or the shares have a sum above 1.
 * @see Devlin et al., 2019, "BERT", https://arxiv.org/abs/1810.04805, §3.1 and appendix A.1
 */
export function maskTokens(row: MaskableText, options: MaskTokensOptions): MaskedTokens {
  const { maskId, vocabSize, probability = 0.15, shares = [0.8, 0.1], rng = library } = options;
  const [masked, random] = shares;
  for (const share of [probability, masked, random, masked + random]) {
    if (share >= 0 && share <= 1) continue;
    throw new RangeError(
      `Cannot mask tokens as probability, and shares and their sum, must be in 0…1: current probability is ${probability}, shares are [${shares}]`,
    );
  }
  const ids = [...row.ids];
  const labels = ids.map(() => -100);
  let [before, chosen] = ["", false];
  for (const [t, id] of ids.entries()) {
    if (row.specialMask[t]) continue;
    const word = `${row.texts[t]} ${row.words[t]}`;
    if (!options.wholeWords || word !== before) chosen = rng.uniform() < probability;
    before = word;
    if (!chosen) continue;
    labels[t] = id;
    const kind = rng.uniform();
    if (kind < masked) ids[t] = maskId;
    else if (kind < masked + random) ids[t] = rng.int(vocabSize);
  }
  return { ids, labels };
}

/** How {@link maskedBatch} makes a batch. */
export interface MaskedBatchOptions extends MaskTokensOptions, PaddingOptions {}

/** Texts of which some tokens are hidden, as tensors, which belong to whoever made them. */
export interface MaskedTokenBatch {
  /** What the model sees, `[B, T]`, int32. */
  ids: Tensor;
  /** 1 where there is a token and 0 where the row is filled up, `[B, T]`, int32. */
  mask: Tensor;
  /** Which text of a pair each token belongs to, `[B, T]`, int32. */
  segments: Tensor;
  /** The tokens that were chosen, at their places; -100 elsewhere, `[B, T]`, int32. */
  labels: Tensor;
}

/**
 * Hides tokens of some rows, each time others, and puts them into tensors: what the losses of masked language models take.
 *
 * @param rows The rows, as `encodeTexts` makes them.
 * @param options The mask, how much is hidden, and how rows are filled up.
 * @returns Tensors of shape `[B, T]`, which belong to the caller.
 * @throws {RangeError} If there is no row, or a share is out of range.
 */
export function maskedBatch(
  rows: readonly (MaskableText & Pick<EncodedText, "segments">)[],
  options: MaskedBatchOptions,
): MaskedTokenBatch {
  const hidden = rows.map((row) => maskTokens(row, options));
  const batch = stackTexts(
    rows.map(({ segments }, b) => ({ segments, ids: hidden[b]!.ids })),
    options,
  );
  const T = batch.ids.shape[1]!;
  const labels = new Int32Array(rows.length * T).fill(-100);
  for (const [b, row] of hidden.entries()) {
    const free = options.paddingSide === "left" ? T - row.labels.length : 0;
    labels.set(row.labels, b * T + free);
  }
  return { ...batch, labels: tf.tensor2d(labels, [rows.length, T], "int32") };
}
