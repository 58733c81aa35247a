import * as tf from "../tensor/_tf.ts";
import { checkShape, type Shape, ShapeError, sizeOf, type Tensor } from "../tensor/mod.ts";
import { simdFor } from "../tensor/simd.ts";
import { defineKernel } from "./_define.ts";
import { linear } from "./linear.ts";
import {
  attrsOf,
  CODE_OF,
  dequantizeRows,
  type QuantizedAttrs,
  type QuantizedRows,
  unpackRow,
} from "./quantize.ts";
import wgsl from "./quantized_linear.wgsl" with { type: "text" };

/** Rows of x up to which the weights stay packed; with more, unpacking them once is the cheaper way. */
const FEW = 8;

/** Threads that share an output on the GPU, and threads of a workgroup. */
const [PART, WORKGROUP] = [16, 64];
const GROUPS = 65_535; // of a dispatch

function define<Names extends "x" | "codes" | "scales" | "bias">(
  name: string,
  inputs: readonly Names[],
) {
  return defineKernel<Names, QuantizedAttrs>({
    name,
    inputs,
    outputs(shapes) {
      const { x, codes } = shapes as Record<string, Shape>;
      return [[x![0]!, codes![0]!]];
    },
    scratch(shapes, { group }) {
      const { x, scales } = shapes as Record<string, Shape>;
      return x![0]! * scales![1]! * (group / 2 + 2); // 16 bits a number; a scale and a sum a group
    },
    host(arrays, [y], attrs, shapes, scratch) {
      const { x, codes, scales, bias } = arrays as unknown as Record<string, Float32Array>;
      const [rows, columns] = (shapes as Record<string, Shape>).x as [number, number];
      const [outs, groups] = (shapes as Record<string, Shape>).scales as [number, number];
      const { group, bits } = attrs;
      const simd = scratch && simdFor(x!, scales!, y!, scratch, ...(bias ? [bias] : []));
      if (simd) {
        const rounded = scratch!.byteOffset, units = rounded + 2 * rows * groups * group;
        const starts = units + 4 * rows * groups;
        simd.roundRows(x!.byteOffset, rounded, units, starts, rows, columns, group);
        simd.quantizedRows(
          ...[rounded, units, starts, codes!.byteOffset, scales!.byteOffset] as const,
          ...[bias?.byteOffset ?? 0, y!.byteOffset, rows, outs, groups, group, bits] as const,
        );
        return;
      }
      const row = new Float32Array(columns);
      for (let o = 0; o < outs; o++) {
        unpackRow(codes!, scales!, o, attrs, row);
        for (let r = 0; r < rows; r++) {
          let sum = bias?.[o] ?? 0;
          for (let i = 0; i < columns; i++) sum += x![r * columns + i]! * row[i]!;
          y![r * outs + o] = sum;
        }
      }
    },
    gpu(infos, { bits, group }, run) {
      const { x, codes, bias } = infos as Record<string, tf.TensorInfo>;
      const [rows, outs] = [x!.shape[0]!, codes!.shape[0]!];
      const own = bias ? "bias[o]" : "0.0";
      return [run({
        name,
        wgsl: `${CODE_OF}\nfn biasOf(o : i32) -> f32 { return ${own}; }\n${wgsl}`,
        inputs: [...inputs],
        outShape: [rows, outs],
        launch: rows * Math.ceil(outs * PART / WORKGROUP),
        workgroup: WORKGROUP,
        uniforms: [{ name: "group", type: "i32", value: group }],
        constants: { BITS: bits },
      }, inputs.map((input) => infos[input]))];
    },
    saves: { inputs: ["codes" as Names, "scales" as Names] },
    gradient(dy, kept, { bits, columns }) {
      const { codes, scales } = kept as Record<string, Tensor>;
      const weight = () => dequantizeRows({ codes: codes!, scales: scales!, bits, columns });
      return { x: () => tf.matMul(dy, weight()), bias: () => tf.sum(dy, 0) } as Partial<
        Record<Names, () => Tensor>
      >;
    },
  });
}

const plain = define("QuantizedLinear", ["x", "codes", "scales"]);
const biased = define("QuantizedLinearWithBias", ["x", "codes", "scales", "bias"]);

/**
 * An affine map of the last axis with weights of 8 or 4 bits: `y = x Wᵀ + b`.
 *
 * Up to 8 rows, as in generation, are multiplied with the packed weights; for more rows they are unpacked first. There is a
 * gradient for `x` and `bias`; the weights are fixed. On the wasm device the few rows are rounded to 16 bits, with a scale for
 * each group of columns, an error of at most 1.6e-5 of the largest number of the group.
 *
 * @param x `[..., I]`, float32.
 * @param weight `[O, I]`, as {@link quantizeRows} made it.
 * @param bias `[O]`, float32; none adds nothing.
 * @returns `[..., O]`
 * @throws {ShapeError} If the last axis of `x` is not `I`.
 */
export function quantizedLinear(x: Tensor, weight: QuantizedRows, bias?: Tensor): Tensor {
  const attrs = attrsOf(weight);
  const [{ codes, scales, columns }, outs] = [weight, weight.codes.shape[0]!];
  if (x.shape.at(-1) !== columns) {
    throw new ShapeError(
      `Cannot apply quantizedLinear as the last axis of x must be ${columns}: current shape is [${x.shape}]`,
      [...x.shape.slice(0, -1), columns],
      x.shape,
    );
  }
  if (bias) checkShape("apply quantizedLinear", "bias", bias, [outs]);
  const lead = x.shape.slice(0, -1);
  const count = sizeOf(lead);
  if (count > FEW || count === 0 || count * outs * PART > GROUPS * WORKGROUP) {
    return quantizedLinearReference(x, weight, bias);
  }
  const rows = tf.reshape(x, [count, columns]);
  const y = bias
    ? biased({ x: rows, codes, scales, bias }, attrs)[0]!
    : plain({ x: rows, codes, scales }, attrs)[0]!;
  return tf.reshape(y, [...lead, outs]);
}

/** {@link quantizedLinear} with unpacked weights: the definition that tests compare with. */
export function quantizedLinearReference(x: Tensor, weight: QuantizedRows, bias?: Tensor): Tensor {
  return linear(x, dequantizeRows(weight), bias);
}
