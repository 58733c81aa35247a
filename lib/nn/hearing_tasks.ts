import type { Tensor } from "../tensor/mod.ts";
import type { Module } from "./module.ts";
import type { FrameInputs } from "./speech_tasks.ts";

/** A model that sorts sounds into classes: keywords, speakers, noises. */
export interface SoundClassifier extends Module {
  /** The number of classes. */
  readonly numLabels: number;
  /** Logits of the classes, `[B, K]`, float32. */
  forward(inputs: FrameInputs): Tensor;
}

/** What a {@link SpeechRecognizer} hears. */
export interface HeardFrames {
  /** Logits of what is written at each step, `[B, T, K]`; class 0 is the blank. */
  logits: Tensor;
  /** The steps of each row that count, `[B]`, int32; missing if all do. */
  steps?: Tensor;
}

/** A model that hears a sound and says at each step which label is written, or none: for connectionist temporal classification. */
export interface SpeechRecognizer extends Module {
  /** The number of classes: the labels, and the blank, which is class 0. */
  readonly numLabels: number;
  /** Frames that one step stands for. */
  readonly framesPerStep: number;
  /** Hears. */
  forward(inputs: FrameInputs): HeardFrames;
}
