// Elementwise operations and updates; see `lib/ops/gelu.ts`, `swiglu.ts`, `dropout.ts`, `heads.ts` and
// `lib/optim/adam_update.ts` for the same in TypeScript.
import { exp, fma, loadPart, ONE, SIZE, splat, storePart, ZERO } from "./vector";

// Constants of GELU; see vector.as for why they are set in a function.
let ROOT: v128 = i32x4.splat(0);
let CUBIC: v128 = i32x4.splat(0);
let CUBIC_3: v128 = i32x4.splat(0);
let FAR: v128 = i32x4.splat(0);
let NEAR: v128 = i32x4.splat(0);
let ERF: v128 = i32x4.splat(0);
let A5: v128 = i32x4.splat(0);
let A4: v128 = i32x4.splat(0);
let A3: v128 = i32x4.splat(0);
let A2: v128 = i32x4.splat(0);
let A1: v128 = i32x4.splat(0);
let DENSITY: v128 = i32x4.splat(0);
let MINUS_HALF: v128 = i32x4.splat(0);

/** Sets the constants; called once, before anything else. */
export function prepareElements(): void {
  ROOT = splat(1.5957691216057308); // 2 √(2 / π)
  CUBIC = splat(0.044715);
  CUBIC_3 = splat(3 * 0.044715);
  FAR = splat(8); // GELU's slope is 0 or 1 beyond
  NEAR = splat(-8);
  MINUS_HALF = splat(-0.5);
  DENSITY = splat(0.3989422804014327); // 1 / √(2 π)
  // Abramowitz and Stegun 7.1.26, for arguments divided by √2, halved
  ERF = splat(0.3275911 * 0.70710678118654752);
  A5 = splat(0.5 * 1.061405429);
  A4 = splat(0.5 * -1.453152027);
  A3 = splat(0.5 * 1.421413741);
  A2 = splat(0.5 * -0.284496736);
  A1 = splat(0.5 * 0.254829592);
}

/** `1 / (1 + e⁻ˣ)` */
@inline
function sigmoid(x: v128): v128 {
  return f32x4.div(ONE, f32x4.add(ONE, exp(f32x4.neg(x))));
}

/** The normal distribution function, to an error of 2e-7, given `e` = exp(-x² / 2). */
@inline
function normalDistribution(x: v128, e: v128): v128 {
  const t = f32x4.div(ONE, fma(f32x4.abs(x), ERF, ONE));
  const p = fma(fma(fma(fma(A5, t, A4), t, A3), t, A2), t, A1);
  const tail = f32x4.mul(f32x4.mul(p, t), e);
  return v128.bitselect(f32x4.sub(ONE, tail), tail, f32x4.gt(x, ZERO));
}

/** `exp(-x² / 2)` */
@inline
function bell(x: v128): v128 {
  return exp(f32x4.mul(MINUS_HALF, f32x4.mul(x, x)));
}

@inline
function gelu4(x: v128, tanh: bool): v128 {
  const gate = tanh
    ? sigmoid(f32x4.mul(f32x4.mul(ROOT, x), fma(f32x4.mul(x, x), CUBIC, ONE)))
    : normalDistribution(x, bell(x));
  return v128.andnot(f32x4.mul(x, gate), f32x4.eq(gate, ZERO)); // -∞ gives 0
}

@inline
function geluSlope4(given: v128, tanh: bool): v128 {
  const x = f32x4.pmax(f32x4.pmin(given, FAR), NEAR);
  if (tanh) {
    const square = f32x4.mul(x, x);
    const e = exp(f32x4.neg(f32x4.mul(f32x4.mul(ROOT, x), fma(square, CUBIC, ONE))));
    const s = f32x4.div(ONE, f32x4.add(ONE, e)), rest = f32x4.mul(e, s); // 1 - s, to all digits
    const inner = f32x4.mul(ROOT, fma(square, CUBIC_3, ONE));
    return fma(f32x4.mul(f32x4.mul(x, s), rest), inner, s);
  }
  const e = bell(x);
  return fma(x, f32x4.mul(e, DENSITY), normalDistribution(x, e));
}

/** `y = gelu(x)` */
export function gelu(x: i32, y: i32, size: i32, tanh: bool): void {
  const whole = x + (size & ~3) * SIZE, count = size & 3;
  if (tanh) { for (; x < whole; x += 16, y += 16) v128.store(y, gelu4(v128.load(x), true)); }
  else for (; x < whole; x += 16, y += 16) v128.store(y, gelu4(v128.load(x), false));
  if (count) storePart(y, gelu4(loadPart(x, count, splat(0)), tanh), count);
}

/** `dx = dy gelu'(x)` */
export function geluGrad(x: i32, dy: i32, dx: i32, size: i32, tanh: bool): void {
  const whole = x + (size & ~3) * SIZE, count = size & 3;
  if (tanh) {
    for (; x < whole; x += 16, dy += 16, dx += 16) {
      v128.store(dx, f32x4.mul(v128.load(dy), geluSlope4(v128.load(x), true)));
    }
  } else {
    for (; x < whole; x += 16, dy += 16, dx += 16) {
      v128.store(dx, f32x4.mul(v128.load(dy), geluSlope4(v128.load(x), false)));
    }
  }
  if (count) {
    const slope = geluSlope4(loadPart(x, count, splat(0)), tanh);
    storePart(dx, f32x4.mul(loadPart(dy, count, splat(0)), slope), count);
  }
}

