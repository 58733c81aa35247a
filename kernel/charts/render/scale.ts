/** Where the values of an axis lie, from 0 to 1, and which of them are labelled. */
export interface Scale {
  /** Maps a value to its place, 0 to 1; NaN where it has none. */
  at(value: number): number;
  /** Values with a label, ascending. */
  ticks: number[];
  /** The label of a value. */
  label(value: number): string;
}

/**
 * Makes the scale of an axis for some values.
 *
 * @param values The values; those that are not finite, and on a log axis those not above zero, are passed over.
 * @param options `log`: equal steps are equal ratios; `count`: about how many labels; `snug`: the ends are the least and
 * the greatest value, not ticks.
 */
export function scale(
  values: Iterable<number>,
  { log = false, count = 6, snug = false }: { log?: boolean; count?: number; snug?: boolean } = {},
): Scale {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = log ? [1, 10] : [0, 1];
  return log ? logScale(low, high) : linearScale(low, high, count, snug);
}

function linearScale(low: number, high: number, count: number, snug: boolean): Scale {
  if (low === high) { // a flat line lies in the middle
    const half = Math.abs(low) / 2 || 0.5;
    [low, high] = [low - half, high + half];
  }
  const step = niceStep((high - low) / count);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = snug ? Math.ceil(low / step - 1e-9) : Math.floor(low / step + 1e-9);
  const last = snug ? Math.floor(high / step + 1e-9) : Math.ceil(high / step - 1e-9);
  const ticks: number[] = [];
  for (let i = first; i <= last; i++) ticks.push(i * step);
  const [from, to] = snug ? [low, high] : [ticks[0]!, ticks.at(-1)!];
  return {
    at: (value) => (value - from) / (to - from),
    ticks,
    label: (value) => plain(value, digits),
  };
}

function logScale(low: number, high: number): Scale {
  const [first, last] = [Math.floor(Math.log10(low) + 1e-9), Math.ceil(Math.log10(high) - 1e-9)];
  const end = Math.max(last, first + 1);
  const mantissas = end - first <= 2 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = first; power <= end; power++) {
    for (const m of mantissas) if (m === 1 || power < end) ticks.push(m * 10 ** power);
  }
  return {
    at: (value) => value > 0 ? (Math.log10(value) - first) / (end - first) : NaN,
    ticks,
    label: (value) => plain(value, Math.max(0, -Math.floor(Math.log10(value) + 1e-9))),
  };
}

/** The least of 1, 2 and 5 times a power of ten that is not below `step`. */
function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return ([1, 2, 5].find((m) => m * power >= step * (1 - 1e-9)) ?? 10) * power;
}

function plain(value: number, digits: number): string {
  if (value !== 0 && (Math.abs(value) >= 1e6 || digits > 6)) {
    return value.toExponential(1).replace(".0e", "e").replace("e+", "e").replace("-", "−");
  }
  const text = value.toFixed(digits).replace(/^-(?=0(\.0*)?$)/, "");
  const [whole, rest] = text.split(".");
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ",").replace("-", "−");
  return rest ? `${grouped}.${rest}` : grouped;
}
