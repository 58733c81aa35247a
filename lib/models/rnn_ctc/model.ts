import {
  Dropout,
  type FrameInputs,
  type HeardFrames,
  Linear,
  Module,
  RecurrentLayers,
  type SpeechRecognizer,
} from "../../nn/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { checkShape, type Tensor } from "../../tensor/mod.ts";
import type { RNNCTCConfig } from "./config.ts";

/**
 * A recurrent network that hears a sound from both ends and says at each step which label is written, or none.
 *
 * `logits_t = W [h→_t; h←_t] + b`
 *
 * @example
 * ```ts
 * import { RNNCTC } from "@tome/tome/models/rnn-ctc";
 * import { randomNormal, useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * using model = new RNNCTC({ numFeatures: 13, numLabels: 11, hiddenSize: 32, framesPerStep: 2 });
 * const { logits } = model.forward({ frames: randomNormal([2, 41, 13]) });
 * console.assert(logits.shape.join() === "2,20,11");
 * ```
 * @see Graves, Mohamed and Hinton, 2013, "Speech Recognition with Deep Recurrent Neural Networks",
 *   https://arxiv.org/abs/1303.5778
 * @see Hannun et al., 2014, "Deep Speech: Scaling up end-to-end speech recognition", https://arxiv.org/abs/1412.5567
 */
export class RNNCTC extends Module implements SpeechRecognizer {
  /** The form. */
  readonly config: RNNCTCConfig;
  /** The layers. */
  readonly rnn: RecurrentLayers;
  /** Drops from what the layers give. */
  readonly drop: Dropout;
  /** From both directions to the classes. */
  readonly classifier: Linear;

  /**
   * Makes a model with random weights.
   *
   * @throws {RangeError} If a size is no positive integer.
   */
  constructor(config: RNNCTCConfig) {
    super();
    const { numFeatures, numLabels, hiddenSize, numLayers = 1, framesPerStep = 1, dropout = 0 } =
      config;
    for (const [name, value] of Object.entries({ numFeatures, numLabels, framesPerStep })) {
      if (!(Number.isSafeInteger(value) && value > 0)) {
        throw new RangeError(
          `Cannot make an RNNCTC as ${name} must be a positive integer: current value is ${value}`,
        );
      }
    }
    this.config = { ...config };
    this.rnn = new RecurrentLayers(config.cell ?? "lstm", framesPerStep * numFeatures, hiddenSize, {
      numLayers,
      dropout,
      bidirectional: true,
    });
    this.drop = new Dropout(dropout);
    this.classifier = new Linear(2 * hiddenSize, numLabels, { init: "torch" });
  }

  /** The number of classes, with the blank. */
  get numLabels(): number {
    return this.config.numLabels;
  }

  /** Frames that one step stands for. */
  get framesPerStep(): number {
    return this.config.framesPerStep ?? 1;
  }

  /**
   * Hears.
   *
   * @param inputs Frames and their mask; frames at the end that fill no step are left out.
   * @returns Logits, `[B, floor(T / framesPerStep), numLabels]`, and the steps that count, if there is a mask.
   * @throws {ShapeError} If a frame has another number of features.
   */
  forward({ frames, frameMask }: FrameInputs): HeardFrames {
    const { numFeatures: F } = this.config;
    checkShape("apply RNNCTC", "frames", frames, [-1, -1, F]);
    const [B, T] = frames.shape as [number, number];
    const S = this.framesPerStep;
    const steps = Math.floor(T / S);
    const cut: Tensor = steps * S === T ? frames : tf.slice(frames, [0, 0, 0], [B, steps * S, F]);
    const x = tf.transpose(tf.reshape(cut, [B, steps, S * F]), [1, 0, 2]); // [T, B, S F]
    const whole = frameMask && tf.squeeze(
      tf.slice(
        tf.reshape(tf.slice(frameMask, [0, 0], [B, steps * S]), [B, steps, S]),
        [0, 0, S - 1],
        [B, steps, 1],
      ),
      [2],
    ) as Tensor; // whether the last frame of each step is real
    const { output } = this.rnn.forward(x, { timeMajor: true, ...(whole ? { mask: whole } : {}) });
    const logits = this.classifier.forward(this.drop.forward(tf.transpose(output, [1, 0, 2])));
    return { logits, ...(whole ? { steps: tf.sum(whole, 1) } : {}) };
  }
}
