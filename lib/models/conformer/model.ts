import {
  BatchNorm2d,
  Conv1d,
  Conv2d,
  Dropout,
  type FrameInputs,
  type HeardFrames,
  LayerNorm,
  Linear,
  Module,
  MultiHeadAttention,
  paddingMask,
  type SpeechRecognizer,
} from "../../nn/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import type { ConformerConfig } from "./config.ts";

const swish = (x: Tensor): Tensor => tf.mul(x, tf.sigmoid(x));

/** A feed-forward part: norm, wide layer, Swish, back. */
export class ConformerFeedForward extends Module {
  /** The norm. */
  readonly norm: LayerNorm;
  /** To the wide layer. */
  readonly up: Linear;
  /** Back. */
  readonly down: Linear;
  /** Drops within and behind. */
  readonly drop: Dropout;

  /** Makes the layers. */
  constructor(width: number, hidden: number, dropout: number) {
    super();
    this.norm = new LayerNorm(width);
    this.up = new Linear(width, hidden, { init: "torch" });
    this.down = new Linear(hidden, width, { init: "torch" });
    this.drop = new Dropout(dropout);
  }

  /** What is added to the stream, of the same shape. */
  forward(x: Tensor): Tensor {
    const wide = this.drop.forward(swish(this.up.forward(this.norm.forward(x))));
    return this.drop.forward(this.down.forward(wide));
  }
}

/** The part that looks at neighbours: a gate, a convolution of each channel by itself, a norm of the batch. */
export class ConformerConvolution extends Module {
  /** The norm in front. */
  readonly norm: LayerNorm;
  /** To twice the width, of which one half is a gate for the other. */
  readonly gate: Linear;
  /** The convolution, of each channel by itself. */
  readonly depthwise: Conv1d;
  /** The norm of each channel over the batch. */
  readonly batchNorm: BatchNorm2d;
  /** Back to the stream. */
  readonly out: Linear;
  /** Drops behind. */
  readonly drop: Dropout;

  /** Makes the layers. */
  constructor(width: number, taps: number, dropout: number) {
    super();
    this.norm = new LayerNorm(width);
    this.gate = new Linear(width, 2 * width, { init: "torch" });
    this.depthwise = new Conv1d(width, width, taps, { padding: "same", groups: width });
    this.batchNorm = new BatchNorm2d(width);
    this.out = new Linear(width, width, { init: "torch" });
    this.drop = new Dropout(dropout);
  }

  /**
   * What is added to the stream, of the same shape.
   *
   * @param x `[B, T, C]`
   * @param kept 1 where there is a frame and 0 where the row is filled up, `[B, T, 1]`, float32. @default {all 1}
   */
  forward(x: Tensor, kept?: Tensor): Tensor {
    const [value, gate] = tf.split(this.gate.forward(this.norm.forward(x)), 2, -1);
    let y = tf.mul(value!, tf.sigmoid(gate!)) as Tensor;
    if (kept) y = tf.mul(y, kept); // so that no frame hears what is filled up
    y = swish(this.batchNorm.forward(this.depthwise.forward(y)));
    return this.drop.forward(this.out.forward(y));
  }
}

/** A block: half a feed-forward part, attention, convolution, the other half, and a norm. */
export class ConformerBlock extends Module {
  /** The first feed-forward part, of which half is added. */
  readonly first: ConformerFeedForward;
  /** The norm before attention. */
  readonly norm: LayerNorm;
  /** Every frame looks at all. */
  readonly attention: MultiHeadAttention;
  /** Every frame looks at its neighbours. */
  readonly convolution: ConformerConvolution;
  /** The second feed-forward part, of which half is added. */
  readonly second: ConformerFeedForward;
  /** The norm at the end. */
  readonly last: LayerNorm;
  /** Drops behind attention. */
  readonly drop: Dropout;

  /** Makes the parts. */
  constructor(config: ConformerConfig) {
    super();
    const { embedDim: C, numHeads, hiddenDim = 4 * C, kernelSize = 15, dropout = 0.1 } = config;
    const std = 1 / Math.sqrt(3 * C); // as evenly drawn from ±1/√C
    this.first = new ConformerFeedForward(C, hiddenDim, dropout);
    this.norm = new LayerNorm(C);
    this.attention = new MultiHeadAttention({
      embedDim: C,
      numHeads,
      dropout,
      kind: "self",
      std,
      outStd: std,
    });
    this.convolution = new ConformerConvolution(C, kernelSize, dropout);
    this.second = new ConformerFeedForward(C, hiddenDim, dropout);
    this.last = new LayerNorm(C);
    this.drop = new Dropout(dropout);
  }

  /**
   * From the stream to the stream.
   *
   * @param x `[B, T, C]`
   * @param mask Added to the scores of attention, `[B, 1, 1, T]`. @default {none}
   * @param kept 1 where there is a frame, `[B, T, 1]`. @default {all 1}
   */
  forward(x: Tensor, mask?: Tensor, kept?: Tensor): Tensor {
    x = tf.add(x, tf.mul(this.first.forward(x), 0.5));
    const normed = this.norm.forward(x);
    x = tf.add(x, this.drop.forward(this.attention.forward(normed, normed, { mask })));
    x = tf.add(x, this.convolution.forward(x, kept));
    x = tf.add(x, tf.mul(this.second.forward(x), 0.5));
    return this.last.forward(x);
  }
}

