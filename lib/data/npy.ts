import { unzipSync } from "fflate";

/** An array as NumPy writes it to a file. */
export interface NpyArray {
  /** Its shape. */
  shape: number[];
  /** Its values, the last axis fastest; integers of 64 bits become those of 32. */
  values: Float64Array | Float32Array | Int32Array | Uint8Array;
}

const KINDS = {
  "<f8": Float64Array,
  "<f4": Float32Array,
  "<i4": Int32Array,
  "<i8": BigInt64Array,
  "|u1": Uint8Array,
};

/**
 * Reads the bytes of a `.npy` file: numbers or integers of 64 or 32 bits, or bytes, in C order.
 *
 * @throws {SyntaxError} If the bytes are no such file, are of another kind, or too few.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function parseNpy(bytes: Uint8Array): NpyArray {
  const fail = (must: string, found: string): never => {
    throw new SyntaxError(`Cannot read an array as ${must}: current file has ${found}`);
  };
  const magic = String.fromCharCode(...bytes.subarray(1, 6));
  if (bytes[0] !== 0x93 || magic !== "NUMPY") fail("it must begin with \\x93NUMPY", magic);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6]! > 1; // version 1 has a length of two bytes
  const start = wide ? 12 : 10;
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const head = new TextDecoder("latin1").decode(bytes.subarray(start, end));
  const kind = /'descr': '([^']+)'/.exec(head)?.[1] ?? "none";
  const Kind = KINDS[kind as keyof typeof KINDS] ??
    fail(`its numbers must be ${Object.keys(KINDS).join(", ")}`, kind);
  if (!/'fortran_order': False/.test(head)) fail("it must be in C order", head.trim());
  const shape = (/'shape': \(([^)]*)\)/.exec(head)?.[1] ?? "").split(",")
    .filter((part) => part.trim() !== "").map(Number);
  const length = shape.reduce((a, b) => a * b, 1);
  const size = length * Kind.BYTES_PER_ELEMENT;
  if (bytes.length - end !== size) {
    fail(`its shape [${shape}] needs ${size} bytes`, `${bytes.length - end}`);
  }
  const values = new Kind(bytes.slice(end).buffer);
  return {
    shape,
    values: values instanceof BigInt64Array ? Int32Array.from(values, Number) : values,
  };
}

/**
 * Reads the arrays in the bytes of a `.npz` file, by their names.
 *
 * @throws {SyntaxError} If an array is of another kind.
 */
export function parseNpz(bytes: Uint8Array): Record<string, NpyArray> {
  return Object.fromEntries(
    Object.entries(unzipSync(bytes)).map((
      [name, file],
    ) => [name.replace(/\.npy$/, ""), parseNpy(file)]),
  );
}
