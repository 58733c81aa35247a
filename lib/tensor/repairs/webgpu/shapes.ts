/**
 * Programs that move data: transpose, pad, slice, tile, reverse, select.
 *
 * @module
 */
import * as tf from "../../_tf.ts";
import { sizeOf } from "../../shape.ts";
import { wrapKernel } from "./kernels.ts";
import { type SourceRepair, swap } from "./source.ts";
import type { StockBackend } from "./stock.ts";

/** W3: a transpose hands its input as it is to a function of float32, which int32 and bool are not. */
export const typedTranspose: SourceRepair = (wgsl) =>
  swap(
    wgsl,
    /setOutputAtIndex\(flatIndex, (A\[getIndexFromCoords\dD\([\s\S]*?uniforms\.aShape\)\])/,
    "setOutputAtIndex(flatIndex, f32($1)",
  );

/** W4: padding of rank 5 and 6 compares structures, which have no `<`. */
export const padOfHighRank: SourceRepair = (wgsl, { outputShape }) => {
  if (outputShape.length < 5) return wgsl;
  const axes = [..."xyzwuv"].slice(0, outputShape.length);
  const inside = axes.map((axis, i) => `c${i} >= 0 && c${i} < uniforms.xShape.${axis}`);
  return swap(
    wgsl,
    /let start = [\s\S]*?getX\([^;]*;\s*\}/,
    `${axes.map((axis, i) => `let c${i} = paddedCoords.${axis} - uniforms.pad${i}[0];`).join("\n")}
        if (${inside.join(" && ")}) {
          setOutputAtIndex(index, getX(${axes.map((_, i) => `c${i}`)}));
        } else {
          setOutputAtIndex(index, uniforms.constantValue);
        }`,
  );
};

/** W10: `where` of rank 5 and more has no program; elementwise, the shape does not matter. */
export function selectOfHighRank(): void {
  wrapKernel("Select", (run) => (call) => {
    const { condition, t, e } = call.inputs as Record<"condition" | "t" | "e", tf.TensorInfo>;
    const size = sizeOf(t.shape);
    const rows = condition.shape.length === 1 ? condition.shape[0]! : size;
    if (t.shape.length < 5) return run(call);
    const shape = rows === size ? [size] : [rows, size / rows];
    const out = run({
      ...call,
      inputs: {
        condition: { ...condition, shape: [rows] },
        t: { ...t, shape },
        e: { ...e, shape },
      },
    }) as tf.TensorInfo;
    return { ...out, shape: t.shape };
  });
}

/** W10: `tile` of rank 5 and more is computed on the CPU, from values that are not there; here axis by axis. */
export function tileOfHighRank(): void {
  wrapKernel("Tile", (run) => (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    const reps = call.attrs!.reps as number[];
    if (x.shape.length < 5 || x.dtype === "string") return run(call);
    return axisByAxis(call.backend as StockBackend, x, (current, shape, axis) => {
      if (reps[axis] === 1) return undefined;
      const flat = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))];
      const out = run({
        ...call,
        inputs: { x: { ...current, shape: flat } },
        attrs: { reps: [1, reps[axis]!] },
      }) as tf.TensorInfo;
      return { ...out, shape: shape.with(axis, shape[axis]! * reps[axis]!) };
    });
  });
}

/** W10: `reverse` knows four axes, and takes a fifth for none; here axis by axis. */
export function reverseOfHighRank(): void {
  wrapKernel("Reverse", (run) => (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    const rank = x.shape.length;
    if (rank < 5) return run(call);
    const dims = [call.attrs!.dims as number | number[]].flat().map((d) => d < 0 ? d + rank : d);
    return axisByAxis(call.backend as StockBackend, x, (current, shape, axis) => {
      if (!dims.includes(axis)) return undefined;
      const flat = [sizeOf(shape.slice(0, axis)), shape[axis]!, sizeOf(shape.slice(axis + 1))];
      const out = run({
        ...call,
        inputs: { x: { ...current, shape: flat } },
        attrs: { dims: [1] },
      }) as tf.TensorInfo;
      return { ...out, shape };
    });
  });
}

/** Applies a step for each axis and frees what lies between. */
function axisByAxis(
  backend: StockBackend,
  x: tf.TensorInfo,
  step: (current: tf.TensorInfo, shape: number[], axis: number) => tf.TensorInfo | undefined,
): tf.TensorInfo {
  let current = x;
  for (let axis = 0; axis < x.shape.length; axis++) {
    const next = step(current, current.shape, axis);
    if (!next) continue;
    if (current !== x) backend.disposeData(current.dataId);
    current = next;
  }
  if (current === x) backend.incRef(x.dataId);
  return { ...current };
}

