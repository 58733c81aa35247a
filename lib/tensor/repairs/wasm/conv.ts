import * as tf from "../../_tf.ts";
import type { WasmBackend } from "../../wasm_heap.ts";
import type { Padding } from "../kernel.ts";
import { compose, floats, replace } from "./stock.ts";

type Triple = [number, number, number];
type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

interface ConvAttrs {
  strides: number | [number, number];
  pad: Padding;
  dataFormat: "NHWC" | "NCHW";
  dilations?: number | [number, number];
  dimRoundingMode?: "floor" | "round" | "ceil";
}

interface Conv3DAttrs {
  strides: number | Triple;
  pad: "same" | "valid" | number;
}

/** At most this many numbers of unfolded input at a time: 32 MiB. */
const MAX_UNFOLDED = 1 << 23;

/** How a filter of `K = taps · C` numbers slides over depth, height and width; a flat input has depth 1. */
interface Plan {
  input: Triple;
  output: Triple;
  filter: Triple;
  stride: Triple;
  before: Triple;
  /** Channels of the input, and of the output. */
  C: number;
  O: number;
  /** Numbers in one position of the filter. */
  K: number;
  /** Rows of output, over the whole batch: `B · outD · outY`. */
  rows: number;
  /** Rows of output that are unfolded at a time. */
  step: number;
}

