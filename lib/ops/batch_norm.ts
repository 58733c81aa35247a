import * as tf from "../tensor/_tf.ts";
import { checkShape, rowsOf, type Shape, type Tensor } from "../tensor/mod.ts";
import { defineKernel, type Elements, type RunProgram, seenAs } from "./_define.ts";
import gradWgsl from "./batch_norm_grad.wgsl" with { type: "text" };
import mergeWgsl from "./batch_norm_merge.wgsl" with { type: "text" };
import partsWgsl from "./batch_norm_parts.wgsl" with { type: "text" };
import wgsl from "./batch_norm.wgsl" with { type: "text" };

/** How {@link batchNorm} is computed. */
export interface BatchNormOptions {
  /** Added to the variance, so that a constant channel does not divide by 0. @default {1e-5} */
  eps?: number;
}

/** What {@link batchNorm} gives. */
export interface BatchNormResult {
  /** The normalised input, of its shape. */
  y: Tensor;
  /** The mean of each channel over the batch, `[C]`; it carries no gradient. */
  mean: Tensor;
  /** The variance of each channel over the batch, with the number of values as divisor, `[C]`; it carries no gradient. */
  variance: Tensor;
}

interface Attrs {
  eps: number;
}

/** Rows that one workgroup sums up; few enough that several are busy with one column. */
const CHUNK = 1024;

/** Sums over the rows of a matrix on the GPU: two for each column, finished by a function. */
interface ColumnSums {
  name: string;
  /** `fn pair(i : i32, c : i32) -> vec2<f32>`: what element `i`, of column `c`, adds. */
  pair: string;
  /** What `pair` reads; the first is `x`. */
  reads: Record<string, tf.TensorInfo>;
  /** `fn finish(c : i32, sums : vec2<f32>)`: stores both results. */
  finish: string;
  /** What `finish` reads. */
  finishes: Record<string, tf.TensorInfo>;
  /** The name of the second result. */
  second: string;
  eps: number;
}

function columnSums(sums: ColumnSums, run: RunProgram): [tf.TensorInfo, tf.TensorInfo] {
  const { name, reads, finishes, second, eps } = sums;
  const [rows, cols] = reads.x!.shape as [number, number];
  const count = Math.max(1, Math.ceil(rows / CHUNK));
  const parts = run({
    name: `${name}Parts`,
    wgsl: `${sums.pair}\n${partsWgsl}`,
    inputs: Object.keys(reads),
    outShape: [count, 2, cols],
    launch: count * Math.ceil(cols / 16),
    workgroup: 256,
    constants: { CHUNK },
  }, Object.values(reads));
  const out = run.all({
    name: `${name}Merge`,
    wgsl: `${sums.finish}\n${mergeWgsl}`,
    inputs: ["parts", ...Object.keys(finishes)],
    outShape: [cols],
    further: { [second]: [cols] },
    launch: "elements",
    uniforms: [
      { name: "eps", type: "f32", value: eps },
      { name: "rows", type: "i32", value: rows },
    ],
    constants: { PARTS: count },
  }, [parts, ...Object.values(finishes)]);
  tf.backend().disposeData(parts.dataId);
  return out as [tf.TensorInfo, tf.TensorInfo];
}

/** Mean and variance of the columns of `x`, in the CPU's memory. */
function moments(x: Elements, mean: Float32Array, variance: Float32Array): void {
  const cols = mean.length;
  const rows = x.length / cols;
  const sums = new Float64Array(cols);
  for (let i = 0; i < x.length;) for (let c = 0; c < cols; c++) sums[c]! += x[i++]!;
  for (let c = 0; c < cols; c++) mean[c] = sums[c]! / rows;
  const squares = new Float64Array(cols);
  for (let i = 0; i < x.length;) {
    for (let c = 0; c < cols; c++) {
      const d = x[i++]! - mean[c]!;
      squares[c]! += d * d;
    }
  }
  for (let c = 0; c < cols; c++) variance[c] = squares[c]! / rows;
}

const derivative = defineKernel<"x" | "gamma" | "dy" | "mean" | "variance", Attrs>({
  name: "TomeBatchNormGrad",
  inputs: ["x", "gamma", "dy", "mean", "variance"],
  outputs: ({ x, gamma }) => [x, gamma, gamma],
  host({ x, gamma, dy, mean, variance }, [dx, dgamma, dbeta], { eps }) {
    const cols = gamma.length;
    const rows = x.length / cols;
    const rstd = Float64Array.from(variance, (v) => 1 / Math.sqrt(v + eps));
    const [products, sums] = [new Float64Array(cols), new Float64Array(cols)];
    for (let i = 0; i < x.length;) {
      for (let c = 0; c < cols; c++, i++) {
        sums[c]! += dy[i]!;
        products[c]! += dy[i]! * (x[i]! - mean[c]!);
      }
    }
    for (let c = 0; c < cols; c++) products[c]! *= rstd[c]!;
    dgamma!.set(products);
    dbeta!.set(sums);
    for (let i = 0; i < x.length;) {
      for (let c = 0; c < cols; c++, i++) {
        const h = (x[i]! - mean[c]!) * rstd[c]!;
        dx![i] = gamma[c]! * rstd[c]! * (dy[i]! - (sums[c]! + h * products[c]!) / rows);
      }
    }
  },
  gpu({ x, gamma, dy, mean, variance }, { eps }, run) {
    const shape = rowsOf(x.shape);
    const [rows, gradients] = [seenAs(x, shape), seenAs(dy, shape)];
    const [dgamma, dbeta] = columnSums({
      name: "batchNormGrad",
      pair: `fn pair(i : i32, c : i32) -> vec2<f32> {
  return vec2<f32>(dy[i] * (x[i] - mean[c]), dy[i]);
}`,
      reads: { x: rows, dy: gradients, mean },
      finish: `fn finish(c : i32, sums : vec2<f32>) {
  result[c] = sums.x * inverseSqrt(variance[c] + uniforms.eps);
  dbeta[c] = sums.y;
}`,
      finishes: { variance },
      second: "dbeta",
      eps,
    }, run);
    const dx = run({
      name: "batchNormGrad",
      wgsl: gradWgsl,
      inputs: ["x", "dy", "gamma", "mean", "variance", "dgamma", "dbeta"],
      outShape: shape,
      launch: "elements",
      uniforms: [{ name: "eps", type: "f32", value: eps }],
    }, [rows, gradients, gamma, mean, variance, dgamma, dbeta]);
    return [seenAs(dx, x.shape), dgamma, dbeta];
  },
});

