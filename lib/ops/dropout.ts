import { live, matricesOf, rng, sizeOf, type Tensor } from "../tensor/mod.ts";
import { simdFor } from "../tensor/simd.ts";
import { defineKernel, seenAs } from "./_define.ts";
import wgsl from "./dropout.wgsl" with { type: "text" };
import partWgsl from "./dropout_part.wgsl" with { type: "text" };
import hashWgsl from "./hash.wgsl" with { type: "text" };

/** What is dropped. */
export interface Drops {
  /** The share that goes, in [0, 1). */
  rate: number;
  /** Gives the seed; anew when a recording is replayed. */
  seed: () => number;
}

/** Where the matrices that are given lie in larger ones, as whose elements theirs are dropped. */
export interface Part {
  /** The row of the larger ones that the first row is. */
  first: number;
  /** Rows of the larger ones. */
  rows: number;
  /** Columns of the larger ones; those given are the first. */
  columns: number;
}

/** Bits that look random, from any integer. @see Chris Wellons, "Prospecting for Hash Functions", lowbias32 */
export function hash(v: number): number {
  v = Math.imul(v ^ (v >>> 16), 0x7feb352d);
  v = Math.imul(v ^ (v >>> 15), 0x846ca68b);
  return (v ^ (v >>> 16)) >>> 0;
}

/** An element is kept if the upper 24 bits of its hash reach this. */
export const threshold = (rate: number): number => Math.round(rate * 2 ** 24);

const kernel = defineKernel<"x", Drops & { part?: Part }>({
  name: "SeededDropout",
  inputs: ["x"],
  outputs: ({ x }) => [x],
  host({ x }, [y], { rate, seed, part }, shapes) {
    const [gain, limit, salt] = [1 / (1 - rate), threshold(rate), seed()];
    const simd = part ? undefined : simdFor(x, y!);
    if (simd) return simd.dropout(x.byteOffset, y!.byteOffset, x.length, gain, limit, salt);
    const [count, height, width] = part ? matricesOf(shapes.x) : [1, 1, x.length];
    const { first, rows, columns } = part ?? { first: 0, rows: 1, columns: width };
    for (let row = 0, i = 0; row < count * height; row++) {
      const start = (Math.floor(row / height) * rows + first + row % height) * columns;
      for (let at = start; at < start + width; at++, i++) {
        y![i] = (hash(hash(at) ^ salt) >>> 8) >= limit ? x[i]! * gain : 0;
      }
    }
  },
  gpu({ x }, { rate, seed, part }, run) {
    const [, height, width] = part ? matricesOf(x.shape) : [1, 1, 1];
    const { first, rows, columns } = part ?? { first: 0, rows: 1, columns: 1 };
    const place = part ? { height, width, first, rows, columns } : {};
    const size = sizeOf(x.shape);
    const y = run({
      name: "dropout",
      wgsl: hashWgsl + (part ? partWgsl : "fn placeOf(index : i32) -> i32 { return index; }\n") +
        wgsl,
      constants: { PART: Number(part !== undefined) },
      inputs: ["x"],
      outShape: [size],
      launch: "elements",
      uniforms: [
        { name: "seed", type: "i32", value: seed },
        { name: "threshold", type: "f32", value: threshold(rate) },
        { name: "gain", type: "f32", value: 1 / (1 - rate) },
        ...Object.entries(place).map(([name, value]) => ({ name, type: "i32" as const, value })),
      ],
    }, [seenAs(x, [size])]);
    return [seenAs(y, x.shape)];
  },
  saves: { inputs: [] },
  gradient: (dy, _inputs, attrs) => ({ x: (): Tensor => kernel({ x: dy }, attrs)[0]! }),
});

/** How {@link dropout} chooses. */
export interface DropoutOptions {
  /** Decides which elements go; equal seeds drop the same ones. @default {drawn from the library's generator} */
  seed?: number;
}

/**
 * Sets a share of the elements to 0, and scales the others so that the mean stays.
 *
 * @param x Any shape, float32.
 * @param rate The share that goes, in [0, 1).
 * @returns The same shape as `x`; `x` itself if `rate` is 0.
 * @throws {RangeError} If `rate` is not in [0, 1).
 * @see Srivastava et al., 2014, "Dropout", https://jmlr.org/papers/v15/srivastava14a.html
 */
export function dropout(x: Tensor, rate: number, { seed }: DropoutOptions = {}): Tensor {
  return drop(x, chooseDrops(rate, seed));
}

/**
 * Decides what is dropped; draws a seed if there is none, and something to drop.
 *
 * @throws {RangeError} If `rate` is not in [0, 1).
 */
export function chooseDrops(rate: number, seed?: number): Drops {
  if (!(rate >= 0 && rate < 1)) {
    throw new RangeError(
      `Cannot apply dropout as rate must be in [0, 1): current value is ${rate}`,
    );
  }
  const given = rate === 0 || seed !== undefined;
  return { rate, seed: given ? () => (seed ?? 0) | 0 : live(() => rng.bits() | 0) };
}

/** Drops elements, of matrices that may be part of larger ones; equal seeds drop the same ones. */
export function drop(x: Tensor, drops: Drops, part?: Part): Tensor {
  return drops.rate === 0 ? x : kernel({ x }, { ...drops, part })[0]!;
}
