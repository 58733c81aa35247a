/** A chart as plotly.js takes it: traces, and how they are laid out. Only plain data. */
export interface Figure {
  /** What is drawn, in order. */
  data: LineTrace[];
  /** Title, axes and legend. */
  layout: Layout;
}

/** A line through points. */
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
  /** How the points look. */
  marker: { color: string; size: number };
}

/** An axis. */
export interface Axis {
  /** What it measures, with the unit. */
  title: { text: string };
  /** Whether equal steps are equal differences or equal ratios. */
  type: "linear" | "log";
}

/** Title, axes and legend of a figure. */
export interface Layout {
  /** The title. */
  title: { text: string };
  /** The axis across. */
  xaxis: Axis;
  /** The axis upwards. */
  yaxis: Axis;
  /** Whether the names of the traces are shown. */
  showlegend: boolean;
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
