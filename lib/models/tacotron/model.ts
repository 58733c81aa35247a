import {
  Conv1d,
  Dropout,
  Embedding,
  Linear,
  LSTM,
  Module,
  Recurrence,
  type SpeechState,
  type SpeechSynthesizer,
  type SpokenFrames,
  type TokenInputs,
} from "../../nn/mod.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { type AttentionTrace, LocationAttention } from "./attention.ts";
import type { TacotronConfig } from "./config.ts";

const TAPS = 5;

/** What a step looks at, which is the same at each, and what it carries to the next. */
interface Amid {
  memory: Tensor;
  keys: Tensor;
  hidden: Tensor;
  state: Tensor;
  context: Tensor;
  trace: AttentionTrace;
}

/**
 * Tacotron 2 in small: reads letters and speaks frames of a mel spectrogram, a few at each step, looking at the letters with
 * an attention that knows where it has looked; convolutions refine the frames.
 *
 * Instead of the batch norms of the paper its convolutions have none, and the decoder's LSTMs drop nothing by zoneout.
 *
 * @example
 * ```ts
 * import { Tacotron } from "@tome/tome/models/tacotron";
 * import * as tf from "@tensorflow/tfjs";
 * import { useDevice } from "@tome/tome/tensor";
 * import assert from "node:assert/strict";
 *
 * await useDevice("cpu");
 * using model = new Tacotron({ vocabSize: 27, numMels: 8 });
 * const memory = model.encode({ ids: tf.tensor2d([[19, 9, 24]], undefined, "int32") });
 * const { frames, weights } = model.decode(memory, tf.zeros([1, 6, 8]));
 * assert.deepEqual([frames.shape, weights.shape], [[1, 6, 8], [1, 3, 3]]);
 * ```
 * @see Shen et al., 2018, "Natural TTS Synthesis by Conditioning WaveNet on Mel Spectrogram Predictions",
 *   https://arxiv.org/abs/1712.05884
 */
export class Tacotron extends Module implements SpeechSynthesizer {
  /** The sizes of this model. */
  readonly config: Readonly<Required<TacotronConfig>>;
  /** A vector for each letter. */
  readonly letters: Embedding;
  /** Convolutions over the letters. */
  readonly convs: readonly Conv1d[];
  /** Reads the letters from both ends. */
  readonly encoder: LSTM;
  /** The two layers that read the frame before. */
  readonly prenet: readonly Linear[];
  /** Drops from the prenet. */
  readonly prenetDrop: Dropout;
  /** The LSTM that looks. */
  readonly attentionCell: Recurrence;
  /** Where it looks. */
  readonly attention: LocationAttention;
  /** The LSTM that speaks. */
  readonly decoder: Recurrence;
  /** To the frames of a step. */
  readonly frames: Linear;
  /** To whether the step is the last. */
  readonly stop: Linear;
  /** The convolutions that refine frames. */
  readonly postnet: readonly Conv1d[];
  /** Drops elsewhere. */
  readonly drop: Dropout;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The sizes.
   * @throws {RangeError} If a size is no positive integer, encoderDim is odd or locationTaps even.
   */
  constructor(config: TacotronConfig) {
    super();
    this.config = {
      numMels: 40,
      framesPerStep: 2,
      encoderDim: 64,
      encoderLayers: 1,
      prenetDim: 32,
      prenetDropout: 0.5,
      decoderDim: 64,
      attentionDim: 32,
      locationFilters: 8,
      locationTaps: 15,
      postnetDim: 32,
      dropout: 0,
      sound: {},
      ...config,
    };
    const { prenetDropout, dropout, sound: _, ...sizes } = this.config;
    for (const [name, value] of Object.entries(sizes)) {
      const odd = name === "encoderDim" ? 0 : name === "locationTaps" ? 1 : undefined;
      if (Number.isSafeInteger(value) && value > 0 && (odd ?? value % 2) === value % 2) continue;
      throw new RangeError(
        `Cannot make a Tacotron as ${name} must be a positive${
          odd === undefined ? "" : odd ? ", odd" : ", even"
        } integer: current value is ${value}`,
      );
    }
    const { vocabSize, numMels, framesPerStep, encoderDim: E, prenetDim, decoderDim: D } = sizes;
    this.letters = new Embedding(vocabSize, E, { std: 0.3 });
    this.convs = Array.from(
      { length: sizes.encoderLayers },
      () => new Conv1d(E, E, TAPS, { padding: "same", init: "glorot" }),
    );
    this.encoder = new LSTM(E, E / 2, { bidirectional: true });
    this.prenet = [numMels, prenetDim].map((from) =>
      new Linear(from, prenetDim, { init: "glorot" })
    );
    this.prenetDrop = new Dropout(prenetDropout);
    this.attentionCell = new Recurrence("lstm", prenetDim + E, D);
    this.attention = new LocationAttention(
      D,
      E,
      sizes.attentionDim,
      sizes.locationFilters,
      sizes.locationTaps,
    );
    this.decoder = new Recurrence("lstm", D + E, D);
    this.frames = new Linear(D + E, framesPerStep * numMels, { init: "glorot" });
    this.stop = new Linear(D + E, 1, { init: "glorot" });
    this.postnet = [
      new Conv1d(numMels, sizes.postnetDim, TAPS, { padding: "same", init: "glorot" }),
      new Conv1d(sizes.postnetDim, numMels, TAPS, { padding: "same", init: "glorot" }),
    ];
    this.drop = new Dropout(dropout);
  }

