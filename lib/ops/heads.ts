import type * as tf from "../tensor/_tf.ts";
import { type Shape, ShapeError, sizeOf, type Tensor } from "../tensor/mod.ts";
import { simdFor } from "../tensor/simd.ts";
import { defineKernel, type Elements, seenAs } from "./_define.ts";
import joinWgsl from "./heads_join.wgsl" with { type: "text" };
import placeWgsl from "./heads_place.wgsl" with { type: "text" };
import splitWgsl from "./heads_split.wgsl" with { type: "text" };

/** How many heads there are for queries, and for keys and values each. */
interface Heads {
  queries: number;
  /** 0 where there are queries only. */
  keys: number;
}

/** Copies the heads of `[B, T, W]` from `first` on to `[B, H, T, D]`, or back. */
function move(
  wide: Elements,
  split: Elements,
  [B, T, W]: Shape,
  [, H, , D]: Shape,
  first: number,
  join: boolean,
): void {
  const simd = simdFor(wide, split);
  if (simd) {
    const places = [wide.byteOffset, split.byteOffset] as const;
    simd.moveHeads(...places, B!, T!, W!, H!, D!, first, join);
    return;
  }
  for (let b = 0, i = 0; b < B!; b++) {
    for (let h = 0; h < H!; h++) {
      for (let t = 0; t < T!; t++) {
        const j = (b * T! + t) * W! + (first + h) * D!;
        if (join) { for (let d = 0; d < D!; d++, i++) wide[j + d] = split[i]!; }
        else for (let d = 0; d < D!; d++, i++) split[i] = wide[j + d]!;
      }
    }
  }
}

/** The numbers of both GPU programs. */
const uniformsOf = (heads: Heads, tokens: number, depth: number, elements: number) =>
  Object.entries({ heads: heads.queries, all: total(heads), tokens, depth, elements })
    .map(([name, value]) => ({ name, type: "i32" as const, value }));

/** Writes an element of the keys, or of the values. */
const PUT = `fn put(isKey : bool, at : i32, value : f32) {
  if (isKey) { keys[at] = value; } else { values[at] = value; }
}`;

const flat = (info: tf.TensorInfo) => seenAs(info, [sizeOf(info.shape)]);
const parts = ({ queries, keys }: Heads) => keys === 0 ? [queries] : [queries, keys, keys];
const total = (heads: Heads) => heads.queries + 2 * heads.keys;

const splitShapes = ([B, T, W]: Shape, heads: Heads) =>
  parts(heads).map((H) => [B!, H, T!, W! / total(heads)]);

/** The first head of each part. */
const firsts = ({ queries, keys }: Heads) => [0, queries, queries + keys];

const split = defineKernel<"x", Heads>({
  name: "SplitHeads",
  inputs: ["x"],
  outputs: ({ x }, heads) => splitShapes(x, heads),
  host({ x }, outputs, heads, shapes) {
    const split = splitShapes(shapes.x, heads);
    outputs.forEach((out, i) => move(x, out, shapes.x, split[i]!, firsts(heads)[i]!, false));
  },
  gpu({ x }, heads, run) {
    const shapes = splitShapes(x.shape, heads);
    const [shape, further] = [shapes[0]!, shapes[1]];
    const size = sizeOf(x.shape);
    const outputs = run.all({
      name: `splitHeads_${further !== undefined}`,
      wgsl: `${placeWgsl}\n${
        further ? PUT : "fn put(isKey : bool, at : i32, value : f32) {}"
      }\n${splitWgsl}`,
      inputs: ["x"],
      outShape: [sizeOf(shape)],
      ...(further ? { further: { keys: [sizeOf(further)], values: [sizeOf(further)] } } : {}),
      launch: Math.ceil(size / 64),
      uniforms: uniformsOf(heads, x.shape[1]!, shape[3]!, size),
    }, [flat(x)]);
    return outputs.map((out, i) => seenAs(out, i === 0 ? shape : further!));
  },
  saves: { inputs: [] },
  gradient: (dq, _inputs, _heads, _y, [, dk, dv]) => ({
    x: () => dk ? joinHeads(dq, dk, dv!) : joinHeads(dq),
  }),
});

const joinShape = ([B, H, T, D]: Shape, keys: number) => [B!, T!, (H! + 2 * keys) * D!];

function defineJoin<Names extends "q" | "k" | "v">(name: string, inputs: readonly Names[]) {
  return defineKernel<Names, Heads>({
    name,
    inputs,
    outputs: (shapes, { keys }) => [joinShape((shapes as Record<string, Shape>).q!, keys)],
    host(arrays, [out], heads, shapes) {
      const wide = joinShape((shapes as Record<string, Shape>).q!, heads.keys);
      inputs.forEach((input, i) =>
        move(out!, arrays[input], wide, shapes[input], firsts(heads)[i]!, true)
      );
    },
    gpu(infos, heads, run) {
      const { q, k = q, v = q } = infos as Record<string, tf.TensorInfo>;
      const shape = joinShape(q!.shape, heads.keys);
      const size = sizeOf(shape);
      const out = run({
        name: "joinHeads",
        wgsl: `${placeWgsl}\n${joinWgsl}`,
        inputs: ["a", "b", "c"],
        outShape: [size],
        launch: "elements",
        uniforms: uniformsOf(heads, q!.shape[2]!, q!.shape[3]!, size),
      }, [flat(q!), flat(k!), flat(v!)]);
      return [seenAs(out, shape)];
    },
    saves: { inputs: [] },
    gradient(dy, _inputs, heads) {
      const gradients = split({ x: dy }, heads);
      return Object.fromEntries(inputs.map((input, i) => [input, () => gradients[i]!])) as Partial<
        Record<Names, () => Tensor>
      >;
    },
  });
}

const joinOne = defineJoin("JoinHeads", ["q"]);
const joinThree = defineJoin("JoinHeadsOfThree", ["q", "k", "v"]);

/**
 * Cuts the last axis into heads and puts them before the tokens.
 *
 * @param x A projection, `[B, T, W]`, float32; the queries' heads first, then those of the keys, then of the values.
 * @param queries The number of heads of the queries.
 * @param keys The number of heads of the keys, and of the values; 0 if `x` holds queries only.
 * @returns Queries `[B, queries, T, D]` and, unless `keys` is 0, keys and values `[B, keys, T, D]`, with
 *   `D = W / (queries + 2 keys)`.
 * @throws {ShapeError} If `x` has not three axes, or its last axis cannot be cut so.
 */
export function splitHeads(x: Tensor, queries: number, keys = 0): Tensor[] {
  if (x.rank !== 3 || x.shape[2]! % (queries + 2 * keys) !== 0) {
    throw new ShapeError(
      `Cannot split heads as x must have 3 axes, the last a multiple of ${queries + 2 * keys} ` +
        `heads: current shape is [${x.shape}]`,
      [-1, -1, -1],
      x.shape,
    );
  }
  return split({ x }, { queries, keys });
}

/**
 * Puts the heads back into the last axis: the inverse of {@link splitHeads}.
 *
 * @param q `[B, H, T, D]`, float32.
 * @param k `[B, K, T, D]`, if there are keys and values.
 * @param v The same shape as `k`.
 * @returns `[B, T, (H + 2 K) D]`
 */
export function joinHeads(q: Tensor, k?: Tensor, v?: Tensor): Tensor {
  const queries = q.shape[1]!;
  return k && v
    ? joinThree({ q, k, v }, { queries, keys: k.shape[1]! })[0]!
    : joinOne({ q }, { queries, keys: 0 })[0]!;
}
