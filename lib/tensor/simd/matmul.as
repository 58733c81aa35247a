// The product of two float32 matrices that may be stored transposed, on one core.
//
// Blocks of B are packed into panels of 8 columns, and, where A is transposed, blocks of A into panels of 4 rows; 4 rows by
// 8 columns of C are then added up in registers. 256 terms of a panel of B fill a quarter of the smallest first-level
// cache, 64 rows of A a fraction of the second.
import { dot, fma, SIZE, splat } from "./vector";

const TERMS: i32 = 256;
const ROWS: i32 = 64;
const COLUMNS: i32 = 512;

/** Bytes of memory that {@link matmul} needs to pack into. */
export function matmulScratch(): i32 {
  return (TERMS * COLUMNS + ROWS * TERMS + 32) * SIZE;
}

/** Four rows of a matrix, transposed: lane i of the results is row i. */
@inline
function storeTransposed(a: v128, b: v128, c: v128, d: v128, to: i32, step: i32): void {
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f64>(ab, cd, 0, 2));
  v128.store(to + step, v128.shuffle<f64>(ab, cd, 1, 3));
  v128.store(to + 2 * step, v128.shuffle<f64>(ab2, cd2, 0, 2));
  v128.store(to + 3 * step, v128.shuffle<f64>(ab2, cd2, 1, 3));
}

/**
 * Packs `count` rows (each of `k` terms, so many bytes apart) as `[k, width]`; rows that are not there become 0. This is B
 * stored transposed.
 */
function packRows(from: i32, stride: i32, to: i32, count: i32, k: i32, width: i32): void {
  const step = width * SIZE;
  for (let first = 0; first < width; first += 4, from += 4 * stride, to += 16) {
    let p = 0;
    if (first + 4 <= count) {
      for (; p + 4 <= k; p += 4) {
        const at = from + p * SIZE;
        storeTransposed(
          v128.load(at), v128.load(at + stride), v128.load(at + 2 * stride),
          v128.load(at + 3 * stride), to + p * step, step,
        );
      }
    }
    for (; p < k; p++) {
      for (let i = 0; i < 4; i++) {
        const v: f32 = first + i < count ? load<f32>(from + i * stride + p * SIZE) : 0;
        store<f32>(to + p * step + i * SIZE, v);
      }
    }
  }
}

/** Packs `count` neighbours of each of `k` rows as `[k, width]`: A stored transposed, or B as it is. */
function packColumns(from: i32, stride: i32, to: i32, count: i32, k: i32, width: i32): void {
  const step = width * SIZE;
  for (let p = 0; p < k; p++, from += stride, to += step) {
    if (count == width) {
      for (let at = 0; at < step; at += 16) v128.store(to + at, v128.load(from + at));
    } else {
      for (let i = 0; i < width; i++) {
        store<f32>(to + i * SIZE, i < count ? load<f32>(from + i * SIZE) : 0);
      }
    }
  }
}

/** Adds two vectors to those at an address, or puts them there. */
@inline
function put(c: i32, left: v128, right: v128, add: bool): void {
  v128.store(c, add ? f32x4.add(v128.load(c), left) : left);
  v128.store(c + 16, add ? f32x4.add(v128.load(c + 16), right) : right);
}

/**
 * A tile of C: up to 4 rows by 8 columns. `a0` to `a3` are the rows of A, whose terms are `step` bytes apart; `b` is a panel.
 * A tile at the edge of C is made in `spare` and copied.
 */
