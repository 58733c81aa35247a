import * as tf from "../tensor/_tf.ts";
import { dispatch, type GPUBackend, type Program } from "../tensor/dispatch.ts";
import { type Live, valueOf } from "../tensor/live.ts";
import { checkShape, ShapeError, type Tensor } from "../tensor/mod.ts";
import { multiplyOnHeap, type WasmBackend } from "../tensor/heap_product.ts";
import { simdFor } from "../tensor/simd.ts";
import { attention } from "./attention.ts";
import wgsl from "./cached_attention.wgsl" with { type: "text" };

/** How {@link cachedAttention} is computed. */
export interface CachedAttentionOptions {
  /** The keys in use; a function gives it anew when a recording is replayed. */
  length: Live;
  /** What the scores are multiplied by. @default {1 / sqrt(D)} */
  scale?: number;
  /** How many keys a query sees at most: those of the latest positions, its own included. @default {all} */
  window?: number;
}

const GROUPS = 65_535; // of a dispatch
const WORKGROUP = 64;
const programs = new Map<string, Program>();

/**
 * Causal attention of the latest tokens to all so far, whose keys and values lie in buffers with room for more.
 *
 * The queries are those of the last `T` of `length` tokens: query `t` sees the keys `s ≤ length − T + t`, at most `window` of them. Nothing is copied
 * on WebGPU and wasm. There is no gradient: it is made for generation.
 *
 * @param q Queries, `[B, H, T, D]`, float32.
 * @param keys `[B, K, C, D]`, of which the first `length` are in use; `H` is a multiple of `K`.
 * @param values `[B, K, C, E]`
 * @returns `[B, H, T, E]`
 * @throws {ShapeError} If the shapes do not fit together.
 * @throws {RangeError} If `length` is below `T` or above `C`.
 */
export function cachedAttention(
  q: Tensor,
  keys: Tensor,
  values: Tensor,
  { length, scale = 1 / Math.sqrt(q.shape.at(-1)!), window = Infinity }: CachedAttentionOptions,
): Tensor {
  const [B, H, T, D] = q.shape as [number, number, number, number];
  const [, K, C] = keys.shape as [number, number, number];
  checkShape("apply cachedAttention", "keys", keys, [B, -1, -1, D]);
  checkShape("apply cachedAttention", "values", values, [B, K, C, -1]);
  if (H % K !== 0) {
    throw new ShapeError(
      `Cannot apply cachedAttention as the ${H} heads must be a multiple of the keys' ${K}`,
      q.shape,
      keys.shape,
    );
  }
  const now = valueOf(length);
  if (!(now >= T && now <= C)) {
    throw new RangeError(
      `Cannot apply cachedAttention as length must be in ${T}…${C}: current value is ${now}`,
    );
  }
  const device = tf.getBackend();
  if (device === "webgpu" && B * H * T <= GROUPS) {
    return onGPU(q, keys, values, length, scale, window);
  }
  // all queries of a product see the same keys; what later ones do not see is masked only at the end
  const seen = T === 1 ? Math.min(now, window) : now;
  if (device === "wasm" && seen <= window) {
    return onHeap(q, keys, values, { first: now - seen, length: seen, scale });
  }
  return tf.tidy(() => {
    const used = (x: Tensor) => tf.slice(x, [0, 0, 0, 0], [B, K, now, x.shape[3]!]);
    return attention(q, used(keys), used(values), { causal: true, scale, window });
  });
}

function onGPU(
  q: Tensor,
  keys: Tensor,
  values: Tensor,
  length: Live,
  scale: number,
  window: number,
): Tensor {
  const backend = tf.backend() as unknown as GPUBackend;
  const [B, H, T, D] = q.shape as [number, number, number, number];
  const [, K, C, E] = values.shape as [number, number, number, number];
  const key = `${D},${E}`;
  let program = programs.get(key);
  if (!program) {
    program = {
      label: "attend to a cache",
      code: `const WORKGROUP = ${WORKGROUP}u;\nconst D = ${D}u;\nconst E = ${E}u;\n${wgsl}`,
      writes: [true, false, false, false],
    };
    programs.set(key, program);
  }
  const y = backend.makeTensorInfo([B, H, T, E], "float32");
  const data = [y, q, keys, values].map(({ dataId }) => dataId);
  const rows = B * H * T;
  const shown = Math.min(window, C);
  dispatch(backend, program, data, [rows, H, T, H / K, C, shown], [length, scale], rows);
  return tf.engine().makeTensorFromTensorInfo(y, backend);
}

/** Queries of a head of keys up to which one loop over all heads is quicker than a product for each. */
const FEW = 8;

/** Each key head with its group of query heads is one pair of products, where the tensors lie. */
function onHeap(
  q: Tensor,
  keys: Tensor,
  values: Tensor,
  { first, length, scale }: { first: number; length: number; scale: number },
): Tensor {
  const backend = tf.backend() as unknown as WasmBackend;
  const [B, H, T, D] = q.shape as [number, number, number, number];
  const [, K, C, E] = values.shape as [number, number, number, number];
  const rows = H / K * T;
  if (rows <= FEW) {
    const y = backend.makeOutput([B, H, T, E], "float32");
    const scores = backend.makeOutput([length], "float32");
    const arrays = [q, keys, values, scores, y].map((x) => backend.typedArrayFromHeap(x));
    const simd = simdFor(...arrays);
    if (simd) {
      const [query, key, value, score, result] = arrays.map((x) => x.byteOffset) as [
        number,
        number,
        number,
        number,
        number,
      ];
      const [firstKey, firstValue] = [key + 4 * first * D, value + 4 * first * E];
      const lengths = [B * K, rows, T, length, C, D, E] as const;
      simd.cachedAttention(query, firstKey, firstValue, score, result, ...lengths, scale);
    }
    backend.disposeData(scores.dataId);
    if (simd) return tf.engine().makeTensorFromTensorInfo(y, backend as tf.KernelBackend);
    backend.disposeData(y.dataId);
  }
  const scores = backend.makeOutput([B, H, T, length], "float32");
  const place = ({ dataId }: tf.TensorInfo) => backend.dataIdMap.get(dataId).memoryOffset;
  const shared = { transposeA: false, accumulate: false, m: rows, backend };
  for (let i = 0; i < B * K; i++) {
    multiplyOnHeap({
      ...shared,
      a: place(q) + 4 * i * rows * D,
      b: place(keys) + 4 * (i * C + first) * D,
      c: place(scores) + 4 * i * rows * length,
      n: length,
      k: D,
      transposeB: true,
    });
  }
  const weights = tf.getKernel("MaskedSoftmax", "wasm")!.kernelFunc({
    inputs: { x: scores },
    attrs: { scale, causal: true },
    backend,
  }) as tf.TensorInfo[];
  const y = backend.makeOutput([B, H, T, E], "float32");
  for (let i = 0; i < B * K; i++) {
    multiplyOnHeap({
      ...shared,
      a: place(weights[0]!) + 4 * i * rows * length,
      b: place(values) + 4 * (i * C + first) * E,
      c: place(y) + 4 * i * rows * E,
      n: E,
      k: length,
      transposeB: false,
    });
  }
  for (const { dataId } of [scores, weights[0]!]) backend.disposeData(dataId);
  return tf.engine().makeTensorFromTensorInfo(y, backend as unknown as tf.KernelBackend);
}
