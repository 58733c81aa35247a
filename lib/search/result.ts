import { table, type TableBundle } from "../tensor/mod.ts";
import type { Space } from "./space.ts";
import type { Trial } from "./trial.ts";

/** What a search found; prints itself as a table, the best first. */
export class SearchResult {
  /** All trials that ended, by number. */
  readonly trials: readonly Trial[];
  /** What was chosen from. */
  readonly space: Space;
  /** Whether the least or the most was sought. */
  readonly direction: "minimize" | "maximize";

  /**
   * Makes a result of trials.
   *
   * @param trials The trials that ended.
   * @param space What was chosen from.
   * @param direction Whether the least or the most was sought.
   */
  constructor(trials: readonly Trial[], space: Space, direction: "minimize" | "maximize") {
    this.trials = trials;
    this.space = space;
    this.direction = direction;
  }

  /** The trial with the best value among those that were not stopped; none if none ended so. */
  get best(): Trial | undefined {
    return this.ranked().find(({ state }) => state === "complete");
  }

  /** The trials from the best to the worst: first those with a value, then those that were stopped, then those that failed. */
  ranked(): Trial[] {
    const group = { complete: 0, stopped: 1, failed: 2 };
    const sign = this.direction === "minimize" ? 1 : -1;
    return this.trials.toSorted((a, b) =>
      group[a.state] - group[b.state] || sign * ((a.value ?? 0) - (b.value ?? 0)) ||
      a.number - b.number
    );
  }

  /** What {@link https://plotly.com/javascript/parallel-coordinates-plot parallel coordinates} need: settings and value of each trial that has all of them. */
  runs(): Record<string, number | string | boolean>[] {
    const names = Object.keys(this.space);
    return this.trials
      .filter(({ settings, state }) =>
        state === "complete" && names.every((name) => name in settings)
      )
      .map(({ settings, value }) => ({ ...settings, value: value! }));
  }

  /** The best trials as a table. */
  table({ rows = 10 }: { rows?: number } = {}): TableBundle {
    const names = Object.keys(this.space);
    const tell = (value: unknown) =>
      typeof value === "number" ? String(Number(value.toPrecision(4))) : String(value ?? "–");
    return table(
      this.ranked().slice(0, rows).map((trial) => [
        String(trial.number),
        trial.state,
        ...names.map((name) => tell(trial.settings[name])),
        tell(trial.value),
        trial.seconds.toFixed(1),
      ]),
      { head: ["trial", "", ...names, "value", "seconds"], numbersFrom: 2 },
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
