import * as tf from "../../_tf.ts";
import type { Blas } from "../../blas.ts";
import { broadcastShapes, ShapeError, sizeOf } from "../../shape.ts";
import type { SimdKernels } from "../../simd.ts";
import { type WasmBackend, wasmHeap } from "../../wasm_heap.ts";

/** The attributes of TensorFlow.js's matrix products. */
interface MatMulAttrs {
  transposeA: boolean;
  transposeB: boolean;
  activation?: string;
  leakyreluAlpha?: number;
}

/**
 * Replaces both matrix products of the wasm backend.
 *
 * The stock ones are quick for one untransposed pair only (a scalar loop 15 to 25 times slower otherwise), refuse
 * int32, and return too few values where both batches broadcast. Here a product goes to BLAS, straight on the wasm heap,
 * or, without one, to the library's own WebAssembly.
 *
 * @param blas The library to use, if there is one.
 * @param kernels The library's own WebAssembly.
 */
export function repairMatMul(blas: Blas | undefined, kernels: SimdKernels): void {
  const multiply = multiplyOnHeap = blas ? blasProduct(blas) : simdProduct(kernels);
  replace(stockConfig("BatchMatMul"), ({ inputs, attrs, backend }) => {
    const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = attrs as unknown as MatMulAttrs;
    return matMul(multiply, a, b, transposeA, transposeB, backend as WasmBackend);
  });
  replace(stockConfig("_FusedMatMul"), ({ inputs, attrs, backend }) => {
    const heap = backend as WasmBackend;
    const { a, b, bias, preluActivationWeights } = inputs as Record<string, tf.TensorInfo>;
    const { transposeA, transposeB, activation, leakyreluAlpha } = attrs as unknown as MatMulAttrs;
    const y = matMul(multiply, a!, b!, transposeA, transposeB, heap, bias);
    const kernel = ACTIVATIONS[activation ?? "linear"];
    if (kernel === undefined) {
      heap.disposeData(y.dataId);
      throw new RangeError(
        `Cannot fuse an activation into matMul as it must be one of ${
          Object.keys(ACTIVATIONS).join(", ")
        }: current activation is ${activation}`,
      );
    }
    if (kernel === "") return y;
    const activated = tf.getKernel(kernel, "wasm")!.kernelFunc({
      inputs: kernel === "Prelu" ? { x: y, alpha: preluActivationWeights! } : { x: y },
      attrs: { alpha: leakyreluAlpha ?? 0.2 },
      backend,
    }) as tf.TensorInfo;
    heap.disposeData(y.dataId);
    return activated;
  });
}

/** The kernel that each fused activation stands for. */
const ACTIVATIONS: Record<string, string> = {
  linear: "",
  relu: "Relu",
  relu6: "Relu6",
  elu: "Elu",
  sigmoid: "Sigmoid",
  leakyrelu: "LeakyRelu",
  prelu: "Prelu",
};

/** The kernels as they were before the first repair, so that a second one, with another BLAS, starts from them. */
const stockConfigs = new Map<string, tf.KernelConfig>();

function stockConfig(name: string): tf.KernelConfig {
  if (!stockConfigs.has(name)) stockConfigs.set(name, tf.getKernel(name, "wasm")!);
  return stockConfigs.get(name)!;
}

function replace(config: tf.KernelConfig, kernelFunc: tf.KernelFunc): void {
  tf.unregisterKernel(config.kernelName, "wasm");
  tf.registerKernel({ ...config, kernelFunc }); // keeps its setupFunc
}

/** Multiplies one pair of matrices, as the wasm device does it now: for ops that work on parts of tensors. */
export let multiplyOnHeap: Product;

/** Multiplies one pair of matrices of a batch, given by the places of their elements in the heap. */
export type Product = (task: {
  a: number;
  b: number;
  c: number;
  m: number;
  n: number;
  k: number;
  transposeA: boolean;
  transposeB: boolean;
  /** Whether C is added to what it holds. */
  accumulate: boolean;
  backend: WasmBackend;
}) => void;

function matMul(
  multiply: Product,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
  backend: WasmBackend,
  bias?: tf.TensorInfo,
): tf.TensorInfo {
  const rowsA = a.shape.at(-2)!, columnsA = a.shape.at(-1)!;
  const rowsB = b.shape.at(-2)!, columnsB = b.shape.at(-1)!;
  let m = transposeA ? columnsA : rowsA;
  const k = transposeA ? rowsA : columnsA;
  const n = transposeB ? rowsB : columnsB;
  if (k !== (transposeB ? columnsB : rowsB)) {
    throw new ShapeError(
      `Cannot apply matMul as the inner lengths must be equal: current shapes are [${a.shape}]` +
        `${transposeA ? " transposed" : ""} and [${b.shape}]${transposeB ? " transposed" : ""}`,
      a.shape,
      b.shape,
    );
  }
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, m, n];
  if (a.dtype !== "float32" || b.dtype !== "float32") {
    return integerProduct(a, b, shape, k, transposeA, transposeB, backend);
  }
  const out = backend.makeOutput(shape, "float32");
  let pairs = sizeOf(batch);
  if (pairs * m * n === 0) return out;
  const started = startValue(out, bias, n, backend);
  if (k === 0) {
    if (!started) backend.typedArrayFromHeap(out).fill(0);
    return out;
  }
  const [indexA, indexB] = [a, b].map((x) => batchIndex(x.shape.slice(0, -2), batch));
  if (!transposeA && sizeOf(b.shape.slice(0, -2)) === 1) { // one B: all rows of A are one matrix
    m *= pairs;
    pairs = 1;
  }
  const [atA, atB, atC] = [a, b, out].map((x) => backend.dataIdMap.get(x.dataId).memoryOffset);
  for (let i = 0; i < pairs; i++) {
    multiply({
      a: atA! + indexA!(i) * m * k * 4,
      b: atB! + indexB!(i) * k * n * 4,
      c: atC! + i * m * n * 4,
      m,
      n,
      k,
      transposeA,
      transposeB,
      accumulate: started,
      backend,
    });
  }
  return out;
}

