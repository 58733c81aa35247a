import { interruptSignal, Rng } from "../tensor/mod.ts";
import { Journal } from "./journal.ts";
import type { Pruner } from "./pruners.ts";
import { SearchResult } from "./result.ts";
import type { Sampler } from "./samplers.ts";
import { checkSpace, type Settings, type Space } from "./space.ts";
import { tpeSampler } from "./tpe.ts";
import type { Report, SearchObjective, Trial } from "./trial.ts";

/** How {@link search} goes about it. */
export interface SearchOptions {
  /** What is chosen from. */
  space: Space;
  /** How many trials there are, those of the journal included. */
  trials: number;
  /** Whether the least or the most is sought. @default {"minimize"} */
  direction?: "minimize" | "maximize";
  /** How settings are chosen. @default {tpeSampler()} */
  sampler?: Sampler;
  /** Which trials are stopped early. @default {none} */
  pruner?: Pruner;
  /** Fixes what is chosen. @default {0} */
  seed?: number;
  /** A file that keeps the trials; if it is there, the search goes on from it. @default {none} */
  journal?: string;
  /** How many trials run at once; more than one makes sense for objectives that run elsewhere. @default {1} */
  parallel?: number;
  /** Stops the search; what has ended is kept. @default {the Stop button, in a notebook} */
  signal?: AbortSignal;
  /** Called with all trials so far, the running ones last, whenever one of them begins, reports or ends. */
  onChange?: (trials: readonly (Trial | RunningTrial)[]) => void;
}

/** A trial that has not ended. */
export type RunningTrial = Omit<Trial, "state"> & { state: "running" };

/**
 * Searches for the settings that give the best value.
 *
 * A trial that throws is kept as failed, and the search goes on. If the search is stopped, the trials that had not ended are not counted, and what has
 * ended is returned; with a journal it goes on the next time.
 *
 * @param objective What is sought the best of.
 * @param options Where to search, how, and how long.
 * @throws {RangeError} If the space or a number makes no sense.
 * @throws {Error} If the journal is that of another search.
 *
 * @example
 * ```ts
 * import { logUniform, search } from "@tome/tome/search";
 *
 * const { best } = await search(({ lr }) => Math.log10(Number(lr) / 0.01) ** 2, {
 *   space: { lr: logUniform(1e-5, 1) },
 *   trials: 40,
 * });
 * console.assert(Number(best!.settings.lr) > 0.003 && Number(best!.settings.lr) < 0.03);
 * ```
 */
export async function search(
  objective: SearchObjective,
  options: SearchOptions,
): Promise<SearchResult> {
  const { space, direction = "minimize", sampler = tpeSampler(), pruner, seed = 0 } = options;
  const { parallel = 1, signal = interruptSignal(), onChange } = options;
  checkSpace(space);
  if (!(options.trials >= 1) || !(parallel >= 1)) {
    throw new RangeError(
      `Cannot search as trials and parallel must be at least 1: current values are ${options.trials} and ${parallel}`,
    );
  }
  const total = Math.min(options.trials, sampler.size?.(space) ?? Infinity);
  const sign = direction === "minimize" ? 1 : -1;
  const head = {
    space: JSON.stringify(space),
    sampler: sampler.name,
    pruner: pruner?.name ?? "none",
    seed,
    direction,
  };
  await using journal = options.journal === undefined
    ? undefined
    : await Journal.open(options.journal, head);
  const trials: Trial[] = [...journal?.trials ?? []];
  const again = [...journal?.open ?? []];
  const running = new Map<number, RunningTrial>();
  const taken = new Set([...trials, ...again].map(({ number }) => number));
  const changed = () =>
    onChange?.([...trials.toSorted((a, b) => a.number - b.number), ...running.values()]);
  const reportsOf = (but: number): Report[][] =>
    [...trials, ...running.values()].filter(({ number }) => number !== but)
      .map(({ reports }) => reports.map(({ step, value }) => ({ step, value: sign * value })));

  /** Chooses the next trial, or gives nothing if there are enough. */
  const choose = (): { number: number; settings: Settings } | undefined => {
    const open = again.shift();
    if (open) return open;
    let number = 0;
    while (taken.has(number)) number++;
    if (number >= total) return undefined;
    taken.add(number);
    const past = trials.map((trial) => ({
      ...trial,
      ...trial.value === undefined ? {} : { value: sign * trial.value },
    }));
    return { number, settings: sampler.next(space, past, number, randomOf(seed, number)) };
  };

  const runOne = async ({ number, settings }: { number: number; settings: Settings }) => {
    const began = performance.now();
    const trial: RunningTrial = { number, settings, state: "running", reports: [], seconds: 0 };
    running.set(number, trial);
    await journal?.start(number, settings);
    changed();
    let stopped = false;
    let ended: Pick<Trial, "state" | "value" | "error">;
    try {
      const value = await objective({ ...settings }, {
        number,
        signal: signal ?? new AbortController().signal,
        report(step, value) {
          trial.reports.push({ step, value });
          const own = trial.reports.map(({ step, value }) => ({ step, value: sign * value }));
          stopped ||= pruner?.stops(own, reportsOf(number)) ?? false;
          changed();
          return Promise.resolve(stopped);
        },
      });
      if (!stopped && !Number.isFinite(value)) {
        throw new RangeError(`the value must be finite: it is ${value}`);
      }
      const last = trial.reports.at(-1)?.value;
      ended = stopped
        ? { state: "stopped", ...last === undefined ? {} : { value: last } }
        : { state: "complete", value };
    } catch (error) {
      if (signal?.aborted) return;
      ended = {
        state: "failed",
        error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      };
    } finally {
      running.delete(number);
    }
    const done: Trial = { ...trial, ...ended, seconds: (performance.now() - began) / 1000 };
    trials.push(done);
    await journal?.end(done);
    changed();
  };

  const lane = async () => {
    for (let next; !signal?.aborted && (next = choose());) await runOne(next);
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  return new SearchResult(trials.sort((a, b) => a.number - b.number), space, direction);
}

/** The source of chance of a trial, which depends on nothing but the seed and its number. */
function randomOf(seed: number, number: number): Rng {
  const random = new Rng(seed);
  let own = random;
  for (let i = 0; i <= number; i++) own = random.fork();
  return own;
}
