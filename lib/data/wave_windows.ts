import { Rng, rng, type RngState, type Tensor } from "../tensor/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { type BatchSource, checkState, type JsonValue } from "./batch_source.ts";

/** A sound as whole numbers, such as `muLawEncode` makes, and its class. */
export interface LevelSound {
  /** The samples. */
  levels: ArrayLike<number>;
  /** The class, such as the word that is said. @default {none} */
  label?: number;
}

/** How {@link WaveWindows} cuts sounds. */
export interface WaveWindowsOptions {
  /** Samples in a window: T. */
  length: number;
  /** Windows in a batch: B. */
  batchSize: number;
  /** Silent samples in front of a sound, and behind: so a model learns how sounds begin and end. @default {0} */
  silence?: number;
  /** The level of silence. @default {128} */
  silentLevel?: number;
  /** First samples of a window whose next ones are not learnt, as the model sees too few before them. @default {0} */
  warmUp?: number;
  /** Equal seeds give equal batches. @default {drawn from the library's own generator} */
  seed?: number;
}

/** Sounds as levels, and the level after each; what `waveLoss` takes. */
export interface WaveWindowBatch {
  /** Samples, `[B, T]`, int32. */
  inputs: Tensor;
  /** The sample after each, `[B, T]`, int32; -100 where none is learnt. */
  targets: Tensor;
  /** The class of each, `[B]`, int32, where sounds have classes. */
  labels?: Tensor;
}

/**
 * Cuts windows from sounds at random, for ever: a sound is drawn first, and then a place in it.
 *
 * A window may begin before its sound and end behind it, where it is silent.
 */
export class WaveWindows implements BatchSource<WaveWindowBatch> {
  readonly #sounds: readonly LevelSound[];
  readonly #options: Required<Omit<WaveWindowsOptions, "seed">>;
  readonly #random: Rng;

  /**
   * Takes the sounds; no tensor is made before a batch is taken.
   *
   * @param sounds The sounds: all with a class, or none.
   * @param options The size of windows and batches.
   * @throws {RangeError} If there is no sound, an empty one, or a size is no whole number in range.
   * @throws {TypeError} If only some have a class.
   */
  constructor(sounds: readonly LevelSound[], options: WaveWindowsOptions) {
    const { length, batchSize, silence = 0, silentLevel = 128, warmUp = 0 } = options;
    const least = { length: 1, batchSize: 1, silence: 0, silentLevel: 0, warmUp: 0 };
    for (const [name, minimum] of Object.entries(least)) {
      const value = { length, batchSize, silence, silentLevel, warmUp }[name]!;
      if (
        Number.isSafeInteger(value) && value >= minimum && !(name === "warmUp" && value >= length)
      ) {
        continue;
      }
      throw new RangeError(
        `Cannot cut windows as ${name} must be a whole number of at least ${minimum}, and warmUp below length: current ${name} is ${value}`,
      );
    }
    const empty = sounds.findIndex(({ levels }) => levels.length === 0);
    if (sounds.length === 0 || empty >= 0) {
      throw new RangeError(
        `Cannot cut windows as there must be sounds with samples: ` +
          (empty >= 0 ? `current sound ${empty} has none` : "current number is 0"),
      );
    }
    if (new Set(sounds.map(({ label }) => label === undefined)).size > 1) {
      throw new TypeError("Cannot cut windows as all sounds must have a class, or none");
    }
    this.#sounds = sounds;
    this.#options = { length, batchSize, silence, silentLevel, warmUp };
    this.#random = new Rng(options.seed ?? rng.bits());
  }

  /** Gives batches without end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<WaveWindowBatch> {
    for (;;) yield this.#draw();
  }

  #draw(): WaveWindowBatch {
    const { length: T, batchSize: B, silence, silentLevel, warmUp } = this.#options;
    const [inputs, targets] = [new Int32Array(B * T), new Int32Array(B * T).fill(-100)];
    const labels = new Int32Array(B);
    for (let b = 0; b < B; b++) {
      const { levels, label = 0 } = this.#sounds[this.#random.int(this.#sounds.length)]!;
      labels[b] = label;
      const places = Math.max(1, levels.length + 2 * silence - T);
      const start = this.#random.int(places) - silence;
      const at = (i: number) => i >= 0 && i < levels.length ? levels[i]! : silentLevel;
      for (let t = 0; t < T; t++) {
        inputs[b * T + t] = at(start + t);
        const within = start + t + 1 < levels.length + silence;
        if (t >= warmUp && within) targets[b * T + t] = at(start + t + 1);
      }
    }
    return {
      inputs: tf.tensor2d(inputs, [B, T], "int32"),
      targets: tf.tensor2d(targets, [B, T], "int32"),
      ...(this.#sounds[0]!.label === undefined
        ? {}
        : { labels: tf.tensor1d(labels, "int32") as Tensor }),
    };
  }

  /** The place behind the last batch that was handed over. */
  state(): JsonValue {
    return { ...this.#same(), random: this.#random.state };
  }

  /**
   * Goes back to a place.
   *
   * @throws {RangeError} If the state is that of other sounds or of other windows.
   */
  restore(state: JsonValue): void {
    const { random } = checkState("WaveWindows", state, this.#same(), {});
    this.#random.state = random as RngState;
  }

  #same(): { [name: string]: JsonValue } {
    return { ...this.#options, sounds: this.#sounds.length };
  }
}
