import { DrawnView } from "../drawn_view.ts";
import { escape, type MediaBundle } from "../view.ts";
import type { Figure } from "./figure.ts";
import {
  bundleOf,
  drawScript,
  inScript,
  loaderScript,
  pageFigure,
  type PlotlyBundle,
} from "./render/plotly.ts";
import { describe, renderSvg, type SvgOptions } from "./render/svg.ts";
import { renderText } from "./render/text.ts";

/** The bundles of plotly.js that this session has sent to its notebook. */
const sent = new Set<PlotlyBundle>();

/** A figure as a view; the first of a session that a notebook shows brings plotly.js along. */
export class Chart extends DrawnView {
  /** The figure that is shown. */
  readonly figure: Figure;

  /**
   * Makes a view of a figure.
   *
   * @param figure The figure.
   * @param options The size of its picture.
   */
  constructor(figure: Figure, options: SvgOptions = {}) {
    super(bundle(figure, options));
    this.figure = figure;
  }

  /**
   * What a notebook is sent: the bundle with a PNG picture, and before it, the first time in a session, the program that draws
   * such charts.
   *
   * Without the program, as in {@link View.bundle}, a chart is its static picture, and becomes interactive when the page
   * has the program from another one.
   */
  override async display(): Promise<MediaBundle> {
    const needed = bundleOf(this.figure);
    if (sent.has(needed)) return await super.display();
    sent.add(needed);
    const html = `${this.bundle["text/html"]}<script>${await loaderScript(needed)}</script>`;
    return { ...await super.display(), "text/html": html };
  }
}

/**
 * Shows a figure: interactive in a notebook whose scripts run, a static picture where they do not, characters in a terminal.
 *
 * @param figure The figure.
 * @param options The size of its picture.
 *
 * @example
 * ```ts
 * import { chart, lineFigure } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const { bundle } = chart(lineFigure({ loss: [[1, 4.2], [2, 3.9]] }));
 * assert.match(bundle["image/svg+xml"] as string, /^<svg /);
 * ```
 */
export function chart(figure: Figure, options: SvgOptions = {}): Chart {
  return new Chart(figure, options);
}

function bundle(figure: Figure, options: SvgOptions): MediaBundle {
  const { width = 720, height = 420 } = options;
  const svg = renderSvg(figure, options);
  const src = `data:image/svg+xml;base64,${new TextEncoder().encode(svg).toBase64()}`;
  const name = fingerprint(svg);
  const places = `[data-tome-chart="${name}"]:not([data-drawn])`;
  return {
    "text/plain": renderText(figure),
    "text/html": `<div data-tome-chart="${name}" style="max-width:${Math.max(width, 720)}px">` +
      `<img alt="${escape(describe(figure))}" style="max-width:100%" src="${src}"></div>` +
      `<script>${drawScript(figure, places, height)}</script>`,
    "image/svg+xml": svg,
    "application/vnd.plotly.v1+json": JSON.parse(inScript(pageFigure(figure, height))),
  };
}

/** A short name of a text, the same for the same text (FNV-1a). */
function fingerprint(text: string): string {
  let [low, high] = [0x811c9dc5, 0x9e3779b9];
  for (let i = 0; i < text.length; i++) {
    low = Math.imul(low ^ text.charCodeAt(i), 0x01000193);
    high = Math.imul(high ^ low, 0x85ebca6b);
  }
  return [low, high].map((part) => (part >>> 0).toString(36)).join("");
}
