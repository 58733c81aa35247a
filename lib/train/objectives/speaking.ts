import type {
  SpeechSeq2Seq,
  SpeechSeq2SeqBatch,
  SpeechSynthesizer,
  TokenInputs,
  WaveModel,
} from "../../nn/mod.ts";
import { softmaxCrossEntropy, softmaxCrossEntropyRows } from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { Scalar, Tensor } from "../../tensor/mod.ts";
import type { Objective } from "../objectives.ts";
import { labelsOf } from "./seq2seq.ts";

/** Sounds as levels, and the level after each. */
export interface WaveBatch {
  /** Samples as whole numbers, `[B, T]`, int32. */
  inputs: Tensor;
  /** The sample after each, `[B, T]`, int32; -100 where none is learnt. */
  targets: Tensor;
  /** The class of each sound, `[B]`, int32. @default {none} */
  labels?: Tensor;
}

const countTargets = (targets: Tensor) =>
  tf.tidy(() => tf.sum(tf.cast(tf.notEqual(targets, -100), "float32")) as Scalar);

/**
 * The loss of models of waves: the mean cross entropy of each sample given those before it, in nats; divided by ln 2 it is in
 * bits a sample.
 *
 * `loss = −mean_t log p(x_{t+1} | x_≤t, h)`, over the targets that are not -100.
 *
 * @see van den Oord et al., 2016, "WaveNet: A Generative Model for Raw Audio", https://arxiv.org/abs/1609.03499, equations 1
 *   and 3
 */
export const waveLoss: Objective<WaveModel, WaveBatch> = Object.assign(
  (model: WaveModel, { inputs, targets, labels }: WaveBatch): Scalar =>
    softmaxCrossEntropy(model.forward(inputs, labels), targets),
  {
    sum: (model: WaveModel, { inputs, targets, labels }: WaveBatch): Scalar =>
      tf.sum(softmaxCrossEntropyRows(model.forward(inputs, labels), targets)) as Scalar,
    count: ({ targets }: WaveBatch): Scalar => countTargets(targets),
    tokens: ({ inputs }: WaveBatch): number => inputs.size,
  },
);

/** Texts and the frames that speak them. */
export interface SpokenBatch extends TokenInputs {
  /** The frames, `[B, T, M]`, T a multiple of the frames that a step makes. */
  frames: Tensor;
  /** 1 where there is a frame and 0 where the row is filled up, `[B, T]`, int32. */
  frameMask: Tensor;
}

/** How {@link synthesisWith} weighs. */
export interface SynthesisOptions {
  /** How much the cross entropy of the end counts beside the frames. @default {1} */
  stopWeight?: number;
  /**
   * How much it counts that the attention is far from going evenly through the text, which lets it find its way in fewer steps.
   *
   * @default {0}
   */
  guideWeight?: number;
}

const GUIDE_WIDTH = 0.2; // Tachibana et al., g

/**
 * How far attention is from the diagonal, a mean over the steps that are there.
 *
 * @param weights What steps looked at, `[B, N, S]`.
 * @param steps 1 where there is a step, `[B, N]`.
 * @param letters 1 where there is a letter, `[B, S]`.
 */
function offDiagonal(weights: Tensor, steps: Tensor, letters: Tensor): Tensor {
  const [, N, S] = weights.shape as [number, number, number];
  const share = (length: number, present: Tensor) =>
    tf.div(tf.reshape(tf.range(0, length), [1, length]), tf.sum(present, 1, true)); // [B, length]
  const t = tf.expandDims(share(N, steps), 2); // [B, N, 1]
  const s = tf.expandDims(share(S, letters), 1); // [B, 1, S]
  const squares = tf.square(tf.sub(t, s));
  const far = tf.sub(1, tf.exp(tf.div(squares, -2 * GUIDE_WIDTH ** 2)));
  const rows = tf.sum(tf.mul(weights, far), 2); // [B, N]
  return tf.div(tf.sum(tf.mul(rows, steps)), tf.sum(steps));
}