@inline
function tile(
  a0: i32, a1: i32, a2: i32, a3: i32, step: i32, b: i32, k: i32, c: i32, stride: i32, add: bool,
): void {
  let c00 = splat(0), c01 = splat(0), c10 = splat(0), c11 = splat(0);
  let c20 = splat(0), c21 = splat(0), c30 = splat(0), c31 = splat(0);
  for (const end = b + k * 32; b < end; b += 32) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let a = v128.load32_splat(a0);
    c00 = fma(a, b0, c00);
    c01 = fma(a, b1, c01);
    a = v128.load32_splat(a1);
    c10 = fma(a, b0, c10);
    c11 = fma(a, b1, c11);
    a = v128.load32_splat(a2);
    c20 = fma(a, b0, c20);
    c21 = fma(a, b1, c21);
    a = v128.load32_splat(a3);
    c30 = fma(a, b0, c30);
    c31 = fma(a, b1, c31);
    a0 += step;
    a1 += step;
    a2 += step;
    a3 += step;
  }
  put(c, c00, c01, add);
  put(c + stride, c10, c11, add);
  put(c + 2 * stride, c20, c21, add);
  put(c + 3 * stride, c30, c31, add);
}

/** `C = A B`, or `C += A B`; A is `[m, k]` or stored `[k, m]`, B `[k, n]` or stored `[n, k]`, all without gaps. */
export function matmul(
  a: i32, b: i32, c: i32, m: i32, n: i32, k: i32, transposeA: bool, transposeB: bool,
  accumulate: bool, scratch: i32,
): void {
  if (m == 1 && transposeB) { // one row: packing would take longer than the products
    for (let j = 0; j < n; j++, c += SIZE, b += k * SIZE) {
      const v = dot(a, b, k);
      store<f32>(c, accumulate ? load<f32>(c) + v : v);
    }
    return;
  }
  const strideA = (transposeA ? m : k) * SIZE, strideB = (transposeB ? k : n) * SIZE;
  const strideC = n * SIZE, packedA = scratch + TERMS * COLUMNS * SIZE;
  const spare = packedA + ROWS * TERMS * SIZE; // of a tile
  for (let column = 0; column < n; column += COLUMNS) {
    const columns = min(COLUMNS, n - column);
    for (let term = 0; term < k; term += TERMS) {
      const terms = min(TERMS, k - term), add = accumulate || term > 0;
      for (let j = 0; j < columns; j += 8) {
        const to = scratch + j * terms * SIZE, count = min(8, columns - j);
        if (transposeB) {
          packRows(b + (column + j) * strideB + term * SIZE, strideB, to, count, terms, 8);
        } else packColumns(b + term * strideB + (column + j) * SIZE, strideB, to, count, terms, 8);
      }
      for (let row = 0; row < m; row += ROWS) {
        const rows = min(ROWS, m - row);
        if (transposeA) {
          for (let i = 0; i < rows; i += 4) {
            const from = a + term * strideA + (row + i) * SIZE;
            packColumns(from, strideA, packedA + i * terms * SIZE, min(4, rows - i), terms, 4);
          }
        }
        for (let j = 0; j < columns; j += 8) {
          const panel = scratch + j * terms * SIZE, width = min(8, columns - j);
          for (let i = 0; i < rows; i += 4) {
            const height = min(4, rows - i);
            const first = transposeA
              ? packedA + i * terms * SIZE
              : a + (row + i) * strideA + term * SIZE;
            // rows beyond the last repeat it
            const next = transposeA ? SIZE : strideA, step = transposeA ? 4 * SIZE : SIZE;
            const a1 = height > 1 ? first + next : first, a2 = height > 2 ? a1 + next : a1;
            const a3 = height > 3 ? a2 + next : a2;
            const target = c + (row + i) * strideC + (column + j) * SIZE;
            const inside = height == 4 && width == 8;
            tile(
              first, a1, a2, a3, step, panel, terms, inside ? target : spare,
              inside ? strideC : 32, inside && add,
            );
            if (!inside) copyTile(spare, target, strideC, height, width, add);
          }
        }
      }
    }
  }
}

/** The part of a tile that is in C. */
function copyTile(from: i32, c: i32, stride: i32, height: i32, width: i32, add: bool): void {
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const at = c + i * stride + j * SIZE, v = load<f32>(from + (i * 8 + j) * SIZE);
      store<f32>(at, add ? load<f32>(at) + v : v);
    }
  }
}