const kernel = defineKernel<"x" | "gamma" | "beta", Attrs>({
  name: "TomeBatchNorm",
  inputs: ["x", "gamma", "beta"],
  outputs: ({ x, gamma }) => [gamma, gamma, x],
  host({ x, gamma, beta }, [mean, variance, y], { eps }) {
    moments(x, mean!, variance!);
    const cols = gamma.length;
    const scale = Float64Array.from(variance!, (v, c) => gamma[c]! / Math.sqrt(v + eps));
    for (let i = 0; i < x.length;) {
      for (let c = 0; c < cols; c++, i++) y![i] = (x[i]! - mean![c]!) * scale[c]! + beta[c]!;
    }
  },
  gpu({ x, gamma, beta }, { eps }, run) {
    const shape = rowsOf(x.shape);
    const rows = seenAs(x, shape);
    const [mean, variance] = columnSums({
      name: "batchNorm",
      // differences from the first row: sums of squares of numbers far from 0 would cancel
      pair: `fn pair(i : i32, c : i32) -> vec2<f32> {
  let d = x[i] - x[c];
  return vec2<f32>(d, d * d);
}`,
      reads: { x: rows },
      finish: `fn finish(c : i32, sums : vec2<f32>) {
  let n = f32(uniforms.rows);
  result[c] = x[c] + sums.x / n;
  variance[c] = max(0.0, sums.y - sums.x * sums.x / n) / n;
}`,
      finishes: { x: rows },
      second: "variance",
      eps,
    }, run);
    const y = run({
      name: "batchNorm",
      wgsl,
      inputs: ["x", "gamma", "beta", "mean", "variance"],
      outShape: shape,
      launch: "elements",
      uniforms: [{ name: "eps", type: "f32", value: eps }],
    }, [rows, gamma, beta, mean, variance]);
    return [mean, variance, seenAs(y, x.shape)];
  },
  saves: { inputs: ["x", "gamma"], outputs: 2 },
  gradient(_, { x, gamma }, attrs, mean, dys, [, variance]) {
    const [dx, dgamma, dbeta] = derivative(
      { x, gamma, dy: dys[2]!, mean, variance: variance! },
      attrs,
    );
    return { x: () => dx!, gamma: () => dgamma!, beta: () => dbeta! };
  },
});

function check(x: Tensor, vectors: Record<string, Tensor>): Shape {
  const channels = [x.shape.at(-1) ?? 1];
  for (const [name, vector] of Object.entries(vectors)) {
    checkShape("apply batchNorm", name, vector, channels);
  }
  return channels;
}

/**
 * Gives each channel mean 0 and variance 1 over the whole batch, then scales and shifts it; batch normalisation in training.
 *
 * `y = (x − mean) / sqrt(variance + eps) · gamma + beta`, with mean and variance over every axis but the last.
 *
 * @param x Input, `[..., C]`, float32; channels come last.
 * @param gamma Gain of each channel, `[C]`, float32.
 * @param beta Bias of each channel, `[C]`, float32.
 * @throws {ShapeError} If `gamma` or `beta` is not a vector of `C` values.
 * @see Ioffe and Szegedy, 2015, "Batch Normalization", https://arxiv.org/abs/1502.03167, algorithm 1
 */
export function batchNorm(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  { eps = 1e-5 }: BatchNormOptions = {},
): BatchNormResult {
  check(x, { gamma, beta });
  const [mean, variance, y] = kernel({ x, gamma, beta }, { eps });
  return { mean: mean!, variance: variance!, y: y! };
}

/**
 * Normalises each channel by a mean and a variance that are given; batch normalisation in use.
 *
 * @param x Input, `[..., C]`, float32; channels come last.
 * @param statistics The mean and the variance of each channel, `[C]` each.
 * @param gamma Gain of each channel, `[C]`, float32.
 * @param beta Bias of each channel, `[C]`, float32.
 * @returns The same shape as `x`.
 * @throws {ShapeError} If a vector does not have `C` values.
 */
export function normalizeChannels(
  x: Tensor,
  { mean, variance }: Pick<BatchNormResult, "mean" | "variance">,
  gamma: Tensor,
  beta: Tensor,
  { eps = 1e-5 }: BatchNormOptions = {},
): Tensor {
  check(x, { mean, variance, gamma, beta });
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, eps)));
  return tf.add(tf.mul(x, scale), tf.sub(beta, tf.mul(mean, scale)));
}

/** {@link batchNorm} in TensorFlow.js's own operations: the definition that tests compare with. */
export function batchNormReference(x: Tensor, gamma: Tensor, beta: Tensor, eps: number): Tensor {
  const rows = tf.reshape(x, [-1, x.shape.at(-1)!]);
  const { mean, variance } = tf.moments(rows, 0);
  const normed = tf.div(tf.sub(rows, mean), tf.sqrt(tf.add(variance, eps)));
  return tf.reshape(tf.add(tf.mul(normed, gamma), beta), x.shape);
}
