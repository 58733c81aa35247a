/**
 * Learning rates as functions of the step, which counts from 1: a schedule's value at `step` is the rate that Hugging
 * Face's and PyTorch's schedulers use for their `step`-th optimizer step. A warm-up starts at 0, so the first of its
 * steps changes nothing.
 */

/** A learning rate for each step; steps count from 1. */
export type Schedule = (step: number) => number;

/** The largest learning rate of a schedule. */
export interface PeakOptions {
  /** The learning rate after the warm-up. */
  peak: number;
}

/** A schedule that rises linearly from 0 to its peak. */
export interface WarmupOptions extends PeakOptions {
  /** Steps of the warm-up. @default {0} */
  warmup?: number;
}

/** A schedule that ends. */
export interface DecayOptions extends WarmupOptions {
  /** All steps, the warm-up included. */
  total: number;
}

/** Half a cosine takes half a cycle. */
export interface CosineOptions extends DecayOptions {
  /** Waves of the cosine. @default {0.5} */
  cycles?: number;
}

/** Options of {@link cosineWithMinLr}. */
export interface CosineWithMinLrOptions extends CosineOptions {
  /** The learning rate at the end. @default {0.1 · peak} */
  minLr?: number;
}

/** Options of {@link cosineWithRestarts}. */
export interface RestartOptions extends DecayOptions {
  /** Falls from the peak to 0. @default {1} */
  cycles?: number;
}

/** Options of {@link polynomial}. */
export interface PolynomialOptions extends DecayOptions {
  /** The learning rate at the end, and after it. @default {1e-7} */
  end?: number;
  /** The exponent; 1 is a straight line. @default {1} */
  power?: number;
}

/** Options of {@link inverseSqrt}. */
export interface InverseSqrtOptions extends WarmupOptions {
  /** Steps after which the rate would be `1/√2` of the peak. @default {warmup, or 10,000 if that is 0} */
  timescale?: number;
}

/** The shape of a rise or a fall. */
export type RampShape = "linear" | "cosine" | "1-sqrt";

/** Options of {@link warmupStableDecay}. */
export interface WarmupStableDecayOptions extends WarmupOptions {
  /** Steps at the peak. */
  stable: number;
  /** Steps of the fall. */
  decay: number;
  /** The shape of the rise. @default {"linear"} */
  warmupShape?: RampShape;
  /** The shape of the fall. @default {"cosine"} */
  decayShape?: RampShape;
  /** The learning rate at both ends. @default {0} */
  minLr?: number;
  /** Waves of a cosine fall. @default {0.5} */
  cycles?: number;
}

/** Options of {@link oneCycle}. */
export interface OneCycleOptions extends PeakOptions {
  /** All steps. */
  total: number;
  /** The part of them that rises. @default {0.3} */
  rise?: number;
  /** The peak over the first rate. @default {25} */
  startDivisor?: number;
  /** The first rate over the last one. @default {1e4} */
  endDivisor?: number;
  /** The shape of both ramps. @default {"cosine"} */
  shape?: "cosine" | "linear";
  /** Whether the rate returns to its first value before it falls to its last. @default {false} */
  threePhase?: boolean;
}

/** The same rate at every step. */
export function constant({ peak }: PeakOptions): Schedule {
  check({ peak });
  return () => peak;
}

/** Rises linearly, then stays. */
export function constantWithWarmup({ peak, warmup = 0 }: WarmupOptions): Schedule {
  return warmed(peak, warmup, () => 1);
}

/** Rises linearly, then falls linearly to 0. */
export function linear({ peak, warmup = 0, total }: DecayOptions): Schedule {
  check({ total });
  return warmed(peak, warmup, (done) => Math.max(0, (total - done) / Math.max(1, total - warmup)));
}

/** Rises linearly, then falls along a cosine to 0. */
export function cosine(options: CosineOptions): Schedule {
  return cosineWithMinLr({ ...options, minLr: 0 });
}

/** Rises linearly, then falls along a cosine to `minLr`. */
export function cosineWithMinLr(
  { peak, warmup = 0, total, cycles = 0.5, minLr = 0.1 * peak }: CosineWithMinLrOptions,
): Schedule {
  check({ total, minLr });
  const least = minLr / peak;
  return warmed(peak, warmup, (done) => {
    const progress = (done - warmup) / Math.max(1, total - warmup);
    const wave = 0.5 * (1 + Math.cos(2 * Math.PI * cycles * progress));
    return Math.max(0, wave * (1 - least) + least);
  });
}

/**
 * Rises linearly, then falls along a cosine to 0, `cycles` times over.
 *
 * @see Loshchilov and Hutter, 2016, "SGDR: Stochastic Gradient Descent with Warm Restarts",
 *   https://arxiv.org/abs/1608.03983
 */
