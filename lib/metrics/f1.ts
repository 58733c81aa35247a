import { table, type TableBundle } from "../tensor/mod.ts";
import { ConfusionMatrix } from "./confusion.ts";
import { type Metric, ratio } from "./metric.ts";

/** Precision, recall and F1 of one class, or of an average. */
export interface PrecisionRecallF1 {
  /** The share of those predicted as the class that are of it. */
  precision: number;
  /** The share of the class that was predicted as it. */
  recall: number;
  /** The harmonic mean of both. */
  f1: number;
  /** How many examples the class has. */
  support: number;
}

/**
 * How classes become one number: `"macro"`, their mean; `"weighted"`, their mean by how many examples they have; `"micro"`,
 * all decisions together; `"binary"`, class 1 alone.
 */
export type Average = "binary" | "micro" | "macro" | "weighted";

/**
 * Precision, recall and F1 of counted decisions.
 *
 * @param right How many were predicted and true.
 * @param predicted How many were predicted.
 * @param support How many are true.
 */
export function precisionRecallF1(
  right: number,
  predicted: number,
  support: number,
): PrecisionRecallF1 {
  return {
    precision: ratio(right, predicted),
    recall: ratio(right, support),
    f1: ratio(2 * right, predicted + support),
    support,
  };
}

/** Precision, recall and F1 of each class; 0 where there is nothing to divide by. */
export function perClass(matrix: ConfusionMatrix): PrecisionRecallF1[] {
  return matrix.classes.map((_, k) =>
    precisionRecallF1(matrix.counts[k]![k]!, matrix.predicted(k), matrix.support(k))
  );
}

/**
 * Averages the classes' precision, recall and F1. Classes that are neither among the labels nor the predictions do not count.
 *
 * @throws {RangeError} If the average is `"binary"` and there are more than two classes.
 */
export function averageF1(matrix: ConfusionMatrix, average: Average): PrecisionRecallF1 {
  const classes = perClass(matrix);
  const { total } = matrix;
  if (average === "binary") {
    if (classes.length > 2) {
      throw new RangeError(
        `Cannot average as "binary" as there must be two classes: current number is ${classes.length}; ` +
          `pass "macro", "micro" or "weighted"`,
      );
    }
    return classes[1] ?? precisionRecallF1(0, 0, 0);
  }
  if (average === "micro") {
    const right = matrix.counts.reduce((sum, row, k) => sum + row[k]!, 0);
    return precisionRecallF1(right, total, total);
  }
  const present = classes.filter(({ support }, k) => support > 0 || matrix.predicted(k) > 0);
  const mean = (of: (of: PrecisionRecallF1) => number) =>
    average === "macro"
      ? present.reduce((sum, one) => sum + of(one), 0) / present.length
      : present.reduce((sum, one) => sum + of(one) * one.support, 0) / total;
  return {
    precision: mean(({ precision }) => precision),
    recall: mean(({ recall }) => recall),
    f1: mean(({ f1 }) => f1),
    support: total,
  };
}

/** A metric of predictions and labels, both numbers of classes. */
export type ClassMetric = Metric<[prediction: number, label: number]>;

/** Makes the metric "precision", `precision(average)(predictions, labels)`. */
export function precision(average: Average = "macro"): ClassMetric {
  return (...columns) => averageF1(ConfusionMatrix.of(...columns), average).precision;
}

/** Makes the metric "recall", `recall(average)(predictions, labels)`. */
export function recall(average: Average = "macro"): ClassMetric {
  return (...columns) => averageF1(ConfusionMatrix.of(...columns), average).recall;
}

/**
 * Makes the metric F1, `f1(average)(predictions, labels)`: the harmonic mean of precision and recall.
 *
 * @see van Rijsbergen, 1979, "Information Retrieval", chapter 7
 */
export function f1(average: Average = "macro"): ClassMetric {
  return (...columns) => averageF1(ConfusionMatrix.of(...columns), average).f1;
}

/** A table of precision, recall and F1 by class and on average; prints itself. */
export class ClassificationReport {
  /** What was counted. */
  readonly matrix: ConfusionMatrix;
  /** Each class. */
  readonly classes: readonly (PrecisionRecallF1 & { name: string })[];
  /** The share of right predictions. */
  readonly accuracy: number;
  /** The mean of the classes. */
  readonly macro: PrecisionRecallF1;
  /** The mean of the classes by their size. */
  readonly weighted: PrecisionRecallF1;

  /**
   * Reports on counted predictions.
   *
   * @param matrix The counted predictions.
   */
  constructor(matrix: ConfusionMatrix) {
    this.matrix = matrix;
    this.classes = perClass(matrix).map((one, k) => ({ name: matrix.classes[k]!, ...one }));
    this.accuracy = averageF1(matrix, "micro").f1;
    this.macro = averageF1(matrix, "macro");
    this.weighted = averageF1(matrix, "weighted");
  }

  /** As a table. */
  table(): TableBundle {
    const { total } = this.matrix;
    const row = (name: string, { precision, recall, f1, support }: PrecisionRecallF1) => [
      name,
      ...[precision, recall, f1].map((value) => value.toFixed(3)),
      String(support),
    ];
    const rows = [
      ...this.classes.map((one) => row(one.name, one)),
      ["accuracy", "", "", this.accuracy.toFixed(3), String(total)],
      row("macro average", this.macro),
      row("weighted average", this.weighted),
    ];
    const head = ["", "precision", "recall", "F1", "examples"];
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
 * Reports precision, recall and F1 by class.
 *
 * @param predictions The predicted classes.
 * @param labels The true classes.
 * @param options `names` of the classes.
 */
export function classificationReport(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: { names?: readonly string[] } = {},
): ClassificationReport {
  return new ClassificationReport(ConfusionMatrix.of(predictions, labels, options));
}