/**
 * Makes the loss of models that speak: the mean squared error of the frames, coarse and refined, and the mean cross entropy of
 * each step's being the last.
 *
 * `loss = mean (coarse − y)² + mean (refined − y)² + w · mean BCE(stop)`, over what is not filled up; a row's last step is the
 * one with its last frame. With `guideWeight`, `+ w · mean_t Σ_s A_ts (1 − exp(−(t/N − s/S)² / 2 g²))`, `g = 0.2`, of the
 * attention `A`.
 *
 * @param options The weights of the end and of the guide.
 * @see Shen et al., 2018, "Natural TTS Synthesis by Conditioning WaveNet on Mel Spectrogram Predictions",
 *   https://arxiv.org/abs/1712.05884, §2.2
 * @see Tachibana et al., 2018, "Efficiently Trainable Text-to-Speech System Based on Deep Convolutional Networks with Guided
 *   Attention", https://arxiv.org/abs/1710.08969, §4.1
 */
export function synthesisWith(
  { stopWeight = 1, guideWeight = 0 }: SynthesisOptions = {},
): Objective<SpeechSynthesizer, SpokenBatch> {
  return (model, batch): Scalar => {
    const { frames, frameMask, mask } = batch;
    const { framesPerStep: r } = model;
    const [B, T] = frames.shape as [number, number, number];
    const spoken = model.decode(model.encode(batch), frames, mask);
    const present = tf.cast(frameMask, "float32"); // [B, T]
    const count = tf.sum(present);
    const error = (made: Tensor) => {
      const squares = tf.mean(tf.square(tf.sub(made, frames)), 2); // [B, T]
      return tf.div(tf.sum(tf.mul(squares, present)), count);
    };
    // a step is there with its first frame, and the last one if there is no step after it
    const firsts = tf.slice(tf.reshape(present, [B, T / r, r]), [0, 0, 0], [B, T / r, 1]);
    const steps = tf.squeeze(firsts, [2]); // [B, T / r]
    const after = tf.concat([tf.slice(steps, [0, 1], [B, T / r - 1]), tf.zeros([B, 1])], 1);
    const last = tf.mul(steps, tf.sub(1, after)); // [B, T / r]
    const x = spoken.stops;
    const entropy = tf.add(
      tf.sub(tf.relu(x), tf.mul(x, last)),
      tf.log1p(tf.exp(tf.neg(tf.abs(x)))),
    );
    const stop = tf.div(tf.sum(tf.mul(entropy, steps)), tf.sum(steps));
    const errors = tf.add(error(spoken.coarse), error(spoken.frames));
    const loss = tf.add(errors, tf.mul(stop, stopWeight)) as Scalar;
    if (guideWeight === 0) return loss;
    const letters = mask ? tf.cast(mask, "float32") : tf.onesLike(tf.cast(batch.ids, "float32"));
    const guide = offDiagonal(spoken.weights, steps, letters);
    return tf.add(loss, tf.mul(guide, guideWeight)) as Scalar;
  };
}

/** The loss of models that speak; what {@link synthesisWith} makes of a weight of 1. */
export const synthesisLoss: Objective<SpeechSynthesizer, SpokenBatch> = synthesisWith();

/**
 * The loss of models that hear and write: the mean cross entropy of each token of the target given those before it and the
 * sound, in nats.
 *
 * `loss = −mean_t log p(label_t | sound, targets_<t)`, over the labels that are not -100.
 *
 * @throws {TypeError} If a batch has no labels.
 */
export const speechSeq2SeqLoss: Objective<SpeechSeq2Seq, SpeechSeq2SeqBatch> = Object.assign(
  (model: SpeechSeq2Seq, batch: SpeechSeq2SeqBatch): Scalar =>
    softmaxCrossEntropy(writtenLogits(model, batch), labelsOf(batch)),
  {
    sum: (model: SpeechSeq2Seq, batch: SpeechSeq2SeqBatch): Scalar =>
      tf.sum(softmaxCrossEntropyRows(writtenLogits(model, batch), labelsOf(batch))) as Scalar,
    count: (batch: SpeechSeq2SeqBatch): Scalar => countTargets(labelsOf(batch)),
  },
);

function writtenLogits(model: SpeechSeq2Seq, batch: SpeechSeq2SeqBatch): Tensor {
  const { decoderIds, frameMask } = batch;
  const memory = model.encode(batch);
  return model.decode(
    decoderIds,
    memory,
    frameMask ? { mask: model.memoryMask(frameMask) } : {},
  );
}
