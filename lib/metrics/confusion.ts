import { table, type TableBundle } from "../tensor/mod.ts";
import { lengthOf } from "./metric.ts";

/**
 * How often each class was taken for each: `counts[label][prediction]`.
 *
 * @example
 * ```ts
 * import { ConfusionMatrix } from "@tome/tome/metrics";
 *
 * const matrix = ConfusionMatrix.of([0, 1, 1], [0, 1, 0], { names: ["ham", "spam"] });
 * console.assert(matrix.counts[0]![1] === 1); // one ham was taken for spam
 * ```
 */
export class ConfusionMatrix {
  /** How many examples of a class (first index) were predicted as each (second index). */
  readonly counts: readonly (readonly number[])[];
  /** The names of the classes. */
  readonly classes: readonly string[];

  /**
   * Makes a matrix of counts.
   *
   * @param counts `counts[label][prediction]`.
   * @param classes The names of the classes. @default {their numbers}
   */
  constructor(
    counts: readonly (readonly number[])[],
    classes: readonly string[] = counts.map((_, k) => String(k)),
  ) {
    this.counts = counts;
    this.classes = classes;
  }

  /**
   * Counts predictions.
   *
   * @param predictions The predicted classes, whole numbers from 0.
   * @param labels The true classes.
   * @param options `names` of the classes; without them there are as many as the highest number says.
   * @throws {RangeError} If the columns differ in length or are empty, or a class is no whole number or has no name.
   */
  static of(
    predictions: ArrayLike<number>,
    labels: ArrayLike<number>,
    { names }: { names?: readonly string[] } = {},
  ): ConfusionMatrix {
    const length = lengthOf("predictions", [predictions, labels]);
    let highest = 0;
    for (const column of [predictions, labels]) {
      for (let i = 0; i < length; i++) {
        const value = column[i]!;
        if (!Number.isInteger(value) || value < 0 || value >= (names?.length ?? Infinity)) {
          throw new RangeError(
            `Cannot count predictions as classes must be whole numbers from 0${
              names ? ` to ${names.length - 1}` : ""
            }: current value at ${i} is ${value}`,
          );
        }
        highest = Math.max(highest, value);
      }
    }
    const size = names?.length ?? highest + 1;
    const counts = Array.from({ length: size }, () => new Array<number>(size).fill(0));
    for (let i = 0; i < length; i++) counts[labels[i]!]![predictions[i]!]!++;
    return new ConfusionMatrix(counts, names);
  }

  /** How many examples there are. */
  get total(): number {
    return this.classes.reduce((sum, _, k) => sum + this.support(k), 0);
  }

  /** How many examples a class has. */
  support(k: number): number {
    return this.counts[k]!.reduce((a, b) => a + b, 0);
  }

  /** How many examples were predicted as a class. */
  predicted(k: number): number {
    return this.counts.reduce((sum, row) => sum + row[k]!, 0);
  }

  /** As a table. */
  table(): TableBundle {
    return table(
      this.counts.map((row, k) => [this.classes[k]!, ...row.map(String)]),
      { head: ["label \\ predicted", ...this.classes], numbersFrom: 1 },
    );
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