/** Fills C with the bias, to which the product is then added; says whether there was one. */
function startValue(
  out: tf.TensorInfo,
  bias: tf.TensorInfo | undefined,
  n: number,
  backend: WasmBackend,
): boolean {
  if (!bias) return false;
  const c = backend.typedArrayFromHeap(out) as Float32Array;
  const values = backend.typedArrayFromHeap(bias) as Float32Array;
  if (values.length === c.length) c.set(values);
  else if (values.length === n) {
    c.set(values);
    for (let filled = n; filled < c.length; filled *= 2) c.copyWithin(filled, 0, filled);
  } else if (values.length === 1) c.fill(values[0]!);
  else {
    throw new ShapeError(
      `Cannot add a bias to matMul as it must have ${n} values: current shape is [${bias.shape}]`,
      [n],
      bias.shape,
    );
  }
  return true;
}

/** Maps the number of an output matrix to that of the input matrix it comes from, under broadcasting. */
function batchIndex(own: number[], out: number[]): (i: number) => number {
  if (sizeOf(own) === sizeOf(out)) return (i) => i;
  if (sizeOf(own) === 1) return () => 0;
  const strides = own.map((length, axis) => length === 1 ? 0 : sizeOf(own.slice(axis + 1)));
  const lead = out.length - own.length;
  return (i) => {
    let index = 0;
    for (let axis = out.length - 1; axis >= lead; axis--) {
      index += (i % out[axis]!) * strides[axis - lead]!;
      i = Math.floor(i / out[axis]!);
    }
    return index;
  };
}

function blasProduct(blas: Blas): Product {
  return ({ a, b, c, m, n, k, transposeA, transposeB, accumulate, backend }) => {
    const base = wasmHeap(backend);
    if (m === 1) {
      const [rows, columns] = transposeB ? [n, k] : [k, n];
      blas.sgemv(!transposeB, rows, columns, base + b, base + a, accumulate ? 1 : 0, base + c);
      return;
    }
    const [lda, ldb, beta] = [transposeA ? m : k, transposeB ? k : n, accumulate ? 1 : 0];
    blas.sgemm(transposeA, transposeB, m, n, k, base + a, lda, base + b, ldb, beta, base + c, n);
  };
}

/** WebAssembly with vectors of four; packs its factors in a place of the heap that is reserved once. */
function simdProduct(kernels: SimdKernels): Product {
  return ({ a, b, c, m, n, k, transposeA, transposeB, accumulate, backend }) => {
    kernels.matmul(
      a,
      b,
      c,
      m,
      n,
      k,
      transposeA,
      transposeB,
      accumulate,
      scratchOf(kernels, backend),
    );
  };
}

const scratches = new WeakMap<SimdKernels, number>();

function scratchOf(kernels: SimdKernels, backend: WasmBackend): number {
  let scratch = scratches.get(kernels);
  if (!scratch) {
    scratch = backend.wasm._malloc(kernels.matmulScratch());
    if (!scratch) throw new RangeError("Cannot apply matMul as the wasm heap is full");
    scratches.set(kernels, scratch);
  }
  return scratch;
}

/** A product of which a factor is int32 or bool, by plain loops. */
function integerProduct(
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  shape: number[],
  k: number,
  transposeA: boolean,
  transposeB: boolean,
  backend: WasmBackend,
): tf.TensorInfo {
  const float = a.dtype === "float32" || b.dtype === "float32";
  const out = backend.makeOutput(shape, float ? "float32" : "int32");
  const [x, y, z] = [a, b, out].map((t) => backend.typedArrayFromHeap(t));
  const batch = shape.slice(0, -2);
  const [indexA, indexB] = [a, b].map((t) => batchIndex(t.shape.slice(0, -2), batch));
  const [m, n] = shape.slice(-2) as [number, number];
  for (let i = 0, at = 0; i < sizeOf(batch); i++) {
    const [baseA, baseB] = [indexA!(i) * m * k, indexB!(i) * k * n];
    for (let row = 0; row < m; row++) {
      for (let column = 0; column < n; column++, at++) {
        let sum = 0;
        for (let j = 0; j < k; j++) {
          sum += x![baseA + (transposeA ? j * m + row : row * k + j)]! *
            y![baseB + (transposeB ? column * k + j : j * n + column)]!;
        }
        z![at] = sum;
      }
    }
  }
  return out;
}
