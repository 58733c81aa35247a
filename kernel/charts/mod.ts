/**
 * Charts: pure functions from data to a figure, and what draws, shows and saves a figure.
 *
 * @module
 */
export {
  type Axis,
  type BarTrace,
  type BoxTrace,
  type ColorAxis,
  type ColorScale,
  type Dimension,
  type Figure,
  type HeatmapTrace,
  type Layout,
  type LineTrace,
  PALETTE,
  type ParallelTrace,
  type SurfaceTrace,
  type Trace,
} from "./figure.ts";
export { COLOR_SCALES, type ColorScaleName } from "./colors.ts";
export { Chart, chart } from "./chart.ts";
export { barChart, barFigure, type BarOptions } from "./bar.ts";
export { boxChart, boxFigure, type BoxOptions } from "./box.ts";
export {
  confusionCounts,
  confusionMatrixChart,
  confusionMatrixFigure,
  type ConfusionMatrixOptions,
} from "./confusion.ts";
export { heatmapChart, heatmapFigure, type HeatmapOptions } from "./heatmap.ts";
export { histogramChart, histogramFigure, type HistogramOptions } from "./histogram.ts";
export { lineChart, lineFigure, type LineOptions, type Series } from "./line.ts";
export {
  parallelCoordinatesChart,
  parallelCoordinatesFigure,
  type ParallelCoordinatesOptions,
  type Run,
} from "./parallel.ts";
export { precisionRecallCurve, type Ranking, type RankingCurve, rocCurve } from "./ranking.ts";
export {
  precisionRecallChart,
  precisionRecallFigure,
  type RankingOptions,
  rocChart,
  rocFigure,
} from "./roc.ts";
export { scatterChart, scatterFigure, type ScatterOptions } from "./scatter.ts";
export { surfaceChart, surfaceFigure, type SurfaceOptions } from "./surface.ts";
export { saveFigure, type SaveFigureOptions } from "./save.ts";
export { renderHtml } from "./render/html.ts";
export { type PngOptions, renderPng } from "./render/png.ts";
export { renderSvg, type SvgOptions } from "./render/svg.ts";
export { renderText, type TextOptions } from "./render/text.ts";
