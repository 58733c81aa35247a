import * as tf from "../_tf.ts";
import { broadcastShapes, sizeOf } from "../shape.ts";
import { replaceKernel } from "./kernel.ts";

type Numbers = Float32Array | Int32Array | Uint8Array;

/** What our kernels use of TensorFlow.js's cpu backend. */
interface CpuBackend {
  data: { get(dataId: object): { values: Numbers } };
  makeTensorInfo(shape: number[], dtype: tf.DataType, values?: ArrayLike<number>): tf.TensorInfo;
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void;
}

type Images = [number, number, number, number];

let isDone = false;

/** Repairs the cpu backend of TensorFlow.js, once. */
export function repairCpu(): void {
  if (isDone) return;
  isDone = true;
  repairNearestGradient();
  repairBilinearGradient();
  repairSegmentSum();
  repairTransform();
  repairTensorScatterUpdate();
  repairMatMul();
  repairEmptyReductions();
  checkReductionAxes();
}

function replace<A>(
  name: string,
  make: (
    stock: (call: Call<A>) => tf.TensorInfo | tf.TensorInfo[],
  ) => (call: Call<A>) => tf.TensorInfo,
): void {
  replaceKernel<CpuBackend, A>("cpu", name, make);
}

interface Call<A> {
  inputs: Record<string, tf.TensorInfo>;
  attrs: A;
  backend: CpuBackend;
}

/** For each index of the output, the place along the input that a resize reads, without half-pixel centres. */
function places(input: number, output: number, alignCorners: boolean): number[] {
  const align = alignCorners && output > 1;
  const scale = (align ? input - 1 : input) / (align ? output - 1 : output);
  return Array.from({ length: output }, (_, i) => i * scale);
}

/** C11: the gradient of resizeNearestNeighbor is wrong from the second image of a batch on. */
export function repairNearestGradient(): void {
  replace<{ alignCorners: boolean }>("ResizeNearestNeighborGrad", () => (call) => {
    const { inputs: { images, dy }, attrs: { alignCorners }, backend } = call;
    const [B, Y, X, C] = images!.shape as Images;
    const [, outY, outX] = dy!.shape as Images;
    const nearest = (length: number, at: number) =>
      Math.min(length - 1, alignCorners ? Math.round(at) : Math.floor(at));
    const rows = places(Y, outY, alignCorners).map((at) => nearest(Y, at));
    const columns = places(X, outX, alignCorners).map((at) => nearest(X, at));
    const from = backend.data.get(dy!.dataId).values;
    const to = new Float32Array(B * Y * X * C);
    let at = 0;
    for (let b = 0; b < B; b++) {
      for (const y of rows) {
        for (const x of columns) {
          const cell = ((b * Y + y) * X + x) * C;
          for (let c = 0; c < C; c++) to[cell + c]! += from[at++]!;
        }
      }
    }
    return backend.makeTensorInfo(images!.shape, "float32", to);
  });
}

/** C11: the gradient of resizeBilinear swaps height and width. */
export function repairBilinearGradient(): void {
  replace<{ alignCorners: boolean }>("ResizeBilinearGrad", (stock) => (call) => {
    const dx = stock(call) as tf.TensorInfo; // right but for its shape
    return { ...dx, shape: call.inputs.images!.shape };
  });
}

/** C12: unsortedSegmentSum takes a pass over all rows for each segment. */
export function repairSegmentSum(): void {
  replace<{ numSegments: number }>("UnsortedSegmentSum", () => (call) => {
    const { inputs: { x, segmentIds }, attrs: { numSegments }, backend } = call;
    const shape = [numSegments, ...x!.shape.slice(segmentIds!.shape.length)];
    const width = sizeOf(shape.slice(1));
    const rows = backend.data.get(x!.dataId).values;
    const ids = backend.data.get(segmentIds!.dataId).values;
    const sums = x!.dtype === "int32"
      ? new Int32Array(sizeOf(shape))
      : new Float32Array(sizeOf(shape));
    for (let r = 0; r < ids.length; r++) {
      const id = ids[r]!;
      if (id < 0 || id >= numSegments) continue;
      for (let c = 0; c < width; c++) sums[id * width + c]! += rows[r * width + c]!;
    }
    return backend.makeTensorInfo(shape, x!.dtype === "int32" ? "int32" : "float32", sums);
  });
}

/** C21: image.transform transforms the first image of a batch only. */
export function repairTransform(): void {
  replace<Record<string, unknown>>("Transform", (stock) => (call) => {
    const { inputs: { image, transforms }, attrs, backend } = call;
    const perImage = sizeOf(image!.shape.slice(1));
    const pixels = backend.data.get(image!.dataId).values;
    const maps = backend.data.get(transforms!.dataId).values;
    const parts: Numbers[] = [];
    let shape: number[] = image!.shape;
    for (let b = 0; b < image!.shape[0]!; b++) {
      const own = transforms!.shape[0] === 1 ? 0 : b;
      const one = backend.makeTensorInfo(
        [1, ...image!.shape.slice(1)],
        image!.dtype,
        pixels.slice(b * perImage, (b + 1) * perImage),
      );
      const map = backend.makeTensorInfo([1, 8], "float32", maps.slice(own * 8, own * 8 + 8));
      const out = stock({ inputs: { image: one, transforms: map }, attrs, backend });
      const info = out as tf.TensorInfo;
      parts.push(backend.data.get(info.dataId).values);
      shape = [image!.shape[0]!, ...info.shape.slice(1)];
      for (const used of [one, map, info]) backend.disposeIntermediateTensorInfo(used);
    }
    const all = new Float32Array(sizeOf(shape));
    parts.forEach((part, b) => all.set(part, b * part.length));
    const values = image!.dtype === "int32" ? Int32Array.from(all) : all;
    return backend.makeTensorInfo(shape, image!.dtype, values);
  });
}