/** Bits that look random, from any integer: lowbias32. */
@inline
function hash(given: v128): v128 {
  let v = given;
  v = i32x4.mul(v128.xor(v, i32x4.shr_u(v, 16)), i32x4.splat(0x7feb352d));
  v = i32x4.mul(v128.xor(v, i32x4.shr_u(v, 15)), i32x4.splat(0x846ca68b));
  return v128.xor(v, i32x4.shr_u(v, 16));
}

/** `gain x` where the hash of the element's number reaches the limit, 0 elsewhere. */
export function dropout(x: i32, y: i32, size: i32, gain: f32, limit: i32, seed: i32): void {
  const count = size & 3, factor = splat(gain), least = i32x4.splat(limit), salt = i32x4.splat(seed);
  let number = i32x4(0, 1, 2, 3);
  for (const whole = x + (size & ~3) * SIZE; x < whole; x += 16, y += 16) {
    const drawn = i32x4.shr_u(hash(v128.xor(hash(number), salt)), 8);
    v128.store(y, v128.and(f32x4.mul(v128.load(x), factor), i32x4.ge_s(drawn, least)));
    number = i32x4.add(number, i32x4.splat(4));
  }
  if (count) {
    const drawn = i32x4.shr_u(hash(v128.xor(hash(number), salt)), 8);
    const kept = f32x4.mul(loadPart(x, count, splat(0)), factor);
    storePart(y, v128.and(kept, i32x4.ge_s(drawn, least)), count);
  }
}

/** Copies heads of `depth` elements between `[B, T, W]`, from head `first` on, and `[B, H, T, D]`. */
export function moveHeads(
  wide: i32, split: i32, batch: i32, tokens: i32, width: i32, heads: i32, depth: i32, first: i32,
  join: bool,
): void {
  const bytes = depth * SIZE, whole = (depth & ~3) * SIZE;
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let t = 0; t < tokens; t++, split += bytes) {
        const there = wide + ((b * tokens + t) * width + (first + h) * depth) * SIZE;
        const from = join ? split : there, to = join ? there : split;
        let at = 0;
        for (; at < whole; at += 16) v128.store(to + at, v128.load(from + at));
        for (; at < bytes; at += SIZE) store<f32>(to + at, load<f32>(from + at));
      }
    }
  }
}

/** One step of Adam; see `lib/optim/adam_update.ts` for what the numbers are. */
export function adam(
  w: i32, m: i32, v: i32, g: i32, size: i32, scale: f32, l2: f32, keep: f32, toFirst: f32,
  beta2: f32, toSecond: f32, rate: f32, unbias: f32, eps: f32,
): void {
  for (let i = 0; i < size; i += 4, w += 16, m += 16, v += 16, g += 16) {
    const count = size - i, full = count >= 4, zero = splat(0);
    const weight = full ? v128.load(w) : loadPart(w, count, zero);
    const mean = full ? v128.load(m) : loadPart(m, count, zero);
    const square = full ? v128.load(v) : loadPart(v, count, zero);
    const given = full ? v128.load(g) : loadPart(g, count, zero);
    const gradient = fma(splat(l2), weight, f32x4.mul(splat(scale), given));
    const first = fma(splat(toFirst), f32x4.sub(gradient, mean), mean);
    const second = fma(
      f32x4.mul(splat(toSecond), gradient),
      gradient,
      f32x4.mul(splat(beta2), square),
    );
    const scaled = fma(f32x4.sqrt(second), splat(unbias), splat(eps));
    const step = f32x4.div(f32x4.mul(splat(rate), first), scaled);
    const changed = f32x4.sub(f32x4.mul(splat(keep), weight), step);
    if (full) {
      v128.store(m, first);
      v128.store(v, second);
      v128.store(w, changed);
    } else {
      storePart(m, first, count);
      storePart(v, second, count);
      storePart(w, changed, count);
    }
  }
}

/** The sum of all squares, in float64. */
export function sumOfSquares(x: i32, size: i32): f64 {
  let a = f64x2.splat(0), b = f64x2.splat(0);
  const whole = x + (size & ~3) * SIZE;
  for (; x < whole; x += 16) {
    const low = f64x2.promote_low_f32x4(v128.load64_zero(x));
    const high = f64x2.promote_low_f32x4(v128.load64_zero(x + 8));
    a = f64x2.add(a, f64x2.mul(low, low));
    b = f64x2.add(b, f64x2.mul(high, high));
  }
  const both = f64x2.add(a, b);
  let total = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (let i = 0; i < (size & 3); i++) {
    const v = <f64> load<f32>(x + i * SIZE);
    total += v * v;
  }
  return total;
}
