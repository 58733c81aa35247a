import type { View } from "../view.ts";
import { chart } from "./chart.ts";
import { type BoxTrace, type Figure, PALETTE } from "./figure.ts";
import { linear, named } from "./values.ts";

/** How {@link boxFigure} draws. */
export interface BoxOptions {
  /** The title. @default {""} */
  title?: string;
  /** What the names across are. @default {""} */
  x?: string;
  /** What the values measure, with the unit. @default {"value"} */
  y?: string;
}

/**
 * Draws the quartiles of groups of values as a plotly figure: a whisker ends at the last value within one and a half heights of
 * the box, and the values beyond are points.
 *
 * Values that are not finite are left out, and a group without values is an empty place.
 *
 * @param groups The values of each group.
 * @param options Title and axes.
 *
 * @example
 * ```ts
 * import { boxFigure } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const figure = boxFigure({ runs: [1, 2, 3, 4, 50] });
 * assert.deepEqual([figure.data[0]!.median, figure.data[0]!.y], [[3], [[50]]]);
 * ```
 */
export function boxFigure(
  groups: Readonly<Record<string, ArrayLike<number>>>,
  options: BoxOptions = {},
): Figure<BoxTrace> {
  const { title = "", x = "", y = "value" } = options;
  const names = Object.keys(groups);
  return {
    data: Object.entries(groups).map(([name, values], i) => {
      const sorted = Array.from(values).filter(Number.isFinite).sort((a, b) => a - b);
      const empty = sorted.length === 0;
      const [q1, median, q3] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share));
      const reach = 1.5 * (q3! - q1!);
      const inside = sorted.filter((v) => v >= q1! - reach && v <= q3! + reach);
      const only = (value: number | undefined) => empty ? [] : [value!];
      return {
        type: "box",
        name,
        x: only(i),
        q1: only(q1),
        median: only(median),
        q3: only(q3),
        lowerfence: only(inside[0]),
        upperfence: only(inside.at(-1)),
        y: empty ? [] : [sorted.filter((v) => v < inside[0]! || v > inside.at(-1)!)],
        boxpoints: "outliers",
        width: 0.5,
        marker: { color: PALETTE[i % PALETTE.length]! },
      };
    }),
    layout: {
      title: { text: title },
      xaxis: named(x, names),
      yaxis: linear(y),
      showlegend: false,
    },
  };
}

/** The value below which a share of sorted values lies, mixed from its two neighbours. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN];
  return below + (at % 1) * (above - below);
}

/**
 * Draws the quartiles of groups of values as a view: a picture in a notebook, a table in a terminal.
 *
 * @param groups The values of each group.
 * @param options Title and axes.
 */
export function boxChart(
  groups: Readonly<Record<string, ArrayLike<number>>>,
  options: BoxOptions = {},
): View {
  return chart(boxFigure(groups, options));
}
