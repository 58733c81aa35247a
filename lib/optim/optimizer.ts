import * as tf from "../tensor/_tf.ts";
import {
  checkShape,
  onHost,
  ownVariable,
  refuseRecording,
  type Tensor,
  type Variable,
} from "../tensor/mod.ts";
import type { Schedule } from "./schedules.ts";

/** What every optimizer lets one choose. */
export interface OptimizerOptions {
  /** Learning rate: a number, or a function of the step, which counts from 1. */
  lr?: number | Schedule;
  /** How strongly weights are pulled to 0; each optimizer says whether through the gradient or beside it. */
  weightDecay?: number;
  /**
   * Whether a parameter decays. @default {only those of rank 2 or more, so that biases and gains are left alone}
   */
  decay?: (name: string, parameter: Variable) => boolean;
  /** What a parameter's learning rate is multiplied by. @default {1 for every parameter} */
  lrScale?: (name: string, parameter: Variable) => number;
}

/** What one step may change. */
export interface StepOptions {
  /** The learning rate of this step, instead of the optimizer's own. */
  lr?: number;
  /** What every gradient is multiplied by: a number, or a tensor of one element such as a clip coefficient. @default {1} */
  scale?: number | Tensor;
}

/** One tensor per parameter name; names may be missing. */
export type Gradients = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

/** What an optimizer remembers between steps: what JSON can hold, and float32 tensors. */
export interface OptimizerState {
  /** The optimizer's name and counters. */
  meta: OptimizerMeta;
  /** The moments and so on, by `"parameter/slot"`, such as `"blocks.0.attn.qkv.weight/firstMoment"`. */
  tensors: Map<string, StateTensor>;
}

/** The part of an {@link OptimizerState} that JSON can hold. */
export interface OptimizerMeta {
  /** The name of the optimizer's class. */
  algorithm: string;
  /** Steps taken. */
  step: number;
  /** For each parameter, the steps that had a gradient for it. */
  steps: Record<string, number>;
}

/** A tensor off the device. */
export interface StateTensor {
  /** The length of each axis. */
  shape: number[];
  /** The values in row-major order. */
  values: Float32Array;
}

/** What {@link Optimizer.update} needs to change one parameter. */
export interface ParameterUpdate {
  /** The parameter's name. */
  name: string;
  /** The parameter, to be changed in place. */
  parameter: Variable;
  /** Its gradient, of the same shape, not yet multiplied by `scale`. */
  gradient: Tensor;
  /** What the gradient is to be multiplied by. */
  scale: number | Tensor;
  /** Its state by slot; zeros at the first step. */
  slots: Record<string, Variable>;
  /** Gives the number of steps that had a gradient for it, this one included. */
  step: () => number;
  /** Gives its learning rate in this step. */
  lr: () => number;
  /** Its weight decay: 0 where it does not decay. */
  weightDecay: number;
}

interface Kept {
  steps: number;
  slots: Record<string, Variable>;
}

/**
 * Changes parameters in place along their gradients, and keeps what it must remember between steps.
 *
 * Who frees what: the gradients stay the caller's; the optimizer frees its own state when it is disposed, and never a
 * parameter.
 */
export abstract class Optimizer implements Disposable {
  /** The parameters by name, in the order they were given. */
  readonly parameters: ReadonlyMap<string, Variable>;
  readonly #lr: number | Schedule;
  readonly #weightDecay: number;
  readonly #decays: (name: string, parameter: Variable) => boolean;
  readonly #lrScale: (name: string, parameter: Variable) => number;
  readonly #kept = new Map<string, Kept>();
  #step = 0;

  /**
   * Takes what every optimizer has in common.
   *
   * @param parameters Names and variables, as `module.namedParameters()` yields them.
   * @param options The learning rate and the weight decay are required here; subclasses have defaults.
   * @throws {RangeError} If there are no parameters, a name comes twice, or a number is out of range.
   */
  constructor(
    parameters: Iterable<readonly [string, Variable]>,
    options: OptimizerOptions & { lr: number | Schedule; weightDecay: number },
  ) {
    const named = new Map<string, Variable>();
    for (const [name, parameter] of parameters) {
      if (named.has(name)) {
        throw new RangeError(`Cannot optimize as two parameters are named ${JSON.stringify(name)}`);
      }
      named.set(name, parameter);
    }
    if (named.size === 0) throw new RangeError("Cannot optimize as there are no parameters");
    this.parameters = named;
    if (typeof options.lr === "number") requireRange("lr", options.lr, 0, Infinity);
    requireRange("weightDecay", options.weightDecay, 0, Infinity);
    this.#lr = options.lr;
    this.#weightDecay = options.weightDecay;
    this.#decays = options.decay ?? ((_, parameter) => parameter.rank >= 2);
    this.#lrScale = options.lrScale ?? (() => 1);
  }

  /** The name of the algorithm, as saved with the state. */
  abstract readonly algorithm: string;

  /**
   * Whether {@link update} hands `step` and `lr` on to the device as functions, or functions of them, so that a recorded
   * step may be replayed; else every step runs op by op.
   */
  protected readonly replayable: boolean = false;

  /** The tensors to remember of a parameter, each of its shape. */
  protected abstract slots(name: string, parameter: Variable): readonly string[];

  /** Changes parameters, and their slots, in place. */
  protected abstract update(updates: readonly ParameterUpdate[]): void;

  /** Steps taken. */
  get steps(): number {
    return this.#step;
  }

