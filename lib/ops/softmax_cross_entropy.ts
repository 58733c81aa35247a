import * as tf from "../tensor/_tf.ts";
import { checkShape, type Scalar, type Shape, sizeOf, type Tensor } from "../tensor/mod.ts";
import { simdFor } from "../tensor/simd.ts";
import { defineKernel, type Elements, type GpuProgram, seenAs } from "./_define.ts";
import meanWgsl from "./cross_entropy_mean.wgsl" with { type: "text" };
import { exp } from "./exp.ts";
import sumsWgsl from "./pair_sums.wgsl" with { type: "text" };
import wgsl from "./softmax_cross_entropy.wgsl" with { type: "text" };

/** How {@link softmaxCrossEntropy} is computed. */
export interface CrossEntropyOptions {
  /** The target of a row that does not count. @default {-100} */
  ignoreIndex?: number;
  /** The share of the target distribution that is spread over all classes, 0 to 1. @default {0} */
  labelSmoothing?: number;
}

interface Attrs {
  ignore: number;
  smoothing: number;
}

type Names = "x" | "target_";

/** The losses of rows of logits or, given what comes from above, their gradient. */
function program(inputs: string[], shape: Shape, attrs: Attrs): GpuProgram {
  const gradient = inputs.includes("dy");
  const upstream = inputs.includes("counted") ? "dy[0] / counted[0]" : gradient ? "dy[row]" : "0.0";
  return {
    name: `softmaxCrossEntropy_${inputs.length}`,
    wgsl: `fn upstream(row : i32) -> f32 { return ${upstream}; }\n${wgsl}`,
    inputs,
    outShape: gradient ? shape : [shape[0]!],
    launch: shape[0]!,
    uniforms: [
      { name: "ignore", type: "i32", value: attrs.ignore },
      { name: "smoothing", type: "f32", value: attrs.smoothing },
    ],
    constants: { GRADIENT: Number(gradient) },
  };
}

/** The largest of a row, the logarithm of the sum of its exponentials, and its sum. */
function reduceRow(x: Elements, start: number, cols: number): [lse: number, sum: number] {
  const simd = simdFor(x);
  if (simd) {
    const at = x.byteOffset + start * 4, top = simd.top(at, cols);
    return [top + Math.log(simd.totalOfExponentials(at, cols, top)), simd.total(at, cols)];
  }
  let top = -Infinity, sum = 0, plain = 0;
  for (let i = start; i < start + cols; i++) {
    const v = x[i]!;
    if (!(v <= top)) top = v; // NaN gets through
    plain += v;
  }
  for (let i = start; i < start + cols; i++) sum += exp(x[i]! - top);
  return [top + Math.log(sum), plain];
}

/** The losses of all rows, in the CPU's memory. */
function computeRows(
  { x, target_ }: Record<Names, Elements>,
  losses: { [row: number]: number },
  { ignore, smoothing }: Attrs,
  [rows, cols]: Shape,
): void {
  for (let row = 0; row < rows!; row++) {
    const start = row * cols!, hit = target_[row]!;
    if (hit === ignore) {
      losses[row] = 0;
      continue;
    }
    if (!(hit >= 0 && hit < cols!)) {
      throw new RangeError(
        `Cannot apply softmaxCrossEntropy as each target must be a class in 0…${cols! - 1}: ` +
          `current target of row ${row} is ${hit}`,
      );
    }
    const [lse, sum] = reduceRow(x, start, cols!);
    losses[row] = lse - (1 - smoothing) * x[start + hit]! - smoothing * sum / cols!;
  }
}

/** The gradient with respect to the logits: `dy` belongs to each row or, with the number that counts, to the mean. */
function defineDerivative<Name extends Names | "dy" | "counted">(
  name: string,
  inputs: readonly Name[],
) {
  return defineKernel<Name, Attrs>({
    name,
    inputs,
    outputs: (shapes) => [(shapes as Record<string, Shape>).x!],
    host(arrays, [dx], { ignore, smoothing }, shapes) {
      const { x, target_, dy, counted } = arrays as unknown as Record<string, Float32Array>;
      const [rows, cols] = (shapes as Record<string, [number, number]>).x!;
      const share = counted && dy![0]! / counted[0]!;
      const simd = simdFor(x!, dy!, dx!);
      if (simd) {
        simd.crossEntropyGrad(
          ...[
            x!.byteOffset,
            target_!.byteOffset,
            counted ? 0 : dy!.byteOffset,
            share ?? 0,
          ] as const,
          ...[dx!.byteOffset, rows, cols, ignore, smoothing] as const,
        );
        return;
      }
      for (let row = 0; row < rows; row++) {
        const start = row * cols, hit = target_![row]!, d = share ?? dy![row]!;
        if (hit === ignore) {
          dx!.fill(0, start, start + cols);
          continue;
        }
        const [lse] = reduceRow(x!, start, cols);
        for (let i = start; i < start + cols; i++) {
          dx![i] = d * (exp(x![i]! - lse) - smoothing / cols);
        }
        dx![start + hit]! -= d * (1 - smoothing);
      }
    },
    gpu(infos, attrs, run) {
      const { x, target_, dy, counted } = infos as Record<string, tf.TensorInfo>;
      const from = counted ? [seenAs(dy!, [1]), seenAs(counted, [1])] : [dy!];
      return [run(program([...inputs], x!.shape, attrs), [x!, target_!, ...from])];
    },
  });
}

