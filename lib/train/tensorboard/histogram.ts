import type { ProtoWriter } from "./protobuf.ts";

/**
 * Writes a `HistogramProto`: extremes, count, sums, and equal-width buckets with the right edge of each.
 *
 * @param values The numbers; those that are not finite are left out.
 * @param buckets How many buckets to sort them into.
 */
export function writeHistogram(
  message: ProtoWriter,
  values: ArrayLike<number>,
  buckets: number,
): void {
  let [min, max, count, sum, squares] = [Infinity, -Infinity, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    count++;
    sum += value;
    squares += value * value;
  }
  if (count === 0) [min, max] = [0, 0];
  const used = min === max ? 1 : buckets; // one bucket holds what is all the same
  const counts = new Float64Array(used);
  const width = (max - min) / used;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    counts[width === 0 ? 0 : Math.min(used - 1, Math.floor((value - min) / width))]!++;
  }
  const limits = Float64Array.from(counts, (_, i) => i === used - 1 ? max : min + width * (i + 1));
  message.double(1, min).double(2, max).double(3, count).double(4, sum).double(5, squares)
    .doubles(6, limits).doubles(7, counts);
}
