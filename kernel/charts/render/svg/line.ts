import { escape } from "../../../view.ts";
import { colorAt } from "../../colors.ts";
import type { LineTrace } from "../../figure.ts";
import { n, type Plot } from "./plot.ts";

/** A line with gaps where a value is missing, and its marks. */
export function line({ x, y, mode, line, marker, text }: LineTrace, { px, py }: Plot): string[] {
  let path = "";
  let joined = false;
  const marks: string[] = [];
  const faint = marker.opacity === undefined ? "" : ` fill-opacity="${marker.opacity}"`;
  for (const [i, value] of y.entries()) {
    const [a, b] = [px(x[i]!), py(value)];
    const there = Number.isFinite(a) && Number.isFinite(b);
    if (there) path += `${joined ? "L" : "M"}${n(a)} ${n(b)}`;
    if (there && mode !== "lines") {
      const label = text?.[i] ? `<title>${escape(text[i]!)}</title></circle>` : "";
      marks.push(
        `<circle cx="${n(a)}" cy="${n(b)}" r="${marker.size / 2}" fill="${
          escape(color(marker, i))
        }"${faint} stroke="#fff"${label ? `>${label}` : "/>"}`,
      );
    }
    joined = there;
  }
  if (!path || mode === "markers") return marks;
  const dash = line.dash === "dot" ? ' stroke-dasharray="2 4"' : "";
  const stroke = `stroke="${escape(line.color)}" stroke-width="${line.width}"${dash}`;
  return [`<path d="${path}" fill="none" ${stroke} stroke-linejoin="round"/>`, ...marks];
}

function color(marker: LineTrace["marker"], i: number): string {
  if (typeof marker.color === "string") return marker.color;
  const { colorscale, cmin = 0, cmax = 1 } = marker;
  const value = marker.color[i]!;
  if (!colorscale || !Number.isFinite(value)) return "#8c959f";
  return colorAt(colorscale, cmax > cmin ? (value - cmin) / (cmax - cmin) : 0.5);
}
