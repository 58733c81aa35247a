import * as tf from "../tensor/_tf.ts";
import { checkShape, type Scalar, sizeOf, type Tensor } from "../tensor/mod.ts";
import { linear } from "./linear.ts";
import {
  type CrossEntropyOptions,
  derivative,
  softmaxCrossEntropy,
  softmaxCrossEntropyRows,
} from "./softmax_cross_entropy.ts";

/** How {@link linearCrossEntropy} is computed. */
export interface LinearCrossEntropyOptions extends CrossEntropyOptions {
  /** How many logits exist at once; those of a row always do. @default {2 ** 24} */
  maxLogits?: number;
}

/** The rows of each chunk: all of them if their logits may exist at once. */
function chunkOf(rows: number, classes: number, maxLogits: number): number {
  if (!(maxLogits >= 1)) {
    throw new RangeError(
      `Cannot apply linearCrossEntropy as maxLogits must be at least 1: current value is ${maxLogits}`,
    );
  }
  return Math.min(rows, Math.max(1, Math.floor(maxLogits / classes)));
}

/** The losses of rows `[R, C]`, whose logits are made a chunk at a time, and made again for the gradient. */
function inChunks(
  x: Tensor,
  weight: Tensor,
  targets: Tensor,
  chunk: number,
  options: CrossEntropyOptions,
): Tensor {
  const [rows, width] = x.shape as [number, number];
  const { ignoreIndex: ignore = -100, labelSmoothing: smoothing = 0 } = options;
  const starts = Array.from({ length: Math.ceil(rows / chunk) }, (_, i) => i * chunk);
  const part = (t: Tensor, start: number) => tf.slice(t, start, Math.min(chunk, rows - start));
  const losses = tf.customGrad((...given) => {
    const [x, weight] = given as Tensor[];
    const save = given[2] as tf.GradSaveFunc;
    save([x!, weight!, targets]);
    const parts = starts.map((start) =>
      tf.tidy(() => {
        const logits = tf.matMul(part(x!, start), weight!, false, true);
        return softmaxCrossEntropyRows(logits, part(targets, start), options);
      })
    );
    return { value: tf.concat(parts), gradFunc: (dy, saved) => backward(dy as Tensor, saved) };
  });
  function backward(dy: Tensor, [x, weight, target_]: Tensor[]): Tensor[] {
    let dweight: Tensor | undefined;
    const dx = starts.map((start) => {
      const [dpart, dw] = tf.tidy(() => {
        const rows = part(x!, start);
        const dlogits = derivative({
          x: tf.matMul(rows, weight!, false, true),
          target_: part(target_!, start),
          dy: part(dy, start),
        }, { ignore, smoothing })[0]!;
        const dw = tf.matMul(dlogits, rows, true, false);
        return [tf.matMul(dlogits, weight!), dweight ? tf.add(dweight, dw) : dw];
      }) as [Tensor, Tensor];
      dweight?.dispose();
      dweight = dw;
      return dpart;
    });
    const all = tf.reshape(tf.concat(dx), [rows, width]);
    tf.dispose(dx);
    return [all, dweight!];
  }
  return losses(x, weight);
}

/**
 * The cross entropy of each row of `x Wᵀ` with its target class, in nats.
 *
 * @param x What the logits are made of, `[..., C]`, float32.
 * @param weight `[K, C]`, float32: a language model's output.
 * @param targets Classes, `[...]`, int32.
 * @returns One loss a row, `[...]`; 0 where the target is `ignoreIndex`.
 * @throws {ShapeError} If the shapes do not match.
 */
export function linearCrossEntropyRows(
  x: Tensor,
  weight: Tensor,
  targets: Tensor,
  { maxLogits = 2 ** 24, ...options }: LinearCrossEntropyOptions = {},
): Tensor {
  checkLinear(x, weight, targets);
  const rows = sizeOf(targets.shape);
  const chunk = chunkOf(rows, weight.shape[0]!, maxLogits);
  if (chunk === rows) return softmaxCrossEntropyRows(linear(x, weight), targets, options);
  const flat = tf.reshape(x, [rows, x.shape.at(-1)!]);
  const losses = inChunks(flat, weight, tf.reshape(targets, [rows]), chunk, options);
  return tf.reshape(losses, targets.shape);
}

/**
 * The mean cross entropy of `x Wᵀ` with target classes, in nats, over the rows that count: a language model's loss.
 *
 * `loss = mean_r (log Σ_k exp(x_r·w_k) − x_r·w_target(r))`
 *
 * With many classes the logits are most of a training step's memory. Here no more than `maxLogits` of them exist at
 * once: they are made for some rows at a time, and made again for the gradient, which costs one more matrix product.
 *
 * @param x What the logits are made of, `[..., C]`, float32.
 * @param weight `[K, C]`, float32: a language model's output.
 * @param targets Classes, `[...]`, int32.
 * @returns A scalar; NaN if no row counts, as in PyTorch.
 * @throws {ShapeError} If the shapes do not match.
 */
export function linearCrossEntropy(
  x: Tensor,
  weight: Tensor,
  targets: Tensor,
  { maxLogits = 2 ** 24, ...options }: LinearCrossEntropyOptions = {},
): Scalar {
  checkLinear(x, weight, targets);
  const rows = sizeOf(targets.shape);
  if (chunkOf(rows, weight.shape[0]!, maxLogits) === rows) {
    return softmaxCrossEntropy(linear(x, weight), targets, options);
  }
  const losses = linearCrossEntropyRows(x, weight, targets, { maxLogits, ...options });
  const counts = tf.cast(tf.notEqual(targets, options.ignoreIndex ?? -100), "float32");
  return tf.div(tf.sum(losses), tf.sum(counts));
}

function checkLinear(x: Tensor, weight: Tensor, targets: Tensor): void {
  checkShape("apply linearCrossEntropy", "weight", weight, [-1, x.shape.at(-1) ?? 1]);
  checkShape("apply linearCrossEntropy", "targets", targets, x.shape.slice(0, -1));
}
