import * as tf from "../tensor/_tf.ts";
import { checkShape, rowsOf, type Shape, type Tensor } from "../tensor/mod.ts";
import { simdFor } from "../tensor/simd.ts";
import { defineKernel, type Elements, type GpuProgram, seenAs } from "./_define.ts";
import gradWgsl from "./layer_norm_grad.wgsl" with { type: "text" };
import paramsWgsl from "./layer_norm_params.wgsl" with { type: "text" };
import rowsWgsl from "./layer_norm_rows.wgsl" with { type: "text" };
import wgsl from "./layer_norm.wgsl" with { type: "text" };
import sumsWgsl from "./pair_sums.wgsl" with { type: "text" };

/** How {@link layerNorm} and {@link rmsNorm} are computed. */
export interface NormOptions {
  /** Added to the variance, so that a constant row does not divide by 0. @default {1e-5} */
  eps?: number;
}

/** What kind of norm it is. */
export interface NormAttrs {
  /** Added to the variance. */
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

/** Normalises the rows of `x` in the CPU's memory. */
export function normalize(
  x: Elements,
  gamma: Elements,
  beta: Elements,
  y: Float32Array,
  attrs: NormAttrs,
): void {
  const cols = gamma.length;
  const simd = simdFor(x, gamma, beta, y);
  if (simd) {
    const places = [x.byteOffset, gamma.byteOffset, beta.byteOffset, y.byteOffset] as const;
    simd.layerNorm(...places, x.length / cols, cols, attrs.eps, attrs.center);
    return;
  }
  for (let start = 0; start < x.length; start += cols) {
    const [mean, rstd] = statistics(x, start, cols, attrs);
    for (let c = 0; c < cols; c++) {
      y[start + c] = (x[start + c]! - mean) * rstd * gamma[c]! + beta[c]!;
    }
  }
}

/** The program for the rows of the inputs, which begins with the functions that tell its variants apart. */
export function rowProgram(
  name: string,
  functions: string,
  [rows, cols]: Shape,
  attrs: NormAttrs,
  more: Pick<GpuProgram, "inputs" | "further">,
): GpuProgram {
  return {
    name,
    wgsl: `${functions}\n${sumsWgsl}\n${rowsWgsl}\n${name.endsWith("Grad") ? gradWgsl : wgsl}`,
    outShape: [rows!, cols!],
    launch: rows!,
    uniforms: [{ name: "eps", type: "f32", value: attrs.eps }],
    constants: { CENTER: Number(attrs.center) },
    ...more,
  };
}

/** The gradient with respect to `x`, gain and bias; with `dsum`, the gradient that `x` has besides is added. */
function defineDerivative<Names extends "x" | "gamma" | "dy" | "dsum">(
  name: string,
  inputs: readonly Names[],
) {
  return defineKernel<Names, NormAttrs>({
    name,
    inputs,
    outputs(shapes) {
      const { x, gamma } = shapes as Record<string, Shape>;
      return [x!, gamma!, gamma!];
    },
    host(arrays, [dx, dgamma, dbeta], attrs) {
      const { x, gamma, dy, dsum } = arrays as unknown as Record<string, Float32Array>;
      const cols = gamma!.length;
      const simd = simdFor(x!, gamma!, dy!, ...(dsum ? [dsum] : []), dx!, dgamma!, dbeta!);
      if (simd) {
        simd.layerNormGrad(
          ...[x!.byteOffset, gamma!.byteOffset, dy!.byteOffset, dsum?.byteOffset ?? 0] as const,
          ...[dx!.byteOffset, dgamma!.byteOffset, dbeta!.byteOffset] as const,
          ...[x!.length / cols, cols, attrs.eps, attrs.center] as const,
        );
        return;
      }
      dgamma!.fill(0);
      dbeta!.fill(0);
      for (let start = 0; start < x!.length; start += cols) {
        const [mean, rstd] = statistics(x!, start, cols, attrs);
        let a = 0, b = 0;
        for (let c = 0; c < cols; c++) {
          const d = dy![start + c]!;
          const h = (x![start + c]! - mean) * rstd;
          a += d * gamma![c]!;
          b += d * gamma![c]! * h;
          dgamma![c]! += d * h;
          dbeta![c]! += d;
        }
        a = attrs.center ? a / cols : 0;
        b /= cols;
        for (let c = 0; c < cols; c++) {
          const h = (x![start + c]! - mean) * rstd;
          dx![start + c] = rstd * (dy![start + c]! * gamma![c]! - a - h * b);
        }
        if (dsum) { for (let i = start; i < start + cols; i++) dx![i]! += dsum[i]!; }
      }
    },
    gpu(infos, attrs, run) {
      const { x, gamma, dy, dsum } = infos as Record<string, tf.TensorInfo>;
      const shape = rowsOf(x!.shape);
      const flat = (info: tf.TensorInfo) => seenAs(info, shape);
      const functions = `fn at(i : i32) -> f32 { return x[i]; }
fn rest(i : i32) -> f32 { return ${dsum ? "dsum[i]" : "0.0"}; }`;
      const [dx, stats] = run.all(
        rowProgram(name, functions, shape, attrs, {
          inputs: dsum ? ["x", "gamma", "dy", "dsum"] : ["x", "gamma", "dy"],
          further: { stats: [shape[0], 2] },
        }),
        [flat(x!), gamma!, flat(dy!), ...(dsum ? [flat(dsum)] : [])],
      );
      const params = run.all({
        name: "layerNormParams",
        wgsl: paramsWgsl,
        inputs: ["dy", "x", "stats"],
        outShape: [shape[1]],
        further: { dbeta: [shape[1]] },
        launch: Math.ceil(shape[1] / 16),
        workgroup: 256,
      }, [flat(dy!), flat(x!), stats!]);
      tf.backend().disposeData(stats!.dataId);
      return [seenAs(dx!, x!.shape), ...params];
    },
  });
}

const derivative = defineDerivative("LayerNormGrad", ["x", "gamma", "dy"]);
/** The same for a norm of a sum that is used besides. */
export const derivativeOfSum: ReturnType<typeof defineDerivative<"x" | "gamma" | "dy" | "dsum">> =
  defineDerivative("AddLayerNormGrad", ["x", "gamma", "dy", "dsum"]);

const kernel = defineKernel<"x" | "gamma" | "beta", NormAttrs>({
  name: "LayerNorm",
  inputs: ["x", "gamma", "beta"],
  outputs: ({ x }) => [x],
  host: ({ x, gamma, beta }, [y], attrs) => normalize(x, gamma, beta, y!, attrs),
  gpu({ x, gamma, beta }, attrs, run) {
    const shape = rowsOf(x.shape);
    const functions = `fn at(i : i32) -> f32 { return x[i]; }
fn keep(i : i32, v : f32) {}`;
    const program = rowProgram("LayerNorm", functions, shape, attrs, {
      inputs: ["x", "gamma", "beta"],
    });
    return [seenAs(run(program, [seenAs(x, shape), gamma, beta]), x.shape)];
  },
  saves: { inputs: ["x", "gamma"] },
  gradient(dy, { x, gamma }, attrs) {
    const [dx, dgamma, dbeta] = derivative({ x, gamma, dy }, attrs);
    return { x: () => dx!, gamma: () => dgamma!, beta: () => dbeta! };
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
