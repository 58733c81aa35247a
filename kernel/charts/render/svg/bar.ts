import { escape } from "../../../view.ts";
import type { BarTrace, Layout } from "../../figure.ts";
import { stacked } from "../scales.ts";
import { n, type Plot, SOFT } from "./plot.ts";

/** The share of its place that bars without a width take. */
const FULL = 0.8;

/** Bars beside, on or over one another, and the line of zero. */
export function bars(
  traces: readonly BarTrace[],
  layout: Layout,
  { px, py, box, y }: Plot,
): string[] {
  const spans = layout.barmode === "relative"
    ? stacked(traces)
    : traces.map((t) => t.y.map((height): [number, number] => [0, height]));
  const groups = layout.barmode === "group" ? traces.length : 1;
  const drawn = traces.map(({ x, width, marker }, k) => {
    const whole = width ?? FULL;
    const wide = width === undefined ? whole / groups : whole;
    const shift = groups > 1 ? -whole / 2 + k * wide : -wide / 2;
    const path = x.map((middle, i) => {
      const [from, to] = spans[k]![i]!;
      if (!Number.isFinite(to) || from === to) return "";
      const [left, right] = [px(middle + shift), px(middle + shift + wide)];
      return `M${n(left)} ${n(py(from))}H${n(right)}V${n(py(to))}H${n(left)}Z`;
    }).join("");
    const faint = marker.opacity === undefined ? "" : ` fill-opacity="${marker.opacity}"`;
    const edge = width === undefined ? "" : ' stroke="#fff" stroke-width="0.5"';
    return path && `<path d="${path}" fill="${escape(marker.color)}"${faint}${edge}/>`;
  });
  const zero = traces.length > 0 && y.at(0) > 0
    ? [`<path d="M${box.left} ${n(py(0))}H${box.right}" stroke="${SOFT}"/>`]
    : [];
  return [...drawn.filter(Boolean), ...zero];
}
