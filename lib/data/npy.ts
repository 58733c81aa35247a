import { unzipSync } from "fflate";

/** An array of a NumPy file. */
export interface NpyArray {
  /** The sizes. */
  shape: number[];
  /** The values, row by row; whole numbers of 64 bits become ordinary ones. */
  data: Float32Array | Float64Array | Int32Array;
}

/**
 * Reads a NumPy file, `.npy`: numbers of 32 or 64 bits in the order of C.
 *
 * @param bytes The bytes of the file.
 * @throws {SyntaxError} If it is no such file, or of another type or order.
 * @see NumPy, "numpy.lib.format", https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function decodeNpy(bytes: Uint8Array): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const refuse = (why: string, value: unknown): never => {
    throw new SyntaxError(`Cannot read a NumPy file as ${why}: current value is ${value}`);
  };
  if (
    bytes.length < 10 || bytes[0] !== 0x93 ||
    String.fromCharCode(...bytes.subarray(1, 6)) !== "NUMPY"
  ) {
    refuse("it must begin with its name", bytes.subarray(0, 6).toHex() || "missing");
  }
  const wide = bytes[6]! > 1;
  const start = wide ? 12 : 10;
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const head = new TextDecoder("latin1").decode(bytes.subarray(start, end));
  const type = head.match(/'descr': *'([^']*)'/)?.[1] ?? refuse("it must name its type", head);
  const shapeText = head.match(/'shape': *\(([^)]*)\)/)?.[1] ?? refuse("it must have sizes", head);
  if (!/'fortran_order': *False/.test(head)) refuse("its order must be that of C", head.trim());
  const shape = shapeText.split(",").filter((part) => part.trim()).map(Number);
  const size = shape.reduce((a, b) => a * b, 1);
  const data = type === "<f4"
    ? new Float32Array(size)
    : type === "<f8"
    ? new Float64Array(size)
    : type === "<i4" || type === "<i8"
    ? new Int32Array(size)
    : refuse("its type must be <f4, <f8, <i4 or <i8", type);
  const each = Number(type[2]);
  if (end + each * size > bytes.length) {
    refuse("all numbers must be there", `${bytes.length} bytes`);
  }
  for (let i = 0, at = end; i < size; i++, at += each) {
    data[i] = type === "<f4"
      ? view.getFloat32(at, true)
      : type === "<f8"
      ? view.getFloat64(at, true)
      : type === "<i4"
      ? view.getInt32(at, true)
      : Number(view.getBigInt64(at, true));
  }
  return { shape, data };
}

/**
 * Reads the arrays of a NumPy archive, `.npz`, by their names.
 *
 * @param bytes The bytes of the file.
 * @throws {SyntaxError} If an array is of another type or order.
 */
export function decodeNpz(bytes: Uint8Array): Record<string, NpyArray> {
  return Object.fromEntries(
    Object.entries(unzipSync(bytes)).map((
      [name, file],
    ) => [name.replace(/\.npy$/, ""), decodeNpy(file)]),
  );
}
