import * as tf from "../tensor/_tf.ts";
import { checkShape, defineUpdate, ownVariable, type Variable } from "../tensor/mod.ts";
import { requireRange, type StateTensor } from "./optimizer.ts";
import wgsl from "./ema.wgsl" with { type: "text" };

/** How {@link EMA} averages. */
export interface EMAOptions {
  /** How much of the average is kept each step. @default {0.999} */
  decay?: number;
  /** Whether early steps keep less, `(1 + step) / (10 + step)`, so that the first weights are soon forgotten. @default {true} */
  warmup?: boolean;
}

const run = defineUpdate({
  name: "average a parameter",
  targets: ["a"],
  inputs: ["w"],
  scalars: ["rate"],
  wgsl,
  host({ a, w }, { rate }, size) {
    for (let i = 0; i < size; i++) a[i]! += rate * (w[i]! - a[i]!);
  },
});

/**
 * An exponential moving average of parameters, which often does better than the parameters themselves.
 *
 * `average ← decay · average + (1 − decay) · parameter`
 *
 * @see Polyak and Juditsky, 1992, "Acceleration of Stochastic Approximation by Averaging",
 *   https://doi.org/10.1137/0330046
 */
export class EMA implements Disposable {
  /** The averages by the parameters' names. */
  readonly averages: ReadonlyMap<string, Variable>;
  readonly #parameters: Map<string, Variable>;
  readonly #decay: number;
  readonly #warmup: boolean;
  #steps = 0;

  /**
   * Starts the averages at the parameters' present values.
   *
   * @throws {RangeError} If `decay` lies outside 0…1.
   */
  constructor(parameters: Iterable<readonly [string, Variable]>, options: EMAOptions = {}) {
    const { decay = 0.999, warmup = true } = options;
    requireRange("decay", decay, 0, 1);
    this.#parameters = new Map(parameters);
    this.averages = new Map(
      [...this.#parameters].map((
        [name, parameter],
      ) => [name, ownVariable(tf.clone(parameter), false, "optimizer state")]),
    );
    this.#decay = decay;
    this.#warmup = warmup;
  }

  /** Updates taken. */
  get steps(): number {
    return this.#steps;
  }

  /** Moves each average towards its parameter: call it after each step of the optimizer. */
  update(): void {
    this.#steps++;
    const early = (1 + this.#steps) / (10 + this.#steps);
    const decay = this.#warmup ? Math.min(this.#decay, early) : this.#decay;
    run.many([...this.#parameters].map(([name, parameter]) => [
      { a: this.averages.get(name)! },
      { w: parameter },
      { rate: 1 - decay },
    ]));
  }

  /** Exchanges averages and parameters; do it again to go on training. */
  swap(): void {
    for (const [name, parameter] of this.#parameters) {
      const average = this.averages.get(name)!;
      const held = tf.clone(parameter);
      parameter.assign(average);
      average.assign(held);
      held.dispose();
    }
  }

  /** Reads the averages and the number of updates. */
  async state(): Promise<{ steps: number; tensors: Map<string, StateTensor> }> {
    const read = await Promise.all([...this.averages].map(async ([name, average]) => {
      const values = Float32Array.from(await average.data());
      return [name, { shape: average.shape.slice(), values }] as const;
    }));
    return { steps: this.#steps, tensors: new Map(read) };
  }

  /**
   * Goes on where {@link state} was taken.
   *
   * @throws {RangeError} If a parameter has no average in the state, or one of another shape; nothing has changed then.
   */
  restore(state: { steps: number; tensors: ReadonlyMap<string, StateTensor> }): void {
    for (const [name, parameter] of this.#parameters) {
      const saved = state.tensors.get(name);
      if (!saved) throw new RangeError(`Cannot restore EMA as the state has no ${name}`);
      checkShape("restore EMA", name, saved, parameter.shape);
    }
    for (const [name, average] of this.averages) {
      const { shape, values } = state.tensors.get(name)!;
      const value = tf.tensor(values.slice(), shape);
      average.assign(value);
      value.dispose();
    }
    this.#steps = state.steps;
  }

  /** Frees the averages. */
  [Symbol.dispose](): void {
    tf.dispose([...this.averages.values()]);
  }
}
