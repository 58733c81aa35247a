import type { View } from "../view.ts";
import { chart } from "./chart.ts";
import { COLOR_SCALES } from "./colors.ts";
import type { Dimension, Figure, ParallelTrace } from "./figure.ts";
import { scale } from "./render/scale.ts";
import { extent, short } from "./values.ts";

/** The settings of a run and what came of it, by name. */
export type Run = Readonly<Record<string, number | string | boolean>>;

/** How {@link parallelCoordinatesFigure} draws. */
export interface ParallelCoordinatesOptions {
  /** The title. @default {""} */
  title?: string;
  /** The axes, from left to right. @default {all names of the first run} */
  axes?: readonly string[];
  /** The axis whose numbers colour the lines. @default {the last one of numbers} */
  color?: string;
  /** The axes on which equal steps are equal ratios. @default {[]} */
  log?: readonly string[];
}

/**
 * Draws runs as lines across several axes, one for each setting or result, as a plotly figure: hyper-parameters, and what they
 * lead to.
 *
 * Numbers lie on a scale; texts and booleans on one place each, in the order in which they occur.
 *
 * @param runs The runs.
 * @param options Title, axes and colours.
 * @throws {TypeError} If a run lacks an axis, or has a number where another has a text, or no axis has numbers.
 * @throws {RangeError} If there is no run, or a number is not finite, or not above 0 on a log axis.
 *
 * @example
 * ```ts
 * import { parallelCoordinatesFigure } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const figure = parallelCoordinatesFigure(
 *   [{ lr: 1e-3, norm: "rms", loss: 1.9 }, { lr: 1e-2, norm: "layer", loss: 2.4 }],
 *   { log: ["lr"] },
 * );
 * assert.deepEqual(figure.data[0]!.dimensions.map((d) => d.label), ["lr", "norm", "loss"]);
 * ```
 */
export function parallelCoordinatesFigure(
  runs: readonly Run[],
  options: ParallelCoordinatesOptions = {},
): Figure<ParallelTrace> {
  const { title = "", log = [] } = options;
  if (runs.length === 0) {
    throw new RangeError(
      "Cannot draw parallel coordinates as there must be a run: current number is 0",
    );
  }
  const axes = options.axes ?? Object.keys(runs[0]!);
  const numeric = axes.filter((axis) => typeof runs[0]![axis] === "number");
  const by = options.color ?? numeric.at(-1);
  if (by === undefined || typeof runs[0]![by] !== "number") {
    throw new TypeError(
      `Cannot colour runs as their colour must be a number: current axes of numbers are ${
        numeric.join(", ") || "none"
      }`,
    );
  }
  const dimensions = axes.map((axis) => {
    const values = column(runs, axis);
    return typeof values[0] === "number"
      ? numbers(axis, values as number[], log.includes(axis))
      : names(axis, values.map(String));
  });
  const color = column(runs, by) as number[];
  const [cmin, cmax] = extent(color);
  return {
    data: [{
      type: "parcoords",
      dimensions,
      line: {
        color,
        colorscale: COLOR_SCALES.viridis,
        cmin,
        cmax: cmax > cmin ? cmax : cmin + 1,
        showscale: true,
        colorbar: { title: { text: by, side: "right" } },
      },
    }],
    layout: {
      title: { text: title },
      xaxis: { title: { text: "" }, type: "linear" },
      yaxis: { title: { text: "" }, type: "linear" },
      showlegend: false,
    },
  };
}

function column(runs: readonly Run[], axis: string): (number | string | boolean)[] {
  return runs.map((run, i) => {
    const value = run[axis];
    if (value === undefined || typeof value !== typeof runs[0]![axis]) {
      throw new TypeError(
        `Cannot draw the axis ${axis} as all runs must have a ${typeof runs[0]![axis]} there: ` +
          `run ${i} has ${value === undefined ? "nothing" : `a ${typeof value}`}`,
      );
    }
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new RangeError(
        `Cannot draw the axis ${axis} as its numbers must be finite: run ${i} has ${value}`,
      );
    }
    return value;
  });
}

function numbers(label: string, values: number[], log: boolean): Dimension {
  if (log && values.some((v) => v <= 0)) {
    throw new RangeError(
      `Cannot draw the axis ${label} by ratios as its numbers must be above 0: current least is ${
        Math.min(...values)
      }`,
    );
  }
  const { ticks } = scale(values, { log, count: 5 });
  const put = (v: number) => log ? Math.log10(v) : v;
  return {
    label,
    values: values.map(put),
    range: [put(ticks[0]!), put(ticks.at(-1)!)],
    tickvals: ticks.map(put),
    ticktext: ticks.map((t) => short(Number(t.toPrecision(6)))),
    ...(log && { log }),
  };
}

function names(label: string, values: string[]): Dimension {
  const all = [...new Set(values)];
  return {
    label,
    values: values.map((v) => all.indexOf(v)),
    range: all.length === 1 ? [-1, 1] : [0, all.length - 1],
    tickvals: all.map((_, i) => i),
    ticktext: all,
  };
}

/**
 * Draws runs as lines across several axes, as a view: a picture in a notebook, a table in a terminal.
 *
 * @param runs The runs.
 * @param options Title, axes and colours.
 */
export function parallelCoordinatesChart(
  runs: readonly Run[],
  options: ParallelCoordinatesOptions = {},
): View {
  return chart(parallelCoordinatesFigure(runs, options));
}
