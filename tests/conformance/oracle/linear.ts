/**
 * Products of matrices, convolutions, pools and Fourier transforms, from their definitions.
 *
 * @module
 */
import { at, broadcast, build, forEachIndex, map, type Nd, nd, sizeOf, zip } from "./nd.ts";
import { axesOf } from "./nd.ts";

/** Swaps the axes. */
export function transpose(x: Nd, perm?: readonly number[]): Nd {
  const order = perm ?? axesOf(x.shape.length).reverse();
  const index = new Array<number>(order.length);
  return build(order.map((p) => x.shape[p]!), (i) => {
    for (let k = 0; k < order.length; k++) index[order[k]!] = i[k]!;
    return at(x, index);
  }, x.dtype);
}

/** The matrix product over the last two axes, the axes before them broadcast. */
export function matMul(a: Nd, b: Nd, transposeA = false, transposeB = false): Nd {
  const [ra, rb] = [a.shape.length, b.shape.length];
  const M = a.shape[ra - (transposeA ? 1 : 2)]!, K = a.shape[ra - (transposeA ? 2 : 1)]!;
  const N = b.shape[rb - (transposeB ? 2 : 1)]!;
  const [la, lb] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const outer = broadcast(la, lb), batch = sizeOf(outer);
  const ids = (lead: number[]) =>
    zip([
      nd(lead, Array.from({ length: sizeOf(lead) }, (_, i) => i)),
      nd(outer, new Array(batch).fill(0)),
    ], (i) => i).data;
  const [ia, ib] = [ids(la as number[]), ids(lb as number[])];
  const out = new Float64Array(batch * M * N);
  const [sm, sk] = transposeA ? [1, M] : [K, 1], [tk, tn] = transposeB ? [1, K] : [N, 1];
  for (let g = 0; g < batch; g++) {
    const oa = ia[g]! * M * K, ob = ib[g]! * K * N;
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++) {
        let s = 0;
        for (let k = 0; k < K; k++) {
          s += a.data[oa + m * sm + k * sk]! * b.data[ob + k * tk + n * tn]!;
        }
        out[(g * M + m) * N + n] = s;
      }
    }
  }
  const whole = a.dtype === "int32" && b.dtype === "int32";
  return nd([...outer, M, N], out, whole ? "int32" : "float32");
}

/** The sum over every letter that the output lacks. */
export function einsum(equation: string, ...arrays: Nd[]): Nd {
  const [left, right] = equation.replace(/\s/g, "").split("->") as [string, string];
  const terms = left.split(","), length = new Map<string, number>();
  terms.forEach((t, k) => [...t].forEach((c, i) => length.set(c, arrays[k]!.shape[i]!)));
  const letters = [...length.keys()], out = [...right];
  const result = build(out.map((c) => length.get(c)!), () => 0);
  const place = (term: string) => [...term].map((c) => letters.indexOf(c));
  const places = terms.map(place), target = place(right);
  forEachIndex(letters.map((c) => length.get(c)!), (index) => {
    let product = 1;
    for (let k = 0; k < arrays.length; k++) {
      product *= at(
        arrays[k]!,
        places[k]!.map((p) => index[p]!),
      );
    }
    let flat = 0;
    for (const p of target) flat = flat * length.get(letters[p]!)! + index[p]!;
    result.data[flat]! += product;
  });
  return result;
}

/** How a window moves over the axes between the first (batch) and the last (channels). */
export interface Window {
  /** Its lengths. */
  size: readonly number[];
  /** How far it moves. */
  stride?: number | readonly number[];
  /** How far apart its cells lie. */
  dilation?: number | readonly number[];
  /** What surrounds the input. */
  pad?: "same" | "valid" | number | readonly (readonly [number, number])[];
}

interface Plan {
  size: readonly number[];
  stride: number[];
  dilation: number[];
  before: number[];
  out: number[];
}

function plan(space: readonly number[], window: Window): Plan {
  const spread = (v: number | readonly number[] = 1) =>
    typeof v === "number" ? space.map(() => v) : [...v];
  const stride = spread(window.stride), dilation = spread(window.dilation);
  const { size, pad = "valid" } = window;
  const before: number[] = [], out: number[] = [];
  space.forEach((n, i) => {
    const reach = (size[i]! - 1) * dilation[i]! + 1;
    if (pad === "same") {
      out[i] = Math.ceil(n / stride[i]!);
      before[i] = Math.floor(Math.max((out[i]! - 1) * stride[i]! + reach - n, 0) / 2);
    } else {
      const [p, q] = pad === "valid" ? [0, 0] : typeof pad === "number" ? [pad, pad] : pad[i]!;
      before[i] = p;
      out[i] = Math.floor((n + p + q - reach) / stride[i]!) + 1;
    }
  });
  return { size, stride, dilation, before, out };
}