/**
 * A Conformer that says at each step which label is written, or none: attention hears the whole, convolution the neighbours.
 *
 * Convolutions of 3 × 3 with a stride of 2 make frames fewer. What comes first and what later, only the convolutions tell, as
 * in torchaudio's Conformer; the paper adds relative positions to the attention.
 *
 * @example
 * ```ts
 * import { Conformer, CONFORMER_PRESETS } from "@tome/tome/models/conformer";
 * import { randomNormal, useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * using model = new Conformer({ ...CONFORMER_PRESETS.digits, numFeatures: 13, numLabels: 11 });
 * const { logits } = model.forward({ frames: randomNormal([2, 41, 13]) });
 * console.assert(logits.shape.join() === "2,21,11");
 * ```
 * @see Gulati et al., 2020, "Conformer: Convolution-augmented Transformer for Speech Recognition",
 *   https://arxiv.org/abs/2005.08100
 */
export class Conformer extends Module implements SpeechRecognizer {
  /** The form. */
  readonly config: ConformerConfig;
  /** The convolutions that make frames fewer. */
  readonly front: readonly Conv2d[];
  /** From what they give to the width of the blocks. */
  readonly proj: Linear;
  /** The blocks. */
  readonly blocks: readonly ConformerBlock[];
  /** To the classes. */
  readonly classifier: Linear;
  /** Drops before the blocks. */
  readonly drop: Dropout;

  /**
   * Makes a model with random weights.
   *
   * @throws {RangeError} If the heads do not divide the width, or the convolution has no middle.
   */
  constructor(config: ConformerConfig) {
    super();
    const { numFeatures, numLabels, embedDim: C, numHalvings = 2, frontWidth = C } = config;
    const { kernelSize = 15, numHeads, numLayers, dropout = 0.1 } = config;
    if (C % numHeads !== 0 || kernelSize % 2 !== 1) {
      throw new RangeError(
        `Cannot make a Conformer as numHeads must divide embedDim, and kernelSize be odd: ` +
          `current values are ${numHeads}, ${C} and ${kernelSize}`,
      );
    }
    this.config = { ...config };
    this.front = Array.from(
      { length: numHalvings },
      (_, i) => new Conv2d(i === 0 ? 1 : frontWidth, frontWidth, 3, { stride: 2, padding: 1 }),
    );
    const bands = this.front.reduce((count) => Math.ceil(count / 2), numFeatures);
    this.proj = new Linear(bands * (numHalvings ? frontWidth : 1), C, { init: "torch" });
    this.blocks = Array.from({ length: numLayers }, () => new ConformerBlock(config));
    this.classifier = new Linear(C, numLabels, { init: "torch" });
    this.drop = new Dropout(dropout);
  }

  /** The number of classes, with the blank. */
  get numLabels(): number {
    return this.config.numLabels;
  }

  /** Frames that one step stands for. */
  get framesPerStep(): number {
    return 2 ** this.front.length;
  }

  /**
   * Hears.
   *
   * @param inputs Frames and their mask.
   * @returns Logits, `[B, ceil(T / framesPerStep), numLabels]`, and the steps that count, if there is a mask.
   * @throws {ShapeError} If a frame has another number of features.
   */
  forward({ frames, frameMask }: FrameInputs): HeardFrames {
    checkShape("apply Conformer", "frames", frames, [-1, -1, this.config.numFeatures]);
    let x: Tensor = tf.expandDims(frames, 3); // [B, T, F, 1]
    let mask = frameMask;
    const hide = (y: Tensor, by: Tensor) =>
      tf.mul(y, tf.reshape(tf.cast(by, "float32"), [by.shape[0]!, by.shape[1]!, 1, 1]));
    for (const conv of this.front) {
      if (mask) x = hide(x, mask);
      x = tf.relu(conv.forward(x));
      // a step's middle is every second frame
      if (mask) mask = everySecond(mask);
    }
    const [B, T, F, C] = x.shape as [number, number, number, number];
    x = this.drop.forward(this.proj.forward(tf.reshape(x, [B, T, F * C])));
    const [hidden, kept] = mask
      ? [paddingMask(mask), tf.reshape(tf.cast(mask, "float32"), [B, T, 1]) as Tensor]
      : [];
    for (const block of this.blocks) x = block.forward(x, hidden, kept);
    return {
      logits: this.classifier.forward(x),
      ...(mask ? { steps: tf.sum(mask, 1) as Tensor } : {}),
    };
  }
}

/** The columns 0, 2, 4, … of a matrix. */
function everySecond(x: Tensor): Tensor {
  const [B, T] = x.shape as [number, number];
  const even: Tensor = T % 2 === 0 ? x : tf.pad(x, [[0, 0], [0, 1]]);
  const half = Math.ceil(T / 2);
  return tf.reshape(tf.slice(tf.reshape(even, [B, half, 2]), [0, 0, 0], [B, half, 1]), [B, half]);
}
