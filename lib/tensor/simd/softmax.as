// The softmax of attention and the cross entropy of classes; see `lib/ops/masked_softmax.ts` and
// `lib/ops/softmax_cross_entropy.ts` for the same in TypeScript.
import { exp, fma, largest, loadPart, ONE, SIZE, splat, storePart, sum } from "./vector";

/** How many columns row `row` of matrices of so many rows and columns sees. */
@inline
function seen(row: i32, height: i32, cols: i32, causal: bool): i32 {
  return causal ? max(0, min(cols, row % height + 1 + cols - height)) : cols;
}

/** The largest of `scale x`; NaN if one is. */
@inline
function topOf(x: i32, cols: i32, scale: v128): f32 {
  const least = splat(-Infinity), whole = x + (cols & ~3) * SIZE, count = cols & 3;
  let top = least;
  for (; x < whole; x += 16) top = f32x4.max(top, f32x4.mul(v128.load(x), scale));
  if (count) { // the lanes that are not there repeat the first element
    top = f32x4.max(top, f32x4.mul(loadPart(x, count, v128.load32_splat(x)), scale));
  }
  return largest(top);
}

/** The softmax of each row of `scale x`, over the columns that it sees; 0 for the others. */
export function maskedSoftmax(
  x: i32, y: i32, rows: i32, height: i32, cols: i32, scale: f32, causal: bool,
): void {
  const stride = cols * SIZE, factor = splat(scale), zero = splat(0);
  for (let row = 0; row < rows; row++, x += stride, y += stride) {
    const length = seen(row, height, cols, causal);
    const whole = (length & ~3) * SIZE, count = length & 3;
    const top = topOf(x, length, factor);
    if (top == -Infinity) {
      memory.fill(y, 0, stride);
      continue;
    }
    const high = splat(top);
    let total = zero;
    for (let at = 0; at < whole; at += 16) {
      const e = exp(f32x4.sub(f32x4.mul(v128.load(x + at), factor), high));
      v128.store(y + at, e);
      total = f32x4.add(total, e);
    }
    if (count) {
      const part = f32x4.mul(loadPart(x + whole, count, zero), factor);
      const e = exp(f32x4.sub(part, high));
      storePart(y + whole, e, count);
      total = f32x4.add(total, loadPart(y + whole, count, zero));
    }
    const norm: f32 = 1 / sum(total), share = splat(norm);
    for (let at = 0; at < whole; at += 16) v128.store(y + at, f32x4.mul(v128.load(y + at), share));
    for (let at = whole; at < length * SIZE; at += SIZE) store<f32>(y + at, load<f32>(y + at) * norm);
    memory.fill(y + length * SIZE, 0, stride - length * SIZE);
  }
}

/** `dx = scale y (dy - Σ y dy)`, row by row. */
export function maskedSoftmaxGrad(
  y: i32, dy: i32, dx: i32, rows: i32, height: i32, cols: i32, scale: f32, causal: bool,
): void {
  const stride = cols * SIZE, factor = splat(scale), zero = splat(0);
  for (let row = 0; row < rows; row++, y += stride, dy += stride, dx += stride) {
    const length = seen(row, height, cols, causal);
    const whole = (length & ~3) * SIZE, count = length & 3;
    let total = zero;
    for (let at = 0; at < whole; at += 16) total = fma(v128.load(y + at), v128.load(dy + at), total);
    if (count) {
      const d = loadPart(dy + whole, count, zero);
      total = fma(loadPart(y + whole, count, zero), d, total);
    }
    const dot = splat(sum(total));
    for (let at = 0; at < whole; at += 16) {
      const rest = f32x4.sub(v128.load(dy + at), dot);
      v128.store(dx + at, f32x4.mul(f32x4.mul(v128.load(y + at), factor), rest));
    }
    if (count) {
      const rest = f32x4.sub(loadPart(dy + whole, count, zero), dot);
      const v = f32x4.mul(f32x4.mul(loadPart(y + whole, count, zero), factor), rest);
      storePart(dx + whole, v, count);
    }
    memory.fill(dx + length * SIZE, 0, stride - length * SIZE);
  }
}

/** The largest number of a row; NaN if one is. */
export function top(x: i32, cols: i32): f32 {
  return topOf(x, cols, ONE);
}

/** The sum of a row. */
export function total(x: i32, cols: i32): f32 {
  let sums = splat(0);
  for (const whole = x + (cols & ~3) * SIZE; x < whole; x += 16) sums = f32x4.add(sums, v128.load(x));
  if (cols & 3) sums = f32x4.add(sums, loadPart(x, cols & 3, splat(0)));
  return sum(sums);
}

/** The sum of `exp(x - top)` over a row. */
export function totalOfExponentials(x: i32, cols: i32, top: f32): f32 {
  const high = splat(top), whole = x + (cols & ~3) * SIZE;
  let sums = splat(0);
  for (; x < whole; x += 16) sums = f32x4.add(sums, exp(f32x4.sub(v128.load(x), high)));
  if (cols & 3) { // the lanes that are not there give nothing
    sums = f32x4.add(sums, exp(f32x4.sub(loadPart(x, cols & 3, splat(-Infinity)), high)));
  }
  return sum(sums);
}

/**
 * The cross entropy's gradient, `dx = dy (softmax(x) - wanted)`, row by row; where `dy` is at 0, all rows have the same,
 * `share`.
 */
export function crossEntropyGrad(
  x: i32, target: i32, dy: i32, share: f32, dx: i32, rows: i32, cols: i32, ignore: i32,
  smoothing: f32,
): void {
  const stride = cols * SIZE, whole = (cols & ~3) * SIZE, count = cols & 3, zero = splat(0);
  for (let row = 0; row < rows; row++, x += stride, dx += stride) {
    const hit = load<i32>(target + row * SIZE);
    if (hit == ignore) {
      memory.fill(dx, 0, stride);
      continue;
    }
    const high = splat(top(x, cols));
    let sums = zero;
    for (let at = 0; at < whole; at += 16) {
      const e = exp(f32x4.sub(v128.load(x + at), high));
      v128.store(dx + at, e);
      sums = f32x4.add(sums, e);
    }
    if (count) {
      storePart(dx + whole, exp(f32x4.sub(loadPart(x + whole, count, high), high)), count);
      sums = f32x4.add(sums, loadPart(dx + whole, count, zero));
    }
    const d = dy ? load<f32>(dy + row * SIZE) : share;
    const gain = splat(d / sum(sums)), less = splat(-d * smoothing / <f32> cols);
    for (let at = 0; at < whole; at += 16) v128.store(dx + at, fma(v128.load(dx + at), gain, less));
    if (count) storePart(dx + whole, fma(loadPart(dx + whole, count, zero), gain, less), count);
    if (hit < 0 || hit >= cols) continue; // nothing outside of the row is written
    const at = dx + hit * SIZE;
    store<f32>(at, load<f32>(at) - d * (1 - smoothing));
  }
}
