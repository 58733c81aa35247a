/**
 * Counts runs of `n` parts.
 *
 * @param parts Words or characters.
 * @param n How many in a run.
 * @param glue What stands between the parts of a key; it must occur in none of them.
 */
export function countNGrams(
  parts: readonly string[],
  n: number,
  glue: string = " ",
): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= parts.length; i++) {
    const key = n === 1 ? parts[i]! : parts.slice(i, i + n).join(glue);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** How many runs two texts share, each as often as it occurs in both. */
export function overlap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [key, count] of a) sum += Math.min(count, b.get(key) ?? 0);
  return sum;
}

/** The words between white space. */
export function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
