// LayerNorm and RMSNorm; see `lib/ops/layer_norm.ts` for the same in TypeScript.
import { fma, loadPart, SIZE, splat, storePart, sum } from "./vector";

/** The mean of a row. */
@inline
function meanOf(x: i32, cols: i32): f32 {
  let total = splat(0);
  const whole = x + (cols & ~3) * SIZE;
  for (; x < whole; x += 16) total = f32x4.add(total, v128.load(x));
  if (cols & 3) total = f32x4.add(total, loadPart(x, cols & 3, splat(0)));
  return sum(total) / <f32> cols;
}

/** 1 / standard deviation of a row about a number. */
@inline
function inverseDeviation(x: i32, cols: i32, mean: f32, eps: f32): f32 {
  let squares = splat(0);
  const middle = splat(mean), whole = x + (cols & ~3) * SIZE;
  for (; x < whole; x += 16) {
    const d = f32x4.sub(v128.load(x), middle);
    squares = fma(d, d, squares);
  }
  if (cols & 3) {
    const d = f32x4.sub(loadPart(x, cols & 3, middle), middle);
    squares = fma(d, d, squares);
  }
  return 1 / sqrt(sum(squares) / <f32> cols + eps);
}

/** `y = (x - mean) rstd gamma + beta`, row by row; without `center` the mean is taken as 0. */
export function layerNorm(
  x: i32, gamma: i32, beta: i32, y: i32, rows: i32, cols: i32, eps: f32, center: bool,
): void {
  const stride = cols * SIZE, whole = (cols & ~3) * SIZE, count = cols & 3;
  for (let row = 0; row < rows; row++, x += stride, y += stride) {
    const mean: f32 = center ? meanOf(x, cols) : 0;
    const middle = splat(mean), rstd = splat(inverseDeviation(x, cols, mean, eps));
    for (let at = 0; at < whole; at += 16) {
      const h = f32x4.mul(f32x4.sub(v128.load(x + at), middle), rstd);
      v128.store(y + at, fma(h, v128.load(gamma + at), v128.load(beta + at)));
    }
    if (count) {
      const zero = splat(0);
      const h = f32x4.mul(f32x4.sub(loadPart(x + whole, count, zero), middle), rstd);
      const g = loadPart(gamma + whole, count, zero), b = loadPart(beta + whole, count, zero);
      storePart(y + whole, fma(h, g, b), count);
    }
  }
}

/** The derivatives for x, to which `dsum` is added unless it is at 0, for gamma and for beta. */
export function layerNormGrad(
  x: i32, gamma: i32, dy: i32, dsum: i32, dx: i32, dgamma: i32, dbeta: i32, rows: i32, cols: i32,
  eps: f32, center: bool,
): void {
  const stride = cols * SIZE, whole = (cols & ~3) * SIZE, count = cols & 3, zero = splat(0);
  memory.fill(dgamma, 0, stride);
  memory.fill(dbeta, 0, stride);
  for (let row = 0; row < rows; row++, x += stride, dy += stride, dx += stride) {
    const mean: f32 = center ? meanOf(x, cols) : 0;
    const middle = splat(mean), rstd = splat(inverseDeviation(x, cols, mean, eps));
    let a = zero, b = zero;
    for (let at = 0; at < whole; at += 16) {
      const d = v128.load(dy + at);
      const h = f32x4.mul(f32x4.sub(v128.load(x + at), middle), rstd);
      const g = f32x4.mul(d, v128.load(gamma + at));
      a = f32x4.add(a, g);
      b = fma(g, h, b);
      v128.store(dgamma + at, fma(d, h, v128.load(dgamma + at)));
      v128.store(dbeta + at, f32x4.add(v128.load(dbeta + at), d));
    }
    if (count) {
      const d = loadPart(dy + whole, count, zero);
      const h = f32x4.mul(f32x4.sub(loadPart(x + whole, count, middle), middle), rstd);
      const g = f32x4.mul(d, loadPart(gamma + whole, count, zero));
      a = f32x4.add(a, g);
      b = fma(g, h, b);
      storePart(dgamma + whole, fma(d, h, loadPart(dgamma + whole, count, zero)), count);
      storePart(dbeta + whole, f32x4.add(loadPart(dbeta + whole, count, zero), d), count);
    }
    const meanA = splat(center ? sum(a) / <f32> cols : 0), meanB = splat(sum(b) / <f32> cols);
    for (let at = 0; at < whole; at += 16) {
      const h = f32x4.mul(f32x4.sub(v128.load(x + at), middle), rstd);
      const g = f32x4.mul(v128.load(dy + at), v128.load(gamma + at));
      const rest = f32x4.sub(f32x4.sub(g, meanA), f32x4.mul(h, meanB));
      const v = f32x4.mul(rest, rstd);
      v128.store(dx + at, dsum ? f32x4.add(v, v128.load(dsum + at)) : v);
    }
    if (count) {
      const h = f32x4.mul(f32x4.sub(loadPart(x + whole, count, zero), middle), rstd);
      const d = loadPart(dy + whole, count, zero);
      const g = f32x4.mul(d, loadPart(gamma + whole, count, zero));
      const rest = f32x4.sub(f32x4.sub(g, meanA), f32x4.mul(h, meanB));
      const v = f32x4.mul(rest, rstd);
      const more = dsum ? loadPart(dsum + whole, count, zero) : zero;
      storePart(dx + whole, f32x4.add(v, more), count);
    }
    if (dsum) dsum += stride;
  }
}

/** Adds up the rows of a matrix. */
export function columnSums(x: i32, y: i32, rows: i32, cols: i32): void {
  const stride = cols * SIZE, whole = (cols & ~3) * SIZE, count = cols & 3;
  memory.fill(y, 0, stride);
  for (let row = 0; row < rows; row++, x += stride) {
    for (let at = 0; at < whole; at += 16) {
      v128.store(y + at, f32x4.add(v128.load(y + at), v128.load(x + at)));
    }
    if (count) {
      const zero = splat(0);
      const total = f32x4.add(loadPart(y + whole, count, zero), loadPart(x + whole, count, zero));
      storePart(y + whole, total, count);
    }
  }
}
