import { Rng } from "../tensor/mod.ts";
import { type Columns, type CountedMetric, lengthOf, type Metric } from "./metric.ts";

/** How {@link bootstrap} draws. */
export interface BootstrapOptions {
  /** How sure the interval is. @default {0.95} */
  confidence?: number;
  /** How many times the examples are drawn anew. @default {1000} */
  samples?: number;
  /** Fixes the draws. @default {0} */
  seed?: number;
  /**
   * `"percentile"` takes the quantiles of the drawn values; `"BCa"` corrects them for bias and skewness, at the cost of measuring once
   * more without each example. @default {"percentile"}
   */
  method?: "percentile" | "BCa";
}

/** A measured value and the interval in which it lies with the confidence asked for; prints itself. */
export class Interval {
  /** The value of all examples. */
  readonly value: number;
  /** The lower end. */
  readonly low: number;
  /** The upper end. */
  readonly high: number;
  /** How sure the interval is. */
  readonly confidence: number;

  /**
   * Makes an interval.
   *
   * @param value The value of all examples.
   * @param low The lower end.
   * @param high The upper end.
   * @param confidence How sure the interval is.
   */
  constructor(value: number, low: number, high: number, confidence: number) {
    this.value = value;
    this.low = low;
    this.high = high;
    this.confidence = confidence;
  }

  /** Such as `0.853 [0.821, 0.884]`. */
  toString(): string {
    const digits = (value: number) =>
      value.toPrecision(4).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
    return `${digits(this.value)} [${digits(this.low)}, ${digits(this.high)}]`;
  }

  /** What a notebook shows. */
  [Symbol.for("Jupyter.display")](): { "text/plain": string } {
    return { "text/plain": this.toString() };
  }
}

/**
 * Measures with an interval: how much the value would change with other examples of the same kind.
 *
 * @param metric What to measure. One that counts its examples (`counts`) is measured once and its counts are drawn.
 * @param columns The columns that the metric takes.
 * @param options How often is drawn.
 * @throws {RangeError} If the columns differ in length or are empty, or an option makes no sense.
 * @see Efron and Tibshirani, 1993, "An Introduction to the Bootstrap", chapters 13 and 14
 *
 * @example
 * ```ts
 * import { accuracy, bootstrap } from "@tome/tome/metrics";
 *
 * const interval = bootstrap(accuracy, [[0, 1, 1, 0, 1], [0, 1, 0, 0, 1]]);
 * console.assert(interval.low <= interval.value && interval.value <= interval.high);
 * ```
 */
export function bootstrap<Row extends readonly unknown[]>(
  metric: Metric<Row>,
  columns: Columns<Row>,
  { confidence = 0.95, samples = 1000, seed = 0, method = "percentile" }: BootstrapOptions = {},
): Interval {
  if (!(confidence > 0 && confidence < 1) || !(samples >= 1)) {
    throw new RangeError(
      `Cannot bootstrap as confidence must lie between 0 and 1 and samples be at least 1: ` +
        `current values are ${confidence} and ${samples}`,
    );
  }
  const length = lengthOf("an interval", columns as readonly ArrayLike<unknown>[]);
  const measure = measurerOf(metric, columns, length);
  const every = Uint32Array.from({ length }, (_, i) => i);
  const value = measure(every);
  const drawn = draw(measure, length, samples, seed);
  let [low, high] = [(1 - confidence) / 2, (1 + confidence) / 2];
  if (method === "BCa") {
    const left = Array.from(every, (out) => measure(every.filter((i) => i !== out)));
    [low, high] = [low, high].map((share) => corrected(share, value, drawn, left)) as [
      number,
      number,
    ];
  }
  return new Interval(value, quantile(drawn, low), quantile(drawn, high), confidence);
}

/** A comparison of two systems on the same examples; prints itself. */
export class Comparison {
  /** How much the first is above the second, with its interval. */
  readonly difference: Interval;
  /** How likely so large a difference, to either side, is by chance alone if both were equally good. */
  readonly pValue: number;

  /**
   * Makes a comparison.
   *
   * @param difference How much the first is above the second.
   * @param pValue Of a two-sided test.
   */
  constructor(difference: Interval, pValue: number) {
    this.difference = difference;
    this.pValue = pValue;
  }

  /** Such as `+0.012 [-0.004, 0.028], p = 0.14`. */
  toString(): string {
    const sign = this.difference.value > 0 ? "+" : "";
    return `${sign}${this.difference}, p = ${this.pValue.toPrecision(2)}`;
  }

  /** What a notebook shows. */
  [Symbol.for("Jupyter.display")](): { "text/plain": string } {
    return { "text/plain": this.toString() };
  }
}

