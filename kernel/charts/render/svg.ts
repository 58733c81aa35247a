import { escape } from "../../view.ts";
import type { Figure, LineTrace } from "../figure.ts";
import { type Scale, scale } from "./scale.ts";

/** How {@link renderSvg} draws. */
export interface SvgOptions {
  /** Width in pixels. @default {720} */
  width?: number;
  /** Height in pixels. @default {420} */
  height?: number;
}

const INK = "#1f2328";
const FAINT = "#e4e7eb";
const SOFT = "#57606a";

/**
 * Draws a figure as an SVG picture, without a browser: the same figure gives the same text.
 *
 * @param figure The figure.
 * @param options The size.
 */
export function renderSvg(figure: Figure, options: SvgOptions = {}): string {
  const { width = 720, height = 420 } = options;
  const { data, layout } = figure;
  const x = scale(data.flatMap((t) => t.x), {
    log: layout.xaxis.type === "log",
    count: width / 110,
    snug: true,
  });
  const y = scale(data.flatMap((t) => t.y), {
    log: layout.yaxis.type === "log",
    count: height / 70,
  });
  const widest = Math.max(...y.ticks.map((v) => y.label(v).length));
  const box = {
    left: 38 + 7 * widest,
    top: layout.title.text ? 44 : 20,
    right: width - 22,
    bottom: height - 52,
  };
  const px = (v: number) => box.left + x.at(v) * (box.right - box.left);
  const py = (v: number) => box.bottom - y.at(v) * (box.bottom - box.top);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="12">`,
    `<title>${
      escape(layout.title.text || `${layout.yaxis.title.text} by ${layout.xaxis.title.text}`)
    }</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...axes(x, y, px, py, box),
    ...data.flatMap((trace) => line(trace, px, py)),
    ...names(figure, box, width, height),
    ...(layout.showlegend ? legend(data, box) : []),
    "</svg>",
  ];
  return parts.join("\n") + "\n";
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

type Place = (value: number) => number;

/** Grid, axis lines and the labels of the ticks. */
function axes(x: Scale, y: Scale, px: Place, py: Place, box: Box): string[] {
  const across = y.ticks.map((v) =>
    `<path d="M${box.left} ${n(py(v))}H${box.right}" stroke="${FAINT}"/>` +
    `<text x="${box.left - 8}" y="${n(py(v) + 4)}" text-anchor="end" fill="${SOFT}">${
      y.label(v)
    }</text>`
  );
  const up = x.ticks.map((v) =>
    `<path d="M${n(px(v))} ${box.bottom}v5" stroke="${SOFT}"/>` +
    `<text x="${n(px(v))}" y="${box.bottom + 19}" text-anchor="middle" fill="${SOFT}">${
      x.label(v)
    }</text>`
  );
  const frame =
    `<path d="M${box.left} ${box.top}V${box.bottom}H${box.right}" fill="none" stroke="${SOFT}"/>`;
  return [...across, ...up, frame];
}

/** A line with gaps where a value is missing, and its marks. */
function line({ x, y, mode, line, marker }: LineTrace, px: Place, py: Place): string[] {
  let path = "";
  let joined = false;
  const marks: string[] = [];
  for (const [i, value] of y.entries()) {
    const [a, b] = [px(x[i]!), py(value)];
    const there = Number.isFinite(a) && Number.isFinite(b);
    if (there) path += `${joined ? "L" : "M"}${n(a)} ${n(b)}`;
    if (there && mode !== "lines") {
      marks.push(
        `<circle cx="${n(a)}" cy="${n(b)}" r="${marker.size / 2}" fill="${
          escape(marker.color)
        }" stroke="#fff"/>`,
      );
    }
    joined = there;
  }
  if (!path || mode === "markers") return marks;
  const dash = line.dash === "dot" ? ' stroke-dasharray="2 4"' : "";
  const stroke = `stroke="${escape(line.color)}" stroke-width="${line.width}"${dash}`;
  return [`<path d="${path}" fill="none" ${stroke} stroke-linejoin="round"/>`, ...marks];
}

/** The title and the names of the axes. */
function names({ layout }: Figure, box: Box, width: number, height: number): string[] {
  const middle = (box.top + box.bottom) / 2;
  const title = layout.title.text &&
    `<text x="${width / 2}" y="27" text-anchor="middle" font-size="16" fill="${INK}">${
      escape(layout.title.text)
    }</text>`;
  return [
    ...(title ? [title] : []),
    `<text x="${(box.left + box.right) / 2}" y="${
      height - 12
    }" text-anchor="middle" fill="${INK}">${escape(layout.xaxis.title.text)}</text>`,
    `<text x="18" y="${middle}" text-anchor="middle" transform="rotate(-90 18 ${middle})" fill="${INK}">${
      escape(layout.yaxis.title.text)
    }</text>`,
  ];
}

/** The names of the lines, in a white box in the upper right corner. */
function legend(data: LineTrace[], box: Box): string[] {
  const width = 44 + 7.2 * Math.max(...data.map((t) => t.name.length));
  const [left, top] = [box.right - width - 6, box.top + 6];
  const rows = data.map((trace, i) => {
    const y = top + 17 + 18 * i;
    return `<path d="M${n(left + 8)} ${y - 4}h20" stroke="${
      escape(trace.line.color)
    }" stroke-width="3"/>` +
      `<text x="${n(left + 34)}" y="${y}" fill="${INK}">${escape(trace.name)}</text>`;
  });
  const frame =
    `<rect x="${n(left)}" y="${top}" width="${n(width)}" height="${18 * data.length + 8}" rx="3" ` +
    `fill="#fff" fill-opacity="0.9" stroke="${FAINT}"/>`;
  return [frame, ...rows];
}

/** A number with at most two digits after the point. */
function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}