/** Convolves `[B, …, C]` with `[…, C, O]` over any number of axes. */
export function conv(x: Nd, w: Nd, window: Omit<Window, "size"> = {}): Nd {
  const axes = x.shape.length - 2, space = x.shape.slice(1, -1);
  const p = plan(space, { ...window, size: w.shape.slice(0, axes) });
  const C = x.shape.at(-1)!, O = w.shape.at(-1)!, offsets = cells(p.size);
  return build([x.shape[0]!, ...p.out, O], (index) => {
    let s = 0;
    for (const cell of offsets) {
      const from = [
        index[0]!,
        ...cell.map((f, i) => index[i + 1]! * p.stride[i]! - p.before[i]! + f * p.dilation[i]!),
        0,
      ];
      if (from.slice(1, -1).some((v, i) => v < 0 || v >= space[i]!)) continue;
      for (let c = 0; c < C; c++) {
        from[from.length - 1] = c;
        s += at(x, from) * at(w, [...cell, c, index.at(-1)!]);
      }
    }
    return s;
  });
}

/** Convolves each channel of `[B, Y, X, C]` with its own `[Fy, Fx, C, M]`. */
export function depthwise(x: Nd, w: Nd, window: Omit<Window, "size"> = {}): Nd {
  const M = w.shape[3]!, C = w.shape[2]!;
  const channel = (t: Nd, axis: number, c: number) =>
    build(
      t.shape.map((n, i) => i === axis ? 1 : n),
      (i) => at(t, i.map((v, k) => k === axis ? c : v)),
    );
  const parts = Array.from(
    { length: C },
    (_, c) => conv(channel(x, 3, c), channel(w, 2, c), window),
  );
  return build(
    [...parts[0]!.shape.slice(0, 3), C * M],
    ([b, i, j, o]) => at(parts[Math.floor(o! / M)]!, [b!, i!, j!, o! % M]),
  );
}

/** The transpose of {@link conv}: `[B, …, O]` by `[…, C, O]` to `[B, ...space, C]`. */
export function convTranspose(
  y: Nd,
  w: Nd,
  space: readonly number[],
  window: Omit<Window, "size">,
): Nd {
  const axes = space.length, p = plan(space, { ...window, size: w.shape.slice(0, axes) });
  const C = w.shape[axes]!,
    out = build([y.shape[0]!, ...space, C], () => 0),
    offsets = cells(p.size);
  forEachIndex(y.shape, (index, flat) => {
    for (const cell of offsets) {
      const to = cell.map((f, i) =>
        index[i + 1]! * p.stride[i]! - p.before[i]! + f * p.dilation[i]!
      );
      if (to.some((v, i) => v < 0 || v >= space[i]!)) continue;
      const base = to.reduce((b, v, i) => b * space[i]! + v, index[0]!) * C;
      for (let c = 0; c < C; c++) {
        out.data[base + c]! += y.data[flat]! * at(w, [...cell, c, index.at(-1)!]);
      }
    }
  });
  return out;
}

/** Folds each window of `[B, …, C]` to a number; cells outside the input do not count. */
export function pool(x: Nd, window: Window, f: (values: number[]) => number): Nd {
  const space = x.shape.slice(1, -1), p = plan(space, window), offsets = cells(p.size);
  return build([x.shape[0]!, ...p.out, x.shape.at(-1)!], (index) => {
    const values: number[] = [];
    for (const cell of offsets) {
      const from = cell.map((d, i) =>
        index[i + 1]! * p.stride[i]! - p.before[i]! + d * p.dilation[i]!
      );
      if (from.some((v, i) => v < 0 || v >= space[i]!)) continue;
      values.push(at(x, [index[0]!, ...from, index.at(-1)!]));
    }
    return f(values);
  });
}

function cells(size: readonly number[]): number[][] {
  const list: number[][] = [];
  forEachIndex(size, (index) => list.push([...index]));
  return list;
}

/** The discrete Fourier transform of the last axis, as its real and imaginary parts. */
export function fourier(re: Nd, im: Nd, inverse = false): [Nd, Nd] {
  const n = re.shape.at(-1)!, sign = inverse ? 1 : -1;
  const part = (sine: boolean) =>
    build(re.shape, (index) => {
      let s = 0;
      for (let k = 0; k < n; k++) {
        const from = [...index.slice(0, -1), k], angle = sign * 2 * Math.PI * k * index.at(-1)! / n;
        const [a, b] = [at(re, from), at(im, from)];
        s += sine
          ? a * Math.sin(angle) + b * Math.cos(angle)
          : a * Math.cos(angle) - b * Math.sin(angle);
      }
      return inverse ? s / n : s;
    });
  return [part(false), part(true)];
}

/** An affine map of the last axis: `x W + b`. */
export function affine(x: Nd, w: Nd, b?: Nd): Nd {
  const rows = nd([sizeOf(x.shape) / x.shape.at(-1)!, x.shape.at(-1)!], x.data);
  const y = matMul(rows, w), shaped = nd([...x.shape.slice(0, -1), w.shape[1]!], y.data);
  return b ? zip([shaped, b], (u, v) => u + v) : shaped;
}

/** The logistic function, without overflow. */
export const sigmoid = (x: number): number =>
  x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));

/** Applies the logistic function elementwise. */
export const sigmoids = (x: Nd): Nd => map(x, sigmoid);
