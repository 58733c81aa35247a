// Attention of a few queries to the keys and values of a cache; see `lib/ops/cached_attention.ts`.
import { dot, exp, fma, loadPart, SIZE, splat, storePart, sum } from "./vector";
import { top } from "./softmax";

/** The softmax of `cols` numbers, in place. */
@inline
function softmaxInPlace(x: i32, cols: i32): void {
  const high = splat(top(x, cols)), whole = (cols & ~3) * SIZE, count = cols & 3;
  let sums = splat(0);
  for (let at = 0; at < whole; at += 16) {
    const e = exp(f32x4.sub(v128.load(x + at), high));
    v128.store(x + at, e);
    sums = f32x4.add(sums, e);
  }
  if (count) {
    const e = exp(f32x4.sub(loadPart(x + whole, count, splat(-Infinity)), high));
    storePart(x + whole, e, count);
    sums = f32x4.add(sums, e);
  }
  const norm: f32 = 1 / sum(sums), share = splat(norm);
  for (let at = 0; at < whole; at += 16) v128.store(x + at, f32x4.mul(v128.load(x + at), share));
  for (let at = whole; at < cols * SIZE; at += SIZE) store<f32>(x + at, load<f32>(x + at) * norm);
}

/** `y = Σ weights[s] values[s]`, rows of `width` numbers. */
@inline
function mix(weights: i32, values: i32, y: i32, rows: i32, width: i32): void {
  const stride = width * SIZE;
  let e = 0;
  for (; e + 16 <= width; e += 16) {
    let a = splat(0), b = splat(0), c = splat(0), d = splat(0);
    let at = values + e * SIZE;
    for (let s = 0; s < rows; s++, at += stride) {
      const w = v128.load32_splat(weights + s * SIZE);
      a = fma(w, v128.load(at), a);
      b = fma(w, v128.load(at, 16), b);
      c = fma(w, v128.load(at, 32), c);
      d = fma(w, v128.load(at, 48), d);
    }
    const to = y + e * SIZE;
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
  }
  for (; e < width; e++) {
    let total: f32 = 0, at = values + e * SIZE;
    for (let s = 0; s < rows; s++, at += stride) {
      total += load<f32>(weights + s * SIZE) * load<f32>(at);
    }
    store<f32>(y + e * SIZE, total);
  }
}

/**
 * Causal attention of the latest `tokens` of `length` tokens.
 *
 * Each of `pairs` buffers of `capacity` keys of `depth` numbers, and as many values of `width`, serves `queries` queries,
 * token by token for each head.
 *
 * @param scores Memory for `length` numbers.
 */
export function cachedAttention(
  q: i32, keys: i32, values: i32, scores: i32, y: i32, pairs: i32, queries: i32, tokens: i32,
  length: i32, capacity: i32, depth: i32, width: i32, scale: f32,
): void {
  for (let pair = 0; pair < pairs; pair++) {
    for (let i = 0; i < queries; i++, q += depth * SIZE, y += width * SIZE) {
      const seen = length - tokens + i % tokens + 1;
      for (let s = 0; s < seen; s++) {
        store<f32>(scores + s * SIZE, scale * dot(q, keys + s * depth * SIZE, depth));
      }
      softmaxInPlace(scores, seen);
      mix(scores, values, y, seen, width);
    }
    keys += capacity * depth * SIZE;
    values += capacity * width * SIZE;
  }
}
