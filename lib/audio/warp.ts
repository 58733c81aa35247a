import type { Frames } from "./stft.ts";

/** Two sounds of different tempo, frame by frame beside each other. */
export interface WarpedFrames {
  /** The mean distance of frames that are beside each other: the root of the mean square of their differences. */
  distance: number;
  /** Which frames are beside each other, from the first of both to the last of both. */
  path: [a: number, b: number][];
}

/**
 * Puts the frames of two sounds beside each other so that they differ least, faster here and slower there, but never back.
 *
 * `D[i, j] = d(a_i, b_j) + min(D[i−1, j−1], D[i−1, j], D[i, j−1])`
 *
 * @param a A sound's frames.
 * @param b Another's, with as many numbers each.
 * @returns How far they are apart, and what is beside what.
 * @throws {RangeError} If a sound has no frame, or the numbers of a frame differ.
 * @see Sakoe and Chiba, 1978, "Dynamic programming algorithm optimization for spoken word recognition",
 *   https://doi.org/10.1109/TASSP.1978.1163055
 */
export function warpFrames(a: Frames, b: Frames): WarpedFrames {
  const [N, M, F] = [a.frames, b.frames, a.bins];
  if (N === 0 || M === 0 || F !== b.bins) {
    throw new RangeError(
      `Cannot put sounds beside each other as both must have frames of one size: current sizes are [${N}, ${F}] and [${M}, ${b.bins}]`,
    );
  }
  const apart = new Float64Array(N * M);
  const least = new Float64Array(N * M).fill(Infinity);
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < M; j++) {
      let sum = 0;
      for (let f = 0; f < F; f++) sum += (a.data[i * F + f]! - b.data[j * F + f]!) ** 2;
      const at = i * M + j;
      apart[at] = Math.sqrt(sum / F);
      const before = Math.min(
        i > 0 && j > 0 ? least[at - M - 1]! : Infinity,
        i > 0 ? least[at - M]! : Infinity,
        j > 0 ? least[at - 1]! : Infinity,
      );
      least[at] = apart[at]! + (at === 0 ? 0 : before);
    }
  }
  const path: [number, number][] = [[N - 1, M - 1]];
  for (let [i, j] = [N - 1, M - 1]; i > 0 || j > 0;) {
    const at = i * M + j;
    const both = i > 0 && j > 0 ? least[at - M - 1]! : Infinity;
    const first = i > 0 ? least[at - M]! : Infinity;
    const second = j > 0 ? least[at - 1]! : Infinity;
    if (both <= first && both <= second) [i, j] = [i - 1, j - 1];
    else if (first <= second) i--;
    else j--;
    path.push([i, j]);
  }
  path.reverse();
  const sum = path.reduce((sum, [i, j]) => sum + apart[i * M + j]!, 0);
  return { distance: sum / path.length, path };
}

/**
 * Recognizes a sound as the nearest of templates, each of which is warped to it.
 *
 * It learns nothing, and knows the voices of its templates only.
 *
 * @param sound The sound's frames.
 * @param templates Frames that are known; at least one.
 * @returns The place of the nearest template, and how far it is.
 * @throws {RangeError} If there is no template.
 */
export function nearestTemplate(
  sound: Frames,
  templates: readonly Frames[],
): { index: number; distance: number } {
  let found = { index: -1, distance: Infinity };
  for (const [index, template] of templates.entries()) {
    const { distance } = warpFrames(sound, template);
    if (distance < found.distance) found = { index, distance };
  }
  if (found.index >= 0) return found;
  throw new RangeError("Cannot recognize a sound as there must be templates: current number is 0");
}