/** The gradient with respect to rows of logits, from that of each row's loss. */
export const derivative: ReturnType<typeof defineDerivative<Names | "dy">> = defineDerivative(
  "SoftmaxCrossEntropyGrad",
  ["x", "target_", "dy"],
);
const derivativeOfMean = defineDerivative("MeanSoftmaxCrossEntropyGrad", [
  "x",
  "target_",
  "dy",
  "counted",
]);

const kernel = defineKernel<Names, Attrs>({
  name: "SoftmaxCrossEntropy",
  inputs: ["x", "target_"],
  outputs: ({ x }) => [[x[0]!]],
  host: (inputs, [losses], attrs, { x }) => computeRows(inputs, losses!, attrs, x),
  gpu: ({ x, target_ }, attrs, run) => [
    run(program(["x", "target_"], x.shape, attrs), [x, target_]),
  ],
  gradient: (dy, { x, target_ }, attrs) => ({
    x: () => derivative({ x, target_, dy }, attrs)[0]!,
  }),
});

/** How many rows count, which the gradient needs, and their mean. */
const mean = defineKernel<Names, Attrs>({
  name: "MeanSoftmaxCrossEntropy",
  inputs: ["x", "target_"],
  outputs: () => [[], []],
  host(inputs, [counted, loss], attrs, { x }) {
    const losses = new Float64Array(x[0]!);
    computeRows(inputs, losses, attrs, x);
    let count = 0;
    for (const hit of inputs.target_) if (hit !== attrs.ignore) count++;
    counted![0] = count;
    loss![0] = losses.reduce((sum, value) => sum + value, 0) / count;
  },
  gpu({ x, target_ }, attrs, run) {
    const losses = run(program(["x", "target_"], x.shape, attrs), [x, target_]);
    const outputs = run.all({
      name: "crossEntropyMean",
      wgsl: `${sumsWgsl}\n${meanWgsl}`,
      inputs: ["losses", "target_"],
      outShape: [1],
      further: { mean: [1] },
      launch: 1,
      workgroup: 256,
      uniforms: [{ name: "ignore", type: "i32", value: attrs.ignore }],
    }, [losses, target_]);
    tf.backend().disposeData(losses.dataId);
    return outputs.map((output) => seenAs(output, []));
  },
  saves: { inputs: ["x", "target_"], output: true },
  gradient: (_, { x, target_ }, attrs, counted, [, dy]) => ({
    x: () => derivativeOfMean({ x, target_, dy: dy!, counted }, attrs)[0]!,
  }),
});

/**
 * The cross entropy of each row of logits with its target class, in nats.
 *
 * @param logits `[..., K]`, float32.
 * @param targets Classes, `[...]`, int32.
 * @returns One loss a row, `[...]`; 0 where the target is `ignoreIndex`.
 * @throws {ShapeError} If the shapes do not match.
 * @throws {RangeError} If a target is no class (on WebGPU, where values are not looked at, its loss is NaN).
 */
export function softmaxCrossEntropyRows(
  logits: Tensor,
  targets: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  return tf.reshape(kernel(...prepare(logits, targets, options))[0]!, targets.shape);
}

/** Checks what is given, and sees it as rows. */
function prepare(
  logits: Tensor,
  targets: Tensor,
  { ignoreIndex = -100, labelSmoothing = 0 }: CrossEntropyOptions,
): [Record<Names, Tensor>, Attrs] {
  const classes = logits.shape.at(-1)!;
  checkShape("apply softmaxCrossEntropy", "targets", targets, logits.shape.slice(0, -1));
  if (targets.dtype !== "int32") {
    throw new TypeError(
      `Cannot apply softmaxCrossEntropy as targets must be int32: current dtype is ${targets.dtype}`,
    );
  }
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new RangeError(
      `Cannot apply softmaxCrossEntropy as labelSmoothing must be in 0…1: current value is ${labelSmoothing}`,
    );
  }
  const rows = sizeOf(targets.shape);
  return [
    { x: tf.reshape(logits, [rows, classes]), target_: tf.reshape(targets, [rows]) },
    { ignore: ignoreIndex, smoothing: labelSmoothing },
  ];
}

/**
 * The mean cross entropy of logits with target classes, in nats, over the rows that count.
 *
 * `loss = mean_r (log Σ_k exp(x_rk) − x_r,target(r))`
 *
 * @param logits `[..., K]`, float32.
 * @param targets Classes, `[...]`, int32.
 * @returns A scalar; NaN if no row counts, as in PyTorch.
 * @throws {ShapeError} If the shapes do not match.
 * @throws {RangeError} If a target is no class (on WebGPU, where values are not looked at, the loss is NaN).
 */
export function softmaxCrossEntropy(
  logits: Tensor,
  targets: Tensor,
  options: CrossEntropyOptions = {},
): Scalar {
  return mean(...prepare(logits, targets, options))[1] as Scalar;
}

/** {@link softmaxCrossEntropyRows} in TensorFlow.js's own operations, for tests: `[R, K]` and `[R]`. */
export function softmaxCrossEntropyReference(
  logits: Tensor,
  targets: Tensor,
  { ignoreIndex = -100, labelSmoothing = 0 }: CrossEntropyOptions = {},
): Tensor {
  const classes = logits.shape.at(-1)!;
  const counts = tf.cast(tf.notEqual(targets, ignoreIndex), "float32");
  const hot = tf.cast(tf.oneHot(tf.maximum(targets, 0).cast("int32"), classes), "float32");
  const wanted = tf.add(tf.mul(hot, 1 - labelSmoothing), labelSmoothing / classes);
  return tf.mul(tf.neg(tf.sum(tf.mul(wanted, tf.logSoftmax(logits)), -1)), counts);
}