export function cosineWithRestarts(
  { peak, warmup = 0, total, cycles = 1 }: RestartOptions,
): Schedule {
  check({ total });
  return warmed(peak, warmup, (done) => {
    const progress = (done - warmup) / Math.max(1, total - warmup);
    if (progress >= 1) return 0;
    return 0.5 * (1 + Math.cos(Math.PI * ((cycles * progress) % 1)));
  });
}

/** Rises linearly, then falls to `end` as a power of the steps left. */
export function polynomial(
  { peak, warmup = 0, total, end = 1e-7, power = 1 }: PolynomialOptions,
): Schedule {
  check({ total, end });
  if (!(end < peak)) {
    throw new RangeError(
      `Cannot make a schedule as end must be less than the peak ${peak}: current value is ${end}`,
    );
  }
  return warmed(peak, warmup, (done) => {
    if (done > total) return end / peak;
    const left = 1 - (done - warmup) / (total - warmup);
    return ((peak - end) * left ** power + end) / peak;
  });
}

/**
 * Rises linearly, then falls as one over the root of the step.
 *
 * @see Zhai et al., 2021, "Scaling Vision Transformers", https://arxiv.org/abs/2106.04560
 */
export function inverseSqrt(
  { peak, warmup = 0, timescale = warmup || 10_000 }: InverseSqrtOptions,
): Schedule {
  check({ timescale });
  return warmed(peak, warmup, (done) => 1 / Math.sqrt((done + timescale - warmup) / timescale));
}

/**
 * Rises, stays, and falls: a run can be prolonged from the middle part.
 *
 * @see Hu et al., 2024, "MiniCPM", https://arxiv.org/abs/2404.06395
 */
export function warmupStableDecay(options: WarmupStableDecayOptions): Schedule {
  const { peak, warmup = 0, stable, decay, minLr = 0, cycles = 0.5 } = options;
  const { warmupShape = "linear", decayShape = "cosine" } = options;
  check({ peak, warmup, stable, decay, minLr });
  const least = minLr / peak;
  const lifted = (factor: number) => peak * Math.max(0, factor * (1 - least) + least);
  return (step) => {
    const done = step - 1;
    if (done < warmup) {
      const progress = done / Math.max(1, warmup);
      if (warmupShape === "linear") return lifted(progress);
      if (warmupShape === "cosine") return lifted(0.5 * (1 - Math.cos(Math.PI * progress)));
      return lifted(1 - Math.sqrt(1 - progress));
    }
    if (done < warmup + stable) return peak;
    if (done >= warmup + stable + decay) return minLr;
    const progress = (done - warmup - stable) / Math.max(1, decay);
    if (decayShape === "linear") return lifted(1 - progress);
    if (decayShape === "1-sqrt") return lifted(1 - Math.sqrt(progress));
    return lifted(0.5 * (1 + Math.cos(2 * Math.PI * cycles * progress)));
  };
}

/**
 * Rises to the peak and falls far below the start, within one run; the end is kept after `total` steps.
 *
 * @see Smith and Topin, 2017, "Super-Convergence", https://arxiv.org/abs/1708.07120
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  const { peak, total, rise = 0.3, startDivisor = 25, endDivisor = 1e4 } = options;
  const { shape = "cosine", threePhase = false } = options;
  check({ peak, total, rise, startDivisor, endDivisor });
  const first = peak / startDivisor;
  const last = first / endDivisor;
  const phases = threePhase
    ? [
      { end: rise * total - 1, from: first, to: peak },
      { end: 2 * rise * total - 2, from: peak, to: first },
      { end: total - 1, from: first, to: last },
    ]
    : [
      { end: rise * total - 1, from: first, to: peak },
      { end: total - 1, from: peak, to: last },
    ];
  return (step) => {
    const done = Math.min(step - 1, total - 1);
    let start = 0;
    for (const { end, from, to } of phases) {
      if (done <= end) {
        const progress = end === start ? 1 : (done - start) / (end - start);
        return shape === "linear"
          ? from + (to - from) * progress
          : to + (from - to) / 2 * (Math.cos(Math.PI * progress) + 1);
      }
      start = end;
    }
    return last;
  };
}

/** `peak` times a linear rise over the warm-up, then times `after` of the steps that were taken before. */
function warmed(peak: number, warmup: number, after: (done: number) => number): Schedule {
  check({ peak, warmup });
  return (step) => {
    const done = step - 1;
    return peak * (done < warmup ? done / Math.max(1, warmup) : after(done));
  };
}

function check(numbers: Record<string, number>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (Number.isFinite(value) && (value > 0 || (value === 0 && name !== "peak"))) continue;
    const wanted = name === "peak" ? "a positive number" : "a number from 0 up";
    throw new RangeError(
      `Cannot make a schedule as ${name} must be ${wanted}: current value is ${value}`,
    );
  }
}
