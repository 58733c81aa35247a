import type { History, StepRecord } from "./events.ts";

/** What is done with a loss far above those before it. */
export type SpikeAction = "stop" | "continue";

/** Thrown where a run has gone wrong: a loss that is not a number, or far above those before it. */
export class DivergenceError extends Error {
  /** The name of this class. */
  override readonly name = "DivergenceError";
  /** The steps before it; set by the trainer. */
  history?: History;

  /**
   * Makes the error.
   *
   * @param message What is wrong, and what to try.
   * @param record The step with the bad loss.
   * @param checkpoint The folder of the last good checkpoint, if there is one.
   */
  constructor(message: string, readonly record: StepRecord, readonly checkpoint?: string) {
    super(message);
  }
}

const WINDOW = 50; // losses that a new one is compared with
const NEEDED = 10; // no judgement on fewer

/**
 * Tells a run that has gone wrong: by a loss or a gradient that is not finite, or by a spike.
 *
 * A spike is a loss worse than at the start of the run that also exceeds the median of the last 50 by twice the median's size:
 * noise of a loss near zero is none, and neither is a slow rise.
 */
export class DivergenceGuard {
  #recent: number[] = [];
  #first: number[] = [];

  /**
   * Looks at the next step.
   *
   * @returns What is wrong with it, or `undefined`.
   */
  check(
    record: StepRecord,
    checkpoint?: string,
  ): { kind: "not finite" | "spike"; error: DivergenceError } | undefined {
    const { loss, gradNorm } = record;
    const bad = !Number.isFinite(loss)
      ? `the loss must be finite: current loss is ${loss}`
      : gradNorm !== undefined && !Number.isFinite(gradNorm)
      ? `the gradient must be finite: current length is ${gradNorm}`
      : undefined;
    if (bad) return { kind: "not finite", error: explain(bad, record, checkpoint) };
    const usual = median(this.#recent);
    const spike = this.#recent.length >= NEEDED &&
      loss > usual + 2 * Math.abs(usual) && loss > Math.max(...this.#first);
    if (spike) {
      const what = `the loss must stay near those before: current loss is ${format(loss)}, ` +
        `their median is ${format(usual)}`;
      return { kind: "spike", error: explain(what, record, checkpoint) };
    }
    if (this.#first.length < NEEDED) this.#first.push(loss);
    this.#recent.push(loss);
    if (this.#recent.length > WINDOW) this.#recent.shift();
    return undefined;
  }

  /** What it remembers, as JSON. */
  state(): { recent: number[]; first: number[] } {
    return { recent: this.#recent, first: this.#first };
  }

  /** Puts back what {@link state} gave. */
  restore({ recent, first }: { recent: number[]; first: number[] }): void {
    [this.#recent, this.#first] = [[...recent], [...first]];
  }
}

function explain(what: string, record: StepRecord, checkpoint?: string): DivergenceError {
  return new DivergenceError(
    `Cannot go on training at step ${record.step} as ${what}; try a lower lr (it was ${
      format(record.lr)
    }), ` +
      `clip the gradients (maxGradNorm: 1), and check the data of this step; ` +
      (checkpoint ? `the last good checkpoint is ${checkpoint}` : "no checkpoint was written"),
    record,
    checkpoint,
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function format(value: number): string {
  return String(Number(value.toPrecision(4)));
}
