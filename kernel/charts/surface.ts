import type { View } from "../view.ts";
import { chart } from "./chart.ts";
import { COLOR_SCALES, type ColorScaleName } from "./colors.ts";
import type { Figure, SurfaceTrace } from "./figure.ts";
import { checkCount, checkMatrix, extent, indices, linear } from "./values.ts";

/** How {@link surfaceFigure} draws. */
export interface SurfaceOptions {
  /** The title. @default {""} */
  title?: string;
  /** What the columns measure, with the unit. @default {"x"} */
  x?: string;
  /** What the rows measure, with the unit. @default {"y"} */
  y?: string;
  /** What the heights measure, with the unit. @default {"z"} */
  z?: string;
  /** Where the columns lie. @default {0, 1, 2, …} */
  xs?: ArrayLike<number>;
  /** Where the rows lie. @default {0, 1, 2, …} */
  ys?: ArrayLike<number>;
  /** The colours of the heights. @default {"viridis"} */
  colors?: ColorScaleName;
}

/**
 * Draws heights over a plane, such as a loss over two weights, as a plotly figure.
 *
 * @param heights The heights, one row for each y, one column for each x.
 * @param options Title, axes, places and colours.
 * @throws {RangeError} If the heights are empty, uneven or not finite, or `xs` or `ys` are too many or too few.
 *
 * @example
 * ```ts
 * import { surfaceFigure } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const figure = surfaceFigure([[2, 1, 2], [1, 0, 1]], { xs: [-1, 0, 1], ys: [-1, 0], z: "loss" });
 * assert.deepEqual(figure.data[0]!.x, [-1, 0, 1]);
 * ```
 */
export function surfaceFigure(
  heights: readonly ArrayLike<number>[],
  options: SurfaceOptions = {},
): Figure<SurfaceTrace> {
  const { title = "", x = "x", y = "y", z = "z", colors = "viridis" } = options;
  checkMatrix(heights, "a surface");
  const rows = heights.map((row) => Array.from(row));
  const odd = rows.flat().find((v) => !Number.isFinite(v));
  if (odd !== undefined) {
    throw new RangeError(
      `Cannot draw a surface as every height must be finite: current value is ${odd}`,
    );
  }
  const xs = Array.from(options.xs ?? indices(rows[0]!.length));
  const ys = Array.from(options.ys ?? indices(rows.length));
  checkCount("xs", xs.length, rows[0]!.length);
  checkCount("ys", ys.length, rows.length);
  const [cmin, cmax] = extent(rows.flat());
  return {
    data: [{
      type: "surface",
      x: xs,
      y: ys,
      z: rows,
      colorscale: COLOR_SCALES[colors],
      cmin,
      cmax,
      showscale: true,
      colorbar: { title: { text: z, side: "right" } },
    }],
    layout: {
      title: { text: title },
      xaxis: linear(x),
      yaxis: linear(y),
      zaxis: linear(z),
      showlegend: false,
    },
  };
}

/**
 * Draws heights over a plane as a view: a picture that can be turned in a notebook, shades in a terminal.
 *
 * @param heights The heights, one row for each y, one column for each x.
 * @param options Title, axes, places and colours.
 */
export function surfaceChart(
  heights: readonly ArrayLike<number>[],
  options: SurfaceOptions = {},
): View {
  return chart(surfaceFigure(heights, options));
}
