import * as tf from "../tensor/_tf.ts";
import { ShapeError, type Tensor } from "../tensor/mod.ts";
import { conv2d } from "./conv2d.ts";

/** How {@link conv1d} slides a filter. */
export interface Conv1dOptions {
  /** Steps between neighbouring places of the filter. @default {1} */
  stride?: number;
  /**
   * Zeros added on each side; `"same"` adds what keeps the length at a stride of 1, and `"causal"` adds as much in front
   * only, so that no output sees a later input. @default {0}
   */
  padding?: number | "same" | "causal";
  /** Steps between neighbouring taps of the filter. @default {1} */
  dilation?: number;
  /** Groups that the channels are divided into; each group of outputs sees one group of inputs. @default {1} */
  groups?: number;
}

/** Zeros before and after. */
function paddingOf(
  padding: number | "same" | "causal",
  taps: number,
  dilation: number,
): [number, number] {
  if (typeof padding === "number") return [padding, padding];
  const total = (taps - 1) * dilation;
  if (padding === "causal") return [total, 0];
  return [total >> 1, total - (total >> 1)]; // PyTorch puts the odd zero after
}

/**
 * Slides a filter over sequences.
 *
 * `y[b, t, o] = Σ_{k, c} x[b, t s + k d − pad, c] · filter[k, c, o]`, with stride `s` and dilation `d`.
 *
 * At a stride of 1 and without groups, the inputs of all taps are put side by side and multiplied with the filter at once:
 * one matrix product, however far apart the taps are.
 *
 * @param x Sequences, `[B, T, C]`, float32.
 * @param filter `[taps, C / groups, O]`, float32.
 * @param options Stride, padding, dilation, groups.
 * @returns `[B, T', O]`, with `T' = floor((T + padding on both sides − dilation (taps − 1) − 1) / stride) + 1`.
 * @throws {ShapeError} If the channels do not fit, or the sequences are too short.
 */
export function conv1d(x: Tensor, filter: Tensor, options: Conv1dOptions = {}): Tensor {
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const [B, T, C] = x.shape as [number, number, number];
  const [taps, inputs, outputs] = filter.shape as [number, number, number];
  const [before, after] = paddingOf(padding, taps, dilation);
  const steps = T + before + after - dilation * (taps - 1);
  const fits = x.rank === 3 && filter.rank === 3 && C === inputs * groups &&
    outputs % groups === 0 && steps > 0;
  if (!fits) {
    throw new ShapeError(
      `Cannot apply conv1d as ${groups} groups of channels must fit and all taps lie within the sequences: ` +
        `current shapes are [${x.shape}] and [${filter.shape}]`,
      [-1, -1, inputs * groups],
      x.shape,
    );
  }
  const padded: Tensor = before + after > 0 ? tf.pad(x, [[0, 0], [before, after], [0, 0]]) : x;
  if (stride > 1 || groups > 1) {
    const y = conv2d(tf.expandDims(padded, 1), tf.expandDims(filter, 0), {
      stride: [1, stride],
      dilation: [1, dilation],
      groups,
    });
    return tf.squeeze(y, [1]);
  }
  const seen = taps === 1 ? padded : tf.concat(
    Array.from({ length: taps }, (_, k) => tf.slice(padded, [0, k * dilation, 0], [B, steps, C])),
    2,
  ); // [B, T', taps C]
  const y = tf.matMul(
    tf.reshape(seen, [B * steps, taps * C]),
    tf.reshape(filter, [taps * C, outputs]),
  );
  return tf.reshape(y, [B, steps, outputs]);
}
