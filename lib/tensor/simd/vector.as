// Vectors of four float32: what the other files of this module are made of.
//
// A row whose length is no multiple of 4 ends in a vector of which only `count` lanes, 1 to 3, are in memory.

/** The bytes of an element. */
export const SIZE: i32 = 4;

/** All lanes equal. */
@inline
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** `a b + c`, rounded once where the processor can. */
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  return f32x4.relaxed_madd(a, b, c);
}

/** The sum of the lanes. */
@inline
export function sum(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** The largest lane; NaN if one is. */
@inline
export function largest(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/** The first `count` elements at an address; the other lanes hold `rest`. */
@inline
export function loadPart(at: i32, count: i32, rest: v128): v128 {
  let v = v128.load32_lane(at, rest, 0);
  if (count > 1) v = v128.load32_lane(at + 4, v, 1);
  if (count > 2) v = v128.load32_lane(at + 8, v, 2);
  return v;
}

/** Writes the first `count` lanes. */
@inline
export function storePart(at: i32, v: v128, count: i32): void {
  v128.store32_lane(at, v, 0);
  if (count > 1) v128.store32_lane(at + 4, v, 1);
  if (count > 2) v128.store32_lane(at + 8, v, 2);
}

/** The sum of products of two runs of `k` numbers. */
@inline
export function dot(a: i32, b: i32, k: i32): f32 {
  let first = splat(0), second = splat(0), third = splat(0), fourth = splat(0);
  const end = a + k * SIZE, whole = a + (k & ~15) * SIZE;
  for (; a < whole; a += 64, b += 64) {
    first = fma(v128.load(a), v128.load(b), first);
    second = fma(v128.load(a, 16), v128.load(b, 16), second);
    third = fma(v128.load(a, 32), v128.load(b, 32), third);
    fourth = fma(v128.load(a, 48), v128.load(b, 48), fourth);
  }
  let total = sum(f32x4.add(f32x4.add(first, second), f32x4.add(third, fourth)));
  for (; a < end; a += SIZE, b += SIZE) total += load<f32>(a) * load<f32>(b);
  return total;
}

// Constants of the loops. V8 makes a constant vector anew from integers wherever it is used, some five instructions; a global
// is one load. They are set in a function, as the compiler would take a global that nobody sets for a constant.
let ROUND: v128 = i32x4.splat(0);
let HIGHEST: v128 = i32x4.splat(0);
let LOWEST: v128 = i32x4.splat(0);
let NORMAL: v128 = i32x4.splat(0);
let LOG2E: v128 = i32x4.splat(0);
let LN2_HIGH: v128 = i32x4.splat(0);
let LN2_LOW: v128 = i32x4.splat(0);
let E7: v128 = i32x4.splat(0);
let E6: v128 = i32x4.splat(0);
let E5: v128 = i32x4.splat(0);
let E4: v128 = i32x4.splat(0);
let E3: v128 = i32x4.splat(0);
let E2: v128 = i32x4.splat(0);
let BIAS: v128 = i32x4.splat(0);
export let ZERO: v128 = i32x4.splat(0);
export let ONE: v128 = i32x4.splat(0);

/** Sets the constants; called once, before anything else. */
export function prepareVectors(): void {
  // 1.5 · 2²³: a float32 of this size has no bits for fractions, so that adding it rounds to an integer
  ROUND = splat(12582912);
  // where the exponentials end, and where they are no more normal numbers
  HIGHEST = splat(88.7);
  LOWEST = splat(-88);
  NORMAL = splat(-87.3);
  // 1 / ln 2, and -ln 2 in two parts
  LOG2E = splat(1.44269504088896341);
  LN2_HIGH = splat(-0.693359375);
  LN2_LOW = splat(2.12194440e-4);
  // Cephes' polynomial
  E7 = splat(1.9875691500e-4);
  E6 = splat(1.3981999507e-3);
  E5 = splat(8.3334519073e-3);
  E4 = splat(4.1665795894e-2);
  E3 = splat(1.6666665459e-1);
  E2 = splat(5.0000001201e-1);
  BIAS = i32x4.splat(127); // of float32's exponent
  ONE = splat(1);
}

/**
 * `eˣ`, to a relative error below 2e-7; 0 below the normal numbers, from x = -87.3 on, ∞ from x = 88.4 on, NaN of NaN.
 *
 * x is cut into a multiple of ln 2, whose power is made of bits, and a rest of at most 0.35, for which a polynomial of
 * degree 7 is used.
 */
@inline
export function exp(x: v128): v128 {
  const v = f32x4.pmax(f32x4.pmin(x, HIGHEST), LOWEST);
  const k = fma(v, LOG2E, ROUND);
  const whole = f32x4.sub(k, ROUND);
  const r = fma(whole, LN2_LOW, fma(whole, LN2_HIGH, v));
  const low = fma(fma(E4, r, E3), r, E2); // halves that need not wait for each other
  const high = fma(fma(E7, r, E6), r, E5);
  const square = f32x4.mul(r, r);
  const p = fma(fma(high, f32x4.mul(square, r), low), square, f32x4.add(r, ONE));
  const power = i32x4.shl(i32x4.add(k, BIAS), 23); // the lowest bits of k are the exponent
  return v128.andnot(f32x4.mul(p, power), f32x4.lt(x, NORMAL));
}
