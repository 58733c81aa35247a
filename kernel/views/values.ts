import { short } from "./markup.ts";

/** What an element of a tensor is told as; a name is told as it is, a text in quotes. */
export type Element = number | string | { readonly name: string };

/**
 * Numbers as nested brackets, the middle of long axes left out.
 *
 * @param values The elements in row order.
 * @param shape The length of each axis.
 * @param edge How many elements at each end of a long axis are told.
 */
export function nested(
  values: ArrayLike<Element>,
  shape: readonly number[],
  edge = 3,
): string {
  const size = shape.reduce((a, b) => a * b, 1);
  const cut = size > 100 || Math.max(0, ...shape) > 100;
  const places = (axis: number): (number | undefined)[] => {
    const length = shape[axis]!;
    const ends = axis < shape.length - 2 ? Math.min(edge, 1) : edge; // matrices in full, few of them
    return cut && length > 2 * ends + 2
      ? [...range(0, ends), undefined, ...range(length - ends, length)]
      : range(0, length);
  };
  const texts: string[] = [];
  collect(0, 0);
  const width = Math.max(0, ...texts.map((text) => text.length));
  return write(0, 0, "");

  function collect(axis: number, at: number): void {
    if (axis === shape.length) return void texts.push(tell(values[at]!));
    for (const i of places(axis)) {
      if (i !== undefined) collect(axis + 1, at * shape[axis]! + i);
    }
  }

  function write(axis: number, at: number, indent: string): string {
    if (axis === shape.length) return tell(values[at]!).padStart(shape.length ? width : 0);
    const last = axis === shape.length - 1;
    const between = last ? ", " : `,${"\n".repeat(shape.length - 1 - axis)}${indent} `;
    const parts = places(axis).map((i) =>
      i === undefined ? "…" : write(axis + 1, at * shape[axis]! + i, `${indent} `)
    );
    return `[${parts.join(between)}]`;
  }
}

function tell(value: Element): string {
  if (typeof value === "number") return short(value);
  return typeof value === "object"
    ? value.name
    : JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
