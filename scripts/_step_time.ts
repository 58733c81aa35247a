/**
 * The time of a step in the middle of all, in milliseconds; the first ones, which compile, are left out.
 *
 * @param history What was trained; nothing if it was not.
 */
export function millisPerStep(history: readonly { millis: number }[] = []): number | undefined {
  const times = history.slice(3).map(({ millis }) => millis).sort((a, b) => a - b);
  return times[times.length >> 1] ?? history[0]?.millis;
}
