import type { View } from "../view.ts";
import { chart } from "./chart.ts";
import { type BarTrace, type Figure, PALETTE } from "./figure.ts";
import { checkCount, indices, linear, named } from "./values.ts";

/** How {@link barFigure} draws. */
export interface BarOptions {
  /** The title. @default {""} */
  title?: string;
  /** What the names across are. @default {""} */
  x?: string;
  /** What the heights measure, with the unit. @default {"value"} */
  y?: string;
  /** Whether the bars of one name stand on one another, not side by side. @default {false} */
  stacked?: boolean;
}

/**
 * Draws bars, one for each name and series, as a plotly figure.
 *
 * @param names The names across.
 * @param series The heights of each series, one a name.
 * @param options Title, axes and whether bars are stacked.
 * @throws {RangeError} If a series has more or fewer heights than there are names.
 *
 * @example
 * ```ts
 * import { barFigure } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const figure = barFigure(["cpu", "wasm"], { forward: [21, 4], backward: [50, 9] }, { y: "time (ms)" });
 * assert.deepEqual(figure.data[1]!.y, [50, 9]);
 * ```
 */
export function barFigure(
  names: readonly string[],
  series: Readonly<Record<string, ArrayLike<number>>>,
  options: BarOptions = {},
): Figure<BarTrace> {
  const { title = "", x = "", y = "value", stacked = false } = options;
  const entries = Object.entries(series);
  return {
    data: entries.map(([name, heights], i) => {
      checkCount(`the bars of ${name}`, heights.length, names.length);
      return {
        type: "bar",
        name,
        x: indices(names.length),
        y: Array.from(heights),
        marker: { color: PALETTE[i % PALETTE.length]! },
      };
    }),
    layout: {
      title: { text: title },
      xaxis: named(x, names),
      yaxis: linear(y),
      showlegend: entries.length > 1,
      barmode: stacked ? "relative" : "group",
    },
  };
}

/**
 * Draws bars as a view: a picture in a notebook, characters in a terminal.
 *
 * @param names The names across.
 * @param series The heights of each series, one a name.
 * @param options Title, axes and whether bars are stacked.
 */
export function barChart(
  names: readonly string[],
  series: Readonly<Record<string, ArrayLike<number>>>,
  options: BarOptions = {},
): View {
  return chart(barFigure(names, series, options));
}
