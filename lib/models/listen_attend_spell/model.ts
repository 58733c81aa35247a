import {
  carriedState,
  type DecodeOptions,
  Dropout,
  Embedding,
  type FrameInputs,
  Linear,
  LSTM,
  Module,
  paddingMask,
  Recurrence,
  SequenceAttention,
  type SpeechSeq2Seq,
  type SpeechSeq2SeqBatch,
} from "../../nn/mod.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { ListenAttendSpellConfig } from "./config.ts";

/**
 * Listen, attend and spell: a pyramid of LSTMs hears a sound, each layer two neighbours as one, and an LSTM writes while it
 * looks at what was heard; what it saw for a token goes into the next step.
 *
 * @example
 * ```ts
 * import { ListenAttendSpell } from "@tome/tome/models/listen-attend-spell";
 * import * as tf from "@tensorflow/tfjs";
 * import { useDevice } from "@tome/tome/tensor";
 * import assert from "node:assert/strict";
 *
 * await useDevice("cpu");
 * using model = new ListenAttendSpell({ numFeatures: 13, vocabSize: 12, startId: 10, endId: 11 });
 * const memory = model.encode({ frames: tf.zeros([1, 9, 13]) });
 * assert.deepEqual(memory.shape, [1, 3, 64]); // a quarter, rounded up
 * assert.deepEqual(model.decode(tf.tensor2d([[10, 3]], undefined, "int32"), memory).shape, [1, 2, 12]);
 * ```
 * @see Chan et al., 2016, "Listen, Attend and Spell", https://arxiv.org/abs/1508.01211
 */
export class ListenAttendSpell extends Module implements SpeechSeq2Seq {
  /** The sizes of this model. */
  readonly config: Readonly<Required<ListenAttendSpellConfig>>;
  /** The layers that hear, the lowest first. */
  readonly listener: readonly LSTM[];
  /** A vector for each token that is written. */
  readonly tokens: Embedding;
  /** Writes. */
  readonly speller: Recurrence;
  /** Looks at what was heard. */
  readonly attention: SequenceAttention;
  /** From the state and what was seen to one vector, before tanh. */
  readonly combine: Linear;
  /** The output. */
  readonly head: Linear;
  /** Drops between layers and before the output. */
  readonly drop: Dropout;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes.
   * @throws {RangeError} If a size is no positive integer, or hiddenSize is odd.
   */
  constructor(config: ListenAttendSpellConfig) {
    super();
    this.config = {
      hiddenSize: 64,
      pyramidLayers: 2,
      embedDim: 32,
      attention: "general",
      dropout: 0,
      padId: config.endId,
      ...config,
    };
    const { numFeatures, vocabSize, hiddenSize: C, pyramidLayers, embedDim } = this.config;
    const sizes = { numFeatures, vocabSize, hiddenSize: C, pyramidLayers, embedDim };
    for (const [name, value] of Object.entries(sizes)) {
      if (Number.isSafeInteger(value) && value > 0 && !(name === "hiddenSize" && value % 2)) {
        continue;
      }
      throw new RangeError(
        `Cannot make a ListenAttendSpell as ${name} must be a positive${
          name === "hiddenSize" ? ", even" : ""
        } integer: current value is ${value}`,
      );
    }
    this.listener = Array.from(
      { length: pyramidLayers },
      (_, i) => new LSTM(2 * (i === 0 ? numFeatures : C), C / 2, { bidirectional: true }),
    );
    this.tokens = new Embedding(vocabSize, embedDim, { std: 0.1 });
    this.speller = new Recurrence("lstm", embedDim + C, C);
    this.attention = new SequenceAttention(C, this.config.attention);
    this.combine = new Linear(2 * C, C, { init: "glorot" });
    this.head = new Linear(C, vocabSize, { init: "glorot" });
    this.drop = new Dropout(this.config.dropout);
  }

  /** The number of different tokens that it writes. */
  get vocabSize(): number {
    return this.config.vocabSize;
  }

  /** The token that what it writes starts with. */
  get startId(): number {
    return this.config.startId;
  }

  /** The token that ends what it writes. */
  get endId(): number {
    return this.config.endId;
  }

  /** The token that fills rows up. */
  get padId(): number {
    return this.config.padId;
  }

  /** Frames that one place of the memory stands for: two to the power of the layers that hear. */
  get framesPerState(): number {
    return 2 ** this.config.pyramidLayers;
  }

