import { matricesOf, ShapeError, type Tensor } from "../tensor/mod.ts";
import { type Live, valueOf } from "../tensor/live.ts";
import { defineKernel, seenAs } from "./_define.ts";
import wgsl from "./rotary.wgsl" with { type: "text" };

/**
 * How the frequencies are changed so that a model reads longer texts than it was first trained on.
 *
 * Pair `i` of frequency `f` turns with `f (m + (1 − m) / factor)`, where `m = clamp(perFrequency f + perPair i + offset, 0, 1)` is the
 * share that stays as it is; positional interpolation, Llama 3 and YaRN differ in `m` only.
 */
export interface RotaryScaling {
  /** What a frequency that does not stay is divided by. */
  factor: number;
  /** How the share that stays grows with the frequency. @default {0} */
  perFrequency?: number;
  /** How the share that stays grows with the number of the pair. @default {0} */
  perPair?: number;
  /** The share that stays of a frequency of 0 in pair 0. @default {0} */
  offset?: number;
  /** What turned queries and keys are multiplied by. @default {1} */
  gain?: number;
}

/** How {@link rotary} turns. */
export interface RotaryOptions {
  /** The position of the first token; a function gives it anew when a recording is replayed. @default {0} */
  start?: Live;
  /** The wavelengths grow from 2π to 2π times this. @default {10000} */
  base?: number;
  /** How many channels of a head are turned, even; the rest stay. @default {all} */
  rotated?: number;
  /** Whether pairs are neighbours, as in the paper, instead of halves, as in Llama's published checkpoints. @default {false} */
  interleaved?: boolean;
  /** Changes the frequencies. @default {none} */
  scaling?: RotaryScaling;
}

interface Attrs extends Required<RotaryOptions> {
  /** With nothing left to choose. */
  scaling: Required<RotaryScaling>;
  /** 1 turns forward; −1 turns back, which is the gradient. */
  direction: number;
}

const kernel = defineKernel<"x", Attrs>({
  name: "Rotary",
  inputs: ["x"],
  outputs: ({ x }) => [x],
  host({ x }, [y], { start, base, rotated, interleaved, scaling, direction }, shapes) {
    const [count, T, D] = matricesOf(shapes.x);
    const [half, first] = [rotated / 2, valueOf(start)];
    for (let t = 0; t < T; t++) {
      for (let i = 0; i < half; i++) {
        const angle = (first + t) * frequency(i, half, base, scaling);
        const cos = Math.cos(angle) * scaling.gain;
        const sin = Math.sin(angle) * scaling.gain * direction;
        const [p, q] = interleaved ? [2 * i, 2 * i + 1] : [i, i + half];
        for (let n = 0, at = t * D; n < count; n++, at += T * D) {
          const a = x[at + p]!, b = x[at + q]!;
          y![at + p] = a * cos - b * sin;
          y![at + q] = b * cos + a * sin;
        }
      }
      for (let n = 0, at = t * D; n < count; n++, at += T * D) {
        for (let d = rotated; d < D; d++) y![at + d] = x[at + d]!;
      }
    }
  },
  gpu({ x }, { start, base, rotated, interleaved, scaling, direction }, run) {
    const shape = matricesOf(x.shape);
    const y = run({
      name: "rotary",
      wgsl,
      inputs: ["x"],
      outShape: shape,
      launch: "elements",
      constants: { INTERLEAVED: Number(interleaved), DIRECTION: direction },
      uniforms: [
        { name: "start", type: "i32", value: start },
        { name: "rotated", type: "i32", value: rotated },
        { name: "log2Base", type: "f32", value: Math.log2(base) },
        { name: "factor", type: "f32", value: scaling.factor },
        { name: "perFrequency", type: "f32", value: scaling.perFrequency },
        { name: "perPair", type: "f32", value: scaling.perPair },
        { name: "offset", type: "f32", value: scaling.offset },
        { name: "gain", type: "f32", value: scaling.gain },
      ],
    }, [seenAs(x, shape)]);
    return [seenAs(y, x.shape)];
  },
  saves: { inputs: [] },
  gradient: (dy, _inputs, attrs) => ({
    x: (): Tensor => kernel({ x: dy }, { ...attrs, direction: -attrs.direction })[0]!,
  }),
});

/** How fast a pair turns, in radians a position. */
function frequency(
  pair: number,
  half: number,
  base: number,
  { factor, perFrequency, perPair, offset }: Required<RotaryScaling>,
): number {
  const own = Math.pow(base, -pair / half);
  const kept = Math.min(1, Math.max(0, perFrequency * own + perPair * pair + offset));
  return own * (kept + (1 - kept) / factor);
}

/** Every frequency as it is. */
const UNSCALED = { factor: 1, perFrequency: 0, perPair: 0, offset: 0, gain: 1 };

/**
 * Turns each pair of channels by an angle that grows with the token's position.
 *
 * `(a, b) → (a cos θ − b sin θ, b cos θ + a sin θ)`, with `θ = position · base^(−2i/rotated)` for pair `i`.
 *
 * `scaling` changes the frequencies `base^(−2i/rotated)`.
 *
 * @param x Queries or keys, `[..., T, D]`, float32.
 * @returns The same shape as `x`.
 * @throws {RangeError} If `rotated` is odd or larger than `D`.
 * @see Su et al., 2021, "RoFormer", https://arxiv.org/abs/2104.09864, equation 34
 */
export function rotary(
  x: Tensor,
  { start = 0, base = 10000, rotated, interleaved = false, scaling }: RotaryOptions = {},
): Tensor {
  const depth = x.shape.at(-1)!;
  if (x.rank < 2) {
    throw new ShapeError(
      `Cannot apply rotary as x must have at least 2 axes: current shape is [${x.shape}]`,
      [-1, -1],
      x.shape,
    );
  }
  rotated ??= depth;
  if (rotated % 2 !== 0 || rotated > depth) {
    throw new RangeError(
      `Cannot apply rotary as rotated must be even and at most ${depth}: current value is ${rotated}`,
    );
  }
  const attrs = { start, base, rotated, interleaved, scaling: { ...UNSCALED, ...scaling } };
  return kernel({ x }, { ...attrs, direction: 1 })[0]!;
}
