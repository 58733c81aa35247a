import { type CountedMetric, countedMetric } from "./metric.ts";

/** The pixels of one image: the class that was taken for each, and its true one. */
export type PixelRow = [prediction: ArrayLike<number>, labels: ArrayLike<number>];

/** How measures of pixels are taken. */
export interface PixelOptions {
  /** Pixels whose true class is this do not count. @default {-100} */
  ignoreIndex?: number;
  /** Whether class 0, what is behind all else, counts as a class of the mean. @default {true} */
  background?: boolean;
}

/** Of each class: its pixels that were found, those taken for it, and those of it; `[3 K]`. */
function countPixels(
  numClasses: number,
  prediction: ArrayLike<number>,
  labels: ArrayLike<number>,
  ignoreIndex: number,
): number[] {
  if (prediction.length !== labels.length) {
    throw new RangeError(
      `Cannot measure pixels as each must have a prediction: current numbers are ${prediction.length} predictions and ${labels.length} labels`,
    );
  }
  const counts = new Array<number>(3 * numClasses).fill(0);
  for (let i = 0; i < labels.length; i++) {
    const [taken, label] = [prediction[i]!, labels[i]!];
    if (label === ignoreIndex) continue;
    if (!(taken >= 0 && taken < numClasses && label >= 0 && label < numClasses)) {
      throw new RangeError(
        `Cannot measure pixels as their classes must be below ${numClasses}: current classes at ${i} are ${taken} and ${label}`,
      );
    }
    if (taken === label) counts[label]!++;
    counts[numClasses + taken]!++;
    counts[2 * numClasses + label]!++;
  }
  return counts;
}

/** Makes a mean over the classes that occur, in predictions or labels, of a share of their pixels. */
function overClasses(
  name: string,
  numClasses: number,
  { ignoreIndex = -100, background = true }: PixelOptions,
  share: (both: number, taken: number, true_: number) => number,
): CountedMetric<PixelRow> {
  if (!(Number.isSafeInteger(numClasses) && numClasses >= 1)) {
    throw new RangeError(
      `Cannot measure ${name} as numClasses must be a whole number from 1 on: current value is ${numClasses}`,
    );
  }
  return countedMetric<PixelRow>(
    name,
    (prediction, labels) => countPixels(numClasses, prediction, labels, ignoreIndex),
    (sums) => {
      let [sum, present] = [0, 0];
      for (let k = background ? 0 : 1; k < numClasses; k++) {
        const [both, taken, true_] = [
          sums[k]!,
          sums[numClasses + k]!,
          sums[2 * numClasses + k]!,
        ];
        if (taken + true_ === 0) continue; // a class that nobody spoke of
        sum += share(both, taken, true_);
        present++;
      }
      return present > 0 ? sum / present : 0;
    },
  );
}

/**
 * Makes the mean over the classes of the intersection of predicted and true pixels, divided by their union.
 *
 * `mIoU = mean_k |P_k ∩ T_k| / |P_k ∪ T_k|`, with the pixels of all images together, over the classes that occur.
 *
 * @example
 * ```ts
 * import { meanIou } from "@tome/tome/metrics";
 *
 * const value = meanIou(2)([[0, 1, 1, 1]], [[0, 0, 1, 1]]); // one image of four pixels
 * console.assert(Math.abs(value - (1 / 2 + 2 / 3) / 2) < 1e-9);
 * ```
 * @param numClasses The number of classes.
 * @param options What does not count.
 * @returns A metric of columns of predictions and labels, one array an image.
 */
export function meanIou(numClasses: number, options: PixelOptions = {}): CountedMetric<PixelRow> {
  return overClasses(
    "mean IoU",
    numClasses,
    options,
    (both, taken, true_) => both / (taken + true_ - both),
  );
}

/**
 * Makes the mean over the classes of Dice's coefficient, which is the F1 of pixels.
 *
 * `Dice = mean_k 2 |P_k ∩ T_k| / (|P_k| + |T_k|)`, with the pixels of all images together, over the classes that occur.
 *
 * @param numClasses The number of classes.
 * @param options What does not count.
 * @returns A metric of columns of predictions and labels, one array an image.
 * @see Dice, 1945, "Measures of the Amount of Ecologic Association Between Species", https://doi.org/10.2307/1932409
 */
export function diceScore(numClasses: number, options: PixelOptions = {}): CountedMetric<PixelRow> {
  return overClasses(
    "Dice's coefficient",
    numClasses,
    options,
    (both, taken, true_) => 2 * both / (taken + true_),
  );
}

/**
 * The IoU of each class, with the pixels of all images together.
 *
 * @param numClasses The number of classes.
 * @param predictions The class taken for each pixel, one array an image.
 * @param labels The true classes.
 * @returns `[K]`; NaN for a class that occurs neither in predictions nor in labels.
 * @throws {RangeError} If there are other numbers of predictions than of labels, or a class is out of range.
 */
export function iouPerClass(
  numClasses: number,
  predictions: ArrayLike<ArrayLike<number>>,
  labels: ArrayLike<ArrayLike<number>>,
  { ignoreIndex = -100 }: Pick<PixelOptions, "ignoreIndex"> = {},
): number[] {
  const sums = new Array<number>(3 * numClasses).fill(0);
  for (let b = 0; b < Math.max(predictions.length, labels.length); b++) {
    countPixels(numClasses, predictions[b] ?? [], labels[b] ?? [], ignoreIndex)
      .forEach((count, i) => sums[i]! += count);
  }
  return Array.from({ length: numClasses }, (_, k) => {
    const both = sums[k]!;
    return both / (sums[numClasses + k]! + sums[2 * numClasses + k]! - both);
  });
}