  /**
   * Predicts the tokens of the targets from the sounds and the tokens before.
   *
   * @returns Logits, `[B, T, V]`.
   */
  forward(batch: SpeechSeq2SeqBatch): Tensor {
    const { frameMask } = batch;
    const options = frameMask ? { mask: this.memoryMask(frameMask) } : {};
    return this.decode(batch.decoderIds, this.encode(batch), options);
  }

  /**
   * Hears.
   *
   * @returns `[B, S, C]`, S a `framesPerState`-th of the frames, rounded up; a row does not depend on how far it is filled up.
   */
  encode({ frames, frameMask }: FrameInputs): Tensor {
    checkShape("apply ListenAttendSpell", "frames", frames, [-1, -1, this.config.numFeatures]);
    const masked = (x: Tensor, mask?: Tensor): Tensor =>
      mask ? tf.mul(x, tf.expandDims(tf.cast(mask, "float32"), 2)) : x;
    let mask = frameMask;
    let x = masked(frames, mask); // an odd end has silence beside it
    for (const [i, layer] of this.listener.entries()) {
      if (i > 0) x = this.drop.forward(x);
      const even = evened(x);
      const [B, T, C] = even.shape as [number, number, number];
      mask = mask && halfMask(mask);
      const { output } = layer.forward(
        tf.reshape(even, [B, T / 2, 2 * C]),
        mask ? { mask } : {},
      );
      x = masked(output, mask);
    }
    return x;
  }

  /** The mask of what {@link ListenAttendSpell.encode} gives: a place is there if its first frame is. */
  memoryMask(frameMask: Tensor): Tensor {
    return this.listener.reduce((mask) => halfMask(mask), frameMask);
  }

  /**
   * Predicts the token after each of the written ones.
   *
   * @param ids The tokens written so far, the first one `startId`, `[B, T]`, int32; with a cache, those that follow the
   *   tokens whose state is in it.
   * @param memory What {@link ListenAttendSpell.encode} gave; once a cache holds it, it is not read again.
   * @param options The cache, the mask of the memory, and whether only the last logits are wanted.
   * @returns Logits, `[B, T, V]`; with `lastOnly`, `[B, 1, V]`.
   */
  decode(
    ids: Tensor,
    memory: Tensor,
    { cache, mask, lastOnly = false }: DecodeOptions = {},
  ): Tensor {
    checkShape("apply ListenAttendSpell", "ids", ids, [-1, -1]);
    const [B] = ids.shape as [number];
    const heard = cache ? cache.hold("memory", () => [memory])[0]! : memory;
    const hidden = mask && paddingMask(mask, cache);
    const first = () => [
      this.speller.zeroState(B),
      tf.zeros([1, B, this.config.hiddenSize]) as Tensor,
    ];
    const carried = cache && carriedState(cache, "speller", first);
    let [state, seen] = (carried?.state ?? first()) as [Tensor, Tensor];
    const said: Tensor[] = [];
    for (const token of tf.unstack(this.tokens.forward(ids), 1)) {
      state = this.speller.step(tf.concat([token, tf.squeeze(seen, [0])], 1), state);
      const [h] = tf.unstack(state) as [Tensor]; // [B, C]
      const context = this.attention.forward(tf.expandDims(h, 1), heard, hidden); // [B, 1, C]
      seen = tf.transpose(context, [1, 0, 2]); // [1, B, C]
      said.push(tf.concat([tf.expandDims(h, 1), context], 2));
    }
    carried?.keep([state, seen]);
    const both = lastOnly ? said.at(-1)! : tf.concat(said, 1); // [B, T, 2 C]
    return this.head.forward(this.drop.forward(tf.tanh(this.combine.forward(both))));
  }
}

/** With a place of zeros behind, if the number of places is odd. */
function evened(x: Tensor): Tensor {
  if (x.shape[1]! % 2 === 0) return x;
  return tf.pad(x, x.shape.map((_, axis): [number, number] => [0, Number(axis === 1)]));
}

/** Every other place of a mask, from the first. */
function halfMask(mask: Tensor): Tensor {
  const even = evened(mask);
  const [B, T] = even.shape as [number, number];
  return tf.reshape(tf.slice(tf.reshape(even, [B, T / 2, 2]), [0, 0, 0], [B, T / 2, 1]), [
    B,
    T / 2,
  ]);
}
