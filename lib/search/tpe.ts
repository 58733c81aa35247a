import type { Rng } from "../tensor/mod.ts";
import { chooseEach, drawFrom, type Sampler } from "./samplers.ts";
import {
  type ChoiceDomain,
  type Domain,
  fromLine,
  lineOf,
  type NumberDomain,
  type SettingValue,
  toLine,
} from "./space.ts";
import type { Trial } from "./trial.ts";

/** How {@link tpeSampler} chooses. */
export interface TpeOptions {
  /** How many trials are chosen by chance first. @default {10} */
  startup?: number;
  /** How many candidates are drawn for each setting. @default {24} */
  candidates?: number;
}

/**
 * Tree-structured Parzen estimator: for each setting, the densities of good and of other trials are estimated, candidates are drawn from that
 * of the good ones, and the one is taken for which the ratio of both is highest.
 *
 * @see Bergstra et al., 2011, "Algorithms for Hyper-Parameter Optimization", section 4
 */
export function tpeSampler({ startup = 10, candidates = 24 }: TpeOptions = {}): Sampler {
  return {
    name: "TPE",
    next(space, past, _number, random) {
      const ended = past.filter(({ value }) => value !== undefined && Number.isFinite(value));
      if (ended.length < startup) return chooseEach(space, (domain) => drawFrom(domain, random));
      // trials that were stopped count by their last value, and behind those that went to their end
      const sorted = ended.toSorted((a, b) =>
        Number(a.state === "stopped") - Number(b.state === "stopped") || a.value! - b.value!
      );
      const count = Math.min(Math.ceil(0.1 * sorted.length), 25);
      return chooseEach(space, (domain, name) => {
        const of = (trials: Trial[]) =>
          trials.map(({ settings }) => settings[name]).filter((value) => value !== undefined);
        const estimate = estimatorOf(domain);
        const [good, rest] = [
          estimate(of(sorted.slice(0, count))),
          estimate(of(sorted.slice(count))),
        ];
        let best: { value: SettingValue; score: number } | undefined;
        for (let i = 0; i < candidates; i++) {
          const value = good.draw(random);
          const score = good.logDensity(value) - rest.logDensity(value);
          if (!best || score > best.score) best = { value, score };
        }
        return best!.value;
      });
    },
  };
}

/** A density over the values of a setting. */
interface Estimate {
  draw(random: Rng): SettingValue;
  /** The logarithm of the density, up to a constant that all estimates of the setting share. */
  logDensity(value: SettingValue): number;
}

function estimatorOf(domain: Domain): (seen: readonly SettingValue[]) => Estimate {
  return domain.kind === "choice"
    ? (seen) => choiceEstimate(domain, seen)
    : (seen) => numberEstimate(domain, seen as readonly number[]);
}

/** A mixture of one part for each seen value, which gives the other values a little too, and one that gives all values the same. */
function choiceEstimate({ values }: ChoiceDomain, seen: readonly SettingValue[]): Estimate {
  const parts = seen.length + 1;
  const little = 1 / parts;
  const shares = values.map((value) => {
    const hits = seen.filter((one) => one === value).length;
    return ((hits + seen.length * little) / (1 + values.length * little) + 1 / values.length) /
      parts;
  });
  return {
    draw(random) {
      let rest = random.uniform();
      return values[shares.findIndex((share) => (rest -= share) < 0)] ?? values.at(-1)!;
    },
    logDensity: (value) => Math.log(shares[values.indexOf(value)]!),
  };
}

/**
 * A mixture of normal densities within the ends: one about each seen value, as wide as the larger gap to its neighbours, and one over
 * everything.
 */
function numberEstimate(domain: NumberDomain, seen: readonly number[]): Estimate {
  const [low, high] = lineOf(domain);
  const span = high - low;
  const values = seen.map((value) => toLine(domain, value)).sort((a, b) => a - b);
  const narrowest = span / Math.min(100, 2 + values.length);
  // the ends count as neighbours of a value alone: else they would make the density about the outermost values flat
  const [left, right] = values.length === 1 ? [low, high] : [];
  const widths = values.map((value, i) => {
    const gap = Math.max(
      value - (values[i - 1] ?? left ?? value),
      (values[i + 1] ?? right ?? value) - value,
    );
    return Math.min(Math.max(gap, narrowest), span);
  });
  const middles = [...values, (low + high) / 2];
  widths.push(span);
  const shares = middles.map((middle, i) =>
    cumulative((high - middle) / widths[i]!) - cumulative((low - middle) / widths[i]!)
  );
  return {
    draw(random) {
      const i = random.int(middles.length);
      for (;;) { // at least a third of every component lies within the ends
        const place = random.normal(middles[i]!, widths[i]!);
        if (place >= low && place <= high) return fromLine(domain, place);
      }
    },
    logDensity(value) {
      const place = toLine(domain, value as number);
      let sum = 0;
      middles.forEach((middle, i) => {
        const z = (place - middle) / widths[i]!;
        sum += Math.exp(-z * z / 2) / (widths[i]! * shares[i]!);
      });
      return Math.log(sum / middles.length);
    },
  };
}

/** The share of a normal density below z, by the logistic curve that is nearest to it (off by less than 0.01). */
function cumulative(z: number): number {
  return 1 / (1 + Math.exp(-1.702 * z));
}
