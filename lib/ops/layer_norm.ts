import * as tf from "../tensor/_tf.ts";
import { checkShape, rowsOf, type Shape, type Tensor } from "../tensor/mod.ts";
import { defineKernel, type GpuProgram, seenAs } from "./_define.ts";
import paramsWgsl from "./layer_norm_params.wgsl" with { type: "text" };
import wgsl from "./layer_norm.wgsl" with { type: "text" };

/** How {@link layerNorm} and {@link rmsNorm} are computed. */
export interface NormOptions {
  /** Added to the variance, so that a constant row does not divide by 0. @default {1e-5} */
  eps?: number;
}

interface NormAttrs {
  eps: number;
  /** Whether the mean is subtracted: LayerNorm's difference from RMSNorm. */
  center: boolean;
}

/** Mean (0 for RMSNorm) and 1 / standard deviation of the row that starts at `start`. */
function statistics(
  x: ArrayLike<number>,
  start: number,
  cols: number,
  { eps, center }: NormAttrs,
): [mean: number, rstd: number] {
  let mean = 0;
  if (center) {
    for (let i = start; i < start + cols; i++) mean += x[i]!;
    mean /= cols;
  }
  let squares = 0;
  for (let i = start; i < start + cols; i++) squares += (x[i]! - mean) * (x[i]! - mean);
  return [mean, 1 / Math.sqrt(squares / cols + eps)];
}

function rowProgram(mode: number, outShape: Shape, rows: number, attrs: NormAttrs): GpuProgram {
  return {
    name: "layerNorm",
    wgsl,
    inputs: ["x", "gamma", "beta"],
    outShape,
    launch: rows,
    uniforms: [{ name: "eps", type: "f32", value: attrs.eps }],
    constants: { CENTER: Number(attrs.center), MODE: mode },
  };
}

const derivative = defineKernel<"x" | "gamma" | "dy", NormAttrs>({
  name: "LayerNormGrad",
  inputs: ["x", "gamma", "dy"],
  outputs: ({ x, gamma }) => [x, [2, gamma[0]!]],
  host({ x, gamma, dy }, [dx, params], attrs, shapes) {
    const [rows, cols] = rowsOf(shapes.x);
    params!.fill(0);
    for (let row = 0; row < rows; row++) {
      const start = row * cols;
      const [mean, rstd] = statistics(x, start, cols, attrs);
      let a = 0, b = 0;
      for (let c = 0; c < cols; c++) {
        const d = dy[start + c]!;
        const h = (x[start + c]! - mean) * rstd;
        a += d * gamma[c]!;
        b += d * gamma[c]! * h;
        params![c]! += d * h;
        params![cols + c]! += d;
      }
      a = attrs.center ? a / cols : 0;
      b /= cols;
      for (let c = 0; c < cols; c++) {
        const h = (x[start + c]! - mean) * rstd;
        dx![start + c] = rstd * (dy[start + c]! * gamma[c]! - a - h * b);
      }
    }
  },
  gpu({ x, gamma, dy }, attrs, run) {
    const [rows, cols] = rowsOf(x.shape);
    const inputs = [seenAs(x, [rows, cols]), gamma, seenAs(dy, [rows, cols])];
    const dx = run(rowProgram(1, [rows, cols], rows, attrs), inputs);
    const stats = run(rowProgram(2, [rows, 2], rows, attrs), [inputs[0]!, gamma, gamma]);
    const params = run({
      name: "layerNormParams",
      wgsl: paramsWgsl,
      inputs: ["dy", "x", "stats"],
      outShape: [2, cols],
      launch: Math.ceil(cols / 16),
      workgroup: 256,
    }, [inputs[2]!, inputs[0]!, stats]);
    tf.backend().disposeData(stats.dataId);
    return [seenAs(dx, x.shape), params];
  },
});

