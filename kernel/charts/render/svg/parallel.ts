import { escape } from "../../../view.ts";
import { colorAt } from "../../colors.ts";
import type { ParallelTrace } from "../../figure.ts";
import { type Box, cut, INK, n, SOFT } from "./plot.ts";

/** Lines across upright axes. */
export function parallel({ dimensions, line }: ParallelTrace, box: Box): string[] {
  const gap = (box.right - box.left) / Math.max(1, dimensions.length - 1);
  const px = (i: number) =>
    dimensions.length === 1 ? (box.left + box.right) / 2 : box.left + i * gap;
  const places = dimensions.map(({ range: [low, high] }) => (value: number) =>
    box.bottom - (high > low ? (value - low) / (high - low) : 0.5) * (box.bottom - box.top)
  );
  const lines = line.color.map((value, run) => {
    const points = dimensions.map((d, i) => `${n(px(i))} ${n(places[i]!(d.values[run]!))}`);
    const color = colorAt(line.colorscale, (value - line.cmin) / (line.cmax - line.cmin));
    return `<path d="M${
      points.join("L")
    }" fill="none" stroke="${color}" stroke-width="1.5" stroke-opacity="0.8"/>`;
  });
  const axes = dimensions.map((d, i) => {
    const ticks = d.tickvals.map((v, k) =>
      `<path d="M${n(px(i) - 4)} ${n(places[i]!(v))}h4" stroke="${SOFT}"/>` +
      `<text x="${n(px(i) - 7)}" y="${n(places[i]!(v) + 4)}" text-anchor="end" fill="${INK}" ` +
      `stroke="#fff" stroke-width="3" stroke-opacity="0.8" paint-order="stroke">${
        escape(cut(d.ticktext[k]!, 14))
      }</text>`
    ).join("");
    return `<path d="M${n(px(i))} ${box.top}V${box.bottom}" stroke="${SOFT}"/>${ticks}` +
      `<text x="${n(px(i))}" y="${
        box.top - 16
      }" text-anchor="middle" font-size="13" fill="${INK}">${escape(cut(d.label, 20))}</text>`;
  });
  return [...lines, ...axes];
}
