import * as tf from "./_tf.ts";
import { sizeOf } from "./shape.ts";
import type { Shape, Tensor } from "./types.ts";

/** Everything that an {@link Rng} remembers: four unsigned 32-bit integers. */
export type RngState = [number, number, number, number];

/**
 * A seeded source of random numbers whose state can be saved and restored.
 *
 * The generator is xoshiro128**, seeded by splitmix32; equal seeds give equal numbers on every device.
 *
 * @example
 * ```ts
 * import { Rng } from "@tome/tome/tensor";
 *
 * const a = new Rng(1), b = new Rng(1);
 * console.assert(a.uniform() === b.uniform());
 * ```
 * @see Blackman and Vigna, 2021, "Scrambled Linear Pseudorandom Number Generators", https://arxiv.org/abs/1805.01407
 */
export class Rng {
  #s: Uint32Array = new Uint32Array(4);

  /**
   * Starts a sequence.
   *
   * @param seed Any integer; equal seeds give equal sequences.
   */
  constructor(seed = 0) {
    let x = seed >>> 0;
    for (let i = 0; i < 4; i++) { // splitmix32
      x = (x + 0x9e3779b9) >>> 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.#s[i] = z ^ (z >>> 16);
    }
  }

  /** The state now; assign it to another generator to continue from here. */
  get state(): RngState {
    return [...this.#s] as RngState;
  }

  /** Puts back a state that was read before. */
  set state(state: RngState) {
    if (state.length !== 4 || state.every((word) => word === 0)) {
      throw new RangeError(
        `Cannot restore random state as it must be four integers, not all 0: current state is [${state}]`,
      );
    }
    this.#s.set(state);
  }

  /** An integer in [0, 2³²). */
  bits(): number {
    const s = this.#s as unknown as [number, number, number, number];
    const m = Math.imul(s[1], 5);
    const result = Math.imul((m << 7) | (m >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    const r = s[3];
    s[3] = (r << 11) | (r >>> 21);
    return result;
  }

  /** A number in [low, high), uniformly distributed. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.bits() / 4294967296);
  }

  /** A number from the normal distribution, by Box and Muller's method. */
  normal(mean = 0, std = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + std * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** An integer in [0, n). */
  int(n: number): number {
    if (!(Number.isSafeInteger(n) && n > 0 && n <= 4294967296)) {
      throw new RangeError(
        `Cannot draw an integer below n as n must be in 1…2³²: current n is ${n}`,
      );
    }
    return Math.floor(this.uniform() * n);
  }

  /** Shuffles an array in place, by Fisher and Yates' method, and returns it. */
  shuffle<T extends unknown[] | Int32Array | Uint32Array>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  }

  /** A new generator whose numbers are independent of those that follow here. */
  fork(): Rng {
    return new Rng(this.bits());
  }
}

/** The generator behind initial weights and dropout; {@link seed} restarts it. */
export const rng: Rng = new Rng(0);

/**
 * Fixes every random number that the library draws from here on: initial weights, dropout, shuffling, sampling.
 *
 * @param n Any integer.
 */
export function seed(n: number): void {
  rng.state = new Rng(n).state;
}

/** How random values are drawn. */
export interface RandomOptions {
  /** Where the numbers come from. @default {the library's own generator} */
  rng?: Rng;
}

/** A float32 tensor of numbers from the normal distribution. */
export function randomNormal(
  shape: Shape,
  mean = 0,
  std = 1,
  { rng: source = rng }: RandomOptions = {},
): Tensor {
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = source.normal(mean, std);
  return tf.tensor(values, shape as number[], "float32");
}

/** A float32 tensor of numbers uniformly distributed in [low, high). */
export function randomUniform(
  shape: Shape,
  low = 0,
  high = 1,
  { rng: source = rng }: RandomOptions = {},
): Tensor {
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = source.uniform(low, high);
  return tf.tensor(values, shape as number[], "float32");
}
