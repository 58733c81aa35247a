/** A chart as plotly.js takes it: traces, and how they are laid out. Only plain data. */
export interface Figure<T extends Trace = Trace> {
  /** What is drawn, in order. */
  data: T[];
  /** Title, axes and legend. */
  layout: Layout;
}

/** Anything that a figure can draw. */
export type Trace = LineTrace | BarTrace | BoxTrace | HeatmapTrace | SurfaceTrace | ParallelTrace;

/** A line through points, or the points alone. */
export interface LineTrace {
  /** The kind of trace, by plotly's name for lines and points. */
  type: "scatter";
  /** Whether the points are joined, marked, or both. */
  mode: "lines" | "markers" | "lines+markers";
  /** Its name in the legend. */
  name: string;
  /** Where the points lie across. */
  x: number[];
  /** How high the points lie; a value that is not finite leaves a gap. */
  y: number[];
  /** How the line looks. */
  line: { color: string; width: number; dash?: "solid" | "dot" };
  /** How the points look; colours may be values of a colour scale, one a point. */
  marker: { color: string | number[]; size: number; opacity?: number } & Partial<ColorAxis>;
  /** What each point says when the mouse is over it. */
  text?: string[];
  /** What plotly shows when the mouse is over it. */
  hovertemplate?: string;
}

/** Bars that stand on zero. */
export interface BarTrace {
  /** The kind of trace. */
  type: "bar";
  /** Its name in the legend. */
  name: string;
  /** The middles of the bars. */
  x: number[];
  /** Their heights. */
  y: number[];
  /** How wide each bar is, in the units of `x`; without it, bars share their place. */
  width?: number;
  /** How the bars look. */
  marker: { color: string; opacity?: number };
  /** What plotly shows when the mouse is over it. */
  hovertemplate?: string;
}

/** Boxes from the lower to the upper quartile, with whiskers and the points beyond them. */
export interface BoxTrace {
  /** The kind of trace. */
  type: "box";
  /** Its name. */
  name: string;
  /** The middle of the box. */
  x: number[];
  /** The lower quartile. */
  q1: number[];
  /** The median. */
  median: number[];
  /** The upper quartile. */
  q3: number[];
  /** Where the lower whisker ends. */
  lowerfence: number[];
  /** Where the upper whisker ends. */
  upperfence: number[];
  /** The points beyond the whiskers. */
  y: number[][];
  /** Which points are drawn: those beyond the whiskers. */
  boxpoints: "outliers";
  /** How wide the box is, in the units of `x`. */
  width: number;
  /** How the box looks. */
  marker: { color: string };
}

/** How numbers become colours, and the bar that tells it. */
export interface ColorAxis {
  /** Colours at places from 0 to 1. */
  colorscale: ColorScale;
  /** The number of the first colour. */
  cmin: number;
  /** The number of the last colour. */
  cmax: number;
  /** Whether the bar of colours is shown. */
  showscale: boolean;
  /** What the bar measures, with the unit. */
  colorbar: { title: { text: string; side: "right" } };
}

/** Colours at places from 0 to 1, ascending; those between are mixed. */
export type ColorScale = readonly (readonly [place: number, color: string])[];

/** A matrix as coloured cells. */
export interface HeatmapTrace {
  /** The kind of trace. */
  type: "heatmap";
  /** The middles of the columns. */
  x: number[];
  /** The middles of the rows. */
  y: number[];
  /** The values, row by row; null leaves a cell empty. */
  z: (number | null)[][];
  /** Colours at places from 0 to 1. */
  colorscale: ColorScale;
  /** The number of the first colour. */
  zmin: number;
  /** The number of the last colour. */
  zmax: number;
  /** Whether the bar of colours is shown. */
  showscale: boolean;
  /** What the bar measures, with the unit. */
  colorbar: { title: { text: string; side: "right" } };
  /** What is written on each cell. */
  text?: string[][];
  /** Plotly's word for writing the text on the cells. */
  texttemplate?: "%{text}";
  /** What plotly shows when the mouse is over it. */
  hovertemplate?: string;
}

/** Heights over a plane. */
export interface SurfaceTrace extends ColorAxis {
  /** The kind of trace. */
  type: "surface";
  /** Where the columns of `z` lie. */
  x: number[];
  /** Where the rows of `z` lie. */
  y: number[];
  /** The heights, row by row. */
  z: number[][];
}

/** One upright axis of parallel coordinates. */
export interface Dimension {
  /** What it measures, with the unit. */
  label: string;
  /** The place of each line on it. */
  values: number[];
  /** Its lower and upper end. */
  range: [low: number, high: number];
  /** The places that are labelled. */
  tickvals: number[];
  /** Their labels. */
  ticktext: string[];
  /** Whether values, range and labelled places are powers of ten. */
  log?: boolean;
}

/** Lines across several upright axes. */
export interface ParallelTrace {
  /** The kind of trace. */
  type: "parcoords";
  /** The axes, from left to right. */
  dimensions: Dimension[];
  /** How the lines look; their colours are values of a colour scale. */
  line: { color: number[] } & ColorAxis;
}

/** An axis. */
export interface Axis {
  /** What it measures, with the unit. */
  title: { text: string };
  /** Whether equal steps are equal differences or equal ratios. */
  type: "linear" | "log";
  /** Its ends, the first one left or below. */
  range?: [from: number, to: number];
  /** The places that are labelled, where they are not chosen by value. */
  tickvals?: number[];
  /** The labels of those places. */
  ticktext?: string[];
  /** The axis whose unit has the same length on the screen. */
  scaleanchor?: "x";
}

/** Title, axes and legend of a figure. */
export interface Layout {
  /** The title. */
  title: { text: string };
  /** The axis across. */
  xaxis: Axis;
  /** The axis upwards. */
  yaxis: Axis;
  /** The height axis of a surface. */
  zaxis?: Axis;
  /** Whether the names of the traces are shown. */
  showlegend: boolean;
  /** How bars at one place share it. */
  barmode?: "group" | "relative" | "overlay";
}

/**
 * Colours of the traces, told apart with any kind of colour vision.
 *
 * @see Okabe and Ito, 2008, "Color Universal Design", https://jfly.uni-koeln.de/color/
 */
export const PALETTE: readonly string[] = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#000000",
];
