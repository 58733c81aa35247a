import type { Shape } from "./types.ts";

/** Thrown where a tensor does not have the shape that an operation needs. */
export class ShapeError extends RangeError {
  /** The name of this class. */
  override readonly name = "ShapeError";

  /**
   * Makes the error.
   *
   * @param message What cannot be done, why, and the current shape.
   * @param expected The shape that was needed; `-1` stands for any length.
   * @param actual The shape that was given.
   */
  constructor(message: string, readonly expected: Shape, readonly actual: Shape) {
    super(message);
  }
}

/**
 * Checks the shape of a tensor.
 *
 * @param what The operation, as in `"apply Linear"`.
 * @param name The name of the tensor, as in `"x"`.
 * @param tensor The tensor to check.
 * @param expected The shape it must have; `-1` stands for any length.
 * @throws {ShapeError} If the rank or a length differs.
 */
export function checkShape(
  what: string,
  name: string,
  tensor: { shape: Shape },
  expected: Shape,
): void {
  const actual = tensor.shape;
  const fits = actual.length === expected.length &&
    expected.every((length, axis) => length === -1 || length === actual[axis]);
  if (fits) return;
  const wanted = expected.map((length) => length === -1 ? "*" : length).join(", ");
  throw new ShapeError(
    `Cannot ${what} as ${name} must have shape [${wanted}]: current shape is [${
      actual.join(", ")
    }]`,
    expected,
    actual,
  );
}

/**
 * The shape of an elementwise operation on two shapes, by NumPy's rule.
 *
 * @throws {ShapeError} If an axis differs and neither length is 1.
 */
export function broadcastShapes(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) {
    const p = a[a.length - rank + i] ?? 1;
    const q = b[b.length - rank + i] ?? 1;
    if (p !== q && p !== 1 && q !== 1) {
      throw new ShapeError(
        `Cannot broadcast two shapes as their axes must be equal or 1: current shapes are [${a}] and [${b}]`,
        a,
        b,
      );
    }
    shape.push(p === 1 ? q : p);
  }
  return shape;
}

/** The number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** A shape seen as rows of its last axis: their number, and their length. */
export function rowsOf(shape: Shape): [rows: number, columns: number] {
  return [sizeOf(shape.slice(0, -1)), shape.at(-1)!];
}

/** A shape seen as matrices of its last two axes: their number, their rows and their columns. */
export function matricesOf(shape: Shape): [count: number, rows: number, columns: number] {
  return [sizeOf(shape.slice(0, -2)), shape.at(-2)!, shape.at(-1)!];
}
