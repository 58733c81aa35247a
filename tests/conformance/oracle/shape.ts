/**
 * Functions that move elements and compute nothing.
 *
 * @module
 */
import { at, axesOf, broadcast, build, type Kind, type Nd, nd } from "./nd.ts";

/** The same elements in another shape. */
export const reshape = (x: Nd, shape: readonly number[]): Nd => nd(shape, x.data, x.dtype);

/** A box of elements. */
export function slice(
  x: Nd,
  begin: readonly number[],
  size: readonly number[],
  stride?: readonly number[],
): Nd {
  const index = new Array<number>(x.shape.length);
  return build(size, (i) => {
    for (let k = 0; k < index.length; k++) index[k] = begin[k]! + i[k]! * (stride?.[k] ?? 1);
    return at(x, index);
  }, x.dtype);
}

/** Arrays end to end along an axis. */
export function concat(arrays: readonly Nd[], axis: number): Nd {
  const first = arrays[0]!, a = axesOf(first.shape.length, axis)[0]!;
  const length = arrays.reduce((n, x) => n + x.shape[a]!, 0);
  return build(first.shape.map((n, i) => i === a ? length : n), (index) => {
    let k = 0, j = index[a]!;
    while (j >= arrays[k]!.shape[a]!) j -= arrays[k++]!.shape[a]!;
    return at(arrays[k]!, index.map((v, i) => i === a ? j : v));
  }, first.dtype);
}

/** Arrays side by side along a new axis. */
export function stack(arrays: readonly Nd[], axis: number): Nd {
  const rank = arrays[0]!.shape.length + 1, a = axis < 0 ? axis + rank : axis;
  return concat(arrays.map((x) => reshape(x, [...x.shape.slice(0, a), 1, ...x.shape.slice(a)])), a);
}

/** Elements around an array: a constant, or the array seen in a mirror. */
export function pad(
  x: Nd,
  paddings: readonly (readonly [number, number])[],
  fill: number | "reflect" | "symmetric" = 0,
): Nd {
  return build(x.shape.map((n, i) => n + paddings[i]![0] + paddings[i]![1]), (index) => {
    const from = index.map((v, i) => v - paddings[i]![0]);
    if (typeof fill === "number") return at(x, from, fill);
    const edge = fill === "reflect" ? 0 : 1;
    return at(
      x,
      from.map((v, i) => {
        const n = x.shape[i]!;
        return v < 0 ? -v - edge : v >= n ? 2 * n - 2 - v + edge : v;
      }),
    );
  }, x.dtype);
}

/** Copies along each axis. */
export const tile = (x: Nd, reps: readonly number[]): Nd =>
  build(
    x.shape.map((n, i) => n * reps[i]!),
    (index) => at(x, index.map((v, i) => v % x.shape[i]!)),
    x.dtype,
  );

/** Axes back to front. */
export function reverse(x: Nd, axis?: number | readonly number[]): Nd {
  const axes = axesOf(x.shape.length, axis);
  return build(
    x.shape,
    (index) => at(x, index.map((v, i) => axes.includes(i) ? x.shape[i]! - 1 - v : v)),
    x.dtype,
  );
}

/** The array repeated to a larger shape. */
export function broadcastTo(x: Nd, shape: readonly number[]): Nd {
  const lead = shape.length - x.shape.length;
  return build(
    broadcast(x.shape, shape),
    (index) => at(x, x.shape.map((n, i) => n === 1 ? 0 : index[i + lead]!)),
    x.dtype,
  );
}

/** Slices along an axis by their numbers; the first `batchDims` axes are shared. */
export function gather(x: Nd, ids: Nd, axis = 0, batchDims = 0): Nd {
  const a = axesOf(x.shape.length, axis)[0]!, r = ids.shape.length;
  const shape = [...x.shape.slice(0, a), ...ids.shape.slice(batchDims), ...x.shape.slice(a + 1)];
  return build(shape, (index) => {
    const which = [...index.slice(0, batchDims), ...index.slice(a, a + r - batchDims)];
    return at(x, [...index.slice(0, a), at(ids, which), ...index.slice(a + r - batchDims)]);
  }, x.dtype);
}

/** Slices by index vectors along the last axis of `ids`. */
export function gatherND(x: Nd, ids: Nd): Nd {
  const depth = ids.shape.at(-1)!, outer = ids.shape.slice(0, -1);
  return build([...outer, ...x.shape.slice(depth)], (index) => {
    const row = index.slice(0, outer.length);
    const head = Array.from({ length: depth }, (_, k) => at(ids, [...row, k]));
    return at(x, [...head, ...index.slice(outer.length)]);
  }, x.dtype);
}

/** Adds (or, with `put`, writes) rows of `updates` at index vectors of an array. */
export function scatterND(base: Nd, ids: Nd, updates: Nd, put = false): Nd {
  const out = nd(base.shape, base.data, updates.dtype), depth = ids.shape.at(-1)!;
  const rows = ids.data.length / Math.max(depth, 1);
  const width = base.shape.slice(depth).reduce((a, b) => a * b, 1);
  for (let r = 0; r < rows; r++) {
    let flat = 0;
    for (let k = 0; k < depth; k++) flat = flat * base.shape[k]! + ids.data[r * depth + k]!;
    for (let c = 0; c < width; c++) {
      const old = put ? 0 : out.data[flat * width + c]!;
      out.data[flat * width + c] = old + updates.data[r * width + c]!;
    }
  }
  return out;
}

/** Ones at the places that `ids` names. */
export const oneHot = (ids: Nd, depth: number, on = 1, off = 0, dtype: Kind = "int32"): Nd =>
  build(
    [...ids.shape, depth],
    (index) => at(ids, index.slice(0, -1)) === index.at(-1) ? on : off,
    dtype,
  );

/** Sums rows that share a number. */
export function segmentSum(x: Nd, ids: Nd, count: number): Nd {
  const width = x.data.length / Math.max(ids.data.length, 1);
  const out = new Float64Array(count * x.shape.slice(ids.shape.length).reduce((a, b) => a * b, 1));
  ids.data.forEach((s, r) => {
    if (s < 0 || s >= count) return;
    for (let c = 0; c < width; c++) out[s * width + c]! += x.data[r * width + c]!;
  });
  return nd([count, ...x.shape.slice(ids.shape.length)], out, x.dtype);
}
