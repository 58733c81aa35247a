// Products of a few rows with a matrix of 8-bit or 4-bit codes; see `lib/ops/quantized_linear.ts` for the layout and for the
// same in TypeScript.
//
// The rows are rounded to 16 bits, group by group, so that a product of codes is one instruction for eight numbers; a sum of
// at most 1024 of them stays below 2³¹.
import { fma, largest, loadPart, SIZE, splat, sum } from "./vector";

const HALF: i32 = 2; // bytes of a rounded number

let MASK: v128 = i32x4.splat(0);
let MIDDLE: v128 = i32x4.splat(0);

/** Sets the constants; called once, before anything else. */
export function prepareQuantized(): void {
  MASK = i16x8.splat(15);
  MIDDLE = i16x8.splat(8);
}

/** The numbers of a vector, of which `count` are there, in units, as integers. */
@inline
function rounded(x: i32, count: i32, perUnit: v128): v128 {
  const v = count >= 4 ? v128.load(x) : count > 0 ? loadPart(x, count, splat(0)) : splat(0);
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v, perUnit)));
}

/**
 * Rounds rows of `cols` numbers to 16 bits.
 *
 * @param codes Each row, filled up with zeros to whole groups.
 * @param units What the codes of each group are multiplied by.
 * @param starts -8 times the sum of the codes of each group: what the 8 that was added to each 4-bit code of W makes.
 */
export function roundRows(
  x: i32, codes: i32, units: i32, starts: i32, rows: i32, cols: i32, group: i32,
): void {
  for (let row = 0; row < rows; row++) {
    for (let first = 0; first < cols; first += group, units += SIZE, starts += SIZE) {
      let most = splat(0);
      const count = min(group, cols - first), at = x + first * SIZE;
      for (let i = 0; i < count; i += 4) {
        const from = at + i * SIZE;
        most = f32x4.max(
          most,
          f32x4.abs(i + 4 <= count ? v128.load(from) : loadPart(from, count - i, splat(0))),
        );
      }
      const top = largest(most), unit: f32 = top / 32767;
      store<f32>(units, unit);
      let sums = i32x4.splat(0);
      const perUnit = splat(unit > 0 ? 1 / unit : 0);
      for (let i = 0; i < group; i += 8, codes += 16) {
        const from = at + i * SIZE;
        const low = rounded(from, count - i, perUnit);
        const high = rounded(from + 16, count - i - 4, perUnit);
        v128.store(codes, i16x8.narrow_i32x4_s(low, high));
        sums = i32x4.add(sums, i32x4.add(low, high));
      }
      const pairs = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 2, 3, 0, 1));
      store<i32>(starts, -8 * (i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1)));
    }
    x += cols * SIZE;
  }
}

/** A row of 8-bit codes times a row of rounded numbers. */
@inline
function dot8(codes: i32, scales: i32, x: i32, units: i32, groups: i32, group: i32): f32 {
  let total = splat(0);
  for (let g = 0; g < groups; g++, scales += SIZE, units += SIZE) {
    let low = i32x4.splat(0), high = i32x4.splat(0);
    for (const end = codes + group; codes < end; codes += 16, x += 32) {
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.load8x8_s(codes), v128.load(x)));
      high = i32x4.add(high, i32x4.dot_i16x8_s(v128.load8x8_s(codes, 8), v128.load(x, 16)));
    }
    const unit = f32x4.mul(v128.load32_splat(scales), v128.load32_splat(units));
    total = fma(f32x4.convert_i32x4_s(i32x4.add(low, high)), unit, total);
  }
  return sum(total);
}

