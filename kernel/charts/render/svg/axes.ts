import { escape } from "../../../view.ts";
import type { Layout } from "../../figure.ts";
import type { Scale } from "../scale.ts";
import { type Box, cut, FAINT, INK, n, type Plot, SOFT, textWidth } from "./plot.ts";

/** How the labels of the axis across lie, and how high they are. */
export interface Labels {
  /** Whether they are turned as they would touch each other. */
  turned: boolean;
  /** Their height in pixels. */
  height: number;
}

/** Finds how the labels of an axis across fit into a width. */
export function labelsAcross(x: Scale, width: number): Labels {
  const widest = Math.max(0, ...x.ticks.map((v) => textWidth(cut(x.label(v)))));
  const gaps = x.ticks.slice(1).map((v, i) => Math.abs(x.at(v) - x.at(x.ticks[i]!)) * width);
  const numbers = /^[−\d.,e]*$/.test(x.ticks.map(x.label).join(""));
  const turned = !numbers && widest + 4 > Math.min(...gaps, width);
  return { turned, height: turned ? Math.ceil(widest * 0.71) + 4 : 12 };
}

/** Grid, axis lines and the labels of the ticks. */
export function axes({ x, y, px, py, box }: Plot, labels: Labels, grid: boolean): string[] {
  const across = y.ticks.map((v) =>
    (grid
      ? `<path d="M${box.left} ${n(py(v))}H${box.right}" stroke="${FAINT}"/>`
      : `<path d="M${box.left} ${n(py(v))}h-4" stroke="${SOFT}"/>`) +
    `<text x="${box.left - 8}" y="${n(py(v) + 4)}" text-anchor="end" fill="${SOFT}">${
      escape(cut(y.label(v)))
    }</text>`
  );
  const up = x.ticks.map((v) => {
    const place = labels.turned
      ? `x="${n(px(v) + 4)}" y="${box.bottom + 14}" text-anchor="end" transform="rotate(-45 ${
        n(px(v) + 4)
      } ${box.bottom + 14})"`
      : `x="${n(px(v))}" y="${box.bottom + 19}" text-anchor="middle"`;
    return `<path d="M${n(px(v))} ${box.bottom}v5" stroke="${SOFT}"/>` +
      `<text ${place} fill="${SOFT}">${escape(cut(x.label(v)))}</text>`;
  });
  const frame =
    `<path d="M${box.left} ${box.top}V${box.bottom}H${box.right}" fill="none" stroke="${SOFT}"/>`;
  return [...across, ...up, frame];
}

/** The title of a figure. */
export function heading(layout: Layout, width: number): string[] {
  if (!layout.title.text) return [];
  return [
    `<text x="${width / 2}" y="27" text-anchor="middle" font-size="16" fill="${INK}">${
      escape(layout.title.text)
    }</text>`,
  ];
}

/** The names of the axes; `[across, down]` is how far the drawing area was moved away from its labels' first place. */
export function names(
  layout: Layout,
  box: Box,
  height: number,
  [across, down]: readonly [number, number],
): string[] {
  const middle = (box.top + box.bottom) / 2;
  const left = 18 + across;
  return [
    `<text x="${n((box.left + box.right) / 2)}" y="${
      n(height - 12 - down)
    }" text-anchor="middle" fill="${INK}">${escape(layout.xaxis.title.text)}</text>`,
    `<text x="${n(left)}" y="${n(middle)}" text-anchor="middle" transform="rotate(-90 ${n(left)} ${
      n(middle)
    })" fill="${INK}">${escape(layout.yaxis.title.text)}</text>`,
  ];
}
