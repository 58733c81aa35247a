import * as tf from "../tensor/_tf.ts";
import { checkShape, type Tensor } from "../tensor/mod.ts";
import { simdFor } from "../tensor/simd.ts";
import { defineKernel, type Elements } from "./_define.ts";
import wgsl from "./dequantize.wgsl" with { type: "text" };
import codeWgsl from "./quantized_code.wgsl" with { type: "text" };

/** Rows of numbers, each stored as a small integer times the scale of its group. */
export interface QuantizedRows {
  /**
   * The integers, `[O, P / 4]` or, of 4 bits, `[O, P / 8]`, int32, where P is the length of a row filled up to whole groups.
   *
   * Of 8 bits, the four bytes of a number are four neighbours, the lowest byte the first, each -127…127. Of 4 bits, a
   * run of 32 numbers takes 16 bytes: the word of 16 bits number `j` holds `j`, `j + 8`, `j + 16` and `j + 24`, the lowest bits
   * the first, each plus 8.
   */
  codes: Tensor;
  /** What the integers of each group are multiplied by, `[O, P / groupSize]`, float32. */
  scales: Tensor;
  /** Bits of an integer. */
  bits: QuantizedBits;
  /** The length of a row, I. */
  columns: number;
}

/** How many bits a number takes, its part of the scale left out. */
export type QuantizedBits = 4 | 8;

/** How {@link quantizeRows} stores. */
export interface QuantizeOptions {
  /** Bits of each integer. @default {8} */
  bits?: QuantizedBits;
  /** Neighbours in a row that share a scale: a multiple of 32, at most 1024. @default {64; of 4 bits 32} */
  groupSize?: number;
}

/** What the programs of quantized rows are told. */
export interface QuantizedAttrs {
  /** Bits of an integer. */
  bits: QuantizedBits;
  /** Neighbours that share a scale. */
  group: number;
  /** The length of a row. */
  columns: number;
}

/** The lengths that follow from the shapes. */
export function attrsOf({ codes, scales, bits, columns }: QuantizedRows): QuantizedAttrs {
  const group = codes.shape[1]! * (32 / bits) / scales.shape[1]!;
  checkShape("use quantized rows", "scales", scales, [codes.shape[0]!, -1]);
  if (codes.dtype !== "int32" || !isGroup(group) || columns > group * scales.shape[1]!) {
    throw new RangeError(
      `Cannot use quantized rows as codes must be int32 in groups of a multiple of 32, ${columns} numbers a row: ` +
        `current codes are ${codes.dtype} of shape [${codes.shape}], scales of shape [${scales.shape}]`,
    );
  }
  return { bits, group, columns };
}

const isGroup = (n: number) => Number.isInteger(n) && n >= 32 && n % 32 === 0 && n <= 1024;

/**
 * Stores a matrix of weights in 8 or 4 bits a number: `w ≈ scale · code`.
 *
 * Of 8 bits, the largest number of a group becomes ±127; of 4 bits it becomes -8, so that all 16 integers serve.
 *
 * @param weight `[O, I]`, float32; it is read back from the device.
 * @returns What {@link quantizedLinear} multiplies with; its caller disposes the codes and the scales.
 * @throws {RangeError} If an option is out of its range or a number is not finite.
 * @see Dettmers et al., 2022, "LLM.int8(): 8-bit Matrix Multiplication for Transformers at Scale", §2, https://arxiv.org/abs/2208.07339
 */
export async function quantizeRows(
  weight: Tensor,
  { bits = 8, groupSize: group = bits === 8 ? 64 : 32 }: QuantizeOptions = {},
): Promise<QuantizedRows> {
  checkShape("quantize", "weight", weight, [-1, -1]);
  if ((bits !== 8 && bits !== 4) || !isGroup(group)) {
    throw new RangeError(
      `Cannot quantize as bits must be 8 or 4 and groupSize a multiple of 32 up to 1024: ` +
        `current bits are ${bits}, groupSize ${group}`,
    );
  }
  const [rows, columns] = weight.shape as [number, number];
  const values = await weight.data<"float32">();
  const groups = Math.ceil(columns / group);
  const bytes = new Uint8Array(rows * groups * group * bits / 8);
  const scales = new Float32Array(rows * groups);
  for (let row = 0, g = 0; row < rows; row++) {
    for (let first = 0; first < columns; first += group, g++) {
      const start = row * columns + first;
      const part = values.subarray(start, start + Math.min(group, columns - first));
      scales[g] = packGroup(part, bytes, g * group * bits / 8, group, bits);
    }
  }
  return {
    codes: tf.tensor2d(new Int32Array(bytes.buffer), [rows, groups * group * bits / 32], "int32"),
    scales: tf.tensor2d(scales, [rows, groups]),
    bits,
    columns,
  };
}