/** A row of 4-bit codes times a row of rounded numbers; each word of 16 bits holds numbers that lie 8 apart. */
@inline
function dot4(
  codes: i32, scales: i32, x: i32, units: i32, starts: i32, groups: i32, group: i32,
): f32 {
  const mask = MASK;
  let total = splat(0);
  for (let g = 0; g < groups; g++, scales += SIZE, units += SIZE, starts += SIZE) {
    let low = v128.load32_zero(starts), high = i32x4.splat(0);
    for (const end = codes + (group >> 1); codes < end; codes += 16, x += 64) {
      const v = v128.load(codes);
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.and(v, mask), v128.load(x)));
      const second = v128.and(i16x8.shr_u(v, 4), mask);
      high = i32x4.add(high, i32x4.dot_i16x8_s(second, v128.load(x, 16)));
      const third = v128.and(i16x8.shr_u(v, 8), mask);
      low = i32x4.add(low, i32x4.dot_i16x8_s(third, v128.load(x, 32)));
      high = i32x4.add(high, i32x4.dot_i16x8_s(i16x8.shr_u(v, 12), v128.load(x, 48)));
    }
    const unit = f32x4.mul(v128.load32_splat(scales), v128.load32_splat(units));
    total = fma(f32x4.convert_i32x4_s(i32x4.add(low, high)), unit, total);
  }
  return sum(total);
}

/**
 * `y = x Wᵀ + b` of rounded rows; `bias` at 0 adds nothing. A row of W is read once for all rows of x.
 *
 * @param x What {@link roundRows} made: codes.
 * @param units What it made, as `starts`.
 */
export function quantizedRows(
  x: i32, units: i32, starts: i32, codes: i32, scales: i32, bias: i32, y: i32, rows: i32, outs: i32,
  groups: i32, group: i32, bits: i32,
): void {
  const stride = groups * group * bits >> 3, step = groups * group * HALF;
  for (let o = 0; o < outs; o++, codes += stride, scales += groups * SIZE) {
    const start: f32 = bias ? load<f32>(bias + o * SIZE) : 0;
    for (let row = 0; row < rows; row++) {
      const at = x + row * step, part = row * groups * SIZE;
      const v = bits == 8
        ? dot8(codes, scales, at, units + part, groups, group)
        : dot4(codes, scales, at, units + part, starts + part, groups, group);
      store<f32>(y + (row * outs + o) * SIZE, start + v);
    }
  }
}

/** Eight 16-bit codes times a scale. */
@inline
function put8(y: i32, codes: v128, unit: v128): void {
  v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(codes)), unit));
  v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(codes)), unit), 16);
}

/** 32 numbers from 4-bit codes. */
@inline
function put32(y: i32, codes: i32, unit: v128): void {
  const v = v128.load(codes), mask = MASK, middle = MIDDLE;
  put8(y, i16x8.sub(v128.and(v, mask), middle), unit);
  put8(y + 32, i16x8.sub(v128.and(i16x8.shr_u(v, 4), mask), middle), unit);
  put8(y + 64, i16x8.sub(v128.and(i16x8.shr_u(v, 8), mask), middle), unit);
  put8(y + 96, i16x8.sub(i16x8.shr_u(v, 12), middle), unit);
}

/** 32 numbers from 8-bit codes. */
@inline
function put32Bytes(y: i32, codes: i32, unit: v128): void {
  for (let i = 0; i < 32; i += 8) put8(y + i * SIZE, v128.load8x8_s(codes + i), unit);
}

/** The numbers that codes stand for, `[rows, cols]`; `spare` is memory for 32 numbers, for the end of a row. */
export function unpackRows(
  codes: i32, scales: i32, y: i32, spare: i32, rows: i32, cols: i32, group: i32, bits: i32,
): void {
  for (let row = 0; row < rows; row++) {
    for (let first = 0; first < cols; first += group, scales += SIZE) {
      const unit = v128.load32_splat(scales);
      for (let i = first; i < first + group; i += 32, codes += bits * 4) {
        const count = min(32, cols - i), to = count == 32 ? y + i * SIZE : spare;
        if (bits == 8) put32Bytes(to, codes, unit);
        else put32(to, codes, unit);
        if (count > 0 && count < 32) memory.copy(y + i * SIZE, spare, count * SIZE);
      }
    }
    y += cols * SIZE;
  }
}
