import type { View } from "../view.ts";
import { chart } from "./chart.ts";
import { type Figure, type LineTrace, PALETTE } from "./figure.ts";

/** Points of named lines, each point `[x, y]`. */
export type Series = Record<string, readonly (readonly [x: number, y: number])[]>;

/** How {@link lineFigure} draws. */
export interface LineOptions {
  /** The title. @default {""} */
  title?: string;
  /** What lies across, with its unit. @default {"x"} */
  x?: string;
  /** What lies upwards, with its unit. @default {"y"} */
  y?: string;
  /** Whether equal steps upwards are equal ratios. @default {false} */
  logY?: boolean;
  /** Lines whose points are few and are marked, by name. @default {[]} */
  marked?: readonly string[];
}

/**
 * Draws named lines as a plotly figure.
 *
 * @param series The points of each line.
 * @param options Title, axes and marks.
 * @throws {TypeError} If a marked line does not exist.
 *
 * @example
 * ```ts
 * import { lineFigure } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const figure = lineFigure({ train: [[1, 4.2], [2, 3.9]] }, { x: "step", y: "loss (nats)" });
 * assert.deepEqual(figure.data[0]!.y, [4.2, 3.9]);
 * ```
 */
export function lineFigure(series: Series, options: LineOptions = {}): Figure<LineTrace> {
  const { title = "", x = "x", y = "y", logY = false, marked = [] } = options;
  const names = Object.keys(series);
  const lost = marked.find((name) => !names.includes(name));
  if (lost !== undefined) {
    throw new TypeError(
      `Cannot mark the points of ${
        JSON.stringify(lost)
      } as there is no such line: current lines are ${names.join(", ")}`,
    );
  }
  return {
    data: Object.entries(series).map(([name, points], i) => {
      const color = PALETTE[i % PALETTE.length]!;
      return {
        type: "scatter",
        mode: marked.includes(name) ? "lines+markers" : "lines",
        name,
        x: points.map(([x]) => x),
        y: points.map(([, y]) => y),
        line: { color, width: 2 },
        marker: { color, size: 6 },
      };
    }),
    layout: {
      title: { text: title },
      xaxis: { title: { text: x }, type: "linear" },
      yaxis: { title: { text: y }, type: logY ? "log" : "linear" },
      showlegend: names.length > 1,
    },
  };
}

/**
 * Draws named lines as a view: a picture in a notebook, characters in a terminal.
 *
 * @param series The points of each line.
 * @param options Title, axes and marks.
 */
export function lineChart(series: Series, options: LineOptions = {}): View {
  return chart(lineFigure(series, options));
}
