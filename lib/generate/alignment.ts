import { type AttentionWeights, captureAttention, type Module, type Seq2SeqLM } from "../nn/mod.ts";
import * as tf from "../tensor/_tf.ts";

/** What a decoder looked at in its source while it wrote. */
export interface Alignment {
  /** The weights of each of the decoder's layers that look at the source. */
  layers: AttentionWeights[];
  /** The mean over the heads of the layer asked for, a row for each token written, a column for each of the source. */
  weights: number[][];
}

/**
 * Shows which tokens of a source a model looked at for each token that it wrote.
 *
 * The row of a token is that of the pass that predicted it, from `startId` and the tokens before. Weights of attention are
 * no proof of what a prediction comes of; those of a translator's last layer tend to be near the word translated.
 *
 * @param model What reads and writes, with attention to the source.
 * @param source The tokens read.
 * @param target The tokens written, without `startId`; {@link generateSeq2Seq} gives them as `newIds`.
 * @param layer Which of the layers that look at the source, from 0; negative numbers count from the last.
 * @returns The weights; each row sums to 1.
 * @throws {RangeError} If there is no token, or no such layer.
 * @see Bahdanau et al., 2015, "Neural Machine Translation by Jointly Learning to Align and Translate",
 *   https://arxiv.org/abs/1409.0473, figure 3
 */
export async function alignTokens(
  model: Module & Seq2SeqLM,
  source: readonly number[],
  target: readonly number[],
  layer = -1,
): Promise<Alignment> {
  if (source.length === 0 || target.length === 0) {
    throw new RangeError(
      `Cannot align as source and target must have a token: ` +
        `current lengths are ${source.length} and ${target.length}`,
    );
  }
  const training = [...model.namedModules()].filter(([, { training }]) => training);
  model.eval();
  let all: AttentionWeights[];
  try {
    all = await captureAttention(model, () => {
      const ids = tf.tensor2d([[...source]], undefined, "int32");
      const written = [model.startId, ...target.slice(0, -1)];
      model.decode(tf.tensor2d([written], undefined, "int32"), model.encode({ ids }));
    });
  } finally {
    for (const [, module] of training) module.training = true;
  }
  const layers = all.filter(({ kind }) => kind === "cross");
  const chosen = layers.at(layer);
  if (!chosen) {
    throw new RangeError(
      `Cannot align as the model must have a layer ${layer} that looks at the source: ` +
        `current number of them is ${layers.length}`,
    );
  }
  const [, H, T, S] = chosen.shape;
  const weights = Array.from({ length: T }, (_, t) =>
    Array.from({ length: S }, (_, s) => {
      let sum = 0;
      for (let h = 0; h < H; h++) sum += chosen.values[(h * T + t) * S + s]!;
      return sum / H;
    }));
  return { layers, weights };
}
