import type { View } from "../view.ts";
import { chart } from "./chart.ts";
import { COLOR_SCALES } from "./colors.ts";
import { type Figure, type LineTrace, PALETTE } from "./figure.ts";
import type { Series } from "./line.ts";
import { checkCount, extent, linear } from "./values.ts";

/** How {@link scatterFigure} draws. */
export interface ScatterOptions {
  /** The title. @default {""} */
  title?: string;
  /** What lies across, with its unit. @default {"x"} */
  x?: string;
  /** What lies upwards, with its unit. @default {"y"} */
  y?: string;
  /** Whether equal steps across are equal ratios. @default {false} */
  logX?: boolean;
  /** Whether equal steps upwards are equal ratios. @default {false} */
  logY?: boolean;
  /** The diameter of a point in pixels. @default {7, or less where there are many} */
  size?: number;
  /** A number for each point of a group, shown by its colour. @default {none} */
  values?: Readonly<Record<string, ArrayLike<number>>>;
  /** What the colours measure, with the unit. @default {"value"} */
  value?: string;
  /** What each point of a group says under the mouse. @default {none} */
  labels?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Draws groups of points as a plotly figure.
 *
 * @param points The points of each group.
 * @param options Title, axes, colours and labels.
 * @throws {RangeError} If a group has more or fewer values or labels than points.
 *
 * @example
 * ```ts
 * import { scatterFigure } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const figure = scatterFigure({ houses: [[50, 210], [80, 320]] }, { x: "area (m²)", y: "price (k€)" });
 * assert.deepEqual(figure.data[0]!.x, [50, 80]);
 * ```
 */
export function scatterFigure(points: Series, options: ScatterOptions = {}): Figure<LineTrace> {
  const { title = "", x = "x", y = "y", logX, logY, values, value = "value", labels } = options;
  const names = Object.keys(points);
  const count = Object.values(points).reduce((sum, group) => sum + group.length, 0);
  const size = options.size ?? (count > 2000 ? 3 : count > 300 ? 5 : 7);
  const [cmin, cmax] = extent(Object.values(values ?? {}).flatMap((v) => Array.from(v)));
  return {
    data: Object.entries(points).map(([name, group], i) => {
      const color = PALETTE[i % PALETTE.length]!;
      const [shown, text] = [values?.[name], labels?.[name]];
      if (shown) checkCount(`values of ${name}`, shown.length, group.length);
      if (text) checkCount(`labels of ${name}`, text.length, group.length);
      return {
        type: "scatter",
        mode: "markers",
        name,
        x: group.map(([x]) => x),
        y: group.map(([, y]) => y),
        line: { color, width: 2 },
        marker: shown
          ? {
            color: Array.from(shown),
            size,
            colorscale: COLOR_SCALES.viridis,
            cmin,
            cmax,
            showscale: i === names.findIndex((n) => values?.[n]),
            colorbar: { title: { text: value, side: "right" } },
          }
          : { color, size, opacity: 0.8 },
        ...(text && { text: [...text], hovertemplate: "%{text}<br>%{x}, %{y}" }),
      };
    }),
    layout: {
      title: { text: title },
      xaxis: { ...linear(x), type: logX ? "log" : "linear" },
      yaxis: { ...linear(y), type: logY ? "log" : "linear" },
      showlegend: names.length > 1,
    },
  };
}

/**
 * Draws groups of points as a view: a picture in a notebook, characters in a terminal.
 *
 * @param points The points of each group.
 * @param options Title, axes, colours and labels.
 */
export function scatterChart(points: Series, options: ScatterOptions = {}): View {
  return chart(scatterFigure(points, options));
}
