import type { Rng } from "../tensor/mod.ts";
import {
  type Domain,
  exists,
  fromLine,
  lineOf,
  type Settings,
  type SettingValue,
  type Space,
} from "./space.ts";
import type { Trial } from "./trial.ts";

/** Chooses the settings of the next trial. */
export interface Sampler {
  /** Its name, which a journal keeps. */
  readonly name: string;
  /** How many trials there can be; none if there is no end. */
  size?(space: Space): number;
  /**
   * Chooses.
   *
   * @param space What to choose from.
   * @param past The trials that have ended; lower values are better.
   * @param number The number of the trial.
   * @param random The source of chance of this trial.
   */
  next(space: Space, past: readonly Trial[], number: number, random: Rng): Settings;
}

/** Chooses setting after setting, as far as each exists. */
export function chooseEach(
  space: Space,
  choose: (domain: Domain, name: string, settings: Settings) => SettingValue,
): Settings {
  const settings: Settings = {};
  for (const [name, domain] of Object.entries(space)) {
    if (exists(domain, settings)) settings[name] = choose(domain, name, settings);
  }
  return settings;
}

/** A value of a domain by chance alone. */
export function drawFrom(domain: Domain, random: Rng): SettingValue {
  if (domain.kind === "choice") return domain.values[random.int(domain.values.length)]!;
  return fromLine(domain, random.uniform(...lineOf(domain)));
}

/**
 * Chooses by chance alone: hard to beat where few settings matter.
 *
 * @see Bergstra and Bengio, 2012, "Random Search for Hyper-Parameter Optimization"
 */
export function randomSampler(): Sampler {
  return {
    name: "random",
    next: (space, _past, _number, random) =>
      chooseEach(space, (domain) => drawFrom(domain, random)),
  };
}

/**
 * Goes through all combinations, the last setting fastest.
 *
 * @param options `points`: how many values of a stretch of numbers are tried, both ends included. @default {5}
 */
export function gridSampler({ points = 5 }: { points?: number } = {}): Sampler {
  const valuesOf = (domain: Domain): readonly SettingValue[] => {
    if (domain.kind === "choice") return domain.values;
    const [low, high] = domain.log
      ? [Math.log(domain.low), Math.log(domain.high)]
      : [domain.low, domain.high];
    const all = Array.from(
      { length: points },
      (_, i) =>
        fromLine(domain, points === 1 ? (low + high) / 2 : low + (high - low) * i / (points - 1)),
    );
    return [...new Set(all)];
  };
  const combinations = (space: Space): Settings[] =>
    Object.entries(space).reduce<Settings[]>(
      (rows, [name, domain]) =>
        rows.flatMap((row) =>
          exists(domain, row) ? valuesOf(domain).map((value) => ({ ...row, [name]: value })) : [row]
        ),
      [{}],
    );
  return {
    name: `grid of ${points}`,
    size: (space) => combinations(space).length,
    next: (space, _past, number) => combinations(space)[number]!,
  };
}
