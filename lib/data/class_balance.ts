/** A class of a data set, and how many examples it has. */
export interface ClassCount {
  /** The class. */
  label: string;
  /** The number of its examples, in each part. */
  counts: number[];
  /** The share of it in each part, 0 to 1; NaN for a part without examples. */
  shares: number[];
}

/** How many examples of each class the parts of a data set have; `String(report)` is a table. */
export class ClassBalance {
  /** The names of the parts. */
  readonly parts: readonly string[];
  /** The classes, in the order of their first appearance. */
  readonly classes: readonly ClassCount[];
  /** The number of examples of each part. */
  readonly totals: readonly number[];

  /**
   * Counts the classes.
   *
   * @param parts The name of each part, and the labels of its examples.
   */
  constructor(parts: Readonly<Record<string, Iterable<string | number | boolean>>>) {
    this.parts = Object.keys(parts);
    const counts = new Map<string, number[]>();
    for (const [p, labels] of Object.values(parts).entries()) {
      for (const label of labels) {
        const row = counts.get(`${label}`) ?? this.parts.map(() => 0);
        row[p]! += 1;
        counts.set(`${label}`, row);
      }
    }
    this.totals = this.parts.map((_, p) => counts.values().reduce((sum, row) => sum + row[p]!, 0));
    this.classes = Array.from(counts, ([label, row]) => ({
      label,
      counts: row,
      shares: row.map((count, p) => count / this.totals[p]!),
    }));
  }

  /** How many times the most frequent class of all parts is as frequent as the rarest; 1 if all are alike. */
  get imbalance(): number {
    const sums = this.classes.map(({ counts }) => counts.reduce((a, b) => a + b, 0));
    return sums.reduce((a, b) => Math.max(a, b), 0) /
      sums.reduce((a, b) => Math.min(a, b), Infinity);
  }

  /** The classes whose share in a part is more than a tenth of itself off that in the first part, or that it lacks. */
  get shifted(): string[] {
    return this.classes.filter(({ shares: [first, ...rest] }) =>
      rest.some((share) => !(Math.abs(share - first!) <= 0.1 * first!))
    ).map(({ label }) => label);
  }

  /** A table: a class a line, and the number and the share of its examples in each part. */
  toString(): string {
    const percent = (share: number) => Number.isNaN(share) ? "–" : `${(100 * share).toFixed(1)}%`;
    const rows = [
      ["class", ...this.parts.flatMap((part) => [part, ""])],
      ...this.classes.map(({ label, counts, shares }) => [
        label,
        ...counts.flatMap((count, p) => [`${count}`, percent(shares[p]!)]),
      ]),
      ["all", ...this.totals.flatMap((total) => [`${total}`, ""])],
    ];
    const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
    return rows.map((row) =>
      row.map((cell, c) => c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))
        .join("  ").trimEnd()
    ).join("\n");
  }

  /** What a notebook shows. */
  [Symbol.for("Jupyter.display")](): { "text/plain": string } {
    return { "text/plain": this.toString() };
  }
}

/**
 * Counts the classes of the parts of a data set.
 *
 * @example
 * ```ts
 * import { classBalance } from "@tome/tome/data";
 * import assert from "node:assert/strict";
 *
 * const balance = classBalance({ train: ["ham", "spam", "ham", "ham"], test: ["ham", "spam"] });
 * assert.equal(balance.imbalance, 2);
 * assert.deepEqual(balance.shifted, ["ham", "spam"]);
 * ```
 * @param parts The name of each part, and the labels of its examples.
 */
export function classBalance(
  parts: Readonly<Record<string, Iterable<string | number | boolean>>>,
): ClassBalance {
  return new ClassBalance(parts);
}