/** C23: tensorScatterUpdate writes into the tensor that it was given. */
export function repairTensorScatterUpdate(): void {
  replace<Record<string, never>>("TensorScatterUpdate", (stock) => (call) => {
    const { inputs, backend } = call;
    const { shape, dtype, dataId } = inputs.tensor!;
    const copy = backend.makeTensorInfo(shape, dtype, backend.data.get(dataId).values.slice());
    const out = stock({ ...call, inputs: { ...inputs, tensor: copy } }) as tf.TensorInfo;
    backend.disposeIntermediateTensorInfo(copy);
    return out;
  });
}

/** What these reductions give over no elements. */
const NEUTRAL: Record<string, number> = { Mean: NaN, Max: -Infinity, Min: Infinity, All: 1 };

/** C26: over nothing, mean, max and min read what is not there, and all gives false. */
export function repairEmptyReductions(): void {
  for (const [name, value] of Object.entries(NEUTRAL)) {
    replace<Record<string, unknown>>(name, (stock) => (call) => {
      const out = stock(call) as tf.TensorInfo;
      if (sizeOf(call.inputs.x!.shape) === 0) call.backend.data.get(out.dataId).values.fill(value);
      return out;
    });
  }
}

const REDUCTIONS = ["Sum", "Mean", "Prod", "Max", "Min", "All", "Any", "ArgMax", "ArgMin"];

/** C30: a reduction over an axis that does not exist throws only after it has allocated. */
export function checkReductionAxes(): void {
  type Attrs = { axis?: number | number[]; reductionIndices?: number | number[] };
  for (const name of REDUCTIONS) {
    replace<Attrs>(name, (stock) => (call) => {
      const { axis, reductionIndices } = call.attrs;
      tf.util.parseAxisParam((axis ?? reductionIndices)!, call.inputs.x!.shape);
      return stock(call) as tf.TensorInfo;
    });
  }
}

/** W12: matMul returns too few values where both batches broadcast; on the way, it becomes quicker. */
export function repairMatMul(): void {
  replace<{ transposeA: boolean; transposeB: boolean }>("BatchMatMul", (stock) => (call) => {
    const { inputs: { a, b }, attrs: { transposeA, transposeB }, backend } = call;
    if (a!.dtype === "complex64" || b!.dtype === "complex64") return stock(call) as tf.TensorInfo;
    const [rowsA, columnsA] = a!.shape.slice(-2) as [number, number];
    const [rowsB, columnsB] = b!.shape.slice(-2) as [number, number];
    const [M, K] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
    const [inner, N] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
    tf.util.assert(
      K === inner,
      () =>
        `Cannot apply matMul as the inner lengths must be equal: current shapes are [${
          a!.shape
        }] and [${b!.shape}], transposeA ${transposeA}, transposeB ${transposeB}`,
    );
    const batch = broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
    const indexA = batchIndex(a!.shape.slice(0, -2), batch);
    const indexB = batchIndex(b!.shape.slice(0, -2), batch);
    const left = backend.data.get(a!.dataId).values;
    const right = inRows(backend.data.get(b!.dataId).values, rowsB, columnsB, transposeB);
    const size = sizeOf(batch);
    const out = a!.dtype === "int32"
      ? new Int32Array(size * M * N)
      : new Float32Array(size * M * N);
    const [stepRow, stepInner] = transposeA ? [1, M] : [K, 1];
    const row = new Float64Array(N);
    for (let i = 0, at = 0; i < size; i++) {
      const fromA = indexA(i) * M * K;
      const fromB = indexB(i) * K * N;
      for (let m = 0; m < M; m++, at += N) {
        row.fill(0);
        for (let k = 0; k < K; k++) {
          const factor = left[fromA + m * stepRow + k * stepInner]!;
          const start = fromB + k * N;
          for (let n = 0; n < N; n++) row[n]! += factor * right[start + n]!;
        }
        out.set(row, at);
      }
    }
    return backend.makeTensorInfo([...batch, M, N], a!.dtype, out);
  });
}

/** Matrices `[…, rows, columns]`, transposed if asked for, so that the inner loop runs along memory. */
function inRows(values: Numbers, rows: number, columns: number, transpose: boolean): Numbers {
  if (!transpose || rows === 1 || columns === 1) return values;
  const out = new (values.constructor as Float32ArrayConstructor)(values.length);
  for (let start = 0; start < values.length; start += rows * columns) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        out[start + c * rows + r] = values[start + r * columns + c]!;
      }
    }
  }
  return out;
}

/** Maps the number of an output matrix to that of the input matrix it comes from, under broadcasting. */
function batchIndex(own: number[], out: number[]): (i: number) => number {
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
