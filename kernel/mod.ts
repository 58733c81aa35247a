/**
 * What a notebook or a terminal sees: charts and reports.
 *
 * A chart is plain data, a {@link Figure}, made by a pure function and drawn by another: {@link renderSvg} for a picture,
 * {@link renderText} for a terminal, {@link renderHtml} for a page whose charts can be zoomed.
 *
 * @module
 */
export { escape, type MediaBundle, View } from "./view.ts";
export { type Axis, type Figure, type Layout, type LineTrace, PALETTE } from "./charts/figure.ts";
export { lineChart, lineFigure, type LineOptions, type Series } from "./charts/line.ts";
export { renderSvg, type SvgOptions } from "./charts/render/svg.ts";
export { renderText, type TextOptions } from "./charts/render/text.ts";
export { renderHtml } from "./charts/render/html.ts";
export { type Sample, type TrainingReport, trainingReport } from "./report.ts";
export { show, Shown, type ShowOptions } from "./show.ts";
