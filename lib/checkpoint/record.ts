import { packBFloat16, packFloat16, sizeOf, unpackBFloat16, unpackFloat16 } from "../tensor/mod.ts";
import { CheckpointError } from "./error.ts";

/** The name of a dtype in a safetensors file. */
export type RecordDType =
  | "BOOL"
  | "U8"
  | "I8"
  | "F8_E5M2"
  | "F8_E4M3"
  | "I16"
  | "U16"
  | "F16"
  | "BF16"
  | "I32"
  | "U32"
  | "F32"
  | "F64"
  | "I64"
  | "U64";

/** The bytes of one value, in the order of the reference's writer, which puts the last first. */
export const DTYPE_BYTES: Readonly<Record<RecordDType, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
};

/** What a file says of a tensor before its bytes are read. */
export interface TensorInfo {
  /** The tensor's name. */
  readonly name: string;
  /** What its values are. */
  readonly dtype: RecordDType;
  /** The length of each axis. */
  readonly shape: readonly number[];
}

/** A named tensor off the device: its values as little-endian bytes in row-major order. */
export interface TensorRecord extends TensorInfo {
  /** The values; `sizeOf(shape)` times the bytes of the dtype. */
  readonly bytes: Uint8Array;
}

/** Whether a text is the name of a dtype. */
export function isRecordDType(name: unknown): name is RecordDType {
  return typeof name === "string" && Object.hasOwn(DTYPE_BYTES, name);
}

/** The number of bytes of a tensor, or undefined where it is no safe integer. */
export function byteLengthOf(dtype: RecordDType, shape: readonly number[]): number | undefined {
  let size = DTYPE_BYTES[dtype];
  for (const length of shape) {
    size *= length;
    if (!Number.isSafeInteger(size)) return undefined;
  }
  return size;
}

type Values = ArrayLike<number> | ArrayLike<bigint>;
type Reader = new (buffer: ArrayBuffer, offset: number, length: number) => Values;

const READERS: Partial<Record<RecordDType, Reader>> = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  I16: Int16Array,
  U16: Uint16Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  F32: Float32Array,
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
};

/** The values of a record as they are stored; 16-bit floats as their bits. */
function valuesOf(record: TensorRecord, as: string): Values {
  const Reader = READERS[record.dtype];
  if (!Reader) {
    throw new CheckpointError(
      `Cannot read "${record.name}" as ${as} as 8-bit floats are only read as bytes: current dtype is ${record.dtype}`,
    );
  }
  const width = DTYPE_BYTES[record.dtype];
  const expected = byteLengthOf(record.dtype, record.shape);
  if (record.bytes.length !== expected) {
    throw new CheckpointError(
      `Cannot read "${record.name}" as ${as} as ${record.dtype} of shape [${record.shape}] has ` +
        `${expected} bytes: current number is ${record.bytes.length}`,
    );
  }
  const aligned = record.bytes.byteOffset % width === 0 ? record.bytes : record.bytes.slice();
  return new Reader(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length / width);
}

/**
 * The values of a record as float32: exact for F32, F16, BF16 and small integers, else rounded.
 *
 * @param record A tensor of any dtype but the 8-bit floats.
 * @returns The values in row-major order; they share the record's memory where it holds float32.
 * @throws {CheckpointError} If the dtype is an 8-bit float, or the bytes do not fit the shape.
 */
export function toFloat32(record: TensorRecord): Float32Array {
  const values = valuesOf(record, "float32");
  if (values instanceof Float32Array) return values;
  if (record.dtype === "F16") return unpackFloat16(values as Uint16Array);
  if (record.dtype === "BF16") return unpackBFloat16(values as Uint16Array);
  return Float32Array.from(values as ArrayLike<number>, Number);
}

/**
 * The values of a record as int32.
 *
 * @param record A tensor of integers or booleans.
 * @returns The values in row-major order; they share the record's memory where it holds int32.
 * @throws {CheckpointError} If the dtype is a float, or a value does not fit into 32 bits.
 */
export function toInt32(record: TensorRecord): Int32Array {
  if (/F/.test(record.dtype)) {
    throw new CheckpointError(
      `Cannot read "${record.name}" as int32 as its values must be integers: current dtype is ${record.dtype}`,
    );
  }
  const values = valuesOf(record, "int32");
  if (values instanceof Int32Array) return values;
  const result = new Int32Array(values.length);
  for (let i = 0; i < result.length; i++) {
    const value = values[i]!;
    result[i] = Number(value);
    if (value < -2147483648 || value > 2147483647) {
      throw new CheckpointError(
        `Cannot read "${record.name}" as int32 as its values must lie in -2147483648…2147483647: ` +
          `current value ${i} is ${value}`,
      );
    }
  }
  return result;
}

/**
 * A record of float32 values, narrowed where the dtype is.
 *
 * @param name The tensor's name.
 * @param shape The length of each axis.
 * @param values The values in row-major order; an F32 record shares their memory.
 * @param dtype What to store. @default {"F32"}
 * @throws {RangeError} If the number of values does not fit the shape.
 */
export function fromFloat32(
  name: string,
  shape: readonly number[],
  values: Float32Array,
  dtype: "F32" | "F16" | "BF16" = "F32",
): TensorRecord {
  const size = sizeOf(shape);
  if (values.length !== size) {
    throw new RangeError(
      `Cannot make a record of "${name}" as shape [${shape}] has ${size} values: ` +
        `current number is ${values.length}`,
    );
  }
  const stored = dtype === "F32"
    ? values
    : dtype === "F16"
    ? packFloat16(values)
    : packBFloat16(values);
  const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  return { name, dtype, shape: [...shape], bytes };
}

/**
 * A record with its axes in another order.
 *
 * @param record Any tensor.
 * @param axes The old axis of each new one, as in NumPy's `transpose`.
 * @throws {RangeError} If `axes` is no order of the record's axes.
 */
export function permuteRecord(record: TensorRecord, axes: readonly number[]): TensorRecord {
  const rank = record.shape.length;
  if (axes.length !== rank || [...axes].sort((a, b) => a - b).some((axis, i) => axis !== i)) {
    throw new RangeError(
      `Cannot reorder the axes of "${record.name}" as axes must name each of its ${rank} axes once: ` +
        `current axes are [${axes}]`,
    );
  }
  const width = DTYPE_BYTES[record.dtype];
  const shape = axes.map((axis) => record.shape[axis]!);
  const bytes = new Uint8Array(record.bytes.length);
  const strides = record.shape.map((_, axis) => sizeOf(record.shape.slice(axis + 1)) * width);
  const steps = axes.map((axis) => strides[axis]!);
  const at = new Array<number>(rank).fill(0);
  for (let to = 0, from = 0; to < bytes.length; to += width) {
    for (let b = 0; b < width; b++) bytes[to + b] = record.bytes[from + b]!;
    for (let axis = rank - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++at[axis]! < shape[axis]!) break;
      from -= steps[axis]! * shape[axis]!;
      at[axis] = 0;
    }
  }
  return { ...record, shape, bytes };
}