/** W10: cumulative sums and products of rank 5 and more run as rank 3. */
export function cumulativeOfHighRank(): void {
  for (const name of ["Cumsum", "Cumprod"]) {
    wrapKernel(name, (run) => (call) => {
      const { x } = call.inputs as { x: tf.TensorInfo };
      const rank = x.shape.length;
      if (rank < 5) return run(call);
      const given = call.attrs!.axis as number;
      const axis = given < 0 ? given + rank : given;
      const flat = [
        sizeOf(x.shape.slice(0, axis)),
        x.shape[axis]!,
        sizeOf(x.shape.slice(axis + 1)),
      ];
      const out = run({
        ...call,
        inputs: { x: { ...x, shape: flat } },
        attrs: { ...call.attrs, axis: 1 },
      }) as tf.TensorInfo;
      return { ...out, shape: x.shape };
    });
  }
}

/**
 * A sum of many tensors reads each through a storage buffer of its own, of which a shader may have as few as 8; one is
 * the result's. The stock backend makes an invalid program of more.
 */
export function addInGroups(): void {
  wrapKernel("AddN", (run) => (call) => {
    const backend = call.backend as StockBackend;
    const most = backend.device.limits.maxStorageBuffersPerShaderStage - 1;
    const tensors = Object.values(call.inputs) as tf.TensorInfo[];
    const inputs = (list: tf.TensorInfo[]) => list as unknown as tf.NamedTensorInfoMap;
    if (tensors.length <= most) return run(call);
    let sum = run({ ...call, inputs: inputs(tensors.slice(0, most)) }) as tf.TensorInfo;
    for (let i = most; i < tensors.length; i += most - 1) {
      const part = [sum, ...tensors.slice(i, i + most - 1)];
      const next = run({ ...call, inputs: inputs(part) }) as tf.TensorInfo;
      backend.disposeData(sum.dataId);
      sum = next;
    }
    return sum;
  });
}

/** W13: the value of a filled int32 tensor reaches the program as float32; beyond 2^24 it is filled on the CPU. */
export function fillExactly(): void {
  wrapKernel("Fill", (run) => (call) => {
    const { shape, value, dtype } = call.attrs as {
      shape: number[];
      value: number;
      dtype?: tf.DataType;
    };
    if (dtype !== "int32" || Math.abs(value) <= 2 ** 24) return run(call);
    const values = new Int32Array(sizeOf(shape)).fill(value);
    return (call.backend as StockBackend).makeTensorInfo(shape, dtype, values);
  });
}

/**
 * An index outside the axis reads 0 and gets no gradient, in silence; where the indices are still on the CPU, as the
 * token ids of a batch are, it throws as on the other devices. On the GPU a check would need a read-back.
 */
export function checkGather(): void {
  wrapKernel("GatherV2", (run) => (call) => {
    const { x, indices } = call.inputs as Record<"x" | "indices", tf.TensorInfo>;
    const { values } = (call.backend as StockBackend).tensorMap.get(indices.dataId);
    if (values) {
      const axis = call.attrs!.axis as number;
      const length = x.shape[axis < 0 ? axis + x.shape.length : axis]!;
      for (const index of values as Int32Array) {
        if (!(index >= 0 && index < length)) {
          throw new RangeError(
            `Cannot gather as each index must be at least 0 and below ${length}: current index is ${index}`,
          );
        }
      }
    }
    return run(call);
  });
}

/** W23: the parts of a Fourier transform keep the shape it was computed in, `[1, N]` for a vector. */
export function shapeOfParts(): void {
  for (const name of ["Real", "Imag"]) {
    wrapKernel(name, (run) => (call) => {
      const out = run(call) as tf.TensorInfo;
      return { ...out, shape: call.inputs.input!.shape };
    });
  }
}

/**
 * W25: an image is sampled at the nearest cell, halves upwards as on the other devices, not to the even one; and one
 * transform holds for every image of the batch, where the stock program reads beyond it.
 */
export const nearestCell: SourceRepair = (wgsl) =>
  swap(
    swap(wgsl, /round\((map[XY])\)/g, "floor($1 + 0.5)"),
    /getTransforms\(batch,/g,
    "getTransforms(min(batch, uniforms.transformsShape.x - 1),",
  );

/** W8: a convolution of no images is none; the stock backend multiplies them as if they were one. */
export function convolveNothing(): void {
  for (const name of ["Conv2D", "FusedConv2D"]) {
    wrapKernel(name, (run) => (call) => {
      const { x, filter } = call.inputs as Record<"x" | "filter", tf.TensorInfo>;
      if (sizeOf(x.shape) > 0) return run(call);
      const { strides, pad, dataFormat, dilations, dimRoundingMode } = call.attrs as {
        strides: [number, number];
        pad: "valid" | "same" | number;
        dataFormat: "NHWC" | "NCHW";
        dilations: [number, number];
        dimRoundingMode?: "floor" | "round" | "ceil";
      };
      const { outShape } = tf.backend_util.computeConv2DInfo(
        x.shape as [number, number, number, number],
        filter.shape as [number, number, number, number],
        strides,
        dilations,
        pad,
        dimRoundingMode,
        false,
        tf.backend_util.convertConv2DDataFormat(dataFormat),
      );
      if (sizeOf(outShape) > 0) return run(call); // no channels
      return (call.backend as StockBackend)
        .makeTensorInfo(outShape, x.dtype, new Float32Array(0));
    });
  }
}
