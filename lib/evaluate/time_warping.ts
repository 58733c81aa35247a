import type { Frames } from "../audio/mod.ts";

/**
 * How far two sounds are apart if time may run faster and slower: the least mean distance of frames that are laid on each other.
 *
 * `D[i, j] = |a_i − b_j| + min(D[i−1, j], D[i, j−1], D[i−1, j−1])`, divided by the number of frames of both.
 *
 * @param a A sound.
 * @param b Another one, with equally many features.
 * @returns The distance, 0 for the same frames; Infinity if one has none.
 * @throws {RangeError} If they differ in the number of features.
 * @see Sakoe and Chiba, 1978, "Dynamic Programming Algorithm Optimization for Spoken Word Recognition",
 *   https://doi.org/10.1109/TASSP.1978.1163055
 */
export function timeWarpingDistance(a: Frames, b: Frames): number {
  if (a.bins !== b.bins) {
    throw new RangeError(
      `Cannot compare sounds as they must have equally many features: current numbers are ${a.bins} and ${b.bins}`,
    );
  }
  const { bins } = a;
  let before = new Float64Array(b.frames + 1).fill(Infinity);
  let now = new Float64Array(b.frames + 1);
  before[0] = 0;
  for (let i = 0; i < a.frames; i++) {
    now[0] = Infinity;
    for (let j = 0; j < b.frames; j++) {
      let square = 0;
      for (let k = 0; k < bins; k++) {
        const difference = a.data[i * bins + k]! - b.data[j * bins + k]!;
        square += difference * difference;
      }
      now[j + 1] = Math.sqrt(square) + Math.min(before[j]!, before[j + 1]!, now[j]!);
    }
    [before, now] = [now, before];
  }
  return a.frames === 0 ? Infinity : before[b.frames]! / (a.frames + b.frames);
}

/** A sound whose class is known. */
export interface SoundTemplate {
  /** The sound. */
  frames: Frames;
  /** Its class. */
  label: number;
}

/**
 * The class of the template that a sound is nearest to, as words were recognised before there were networks.
 *
 * @param sound The sound.
 * @param templates Sounds whose classes are known.
 * @throws {RangeError} If there are no templates, or features differ in number.
 */
export function nearestTemplate(sound: Frames, templates: readonly SoundTemplate[]): number {
  let best: number | undefined, least = Infinity;
  for (const { frames, label } of templates) {
    const distance = timeWarpingDistance(sound, frames);
    if (best === undefined || distance < least) [best, least] = [label, distance];
  }
  if (best === undefined) {
    throw new RangeError("Cannot sort a sound as there must be templates: current number is 0");
  }
  return best;
}
