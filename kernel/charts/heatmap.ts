import type { View } from "../view.ts";
import { chart } from "./chart.ts";
import { COLOR_SCALES, type ColorScaleName } from "./colors.ts";
import type { Figure, HeatmapTrace } from "./figure.ts";
import { checkCount, checkMatrix, extent, indices, named, short } from "./values.ts";

/** How {@link heatmapFigure} draws. */
export interface HeatmapOptions {
  /** The title. @default {""} */
  title?: string;
  /** What the columns are. @default {"column"} */
  x?: string;
  /** What the rows are. @default {"row"} */
  y?: string;
  /** What the colours measure, with the unit. @default {"value"} */
  value?: string;
  /** The names of the columns. @default {their numbers} */
  columns?: readonly string[];
  /** The names of the rows. @default {their numbers} */
  rows?: readonly string[];
  /** The colours. @default {"blue-red" if there are values on both sides of 0, else "viridis"} */
  colors?: ColorScaleName;
  /** The values of the first and the last colour. @default {those of the matrix; even about 0 for "blue-red"} */
  range?: readonly [low: number, high: number];
  /** Whether each cell shows its value, or what it shows. @default {false} */
  text?: boolean | readonly (readonly string[])[];
  /** Whether cells are squares. @default {false} */
  square?: boolean;
}

/**
 * Draws a matrix as coloured cells, row 0 at the top, as a plotly figure.
 *
 * Values that are not finite leave a cell empty.
 *
 * @param matrix The values, row by row.
 * @param options Title, axes, names, colours and texts.
 * @throws {RangeError} If the matrix is empty or its rows differ in length, or names or texts are too many or too few.
 *
 * @example
 * ```ts
 * import { heatmapFigure } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const figure = heatmapFigure([[0.9, 0.1], [0.4, 0.6]], { columns: ["a", "b"], value: "attention" });
 * assert.deepEqual([figure.data[0]!.zmin, figure.data[0]!.zmax], [0.1, 0.9]);
 * ```
 */
export function heatmapFigure(
  matrix: readonly ArrayLike<number>[],
  options: HeatmapOptions = {},
): Figure<HeatmapTrace> {
  const { title = "", x = "column", y = "row", value = "value", text = false } = options;
  checkMatrix(matrix, "a heat map");
  const z = matrix.map((row) => Array.from(row, (v) => Number.isFinite(v) ? v : null));
  const [height, width] = [z.length, z[0]!.length];
  const columns = options.columns ?? indices(width).map(String);
  const rows = options.rows ?? indices(height).map(String);
  checkCount("the names of the columns", columns.length, width);
  checkCount("the names of the rows", rows.length, height);
  const [low, high] = extent(z.flat());
  const colors = options.colors ?? (low < 0 && high > 0 ? "blue-red" : "viridis");
  const far = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const whole = colors === "blue-red" ? [-far, far] : [low, high];
  const [zmin, zmax] = options.range ?? (whole[0] === whole[1] ? [low - 0.5, low + 0.5] : whole);
  const texts = text === true
    ? matrix.map((row) => Array.from(row, (v) => Number.isFinite(v) ? short(v) : ""))
    : text && text.map((row) => [...row]);
  if (texts) {
    checkCount("the rows of texts", texts.length, height);
    for (const row of texts) checkCount("a row of texts", row.length, width);
  }
  const down = named(y, rows, options.rows ? 30 : 14);
  return {
    data: [{
      type: "heatmap",
      x: indices(width),
      y: indices(height),
      z,
      colorscale: COLOR_SCALES[colors],
      zmin: zmin!,
      zmax: zmax!,
      showscale: true,
      colorbar: { title: { text: value, side: "right" } },
      ...(texts && { text: texts, texttemplate: "%{text}" }),
      hovertemplate: "%{y} → %{x}: %{z}<extra></extra>",
    }],
    layout: {
      title: { text: title },
      xaxis: named(x, columns, options.columns ? 40 : 20),
      yaxis: {
        ...down,
        range: [down.range![1], down.range![0]],
        ...(options.square && { scaleanchor: "x" }),
      },
      showlegend: false,
    },
  };
}

/**
 * Draws a matrix as a view: coloured cells in a notebook, shades or a table in a terminal.
 *
 * @param matrix The values, row by row.
 * @param options Title, axes, names, colours and texts.
 */
export function heatmapChart(
  matrix: readonly ArrayLike<number>[],
  options: HeatmapOptions = {},
): View {
  return chart(heatmapFigure(matrix, options));
}
