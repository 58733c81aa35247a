import { escape } from "../../view.ts";
import type { Figure } from "../figure.ts";
import { scales } from "./scales.ts";
import { axes, heading, labelsAcross, names } from "./svg/axes.ts";
import { bars } from "./svg/bar.ts";
import { boxes } from "./svg/box.ts";
import { colorbar, colorbarWidth, findColorbar } from "./svg/colorbar.ts";
import { heatmap } from "./svg/heatmap.ts";
import { legend, legendHeight } from "./svg/legend.ts";
import { line } from "./svg/line.ts";
import { parallel } from "./svg/parallel.ts";
import { type Box, cut, type Plot, textWidth } from "./svg/plot.ts";
import { surface } from "./svg/surface.ts";

/** How {@link renderSvg} draws. */
export interface SvgOptions {
  /** Width in pixels. @default {720} */
  width?: number;
  /** Height in pixels. @default {420} */
  height?: number;
}

/**
 * Draws a figure as an SVG picture, without a browser: the same figure gives the same text.
 *
 * @param figure The figure.
 * @param options The size.
 */
export function renderSvg(figure: Figure, options: SvgOptions = {}): string {
  const { width = 720, height = 420 } = options;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="12">`,
    `<title>${escape(describe(figure))}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...content(figure, width, height),
    "</svg>",
  ];
  return parts.join("\n") + "\n";
}

/** A figure in a few words: its title, or what its axes measure. */
export function describe({ data, layout }: Figure): string {
  if (layout.title.text) return layout.title.text;
  const first = data[0];
  if (first?.type === "parcoords") return first.dimensions.map((d) => d.label).join(", ");
  const upwards = layout.zaxis ?? layout.yaxis;
  if (!layout.xaxis.title.text) return upwards.title.text;
  return first?.type === "heatmap"
    ? `${first.colorbar.title.text} by ${upwards.title.text} and ${layout.xaxis.title.text}`
    : `${upwards.title.text} by ${layout.xaxis.title.text}`;
}

function content(figure: Figure, width: number, height: number): string[] {
  const bar = findColorbar(figure);
  const right = width - (bar ? colorbarWidth(bar) : 0);
  const top = figure.layout.title.text ? 44 : 20;
  const beside = (box: Box, moved = 0) => bar ? colorbar(bar, box, width - moved) : [];
  const title = heading(figure.layout, width);
  const first = figure.data[0];
  if (first?.type === "surface") {
    const box = { left: 70, top: top + 16, right: right - 50, bottom: height - 46 };
    return [...title, ...surface(first, figure.layout, box), ...beside(box)];
  }
  if (first?.type === "parcoords") {
    const longest = Math.max(...first.dimensions[0]!.ticktext.map((t) => textWidth(cut(t, 14))));
    const box = {
      left: Math.max(44, longest + 16),
      top: top + 36,
      right: right - 30,
      bottom: height - 24,
    };
    return [...title, ...parallel(first, box), ...beside(box)];
  }
  return flat(figure, { width, height, top, right }, title, beside);
}

/** A picture with an axis across and one upwards. */
function flat(
  figure: Figure,
  { width, height, top, right }: { width: number; height: number; top: number; right: number },
  title: string[],
  beside: (box: Box, moved: number) => string[],
): string[] {
  const { data, layout } = figure;
  const { x, y } = scales(figure, width / 110, height / 70);
  const labels = y.ticks.map((v) => cut(y.label(v)));
  const named = layout.yaxis.ticktext !== undefined;
  const widest = Math.max(0, ...labels.map((t) => named ? textWidth(t) : 7 * t.length));
  let box: Box = {
    left: 38 + Math.ceil(widest),
    top: top + legendHeight(figure, right - 60 - widest),
    right: right - 22,
    bottom: height - 52,
  };
  const across = labelsAcross(x, box.right - box.left);
  if (across.turned) box.bottom -= Math.min(across.height - 8, height / 3);
  const whole = box;
  if (layout.yaxis.scaleanchor) box = squared(box, figure);
  const moved = [box.left - whole.left, whole.bottom - box.bottom] as const;
  const plot: Plot = {
    box,
    x,
    y,
    px: (v) => box.left + x.at(v) * (box.right - box.left),
    py: (v) => box.bottom - y.at(v) * (box.bottom - box.top),
  };
  const cells = data.some((t) => t.type === "heatmap");
  return [
    ...axes(plot, across, !cells),
    ...bars(data.filter((t) => t.type === "bar"), layout, plot),
    ...data.flatMap((trace) => {
      switch (trace.type) {
        case "scatter":
          return line(trace, plot);
        case "box":
          return boxes(trace, plot);
        case "heatmap":
          return heatmap(trace, plot);
        default:
          return [];
      }
    }),
    ...title,
    ...names(layout, box, height, moved),
    ...beside(box, whole.right - box.right),
    ...(layout.showlegend ? legend(figure, box) : []),
  ];
}

/** The largest area in a box where a unit is as long across as upwards. */
function squared(box: Box, { layout }: Figure): Box {
  const span = ({ range = [0, 1] }: { range?: [number, number] }) => Math.abs(range[1] - range[0]);
  const [wide, high] = [box.right - box.left, box.bottom - box.top];
  const unit = Math.min(wide / span(layout.xaxis), high / span(layout.yaxis));
  const [spareX, spareY] = [wide - unit * span(layout.xaxis), high - unit * span(layout.yaxis)];
  return {
    left: box.left + spareX / 2,
    right: box.right - spareX / 2,
    top: box.top,
    bottom: box.bottom - spareY,
  };
}
