/**
 * Arrays of float64 in plain TypeScript: what the conformance suite holds the devices against.
 *
 * Nothing here touches TensorFlow.js; everything is written from the definition, for clarity and not for speed.
 *
 * @module
 */

/** What an element is. */
export type Kind = "float32" | "int32" | "bool";

/** An array of numbers, row by row. */
export interface Nd {
  /** What an element is on a device; here it is always a float64. */
  readonly dtype: Kind;
  /** The length of each axis. */
  readonly shape: readonly number[];
  /** The elements, the last axis fastest. */
  readonly data: Float64Array;
}

/** A function of numbers. */
export type Scalars = (...x: number[]) => number;

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** An array from its elements. */
export function nd(
  shape: readonly number[],
  data: ArrayLike<number>,
  dtype: Kind = "float32",
): Nd {
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(
      `Cannot make an array of shape [${shape}] from ${data.length} numbers`,
    );
  }
  return { dtype, shape: [...shape], data: Float64Array.from(data) };
}

/** An array of one value. */
export function full(shape: readonly number[], value: number, dtype: Kind = "float32"): Nd {
  return nd(shape, new Float64Array(sizeOf(shape)).fill(value), dtype);
}

/** How far apart two neighbours along each axis lie. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

/** Calls `visit` with every index of a shape, in order; the array is reused. */
export function forEachIndex(
  shape: readonly number[],
  visit: (index: number[], flat: number) => void,
): void {
  const size = sizeOf(shape), index = new Array<number>(shape.length).fill(0);
  for (let flat = 0; flat < size; flat++) {
    visit(index, flat);
    for (let i = shape.length - 1; i >= 0; i--) {
      if (++index[i]! < shape[i]!) break;
      index[i] = 0;
    }
  }
}

/** An array whose element at each index is a function of the index. */
export function build(
  shape: readonly number[],
  at: (index: number[]) => number,
  dtype: Kind = "float32",
): Nd {
  const data = new Float64Array(sizeOf(shape));
  forEachIndex(shape, (index, flat) => data[flat] = at(index));
  return { dtype, shape: [...shape], data };
}

/** The element at an index; `outside` where the index lies beyond the array. */
export function at(x: Nd, index: readonly number[], outside = NaN): number {
  let flat = 0;
  for (let i = 0; i < x.shape.length; i++) {
    if (index[i]! < 0 || index[i]! >= x.shape[i]!) return outside;
    flat = flat * x.shape[i]! + index[i]!;
  }
  return x.data[flat]!;
}

/** The shape of an elementwise function of several arrays, by NumPy's rule. */
export function broadcast(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    const lengths = shapes.map((s) => s[s.length - rank + i] ?? 1).filter((n) => n !== 1);
    if (new Set(lengths).size > 1) throw new RangeError(`Cannot broadcast ${shapes.join(" and ")}`);
    return lengths[0] ?? 1;
  });
}

/** Applies a function to each element. */
export function map(x: Nd, f: (x: number) => number, dtype: Kind = x.dtype): Nd {
  return { dtype, shape: x.shape, data: x.data.map((v) => f(v)) };
}

/** Applies a function of several numbers elementwise, with broadcasting. */
export function zip(arrays: readonly Nd[], f: Scalars, dtype: Kind = "float32"): Nd {
  const shape = broadcast(...arrays.map((a) => a.shape));
  const steps = arrays.map((a) => {
    const own = stridesOf(a.shape), lead = shape.length - a.shape.length;
    return shape.map((_, i) => i < lead || a.shape[i - lead] === 1 ? 0 : own[i - lead]!);
  });
  const data = new Float64Array(sizeOf(shape)), index = new Array<number>(shape.length).fill(0);
  const places = arrays.map(() => 0), values = arrays.map(() => 0);
  for (let flat = 0; flat < data.length; flat++) {
    for (let k = 0; k < arrays.length; k++) values[k] = arrays[k]!.data[places[k]!]!;
    data[flat] = values.length === 2 ? f(values[0]!, values[1]!) : f(...values);
    for (let i = shape.length - 1; i >= 0; i--) {
      const ends = ++index[i]! === shape[i]!;
      for (let k = 0; k < arrays.length; k++) places[k]! += steps[k]![i]!;
      if (!ends) break;
      for (let k = 0; k < arrays.length; k++) places[k]! -= steps[k]![i]! * shape[i]!;
      index[i] = 0;
    }
  }
  return { dtype, shape, data };
}

/** Axes counted from 0, ascending; all of them if none are named. */
export function axesOf(rank: number, axes?: number | readonly number[]): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = typeof axes === "number" ? [axes] : axes;
  return list.map((a) => a < 0 ? a + rank : a).sort((a, b) => a - b);
}
