import type { Tensor } from "../tensor/mod.ts";
import type { Module } from "./module.ts";
import type { Seq2SeqWriter, TokenInputs } from "./tasks.ts";

/** Sounds as frames of features, filled up to one length. */
export interface FrameInputs {
  /** Features such as the strength of each band of pitch, `[B, T, F]`, float32. */
  frames: Tensor;
  /** 1 where there is a frame and 0 where the row is filled up, `[B, T]`, int32. @default {all 1} */
  frameMask?: Tensor;
}

/** Sounds and what is written from them, for training. */
export interface SpeechSeq2SeqBatch extends FrameInputs {
  /** The targets, shifted right: they start with `startId`, `[B, T]`, int32. */
  decoderIds: Tensor;
  /** The targets, -100 where a row is filled up, `[B, T]`, int32. @default {none} */
  labels?: Tensor;
}

/** A model that hears a sound and writes a sequence: what was said, or what it means in another language. */
export interface SpeechSeq2Seq extends Seq2SeqWriter {
  /** Frames that one place of the memory stands for. */
  readonly framesPerState: number;
  /**
   * Hears.
   *
   * @returns What decoding looks at, `[B, S, C]`, float32.
   */
  encode(inputs: FrameInputs): Tensor;
  /** The mask of what {@link SpeechSeq2Seq.encode} gives, `[B, S]`, int32, of the mask of the frames. */
  memoryMask(frameMask: Tensor): Tensor;
}

/** What a {@link SpeechSynthesizer} is amid: what it looks at, and what it keeps from step to step. */
export type SpeechState = Readonly<Record<string, Tensor>>;

/** What a {@link SpeechSynthesizer} makes of a text. */
export interface SpokenFrames {
  /** The frames as the decoder gives them, `[B, T, M]`. */
  coarse: Tensor;
  /** The same, refined by what lies around, `[B, T, M]`. */
  frames: Tensor;
  /** Logits of each step's being the last, `[B, T / r]`. */
  stops: Tensor;
  /** What each step looked at in the text, `[B, T / r, S]`; each row sums to 1. */
  weights: Tensor;
}

/** A model that speaks: from letters to frames that tell how strong each band of pitch is. */
export interface SpeechSynthesizer extends Module {
  /** M, the bands of a frame. */
  readonly numMels: number;
  /** r, the frames that a step makes. */
  readonly framesPerStep: number;
  /** Reads texts: `[B, S, C]`. */
  encode(inputs: TokenInputs): Tensor;
  /**
   * Speaks texts while it is told, at each step, the true frames before.
   *
   * @param memory What {@link SpeechSynthesizer.encode} gave.
   * @param frames The true frames, `[B, T, M]`, T a multiple of r.
   * @param mask The mask of the letters, `[B, S]`, int32. @default {all 1}
   */
  decode(memory: Tensor, frames: Tensor, mask?: Tensor): SpokenFrames;
  /** The state before the first step. */
  begin(memory: Tensor, mask?: Tensor): SpeechState;
  /**
   * Makes a step.
   *
   * @param state The state.
   * @param frame The last frame so far, `[B, M]`; zeros before the first.
   * @returns The state after it, with the same keys; r coarse frames, `[B, r, M]`; the logit of its being the last, `[B]`; what
   *   it looked at, `[B, S]`.
   */
  next(
    state: SpeechState,
    frame: Tensor,
  ): { state: SpeechState; coarse: Tensor; stop: Tensor; weights: Tensor };
  /** Refines frames by what lies around: `[B, T, M]` to the same. */
  refine(coarse: Tensor): Tensor;
}

/** What writes sounds of a {@link WaveModel}, sample by sample. */
export interface WaveStepper {
  /** Sounds that are written together. */
  readonly rows: number;
  /** Different values of a sample. */
  readonly levels: number;
  /**
   * Reads one sample of each sound.
   *
   * @param samples A whole number below `levels` for each row.
   * @returns The logits of the sample after it, `levels` numbers for each row, one row after another.
   */
  step(samples: ArrayLike<number>): Float32Array;
}

/** A model that foretells each sample of a sound from those before it. */
export interface WaveModel extends Module {
  /** Different values of a sample. */
  readonly levels: number;
  /** Classes of sounds that it is told; 0 for none. */
  readonly numClasses: number;
  /** Samples that a prediction depends on. */
  readonly receptiveField: number;
  /**
   * Foretells the sample after each.
   *
   * @param samples Samples as whole numbers below `levels`, `[B, T]`, int32.
   * @param labels The class of each sound, `[B]`, int32, where there are any.
   * @returns Logits, `[B, T, levels]`, float32.
   */
  forward(samples: Tensor, labels?: Tensor): Tensor;
  /** Prepares to write so many sounds, or one of each of the classes named. */
  stepper(rows: number | readonly number[]): Promise<WaveStepper>;
}
