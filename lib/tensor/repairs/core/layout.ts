import * as tf from "../../_tf.ts";
import { sizeOf } from "../../shape.ts";
import type { Tensor } from "../../types.ts";
import { setGradient, setGradientOfMany } from "./gradient.ts";

type Margin = [number, number];

/** C2: the gradient of mirrorPad drops the margins; they are folded back onto the cells that they mirror. */
export function repairMirrorPadGradient(): void {
  setGradient<[Tensor], { paddings: Margin[]; mode: "reflect" | "symmetric" }>(
    "MirrorPad",
    { inputs: ["x"] },
    (dy, [x], { paddings, mode }) => ({
      x: () =>
        paddings.reduce((g, [before, after], axis) => {
          const length = x.shape[axis]!;
          const offset = mode === "reflect" ? 1 : 0; // the edge itself is not mirrored
          const part = (begin: number, size: number) => sliceAxis(g, axis, begin, size);
          let sum = part(before, length);
          if (before > 0) {
            const mirrored = tf.reverse(part(0, before), axis);
            sum = tf.add(sum, padAxis(mirrored, axis, offset, length - offset - before));
          }
          if (after > 0) {
            const mirrored = tf.reverse(part(before + length, after), axis);
            sum = tf.add(sum, padAxis(mirrored, axis, length - offset - after, offset));
          }
          return sum;
        }, dy),
    }),
  );
}

/** C8: the gradient of tile throws from rank 5 on, and takes a pass over the tensor for each copy. */
export function repairTileGradient(): void {
  setGradient<[Tensor], { reps: number[] }>("Tile", { inputs: ["x"] }, (dy, [x], { reps }) => ({
    x: () =>
      reps.reduce((g, rep, axis) => {
        if (rep === 1) return g;
        const outer = sizeOf(g.shape.slice(0, axis));
        const inner = sizeOf(g.shape.slice(axis + 1));
        const copies = tf.reshape(g, [outer, rep, x.shape[axis]! * inner]);
        return tf.reshape(tf.sum(copies, 1), replaceAt(g.shape, axis, x.shape[axis]!));
      }, dy),
  }));
}

interface StridedSliceAttrs {
  begin: number[];
  end: number[];
  strides: number[];
  beginMask: number;
  endMask: number;
  ellipsisMask: number;
  newAxisMask: number;
  shrinkAxisMask: number;
}

/** C8: stridedSlice has no gradient. */
export function addStridedSliceGradient(): void {
  setGradient<[Tensor], StridedSliceAttrs>(
    "StridedSlice",
    { inputs: ["x"] },
    (dy, [x], attrs) => ({
      x: () => {
        const { begin, end, strides } = tf.slice_util.sliceInfo(
          x.shape,
          attrs.begin,
          attrs.end,
          attrs.strides,
          attrs.beginMask,
          attrs.endMask,
          attrs.ellipsisMask,
          attrs.newAxisMask,
          attrs.shrinkAxisMask,
        );
        const sizes = begin.map((b, i) => Math.max(0, Math.ceil((end[i]! - b) / strides[i]!)));
        if (sizes.includes(0)) return tf.zeros(x.shape);
        return x.shape.reduce(
          (g, length, axis) => spread(g, axis, begin[axis]!, strides[axis]!, length),
          tf.reshape(dy, sizes),
        );
      },
    }),
  );
}

/** Puts the elements of an axis `stride` apart, the first at `start`, with zeros between. */
function spread(g: Tensor, axis: number, start: number, stride: number, length: number): Tensor {
  const n = g.shape[axis]!;
  if (stride === 1 && n === length) return g;
  if (stride < 0) {
    return spread(tf.reverse(g, axis), axis, start + (n - 1) * stride, -stride, length);
  }
  const outer = sizeOf(g.shape.slice(0, axis));
  const inner = sizeOf(g.shape.slice(axis + 1));
  let rows = tf.reshape(g, [outer, n, inner]);
  if (stride > 1) {
    const gaps = padAxis(tf.reshape(rows, [outer, n, 1, inner]), 2, 0, stride - 1);
    rows = tf.reshape(gaps, [outer, n * stride, inner]);
  }
  const kept = Math.min(n * stride, length - start);
  rows = padAxis(sliceAxis(rows, 1, 0, kept), 1, start, length - start - kept);
  return tf.reshape(rows, replaceAt(g.shape, axis, length));
}

/** C8: depthToSpace has no gradient. */
export function addDepthToSpaceGradient(): void {
  setGradient<[Tensor], { blockSize: number; dataFormat: "NHWC" | "NCHW" }>(
    "DepthToSpace",
    { inputs: ["x"] },
    (dy, [x], { blockSize: b, dataFormat }) => ({
      x: () => {
        if (dataFormat === "NCHW") {
          const [batch, C, Y, X] = dy.shape as [number, number, number, number];
          const cells = tf.reshape(dy, [batch, C, Y / b, b, X / b, b]);
          return tf.reshape(tf.transpose(cells, [0, 3, 5, 1, 2, 4]), x.shape);
        }
        const [batch, Y, X, C] = dy.shape as [number, number, number, number];
        const cells = tf.reshape(dy, [batch * Y / b, b, X / b, b * C]);
        return tf.reshape(tf.transpose(cells, [0, 2, 1, 3]), x.shape);
      },
    }),
  );
}

/** C19: the gradients of unstack and split throw if they give a single part; so did that of bandPart. */
export function repairUnstackGradients(): void {
  setGradientOfMany<[], { axis: number }>("Unpack", {}, (dys, _saved, { axis }) => ({
    value: () => tf.stack(dys, axis),
  }));
  setGradientOfMany<[], { axis: number }>("SplitV", {}, (dys, _saved, { axis }) => ({
    x: () => tf.concat(dys, axis),
  }));
}

/** C8: diag has no gradient. */
export function addDiagGradient(): void {
  setGradient<[Tensor]>("Diag", { inputs: ["x"] }, (dy, [x]) => ({
    x: () => {
      const n = x.size;
      // in rows of n + 1 numbers, the diagonal is the first column
      const rows = tf.reshape(tf.pad(tf.reshape(dy, [n * n]), [[0, n]]), [n, n + 1]);
      return tf.reshape(tf.slice(rows, [0, 0], [n, 1]), x.shape);
    },
  }));
}

/** A part of one axis. */
export function sliceAxis(x: Tensor, axis: number, begin: number, size: number): Tensor {
  if (begin === 0 && size === x.shape[axis]) return x;
  return tf.slice(x, replaceAt(x.shape.map(() => 0), axis, begin), replaceAt(x.shape, axis, size));
}

/** Zeros before and after along one axis. */
export function padAxis(x: Tensor, axis: number, before: number, after: number): Tensor {
  if (before === 0 && after === 0) return x;
  return tf.pad(x, x.shape.map((_, i): Margin => i === axis ? [before, after] : [0, 0]));
}

function replaceAt(items: number[], index: number, item: number): number[] {
  return items.map((old, i) => i === index ? item : old);
}
