import type { Axis, BarTrace, Figure, Trace } from "../figure.ts";
import { type Scale, scale } from "./scale.ts";

/** The scales of a figure's two axes. */
export interface Scales {
  /** The axis across. */
  x: Scale;
  /** The axis upwards. */
  y: Scale;
}

/**
 * Makes the scales of a figure's two axes.
 *
 * @param figure The figure.
 * @param countX About how many labels lie across.
 * @param countY About how many labels lie upwards.
 */
export function scales({ data, layout }: Figure, countX: number, countY: number): Scales {
  const bars = data.filter((t) => t.type === "bar");
  const piles = layout.barmode === "relative"
    ? stacked(bars)
    : bars.map((t) => t.y.map((y) => [0, y]));
  const xs = data.flatMap((t) => t.type === "scatter" || t.type === "box" ? t.x : []);
  const ys = data.flatMap((t) =>
    t.type === "scatter"
      ? t.y
      : t.type === "box"
      ? [...t.lowerfence, ...t.upperfence, ...t.y.flat()]
      : []
  );
  return {
    x: axisScale(
      layout.xaxis,
      xs,
      countX,
      data.some((t) => t.type === "scatter" && t.mode !== "markers"),
    ),
    y: axisScale(layout.yaxis, [...ys, ...piles.flat(2)], countY, false),
  };
}

function axisScale(axis: Axis, values: number[], count: number, snug: boolean): Scale {
  const { range, tickvals, ticktext } = axis;
  if (!range) return scale(values, { log: axis.type === "log", count, snug });
  const made = scale(range, { count, snug: true });
  const at = range[0] > range[1] ? (v: number) => 1 - made.at(v) : made.at;
  if (!tickvals) return { ...made, at };
  const labels = new Map(tickvals.map((v, i) => [v, ticktext?.[i] ?? String(v)]));
  return { at, ticks: tickvals, label: (v) => labels.get(v) ?? "" };
}

/** Where each bar of a stack begins and ends: those above zero upwards, those below downwards. */
export function stacked(bars: readonly BarTrace[]): [from: number, to: number][][] {
  const tops = new Map<number, { up: number; down: number }>();
  return bars.map(({ x, y }) =>
    y.map((height, i) => {
      const top = tops.get(x[i]!) ?? { up: 0, down: 0 };
      tops.set(x[i]!, top);
      const side = height < 0 ? "down" : "up";
      const from = top[side];
      if (Number.isFinite(height)) top[side] += height;
      return [from, from + height];
    })
  );
}

/** Where the legend lies: above the picture, or in the corner where the fewest points are. */
export type LegendPlace = { above: true } | { above: false; right: boolean; top: boolean };

/** Finds the place of a figure's legend; the upper right corner is the first choice. */
export function legendPlace(figure: Figure): LegendPlace {
  if (figure.data.some((t) => t.type !== "scatter")) return { above: true };
  const { x, y } = scales(figure, 6, 6);
  const corners = [[true, true], [false, true], [true, false], [false, false]] as const;
  const crowd = corners.map(([right, top]) =>
    figure.data.reduce((sum, trace) => {
      const inside = points(trace).filter(([a, b]) => {
        const [u, v] = [x.at(a), y.at(b)];
        return (right ? u > 0.55 : u < 0.45) && (top ? v > 0.65 : v < 0.35);
      });
      return sum + inside.length;
    }, 0)
  );
  const [right, top] = corners[crowd.indexOf(Math.min(...crowd))]!;
  return { above: false, right, top };
}

/** The points of a trace, and some between those of a line. */
function points(trace: Trace): [number, number][] {
  if (trace.type !== "scatter") return [];
  return trace.x.flatMap((x, i): [number, number][] => {
    const [y, nextX, nextY] = [trace.y[i]!, trace.x[i + 1], trace.y[i + 1]];
    if (trace.mode === "markers" || nextX === undefined) return [[x, y]];
    return [0, 0.25, 0.5, 0.75].map((s) => [x + s * (nextX - x), y + s * (nextY! - y)]);
  });
}