  /** The bands of a frame. */
  get numMels(): number {
    return this.config.numMels;
  }

  /** The frames that a step makes. */
  get framesPerStep(): number {
    return this.config.framesPerStep;
  }

  /**
   * Reads texts.
   *
   * @returns `[B, S, C]`; a row does not depend on how far it is filled up.
   */
  encode({ ids, mask }: TokenInputs): Tensor {
    checkShape("apply Tacotron", "ids", ids, [-1, -1]);
    const present = mask && tf.expandDims(tf.cast(mask, "float32"), 2); // [B, S, 1]
    const masked = (x: Tensor): Tensor => present ? tf.mul(x, present) : x;
    let x = masked(this.letters.forward(ids)); // [B, S, C]
    for (const conv of this.convs) {
      x = masked(this.drop.forward(tf.relu(conv.forward(x))));
    }
    return masked(this.encoder.forward(x, mask ? { mask } : {}).output);
  }

  /** Speaks texts while it is told the true frames; see {@link SpeechSynthesizer.decode}. */
  decode(memory: Tensor, frames: Tensor, mask?: Tensor): SpokenFrames {
    const { framesPerStep: r, numMels: M } = this;
    checkShape("apply Tacotron", "frames", frames, [memory.shape[0]!, -1, M]);
    const [B, T] = frames.shape as [number, number, number];
    const steps = T / r;
    if (!Number.isInteger(steps) || steps === 0) {
      throw new RangeError(
        `Cannot apply Tacotron as there must be a multiple of ${r} frames: current number is ${T}`,
      );
    }
    // the last frame of each step but the last, after zeros
    const lasts = tf.slice(tf.reshape(frames, [B, steps, r, M]), [0, 0, r - 1, 0], [
      B,
      steps - 1,
      1,
      M,
    ]);
    const before = tf.concat([tf.zeros([B, 1, M]), tf.reshape(lasts, [B, steps - 1, M])], 1);
    const read = tf.unstack(this.#read(before), 1); // [B, P] each
    let amid = this.#begin(memory, mask);
    const [spoken, weights]: [Tensor[], Tensor[]] = [[], []];
    for (const x of read) {
      const step = this.#look(amid, x);
      spoken.push(step.spoken);
      weights.push(step.amid.trace.weights);
      amid = step.amid;
    }
    const h = tf.stack(spoken); // [steps, B, D + E]
    const said = this.#say(
      tf.transpose(this.decoder.forward(h).output, [1, 0, 2]),
      tf.stack(
        spoken.map((each) => this.#contextOf(each)),
        1,
      ),
    );
    const coarse = tf.reshape(said.coarse, [B, T, M]);
    return {
      coarse,
      frames: this.refine(coarse),
      stops: tf.reshape(said.stop, [B, steps]),
      weights: tf.stack(weights, 1),
    };
  }

  /** The state before the first step; see {@link SpeechSynthesizer.begin}. */
  begin(memory: Tensor, mask?: Tensor): SpeechState {
    const { trace, state, ...rest } = this.#begin(memory, mask);
    const decoder = this.decoder.zeroState(memory.shape[0]!);
    return { ...rest, ...trace, looks: state, speaks: decoder };
  }

  /** Makes a step; see {@link SpeechSynthesizer.next}. */
  next(
    given: SpeechState,
    frame: Tensor,
  ): { state: SpeechState; coarse: Tensor; stop: Tensor; weights: Tensor } {
    const { weights, total, looks, speaks, ...fixed } = given as Record<string, Tensor>;
    const before = {
      ...fixed,
      state: looks!,
      trace: { weights: weights!, total: total! },
    } as unknown as Amid;
    const { amid, spoken } = this.#look(before, this.#read(frame));
    const after = this.decoder.step(spoken, speaks);
    const [h] = tf.unstack(after) as [Tensor]; // [B, D]
    const said = this.#say(h, this.#contextOf(spoken));
    const B = frame.shape[0]!;
    return {
      state: {
        ...given,
        context: amid.context,
        weights: amid.trace.weights,
        total: amid.trace.total,
        looks: amid.state,
        speaks: after,
      },
      coarse: tf.reshape(said.coarse, [B, this.framesPerStep, this.numMels]),
      stop: tf.reshape(said.stop, [B]),
      weights: amid.trace.weights,
    };
  }

  /** Refines frames by what lies around, `[B, T, M]` to the same. */
  refine(coarse: Tensor): Tensor {
    const [first, last] = this.postnet as [Conv1d, Conv1d];
    return tf.add(coarse, last.forward(this.drop.forward(tf.tanh(first.forward(coarse)))));
  }

  #read(frames: Tensor): Tensor {
    let x = frames;
    for (const layer of this.prenet) x = this.prenetDrop.forward(tf.relu(layer.forward(x)));
    return x;
  }

