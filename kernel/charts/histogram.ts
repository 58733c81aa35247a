import type { View } from "../view.ts";
import { chart } from "./chart.ts";
import { type BarTrace, type Figure, PALETTE } from "./figure.ts";
import { extent, linear } from "./values.ts";

/** How {@link histogramFigure} counts and draws. */
export interface HistogramOptions {
  /** The title. @default {""} */
  title?: string;
  /** What the values measure, with the unit. @default {"value"} */
  x?: string;
  /** Into how many equal parts the range is cut. @default {√n, from 10 to 60} */
  bins?: number;
  /** The least and the greatest value counted; others are left out. @default {those of the values} */
  range?: readonly [low: number, high: number];
  /** Whether the areas add up to 1, so that series of different lengths compare. @default {false} */
  density?: boolean;
}

/**
 * Counts values in equal parts of their range, as a plotly figure.
 *
 * Values that are not finite are left out; their number is told beside the axis.
 *
 * @param series The values of each series.
 * @param options Title, axis, parts and range.
 * @throws {RangeError} If `bins` is not a positive integer, or the range is empty.
 *
 * @example
 * ```ts
 * import { histogramFigure } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const figure = histogramFigure({ weights: [0, 1, 1, 2] }, { bins: 2 });
 * assert.deepEqual(figure.data[0]!.y, [1, 3]);
 * ```
 */
export function histogramFigure(
  series: Readonly<Record<string, ArrayLike<number>>>,
  options: HistogramOptions = {},
): Figure<BarTrace> {
  const { title = "", x = "value", density = false } = options;
  const entries = Object.entries(series);
  const all = function* (): Iterable<number> {
    for (const [, values] of entries) for (let i = 0; i < values.length; i++) yield values[i]!;
  };
  const longest = Math.max(1, ...entries.map(([, values]) => values.length));
  const bins = options.bins ?? Math.min(60, Math.max(10, Math.ceil(Math.sqrt(longest))));
  if (!Number.isInteger(bins) || bins < 1) {
    throw new RangeError(
      `Cannot draw a histogram as bins must be a positive integer: current value is ${bins}`,
    );
  }
  let [low, high] = options.range ?? extent(all());
  if (options.range && !(low < high)) {
    throw new RangeError(
      `Cannot draw a histogram as its range must grow: current range is [${low}, ${high}]`,
    );
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const width = (high - low) / bins;
  let strange = 0;
  const data = entries.map(([name, values], i): BarTrace => {
    const counts = new Array<number>(bins).fill(0);
    let counted = 0;
    for (let j = 0; j < values.length; j++) {
      const value = values[j]!;
      if (!Number.isFinite(value)) strange++;
      if (!(value >= low && value <= high)) continue;
      counts[Math.min(bins - 1, Math.floor((value - low) / width))]!++;
      counted++;
    }
    return {
      type: "bar",
      name,
      x: counts.map((_, k) => low + (k + 0.5) * width),
      y: density ? counts.map((c) => counted ? c / (counted * width) : 0) : counts,
      width,
      marker: {
        color: PALETTE[i % PALETTE.length]!,
        ...(entries.length > 1 && { opacity: 0.55 }),
      },
    };
  });
  const note = strange ? ` (${strange.toLocaleString("en")} not finite, left out)` : "";
  return {
    data,
    layout: {
      title: { text: title },
      xaxis: { ...linear(x + note), range: [low, high] },
      yaxis: linear(density ? "density" : "count"),
      showlegend: entries.length > 1,
      barmode: "overlay",
    },
  };
}

/**
 * Counts values in equal parts of their range, as a view: a picture in a notebook, characters in a terminal.
 *
 * @param series The values of each series.
 * @param options Title, axis, parts and range.
 */
export function histogramChart(
  series: Readonly<Record<string, ArrayLike<number>>>,
  options: HistogramOptions = {},
): View {
  return chart(histogramFigure(series, options));
}
