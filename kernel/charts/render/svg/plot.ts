import type { Scale } from "../scale.ts";

/** Colour of what is read first. */
export const INK = "#1f2328";
/** Colour of the grid. */
export const FAINT = "#e4e7eb";
/** Colour of axes and their labels. */
export const SOFT = "#57606a";

/** The edges of the drawing area, in pixels. */
export interface Box {
  /** The left edge. */
  left: number;
  /** The upper edge. */
  top: number;
  /** The right edge. */
  right: number;
  /** The lower edge. */
  bottom: number;
}

/** The drawing area, and where values lie in it. */
export interface Plot {
  /** The drawing area. */
  box: Box;
  /** The scale across. */
  x: Scale;
  /** The scale upwards. */
  y: Scale;
  /** The pixel of a value across. */
  px: (value: number) => number;
  /** The pixel of a value upwards. */
  py: (value: number) => number;
}

/** A number with at most two digits after the point. */
export function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** About how many pixels wide a text is. */
export function textWidth(text: string, size = 12): number {
  let width = 0;
  for (const c of text) width += c.codePointAt(0)! >= 0x2e80 ? 1 : 0.58;
  return width * size;
}

/** A text that is not longer than some characters; what is cut off is told by an ellipsis. */
export function cut(text: string, most = 28): string {
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : text;
}