/** Writes the codes of a group, and gives its scale. */
function packGroup(
  values: Float32Array,
  bytes: Uint8Array,
  at: number,
  group: number,
  bits: QuantizedBits,
): number {
  let most = 0;
  for (const v of values) if (!(Math.abs(v) <= Math.abs(most))) most = v; // NaN stays
  if (!Number.isFinite(most)) {
    throw new RangeError(`Cannot quantize as weights must be finite: current one is ${most}`);
  }
  const scale = Math.fround(bits === 8 ? Math.abs(most) / 127 : most / -8);
  const perScale = scale === 0 ? 0 : 1 / scale;
  for (let i = 0; i < group; i++) {
    const code = Math.round((values[i] ?? 0) * perScale);
    if (bits === 8) bytes[at + i] = Math.max(-127, Math.min(127, code));
    else {
      const bit = bitOf(i);
      bytes[at + (bit >> 3)]! |= (Math.max(-8, Math.min(7, code)) + 8) << (bit & 7);
    }
  }
  return scale;
}

/** Where the 4-bit code of number `i` begins. */
const bitOf = (i: number) => (i >> 5) * 128 + i % 8 * 16 + (i >> 3 & 3) * 4;

/** Unpacks row `row` of quantized rows. */
export function unpackRow(
  codes: Elements,
  scales: Elements,
  row: number,
  { bits, group, columns }: QuantizedAttrs,
  to: Float32Array,
): void {
  const groups = Math.ceil(columns / group);
  const length = groups * group * bits / 8;
  const bytes = new Uint8Array(codes.buffer, codes.byteOffset + row * length, length);
  for (let i = 0; i < columns; i++) {
    const scale = scales[row * groups + Math.floor(i / group)]!;
    to[i] = scale *
      (bits === 8 ? bytes[i]! << 24 >> 24 : (bytes[bitOf(i) >> 3]! >> (bitOf(i) & 7) & 15) - 8);
  }
}

/** WGSL of the constant `BITS`: `codeOf(word, lane)`, the integers in a word, and `columnOf()`, where they belong. */
export const CODE_OF = codeWgsl;

const unpack = defineKernel<"codes" | "scales", QuantizedAttrs>({
  name: "Dequantize",
  inputs: ["codes", "scales"],
  outputs: ({ codes }, { columns }) => [[codes[0]!, columns]],
  scratch: () => 32,
  host({ codes, scales }, [y], attrs, shapes, scratch) {
    const { columns, group, bits } = attrs;
    const rows = shapes.codes[0]!;
    const simd = scratch && simdFor(scales, y!, scratch);
    if (simd) {
      const places = [codes, scales, y!, scratch].map(({ byteOffset }) => byteOffset);
      simd.unpackRows(...places as [number, number, number, number], rows, columns, group, bits);
      return;
    }
    for (let row = 0; row < rows; row++) {
      unpackRow(codes, scales, row, attrs, y!.subarray(row * columns, (row + 1) * columns));
    }
  },
  gpu({ codes, scales }, { bits, group, columns }, run) {
    return [run({
      name: "dequantize",
      wgsl: `${codeWgsl}\n${wgsl}`,
      inputs: ["codes", "scales"],
      outShape: [codes.shape[0]!, columns],
      launch: "elements",
      uniforms: [{ name: "group", type: "i32", value: group }],
      constants: { BITS: bits },
    }, [codes, scales])];
  },
});

/**
 * The numbers that quantized rows stand for.
 *
 * @param rows What {@link quantizeRows} made, or some of its rows.
 * @returns `[O, I]`, float32.
 * @throws {RangeError} If the shapes do not fit together.
 */
export function dequantizeRows(rows: QuantizedRows): Tensor {
  return unpack({ codes: rows.codes, scales: rows.scales }, attrsOf(rows))[0]!;
}
