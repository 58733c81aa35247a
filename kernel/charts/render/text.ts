import type { Figure } from "../figure.ts";
import { barText } from "./text/bar.ts";
import { lineText } from "./text/line.ts";
import { matrixText } from "./text/matrix.ts";
import { boxText, parallelText } from "./text/table.ts";

/** How {@link renderText} draws. */
export interface TextOptions {
  /** Width of the picture in characters, without the labels. @default {60} */
  width?: number;
  /** Height of the picture in lines, without the labels. @default {12} */
  height?: number;
}

/**
 * Draws a figure in characters: lines in Braille dots, bars in blocks, matrices and surfaces in shades or numbers, all else as a
 * table.
 *
 * @param figure The figure.
 * @param options The size.
 */
export function renderText(figure: Figure, options: TextOptions = {}): string {
  const { width = 60, height = 12 } = options;
  const { data, layout } = figure;
  const first = data[0];
  const title = layout.title.text;
  const titled = (text: string) => title ? `${title}\n${text}` : text;
  switch (first?.type) {
    case "bar":
      return titled(barText(data.filter((t) => t.type === "bar"), layout, width));
    case "box":
      return titled(boxText(data.filter((t) => t.type === "box"), layout));
    case "heatmap":
    case "surface":
      return titled(matrixText(first, layout, width));
    case "parcoords":
      return titled(parallelText(first));
    default:
      return lineText(data.filter((t) => t.type === "scatter"), layout, width, height);
  }
}
