import {
  bootstrap,
  type BootstrapOptions,
  type Columns,
  compare,
  type Comparison,
  type Interval,
  type Metric,
} from "../metrics/mod.ts";
import { table, type TableBundle } from "../tensor/mod.ts";

/** Several systems on the same examples, measured with intervals; prints itself as a table. */
export class SystemComparison<Prediction, Reference> {
  /** Each measure of each system: `intervals[system][metric]`. */
  readonly intervals: Readonly<Record<string, Readonly<Record<string, Interval>>>>;
  readonly #systems: Readonly<Record<string, ArrayLike<Prediction>>>;
  readonly #references: ArrayLike<Reference>;
  readonly #metrics: Readonly<Record<string, Metric<[Prediction, Reference]>>>;
  readonly #options: BootstrapOptions;

  /**
   * Measures the systems; {@link compareSystems} makes it.
   *
   * @param systems What each system said.
   * @param references What is right.
   * @param metrics The measures.
   * @param options How intervals are drawn.
   */
  constructor(
    systems: Readonly<Record<string, ArrayLike<Prediction>>>,
    references: ArrayLike<Reference>,
    metrics: Readonly<Record<string, Metric<[Prediction, Reference]>>>,
    options: BootstrapOptions = {},
  ) {
    [this.#systems, this.#references, this.#metrics] = [systems, references, metrics];
    this.#options = options;
    this.intervals = mapped(
      systems,
      (_, system) => mapped(metrics, (metric) => bootstrap(metric, this.#columns(system), options)),
    );
  }

  /**
   * How much one system is above another on the same examples, drawn together, and whether that may be chance.
   *
   * @param system Its name.
   * @param other The name of the other.
   * @param metric The name of the measure.
   * @throws {RangeError} If a name is not there.
   */
  difference(system: string, other: string, metric: string): Comparison {
    const measure = Object.hasOwn(this.#metrics, metric) ? this.#metrics[metric] : undefined;
    if (!measure) throw unknown("metric", metric, this.#metrics);
    const { method: _, ...options } = this.#options;
    return compare(measure, this.#columns(system), this.#columns(other), options);
  }

  /** The systems as rows and the measures as columns. */
  table(): TableBundle {
    const head = ["", ...Object.keys(this.#metrics)];
    const rows = Object.entries(this.intervals).map(([system, measures]) => [
      system,
      ...Object.values(measures).map(String),
    ]);
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

  #columns(system: string): Columns<[Prediction, Reference]> {
    if (!Object.hasOwn(this.#systems, system)) throw unknown("system", system, this.#systems);
    return [this.#systems[system]!, this.#references];
  }
}

/**
 * Measures what several systems said of the same examples, with bootstrap intervals: a table of systems and metrics.
 *
 * @example
 * ```ts
 * import { compareSystems } from "@tome/tome/evaluate";
 * import { accuracy } from "@tome/tome/metrics";
 *
 * const said = { majority: [1, 1, 1, 1], model: [1, 0, 1, 0] };
 * const compared = compareSystems(said, [1, 0, 1, 1], { accuracy });
 * console.assert(compared.intervals.model!.accuracy!.value === 0.75);
 * ```
 * @param systems What each system said, by its name: classes, texts, or tags, example by example.
 * @param references What is right.
 * @param metrics The measures, by their names.
 * @param options How intervals are drawn; all systems are drawn the same examples.
 * @throws {RangeError} If a system says more or less than there are references, or there are none.
 */
export function compareSystems<Prediction, Reference>(
  systems: Readonly<Record<string, ArrayLike<Prediction>>>,
  references: ArrayLike<Reference>,
  metrics: Readonly<Record<string, Metric<[Prediction, Reference]>>>,
  options: BootstrapOptions = {},
): SystemComparison<Prediction, Reference> {
  return new SystemComparison(systems, references, metrics, options);
}

function mapped<T, U>(
  record: Readonly<Record<string, T>>,
  map: (value: T, name: string) => U,
): Record<string, U> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, map(value, name)]),
  );
}

function unknown(what: string, name: string, known: object): RangeError {
  return new RangeError(
    `Cannot compare systems as the ${what} must be one of ${
      Object.keys(known).join(", ")
    }: current name is ${name}`,
  );
}