  #begin(memory: Tensor, mask?: Tensor): Amid {
    const [B, S, E] = memory.shape as [number, number, number];
    const nothing = tf.zeros([B, S]) as Tensor;
    return {
      memory,
      keys: this.attention.key.forward(memory),
      hidden: mask ? tf.mul(tf.sub(tf.cast(mask, "float32"), 1), 1e9) : nothing,
      state: this.attentionCell.zeroState(B),
      context: tf.zeros([B, E]),
      trace: { weights: nothing, total: nothing },
    };
  }

  /** One step of the LSTM that looks; `spoken` is its output beside what it has seen, `[B, D + E]`. */
  #look(amid: Amid, x: Tensor): { amid: Amid; spoken: Tensor } {
    const { memory, keys, trace, hidden, context } = amid;
    const state = this.attentionCell.step(tf.concat([x, context], 1), amid.state);
    const [h] = tf.unstack(state) as [Tensor]; // [B, D]
    const seen = this.attention.forward(h, memory, keys, trace, hidden);
    return {
      amid: { ...amid, state, context: seen.context, trace: seen.trace },
      spoken: tf.concat([h, seen.context], 1),
    };
  }

  /** The part of `[B, D + E]` that was seen. */
  #contextOf(spoken: Tensor): Tensor {
    const { decoderDim, encoderDim } = this.config;
    return tf.slice(spoken, [0, decoderDim], [-1, encoderDim]);
  }

  /** The frames of steps, and whether they are the last, from the speaking LSTM's output and what was seen. */
  #say(h: Tensor, context: Tensor): { coarse: Tensor; stop: Tensor } {
    const both = this.drop.forward(tf.concat([h, context], h.rank - 1));
    return { coarse: this.frames.forward(both), stop: this.stop.forward(both) };
  }
}
