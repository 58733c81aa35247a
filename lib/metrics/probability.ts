import { table, type TableBundle } from "../tensor/mod.ts";
import { type CountedMetric, countedMetric, lengthOf, type Metric } from "./metric.ts";

/** A metric of columns of probabilities, one array of all classes an example, and of labels. */
export type ProbabilityMetric = Metric<[probabilities: ArrayLike<number>, label: number]>;

const TINY = 2 ** -52; // a probability of 0 would cost infinitely much; as in scikit-learn for float64

/** The mean of −ln p(label), in nats: cross entropy; `logLoss(probabilities, labels)`. */
export const logLoss: CountedMetric<[probabilities: ArrayLike<number>, label: number]> =
  countedMetric(
    "log loss",
    (probabilities, label) => [
      -Math.log(Math.min(Math.max(probabilities[label]!, TINY), 1 - TINY)),
      1,
    ],
    ([sum, count]) => sum! / count!,
  );

/**
 * Brier's score: the mean squared distance of the probabilities from the truth, summed over the classes; 0 is best, 2 worst.
 * For two classes it is twice what scikit-learn's `brier_score_loss` gives by default.
 *
 * @see Brier, 1950, "Verification of forecasts expressed in terms of probability", equation 2
 */
export const brierScore: CountedMetric<[probabilities: ArrayLike<number>, label: number]> =
  countedMetric(
    "Brier's score",
    (probabilities, label) => {
      let sum = 0;
      for (let k = 0; k < probabilities.length; k++) {
        sum += (probabilities[k]! - Number(k === label)) ** 2;
      }
      return [sum, 1];
    },
    ([sum, count]) => sum! / count!,
  );

/** The examples whose confidence lies in one stretch. */
export interface CalibrationBin {
  /** Where the stretch begins. */
  from: number;
  /** Where the stretch ends, which belongs to it. */
  to: number;
  /** How many examples there are. */
  count: number;
  /** The mean of the highest probabilities. */
  confidence: number;
  /** The share of right predictions. */
  accuracy: number;
}

/** What a reliability diagram shows; prints itself. */
export class Calibration {
  /** The bins, from low to high confidence; those without examples are left out. */
  readonly bins: readonly CalibrationBin[];

  /**
   * Makes a calibration of its bins.
   *
   * @param bins The bins that have examples.
   */
  constructor(bins: readonly CalibrationBin[]) {
    this.bins = bins;
  }

  /** Expected calibration error: the mean distance of accuracy from confidence. */
  get expectedError(): number {
    const total = this.bins.reduce((sum, { count }) => sum + count, 0);
    return this.#gaps().reduce((sum, gap, i) => sum + gap * this.bins[i]!.count, 0) / total;
  }

  /** Maximum calibration error: the largest distance of accuracy from confidence. */
  get maximumError(): number {
    return Math.max(...this.#gaps());
  }

  #gaps(): number[] {
    return this.bins.map(({ confidence, accuracy }) => Math.abs(accuracy - confidence));
  }

  /** As a table. */
  table(): TableBundle {
    const rows = this.bins.map(({ from, to, count, confidence, accuracy }) => [
      `${from.toFixed(2)}–${to.toFixed(2)}`,
      String(count),
      confidence.toFixed(3),
      accuracy.toFixed(3),
    ]);
    const head = ["confidence", "examples", "mean", "accuracy"];
    const all = this.bins.reduce((sum, { count }) => sum + count, 0);
    rows.push(["expected error", String(all), "", this.expectedError.toFixed(4)]);
    return table(rows, { head, numbersFrom: 1 });
  }

  /** The table as text. */
  toString(): string {
    return this.table()["text/plain"];
  }

  /** What a notebook shows. */
  [Symbol.for("Jupyter.display")](): TableBundle {
    return this.table();
  }
}

/**
 * Compares confidence with accuracy.
 *
 * @param probabilities Of all classes, one array an example.
 * @param labels The true classes.
 * @param options `bins`: into how many equal stretches confidence is cut. @default {15}
 * @throws {RangeError} If a probability is not within 0 and 1.
 * @see Guo et al., 2017, "On Calibration of Modern Neural Networks", equations 2 and 3
 */
export function calibration(
  probabilities: ArrayLike<ArrayLike<number>>,
  labels: ArrayLike<number>,
  { bins = 15 }: { bins?: number } = {},
): Calibration {
  const length = lengthOf("calibration", [probabilities, labels]);
  const found = Array.from({ length: bins }, (_, i) => ({
    from: i / bins,
    to: (i + 1) / bins,
    count: 0,
    confidence: 0,
    accuracy: 0,
  }));
  for (let i = 0; i < length; i++) {
    const row = probabilities[i]!;
    let best = 0;
    for (let k = 1; k < row.length; k++) if (row[k]! > row[best]!) best = k;
    const confidence = row[best]!;
    if (!(confidence >= 0 && confidence <= 1 + 1e-6)) {
      throw new RangeError(
        `Cannot calibrate as probabilities must lie within 0 and 1: current value at ${i} is ${confidence}`,
      );
    }
    const bin = found[Math.min(Math.max(Math.ceil(confidence * bins) - 1, 0), bins - 1)]!;
    bin.count++;
    bin.confidence += confidence;
    bin.accuracy += Number(best === labels[i]);
  }
  return new Calibration(
    found.filter(({ count }) => count > 0).map((bin) => ({
      ...bin,
      confidence: bin.confidence / bin.count,
      accuracy: bin.accuracy / bin.count,
    })),
  );
}

/** Expected calibration error with 15 bins; `expectedCalibrationError(probabilities, labels)`. */
export const expectedCalibrationError: ProbabilityMetric = (probabilities, labels): number =>
  calibration(probabilities, labels).expectedError;