  /** The learning rate of a step, which counts from 1; left out, of the next one. */
  lrAt(step: number = this.#step + 1): number {
    return typeof this.#lr === "number" ? this.#lr : this.#lr(step);
  }

  /**
   * Changes each trainable parameter that has a gradient.
   *
   * @param gradients By the parameters' names; each of its parameter's shape, float32.
   * @throws {RangeError} If a gradient belongs to no parameter, its shape differs, or the learning rate is no finite
   *   number; nothing has changed then.
   */
  step(gradients: Gradients, { lr, scale = 1 }: StepOptions = {}): void {
    const entries = gradientEntries(gradients);
    for (const [name, gradient] of entries) {
      const parameter = this.#parameter(name);
      checkShape("step", `the gradient of ${name}`, gradient, parameter.shape);
    }
    const rateNow = () => {
      const rate = lr ?? this.lrAt();
      if (Number.isFinite(rate)) return rate;
      throw new RangeError(
        `Cannot step as the learning rate must be finite: current value is ${rate} at step ${
          this.#step + 1
        }`,
      );
    };
    rateNow();
    if (lr !== undefined) refuseRecording("its learning rate is given as a number");
    if (!this.replayable) refuseRecording(`${this.algorithm} does not say that it can be replayed`);
    const changed = entries.map(([name, gradient]) => {
      return { name, gradient, parameter: this.#parameter(name) };
    })
      .filter(({ parameter }) => parameter.trainable && parameter.size > 0)
      .map((entry) => ({ ...entry, kept: this.#keep(entry.name, entry.parameter) }));
    let rate = 0;
    onHost(() => {
      rate = rateNow();
      this.#step++;
      for (const { kept } of changed) kept.steps++;
    });
    this.update(changed.map(({ name, parameter, gradient, kept }) => {
      const share = this.#lrScale(name, parameter);
      return {
        name,
        parameter,
        gradient,
        scale,
        slots: kept.slots,
        step: () => kept.steps,
        lr: () => rate * share,
        weightDecay: this.#decays(name, parameter) ? this.#weightDecay : 0,
      };
    }));
  }

  /** Reads everything that must be kept to go on later as if nothing had happened. */
  async state(): Promise<OptimizerState> {
    const meta: OptimizerMeta = { algorithm: this.algorithm, step: this.#step, steps: {} };
    const live: [string, Variable][] = [];
    for (const [name, { steps, slots }] of this.#kept) {
      meta.steps[name] = steps;
      for (const [slot, variable] of Object.entries(slots)) {
        live.push([`${name}/${slot}`, variable]);
      }
    }
    const read = await Promise.all(live.map(async ([name, variable]) => {
      const values = Float32Array.from(await variable.data());
      return [name, { shape: variable.shape.slice(), values }] as const;
    }));
    return { meta, tensors: new Map(read) };
  }

  /**
   * Goes on where {@link state} was taken; the parameters themselves, and the options, are the caller's to restore.
   *
   * @throws {RangeError} If the state is another algorithm's, or its names or shapes do not fit the parameters; nothing
   *   has changed then.
   */
  restore({ meta, tensors }: OptimizerState): void {
    if (meta.algorithm !== this.algorithm) {
      throw new RangeError(
        `Cannot restore ${this.algorithm} as the state is of another algorithm: current one is ${meta.algorithm}`,
      );
    }
    const wanted = Object.keys(meta.steps).flatMap((name) =>
      this.slots(name, this.#parameter(name)).map((slot) => ({
        name,
        slot,
        key: `${name}/${slot}`,
      }))
    );
    for (const { name, key } of wanted) {
      const saved = tensors.get(key);
      if (!saved) {
        throw new RangeError(`Cannot restore ${this.algorithm} as the state has no ${key}`);
      }
      checkShape(`restore ${this.algorithm}`, key, saved, this.#parameter(name).shape);
    }
    this.#forget();
    this.#step = meta.step;
    for (const [name, steps] of Object.entries(meta.steps)) {
      this.#kept.set(name, { steps, slots: {} });
    }
    for (const { name, slot, key } of wanted) {
      const { shape, values } = tensors.get(key)!;
      this.#kept.get(name)!.slots[slot] = ownVariable(
        tf.tensor(values.slice(), shape),
        false,
        "optimizer state",
      );
    }
  }

  /** Frees the state. */
  [Symbol.dispose](): void {
    this.#forget();
  }

  #forget(): void {
    for (const { slots } of this.#kept.values()) tf.dispose(slots);
    this.#kept.clear();
  }

  #parameter(name: string): Variable {
    const parameter = this.parameters.get(name);
    if (!parameter) {
      throw new RangeError(
        `Cannot find a parameter of the optimizer: current name is ${JSON.stringify(name)}`,
      );
    }
    return parameter;
  }

  #keep(name: string, parameter: Variable): Kept {
    let kept = this.#kept.get(name);
    if (!kept) {
      const slots: Record<string, Variable> = {};
      for (const slot of this.slots(name, parameter)) {
        slots[slot] = ownVariable(tf.fill(parameter.shape, 0), false, "optimizer state");
      }
      this.#kept.set(name, kept = { steps: 0, slots });
    }
    return kept;
  }
}

/** The gradients as pairs. */
export function gradientEntries(gradients: Gradients): [string, Tensor][] {
  return gradients instanceof Map ? [...gradients] : Object.entries(gradients);
}

/** Checks that an option lies in a range. @throws {RangeError} If it does not. */
export function requireRange(name: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) {
    throw new RangeError(
      `Cannot optimize as ${name} must lie in ${least}…${most}: current value is ${value}`,
    );
  }
}
