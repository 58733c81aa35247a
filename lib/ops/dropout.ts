import { live, rng, sizeOf, type Tensor } from "../tensor/mod.ts";
import { defineKernel, seenAs } from "./_define.ts";
import wgsl from "./dropout.wgsl" with { type: "text" };

interface Attrs {
  rate: number;
  /** Gives the seed; anew when a recording is replayed. */
  seed: () => number;
}

/** Bits that look random, from any integer. @see Chris Wellons, "Prospecting for Hash Functions", lowbias32 */
function hash(v: number): number {
  v = Math.imul(v ^ (v >>> 16), 0x7feb352d);
  v = Math.imul(v ^ (v >>> 15), 0x846ca68b);
  return (v ^ (v >>> 16)) >>> 0;
}

/** An element is kept if the upper 24 bits of its hash reach this. */
const threshold = (rate: number) => Math.round(rate * 2 ** 24);

const kernel = defineKernel<"x", Attrs>({
  name: "SeededDropout",
  inputs: ["x"],
  outputs: ({ x }) => [x],
  host({ x }, [y], { rate, seed }) {
    const [gain, limit, salt] = [1 / (1 - rate), threshold(rate), seed()];
    for (let i = 0; i < x.length; i++) {
      y![i] = (hash(hash(i) ^ salt) >>> 8) >= limit ? x[i]! * gain : 0;
    }
  },
  gpu({ x }, { rate, seed }, run) {
    const size = sizeOf(x.shape);
    const y = run({
      name: "dropout",
      wgsl,
      inputs: ["x"],
      outShape: [size],
      launch: "elements",
      uniforms: [
        { name: "seed", type: "i32", value: seed },
        { name: "threshold", type: "f32", value: threshold(rate) },
        { name: "gain", type: "f32", value: 1 / (1 - rate) },
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
  if (!(rate >= 0 && rate < 1)) {
    throw new RangeError(
      `Cannot apply dropout as rate must be in [0, 1): current value is ${rate}`,
    );
  }
  if (rate === 0) return x;
  const drawn = seed === undefined ? live(() => rng.bits() | 0) : () => seed | 0;
  return kernel({ x }, { rate, seed: drawn })[0]!;
}
