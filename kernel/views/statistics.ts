/** What a row of numbers is like. */
export interface Statistics {
  /** How many numbers. */
  size: number;
  /** The least finite number; NaN where there is none. */
  min: number;
  /** The mean of the finite numbers; NaN where there is none. */
  mean: number;
  /** Their standard deviation, of the numbers themselves and not of a greater population. */
  std: number;
  /** The greatest finite number; NaN where there is none. */
  max: number;
  /** How many are NaN. */
  numNaN: number;
  /** How many are Infinity or -Infinity. */
  numInfinite: number;
}

/** What some numbers are like; the mean and the deviation are those of Welford, safe for large numbers. */
export function statistics(values: ArrayLike<number>): Statistics {
  let [min, max, mean, squares, finite, numNaN, numInfinite] = [Infinity, -Infinity, 0, 0, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) numNaN++;
    else if (!Number.isFinite(value)) numInfinite++;
    else {
      finite++;
      const delta = value - mean;
      mean += delta / finite;
      squares += delta * (value - mean);
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  const size = values.length;
  if (finite === 0) {
    return { size, min: NaN, mean: NaN, std: NaN, max: NaN, numNaN, numInfinite };
  }
  return { size, min, mean, std: Math.sqrt(squares / finite), max, numNaN, numInfinite };
}

/** How many numbers fall into each of some equal intervals. */
export interface Histogram {
  /** The lower end of the first interval. */
  low: number;
  /** The upper end of the last interval. */
  high: number;
  /** How many numbers lie in each interval; its lower end belongs to it, and to the last also its upper end. */
  counts: number[];
}

/**
 * Counts numbers by interval; those that are not finite are passed over.
 *
 * @param values The numbers.
 * @param intervals How many intervals.
 * @param range The ends; those of the finite numbers where they are known already.
 */
export function histogram(
  values: ArrayLike<number>,
  intervals: number,
  { min, max }: { min: number; max: number } = statistics(values),
): Histogram {
  let [low, high] = [min, max];
  if (low === high) { // wide enough to differ in any magnitude
    const half = Math.max(0.5, Math.abs(low) / 100);
    [low, high] = [low - half, high + half];
  }
  const counts = new Array<number>(intervals).fill(0);
  const width = high / intervals - low / intervals;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    const k = Math.floor((value - low) / width);
    counts[Math.min(intervals - 1, Math.max(0, k))]!++;
  }
  return { low, high, counts };
}