const kernel = defineKernel<"x" | "gamma" | "beta", NormAttrs>({
  name: "LayerNorm",
  inputs: ["x", "gamma", "beta"],
  outputs: ({ x }) => [x],
  host({ x, gamma, beta }, [y], attrs, shapes) {
    const [rows, cols] = rowsOf(shapes.x);
    for (let row = 0; row < rows; row++) {
      const start = row * cols;
      const [mean, rstd] = statistics(x, start, cols, attrs);
      for (let c = 0; c < cols; c++) {
        y![start + c] = (x[start + c]! - mean) * rstd * gamma[c]! + beta[c]!;
      }
    }
  },
  gpu({ x, gamma, beta }, attrs, run) {
    const [rows, cols] = rowsOf(x.shape);
    const program = rowProgram(0, [rows, cols], rows, attrs);
    return [seenAs(run(program, [seenAs(x, [rows, cols]), gamma, beta]), x.shape)];
  },
  saves: { inputs: ["x", "gamma"] },
  gradient(dy, { x, gamma }, attrs) {
    const [dx, params] = derivative({ x, gamma, dy }, attrs) as [Tensor, Tensor];
    const row = (i: number) => tf.reshape(tf.slice(params, [i, 0], [1, gamma.size]), gamma.shape);
    return { x: () => dx, gamma: () => row(0), beta: () => row(1) };
  },
});

function apply(
  what: string,
  x: Tensor,
  gamma: Tensor,
  beta: Tensor | undefined,
  attrs: NormAttrs,
): Tensor {
  const channels = x.shape.at(-1) ?? 1;
  checkShape(`apply ${what}`, "gamma", gamma, [channels]);
  if (beta) checkShape(`apply ${what}`, "beta", beta, [channels]);
  return kernel({ x, gamma, beta: beta ?? tf.zeros([channels]) }, attrs)[0]!;
}

/**
 * Gives each vector along the last axis mean 0 and variance 1, then scales and shifts it.
 *
 * `y = (x − mean(x)) / sqrt(var(x) + eps) · gamma + beta`, with both over the last axis.
 *
 * @param x Input, `[..., C]`, float32.
 * @param gamma Gain of each channel, `[C]`, float32.
 * @param beta Bias of each channel, `[C]`, float32; none adds nothing.
 * @returns The same shape as `x`.
 * @throws {ShapeError} If `gamma` or `beta` is not a vector of `C` values.
 * @see Ba, Kiros and Hinton, 2016, "Layer Normalization", https://arxiv.org/abs/1607.06450
 */
export function layerNorm(
  x: Tensor,
  gamma: Tensor,
  beta?: Tensor,
  { eps = 1e-5 }: NormOptions = {},
): Tensor {
  return apply("layerNorm", x, gamma, beta, { eps, center: true });
}

/**
 * Scales each vector along the last axis to unit root mean square.
 *
 * `y = x / sqrt(mean(x²) + eps) · gamma`, with the mean over the last axis.
 *
 * @param x Input, `[..., C]`, float32.
 * @param gamma Gain of each channel, `[C]`, float32.
 * @returns The same shape as `x`.
 * @throws {ShapeError} If `gamma` is not a vector of `C` values.
 * @see Zhang and Sennrich, 2019, "Root Mean Square Layer Normalization", https://arxiv.org/abs/1910.07467
 */
export function rmsNorm(x: Tensor, gamma: Tensor, { eps = 1e-5 }: NormOptions = {}): Tensor {
  return apply("rmsNorm", x, gamma, undefined, { eps, center: false });
}

/** {@link layerNorm} in TensorFlow.js's own operations: the definition that tests compare with. */
export function layerNormReference(x: Tensor, gamma: Tensor, beta: Tensor, eps: number): Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  return tf.add(tf.mul(rmsNormReference(centred, tf.onesLike(gamma), eps), gamma), beta);
}

/** {@link rmsNorm} in TensorFlow.js's own operations: the definition that tests compare with. */
export function rmsNormReference(x: Tensor, gamma: Tensor, eps: number): Tensor {
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), eps))), gamma);
}
