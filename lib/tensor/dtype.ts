/**
 * Narrow number formats, packed into and out of typed arrays: float16, bfloat16 and int8.
 *
 * @module
 */

/**
 * Packs numbers as IEEE float16, rounding to the nearest, ties to even.
 *
 * Beyond ±65,504 lies ±Infinity; below 6·10⁻⁸ lies ±0; NaN stays NaN.
 *
 * @param values Any number of values.
 * @returns The 16 bits of each value.
 */
export function packFloat16(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  return new Uint16Array(new Float16Array(values).buffer);
}

/**
 * Unpacks IEEE float16; exact.
 *
 * @param bits The 16 bits of each value.
 */
export function unpackFloat16(bits: Uint16Array): Float32Array<ArrayBuffer> {
  return new Float32Array(
    new Float16Array(bits.buffer as ArrayBuffer, bits.byteOffset, bits.length),
  );
}

/**
 * Packs numbers as bfloat16, the upper half of a float32, rounding to the nearest, ties to even.
 *
 * @param values Any number of values; those that are no float32 are rounded to one first.
 * @returns The 16 bits of each value.
 */
export function packBFloat16(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const floats = values instanceof Float32Array ? values : new Float32Array(values);
  const words = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const bits = new Uint16Array(words.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    bits[i] = (word & 0x7fffffff) > 0x7f800000
      ? (word >>> 16) | 0x40 // NaN: rounding could carry it into infinity
      : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return bits;
}

/**
 * Unpacks bfloat16; exact.
 *
 * @param bits The 16 bits of each value.
 */
export function unpackBFloat16(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}

/** Numbers as int8, with one scale for each group: `value ≈ scale · integer`. */
export interface PackedInt8 {
  /** The integers, in −127…127. */
  values: Int8Array<ArrayBuffer>;
  /** The scale of each group. */
  scales: Float32Array<ArrayBuffer>;
  /** How many consecutive values share a scale. */
  groupSize: number;
}

/** How {@link packInt8} groups. */
export interface PackInt8Options {
  /** How many consecutive values share a scale; it divides their number. @default {all of them} */
  groupSize?: number;
}

/**
 * Packs numbers as int8, symmetrically around 0: the largest magnitude of a group becomes 127.
 *
 * No value moves by more than half a scale.
 *
 * @param values Finite values.
 * @throws {RangeError} If `groupSize` does not divide the number of values, or one is not finite.
 */
export function packInt8(
  values: Float32Array,
  { groupSize = values.length }: PackInt8Options = {},
): PackedInt8 {
  if (
    values.length > 0 &&
    !(Number.isInteger(groupSize) && groupSize > 0 && values.length % groupSize === 0)
  ) {
    throw new RangeError(
      `Cannot pack as int8 as groupSize must divide the number of values, ${values.length}: ` +
        `current groupSize is ${groupSize}`,
    );
  }
  const packed = new Int8Array(values.length);
  const scales = new Float32Array(values.length === 0 ? 0 : values.length / groupSize);
  for (let g = 0; g < scales.length; g++) {
    let largest = 0;
    for (let i = g * groupSize; i < (g + 1) * groupSize; i++) {
      const magnitude = Math.abs(values[i]!);
      if (!(magnitude < Infinity)) {
        throw new RangeError(
          `Cannot pack as int8 as every value must be finite: current value ${i} is ${values[i]}`,
        );
      }
      if (magnitude > largest) largest = magnitude;
    }
    scales[g] = largest / 127;
    const scale = scales[g]!; // as float32
    if (scale === 0) continue; // all zeros, or too small for a float32 scale
    for (let i = g * groupSize; i < (g + 1) * groupSize; i++) {
      packed[i] = Math.max(-127, Math.min(127, Math.round(values[i]! / scale)));
    }
  }
  return { values: packed, scales, groupSize };
}

/** Unpacks what {@link packInt8} packed. */
export function unpackInt8({ values, scales, groupSize }: PackedInt8): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = values[i]! * scales[Math.floor(i / groupSize)]!;
  return out;
}
