import * as tf from "../tensor/_tf.ts";
import { checkShape, type Scalar, type Shape, sizeOf, type Tensor } from "../tensor/mod.ts";
import { defineKernel, type GpuProgram } from "./_define.ts";
import { exp } from "./exp.ts";
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

function program(gradient: boolean, shape: Shape, attrs: Attrs): GpuProgram {
  return {
    name: "softmaxCrossEntropy",
    wgsl,
    inputs: ["x", "target_", "dy"],
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
function reduceRow(x: ArrayLike<number>, start: number, cols: number): [lse: number, sum: number] {
  let top = -Infinity, sum = 0, plain = 0;
  for (let i = start; i < start + cols; i++) {
    const v = x[i]!;
    if (!(v <= top)) top = v; // NaN gets through
    plain += v;
  }
  for (let i = start; i < start + cols; i++) sum += exp(x[i]! - top);
  return [top + Math.log(sum), plain];
}

const derivative = defineKernel<Names | "dy", Attrs>({
  name: "SoftmaxCrossEntropyGrad",
  inputs: ["x", "target_", "dy"],
  outputs: ({ x }) => [x],
  host({ x, target_, dy }, [dx], { ignore, smoothing }, shapes) {
    const [rows, cols] = shapes.x as [number, number];
    for (let row = 0; row < rows; row++) {
      const start = row * cols, hit = target_[row]!, d = dy[row]!;
      if (hit === ignore) {
        dx!.fill(0, start, start + cols);
        continue;
      }
      const [lse] = reduceRow(x, start, cols);
      for (let i = start; i < start + cols; i++) {
        dx![i] = d * (exp(x[i]! - lse) - smoothing / cols);
      }
      dx![start + hit]! -= d * (1 - smoothing);
    }
  },
  gpu({ x, target_, dy }, attrs, run) {
    return [run(program(true, x.shape, attrs), [x, target_, dy])];
  },
});

const kernel = defineKernel<Names, Attrs>({
  name: "SoftmaxCrossEntropy",
  inputs: ["x", "target_"],
  outputs: ({ x }) => [[x[0]!]],
  host({ x, target_ }, [losses], { ignore, smoothing }, shapes) {
    const [rows, cols] = shapes.x as [number, number];
    for (let row = 0; row < rows; row++) {
      const start = row * cols, hit = target_[row]!;
      if (hit === ignore) {
        losses![row] = 0;
        continue;
      }
      if (!(hit >= 0 && hit < cols)) {
        throw new RangeError(
          `Cannot apply softmaxCrossEntropy as each target must be a class in 0…${cols - 1}: ` +
            `current target of row ${row} is ${hit}`,
        );
      }
      const [lse, sum] = reduceRow(x, start, cols);
      losses![row] = lse - (1 - smoothing) * x[start + hit]! - smoothing * sum / cols;
    }
  },
  gpu({ x, target_ }, attrs, run) {
    return [run(program(false, x.shape, attrs), [x, target_, x])];
  },
  gradient: (dy, { x, target_ }, attrs) => ({
    x: () => derivative({ x, target_, dy }, attrs)[0]!,
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
  { ignoreIndex = -100, labelSmoothing = 0 }: CrossEntropyOptions = {},
): Tensor {
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
  const losses = kernel(
    { x: tf.reshape(logits, [rows, classes]), target_: tf.reshape(targets, [rows]) },
    { ignore: ignoreIndex, smoothing: labelSmoothing },
  )[0]!;
  return tf.reshape(losses, targets.shape);
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
  const losses = softmaxCrossEntropyRows(logits, targets, options);
  const counted = tf.sum(tf.cast(tf.notEqual(targets, options.ignoreIndex ?? -100), "float32"));
  return tf.div(tf.sum(losses), counted);
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