function plan2D(inShape: number[], filterShape: number[], attrs: ConvAttrs): Plan {
  const info = tf.backend_util.computeConv2DInfo(
    inShape as Shape4,
    filterShape as Shape4,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  return complete(info.batchSize, {
    input: [1, info.inHeight, info.inWidth],
    output: [1, info.outHeight, info.outWidth],
    filter: [1, info.filterHeight, info.filterWidth],
    stride: [1, info.strideHeight, info.strideWidth],
    before: [0, info.padInfo.top, info.padInfo.left],
    C: info.inChannels,
    O: info.outChannels,
  });
}

function plan3D(inShape: number[], filterShape: number[], attrs: Conv3DAttrs): Plan {
  const info = tf.backend_util.computeConv3DInfo(
    inShape as Shape5,
    filterShape as Shape5,
    attrs.strides,
    1,
    attrs.pad,
  );
  return complete(info.batchSize, {
    input: [info.inDepth, info.inHeight, info.inWidth],
    output: [info.outDepth, info.outHeight, info.outWidth],
    filter: [info.filterDepth, info.filterHeight, info.filterWidth],
    stride: [info.strideDepth, info.strideHeight, info.strideWidth],
    before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
    C: info.inChannels,
    O: info.outChannels,
  });
}

function complete(batch: number, plan: Omit<Plan, "K" | "rows" | "step">): Plan {
  const K = plan.filter[0] * plan.filter[1] * plan.filter[2] * plan.C;
  const rows = batch * plan.output[0] * plan.output[1];
  const step = Math.max(1, Math.floor(MAX_UNFOLDED / (plan.output[2] * K)));
  return { ...plan, K, rows, step: Math.min(step, rows) };
}

/**
 * Visits each place where a run along a row of the filter meets the input.
 *
 * @param visit Is given the run's offset in the unfolded matrix, that in the input, and its length.
 */
function eachRun(
  { input: [D, Y, X], output, filter, stride, before, C, K }: Plan,
  from: number,
  to: number,
  visit: (unfolded: number, image: number, length: number) => void,
): void {
  const [outD, outY, outX] = output;
  for (let row = from; row < to; row++) {
    const batch = Math.floor(row / (outD * outY));
    const d0 = Math.floor(row / outY) % outD * stride[0] - before[0];
    const y0 = row % outY * stride[1] - before[1];
    for (let plane = 0; plane < filter[0] * filter[1]; plane++) {
      const d = d0 + Math.floor(plane / filter[1]);
      const y = y0 + plane % filter[1];
      if (d < 0 || d >= D || y < 0 || y >= Y) continue;
      for (let ox = 0; ox < outX; ox++) {
        const x0 = ox * stride[2] - before[2];
        const first = Math.max(0, -x0);
        const last = Math.min(filter[2], X - x0);
        if (last <= first) continue;
        visit(
          ((row - from) * outX + ox) * K + (plane * filter[2] + first) * C,
          (((batch * D + d) * Y + y) * X + x0 + first) * C,
          (last - first) * C,
        );
      }
    }
  }
}

/** The input as a matrix with one row for each position of the filter, `[(to − from) · outX, K]`. */
function unfold(
  x: tf.Tensor,
  plan: Plan,
  from: number,
  to: number,
  backend: WasmBackend,
): tf.Tensor {
  const out = backend.makeOutput([(to - from) * plan.output[2], plan.K], "float32");
  const [matrix, image] = [floats(backend, out), floats(backend, x)];
  matrix.fill(0);
  eachRun(plan, from, to, (at, source, length) => {
    if (length >= 32) matrix.set(image.subarray(source, source + length), at);
    else for (let i = 0; i < length; i++) matrix[at + i] = image[source + i]!;
  });
  return tf.engine().makeTensorFromTensorInfo(out);
}

/** Some rows of `dy` as a matrix `[rows · outX, O]`. */
function outputRows(dy: tf.Tensor, { output, O, rows }: Plan, from: number, to: number): tf.Tensor {
  const all = tf.reshape(dy, [rows, output[2] * O]);
  const part = from === 0 && to === rows ? all : tf.slice(all, [from, 0], [to - from, -1]);
  return tf.reshape(part, [-1, O]);
}

/** The filter's gradient: a product of the unfolded input and the output's gradient. */
function filterGradient(
  x: tf.Tensor,
  dy: tf.Tensor,
  shape: number[],
  plan: Plan,
  backend: WasmBackend,
): tf.Tensor {
  let sum: tf.Tensor | undefined;
  for (let from = 0; from < plan.rows; from += plan.step) {
    const to = Math.min(plan.rows, from + plan.step);
    const part = tf.tidy(() =>
      tf.matMul(unfold(x, plan, from, to, backend), outputRows(dy, plan, from, to), true)
    );
    sum = sum ? tf.add(sum, part) : part;
  }
  return tf.reshape(sum ?? tf.zeros(shape), shape);
}

/** The input's gradient: a product of the output's gradient and the filter, folded back. */
function inputGradient(
  filter: tf.Tensor,
  dy: tf.Tensor,
  shape: number[],
  plan: Plan,
  backend: WasmBackend,
): tf.Tensor {
  const taps = tf.reshape(filter, [plan.K, plan.O]);
  const dx = tf.zeros(shape);
  for (let from = 0; from < plan.rows; from += plan.step) {
    const to = Math.min(plan.rows, from + plan.step);
    tf.tidy(() => {
      const unfolded = tf.matMul(outputRows(dy, plan, from, to), taps, false, true);
      const [matrix, image] = [floats(backend, unfolded), floats(backend, dx)];
      eachRun(plan, from, to, (source, at, length) => {
        for (let i = 0; i < length; i++) image[at + i]! += matrix[source + i]!;
      });
    });
  }
  return dx;
}

const toLast = (x: tf.Tensor) => tf.transpose(x, [0, 2, 3, 1]);
const toFirst = (x: tf.Tensor) => tf.transpose(x, [0, 3, 1, 2]);

/** A padding written out for channels that come last. */
function lastPadding(pad: Padding): Padding {
  return Array.isArray(pad) ? [pad[0], pad[2], pad[3], pad[1]] : pad;
}

/** M3: the gradient of conv2d by its filter is missing. */
export function addConv2dFilterGradient(): void {
  type Attrs = ConvAttrs & { filterShape: Shape4 };
  replace<Attrs>("Conv2DBackpropFilter", () => ({ inputs: { x, dy }, attrs, backend }) => {
    const { filterShape, dataFormat, pad } = attrs;
    return compose([x!, dy!], (x, dy) => {
      if (dataFormat !== "NCHW") {
        return filterGradient(x, dy, filterShape, plan2D(x.shape, filterShape, attrs), backend);
      }
      const last = toLast(x);
      const plan = plan2D(last.shape, filterShape, { ...attrs, pad: lastPadding(pad) });
      return filterGradient(last, toLast(dy), filterShape, plan, backend);
    });
  });
}

/** M3: the gradient of conv2d by its input runs a scalar loop. */
export function repairConv2dInputGradient(): void {
  type Attrs = ConvAttrs & { inputShape: Shape4 };
  replace<Attrs>("Conv2DBackpropInput", () => ({ inputs: { dy, filter }, attrs, backend }) => {
    const { inputShape, dataFormat, pad } = attrs;
    return compose([dy!, filter!], (dy, filter) => {
      if (dataFormat !== "NCHW") {
        const plan = plan2D(inputShape, filter.shape, attrs);
        return inputGradient(filter, dy, inputShape, plan, backend);
      }
      const shape = [0, 2, 3, 1].map((i) => inputShape[i]!);
      const plan = plan2D(shape, filter.shape, { ...attrs, pad: lastPadding(pad) });
      return toFirst(inputGradient(filter, toLast(dy), shape, plan, backend));
    });
  });
}

/** M3: conv2d refuses channels that come first. */
export function repairConv2d(): void {
  replace<ConvAttrs>("Conv2D", (stock) => (call) => {
    const { inputs: { x, filter }, attrs } = call;
    if (attrs.dataFormat !== "NCHW") return stock(call);
    return compose(
      [x!, filter!],
      (x, filter) =>
        toFirst(tf.conv2d(
          toLast(x) as tf.Tensor4D,
          filter as tf.Tensor4D,
          attrs.strides,
          lastPadding(attrs.pad),
          "NHWC",
          attrs.dilations,
          attrs.dimRoundingMode,
        )),
    );
  });
}

/** M5: the gradients of conv3d are wrong, and so is conv3dTranspose, which is one of them. */
export function repairConv3dGradients(): void {
  replace<Conv3DAttrs & { filterShape: Shape5 }>(
    "Conv3DBackpropFilterV2",
    () => ({ inputs: { x, dy }, attrs, backend }) =>
      compose([x!, dy!], (x, dy) => {
        const plan = plan3D(x.shape, attrs.filterShape, attrs);
        return filterGradient(x, dy, attrs.filterShape, plan, backend);
      }),
  );
  replace<Conv3DAttrs & { inputShape: Shape5 }>(
    "Conv3DBackpropInputV2",
    () => ({ inputs: { dy, filter }, attrs, backend }) =>
      compose([dy!, filter!], (dy, filter) => {
        const plan = plan3D(attrs.inputShape, filter.shape, attrs);
        return inputGradient(filter, dy, attrs.inputShape, plan, backend);
      }),
  );
}
