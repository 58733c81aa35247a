/**
 * A number that says how good predictions are: a function of columns of equal length, one row an example, such as
 * `accuracy(predictions, labels)`.
 *
 * A metric whose examples can be counted one by one says so by `counts` and `from`: it is then cheap to update batch by batch
 * ({@link Running}) and to draw again ({@link bootstrap}). One that cannot, such as the area under a curve, is the function alone.
 */
export interface Metric<Row extends readonly unknown[] = readonly unknown[]> {
  /** The metric of all examples. */
  (...columns: Columns<Row>): number;
  /** What one example adds; all examples add equally many numbers. */
  counts?(...row: Row): readonly number[];
  /** The metric from the sums of all examples' counts. */
  from?(sums: readonly number[]): number;
}

/** Each field of a row as a column. */
export type Columns<Row extends readonly unknown[]> = {
  [Field in keyof Row]: ArrayLike<Row[Field]>;
};

/** A {@link Metric} whose examples are counted one by one. */
export interface CountedMetric<Row extends readonly unknown[]> extends Metric<Row> {
  /** What one example adds. */
  counts(...row: Row): readonly number[];
  /** The metric from the sums of all examples' counts. */
  from(sums: readonly number[]): number;
}

/**
 * Makes a metric of what each example adds and of how the sums become the value.
 *
 * @param name Its name, for errors.
 * @param counts What one example adds.
 * @param from The value from the sums.
 */
export function countedMetric<Row extends readonly unknown[]>(
  name: string,
  counts: (...row: Row) => readonly number[],
  from: (sums: readonly number[]) => number,
): CountedMetric<Row> {
  const metric = (...columns: Columns<Row>) => {
    const running = new Running<Row>({ counts, from });
    const length = lengthOf(name, columns);
    for (let i = 0; i < length; i++) running.add(...rowAt<Row>(columns, i));
    return running.value();
  };
  return Object.assign(metric, { counts, from });
}

/**
 * A metric that is fed example by example, or batch by batch.
 *
 * @example
 * ```ts
 * import { accuracy, Running } from "@tome/tome/metrics";
 *
 * const running = new Running(accuracy);
 * running.add(2, 2);
 * running.addAll([0, 1], [0, 2]);
 * console.assert(running.value() === 2 / 3);
 * ```
 */
export class Running<Row extends readonly unknown[]> {
  readonly #metric: Pick<CountedMetric<Row>, "counts" | "from">;
  #sums: number[] | undefined;
  #examples = 0;

  /**
   * Makes a metric that has seen no example.
   *
   * @param metric What to measure: a metric that counts its examples one by one.
   */
  constructor(metric: Pick<CountedMetric<Row>, "counts" | "from">) {
    this.#metric = metric;
  }

  /** How many examples were added. */
  get examples(): number {
    return this.#examples;
  }

  /** Adds an example. */
  add(...row: Row): this {
    const counts = this.#metric.counts(...row);
    this.#sums ??= counts.map(() => 0);
    for (let i = 0; i < counts.length; i++) this.#sums[i]! += counts[i]!;
    this.#examples++;
    return this;
  }

  /** Adds the examples of a batch, by columns. */
  addAll(...columns: Columns<Row>): this {
    const length = lengthOf("the batch", columns);
    for (let i = 0; i < length; i++) this.add(...rowAt<Row>(columns, i));
    return this;
  }

  /**
   * The metric of all examples so far.
   *
   * @throws {RangeError} If there are none.
   */
  value(): number {
    if (!this.#sums) throw new RangeError("Cannot measure as there are no examples");
    return this.#metric.from(this.#sums);
  }
}

/**
 * The number of examples in columns.
 *
 * @throws {RangeError} If there are none, or the columns differ in length.
 */
export function lengthOf(name: string, columns: readonly ArrayLike<unknown>[]): number {
  const lengths = columns.map((column) => column.length);
  if (new Set(lengths).size > 1) {
    throw new RangeError(
      `Cannot measure ${name} as its columns must have one length: current lengths are ${
        lengths.join(", ")
      }`,
    );
  }
  if (!lengths[0]) throw new RangeError(`Cannot measure ${name} as there are no examples`);
  return lengths[0];
}

function rowAt<Row extends readonly unknown[]>(columns: Columns<Row>, i: number): Row {
  return (columns as readonly ArrayLike<unknown>[]).map((column) => column[i]) as unknown as Row;
}

/** A ratio, and 0 where there is nothing to divide by, as other libraries have it. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