/**
 * Compares two systems on the same examples, drawn together.
 *
 * @param metric What to measure.
 * @param first The columns of the first system.
 * @param second The columns of the second, row for row of the same examples.
 * @param options How often is drawn.
 * @throws {RangeError} If the columns differ in length or are empty.
 * @see Koehn, 2004, "Statistical Significance Tests for Machine Translation Evaluation"
 */
export function compare<Row extends readonly unknown[]>(
  metric: Metric<Row>,
  first: Columns<Row>,
  second: Columns<Row>,
  { confidence = 0.95, samples = 1000, seed = 0 }: Omit<BootstrapOptions, "method"> = {},
): Comparison {
  const all = [
    ...first as readonly ArrayLike<unknown>[],
    ...second as readonly ArrayLike<unknown>[],
  ];
  const length = lengthOf("a comparison", all);
  const [one, other] = [first, second].map((columns) => measurerOf(metric, columns, length));
  const difference = (rows: Uint32Array) => one!(rows) - other!(rows);
  const value = difference(Uint32Array.from({ length }, (_, i) => i));
  const drawn = draw(difference, length, samples, seed);
  const interval = new Interval(
    value,
    quantile(drawn, (1 - confidence) / 2),
    quantile(drawn, (1 + confidence) / 2),
    confidence,
  );
  // the draws scatter about the measured difference; about zero they would lie as far away as often
  const far = drawn.filter((one) => Math.abs(one - value) >= Math.abs(value) - 1e-12).length;
  return new Comparison(interval, (far + 1) / (samples + 1));
}

/** Measures the examples of given rows. */
function measurerOf<Row extends readonly unknown[]>(
  metric: Metric<Row>,
  columns: Columns<Row>,
  length: number,
): (rows: Uint32Array) => number {
  const lists = columns as readonly ArrayLike<unknown>[];
  if (!isCounted(metric)) {
    return (rows) =>
      metric(...lists.map((list) => Array.from(rows, (i) => list[i])) as unknown as Columns<Row>);
  }
  const counts = Array.from(
    { length },
    (_, i) => metric.counts(...lists.map((list) => list[i]) as unknown as Row),
  );
  return (rows) => {
    const sums = counts[0]!.map(() => 0);
    for (const i of rows) for (let k = 0; k < sums.length; k++) sums[k]! += counts[i]![k]!;
    return metric.from(sums);
  };
}

function isCounted<Row extends readonly unknown[]>(
  metric: Metric<Row>,
): metric is CountedMetric<Row> {
  return metric.counts !== undefined && metric.from !== undefined;
}

/** The values of examples drawn with replacement, from low to high; those that cannot be measured, such as an AUC of one class, are left out. */
function draw(
  measure: (rows: Uint32Array) => number,
  length: number,
  samples: number,
  seed: number,
): number[] {
  const random = new Rng(seed);
  const values: number[] = [];
  for (let n = 0; n < samples; n++) {
    const rows = Uint32Array.from({ length }, () => random.int(length));
    try {
      values.push(measure(rows));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  if (values.length === 0) {
    throw new RangeError("Cannot bootstrap as no drawn set of examples can be measured");
  }
  return values.sort((a, b) => a - b);
}

/** The quantile of sorted values, between neighbours in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const at = Math.min(Math.max(share, 0), 1) * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below + (at - Math.floor(at)) * (above - below);
}

/** Which quantile BCa takes for a share: equation 14.10 of Efron and Tibshirani. */
function corrected(
  share: number,
  value: number,
  drawn: readonly number[],
  left: readonly number[],
): number {
  const below = drawn.filter((one) => one < value).length +
    drawn.filter((one) => one === value).length / 2;
  const bias = normalQuantile(below / drawn.length);
  const mean = left.reduce((a, b) => a + b, 0) / left.length;
  const squares = left.reduce((sum, one) => sum + (mean - one) ** 2, 0);
  const cubes = left.reduce((sum, one) => sum + (mean - one) ** 3, 0);
  const skew = squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
  const z = bias + normalQuantile(share);
  return normalCumulative(bias + z / (1 - skew * z));
}

/** Φ(z), to 1e-7. */
function normalCumulative(z: number): number {
  // Abramowitz and Stegun, 1964, formula 7.1.26
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const terms = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const erf = 1 - t * terms.reduce((sum, term) => sum * t + term, 0) * Math.exp(-x * x);
  return z >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
}

/** Φ⁻¹(p), by halving; at 0 and 1 the ends of the search. */
function normalQuantile(p: number): number {
  let [low, high] = [-8, 8];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalCumulative(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
