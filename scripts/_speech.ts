/**
 * What the training of models that hear needs besides them: clips of spoken digits, features, strings, and simple systems to
 * compare with.
 *
 * @module
 */
import {
  type Frames,
  logMel,
  mfcc,
  normalizeFrames,
  specAugment,
  trimSilence,
} from "@tome/tome/audio";
import { drawStrings, joinFrames } from "@tome/tome/data";
import { spokenDigitFeatures, spokenDigits } from "@tome/tome/data/spoken-digits";
import { nearestTemplate } from "@tome/tome/evaluate";
import type { Rng } from "@tome/tome/tensor";

/** A spoken digit, ready to be learnt. */
export interface Clip {
  /** The features. */
  frames: Frames;
  /** The digit. */
  label: number;
  /** Who spoke, where that is known. */
  speaker?: string;
  /** Coefficients for the comparison of templates. */
  template: Frames;
}

/**
 * The clips of a set: sounds as logarithms of bands of pitch, or as coefficients if there are to be no bands; or what PyPI has,
 * which are coefficients.
 */
export async function readClips(data: "sounds" | "pypi", numMels: number): Promise<Clip[]> {
  if (data === "pypi") {
    return (await spokenDigitFeatures()).map(({ frames, digit }) => {
      const features = normalizeFrames(frames);
      return { frames: features, label: digit, template: features };
    });
  }
  const cut = { fftSize: 256, hopLength: 100 };
  return (await spokenDigits()).map(({ sound, digit, speaker }) => {
    const { samples, sampleRate } = trimSilence(sound, 30, 256, 100);
    const template = normalizeFrames(
      mfcc(samples, sampleRate, { ...cut, numMels: 32, numCoefficients: 13 }),
    );
    const frames = numMels === 0
      ? template
      : normalizeFrames(logMel(samples, sampleRate, { ...cut, numMels, least: 1e-6 }));
    return { frames, label: digit, speaker, template };
  });
}

/** Clips that are learnt and clips that are kept, of a speaker who is not learnt from, or a share of all. */
export function splitClips(
  clips: readonly Clip[],
  speaker: string | undefined,
  rng: Rng,
): { learnt: Clip[]; held: Clip[] } {
  if (speaker === undefined) {
    const shuffled = rng.shuffle([...clips]);
    const count = Math.floor(clips.length / 5);
    return { learnt: shuffled.slice(count), held: shuffled.slice(0, count) };
  }
  const held = clips.filter((clip) => clip.speaker === speaker);
  if (held.length === 0) {
    const names = [...new Set(clips.map((clip) => clip.speaker ?? "nobody"))];
    throw new RangeError(
      `Cannot hold ${speaker} out as the speaker must be one of ${names.join(", ")}`,
    );
  }
  return { learnt: clips.filter((clip) => clip.speaker !== speaker), held };
}

/** A string of digits: the parts that one speaker said, one after another. */
export interface SpokenString {
  /** The features of all. */
  frames: Frames;
  /** The digits, each 1 more than it is, as 0 is the blank. */
  labels: number[];
  /** The coefficients of all. */
  template: Frames;
}

/** Strings of so many digits each. */
export function stringsOf(clips: readonly Clip[], count: number, rng: Rng): SpokenString[] {
  return drawStrings(clips, { count, minLength: 2, maxLength: 5, rng }).map((parts) => ({
    frames: joinFrames(parts.map(({ frames }) => frames)),
    labels: parts.map(({ label }) => label + 1),
    template: joinFrames(parts.map(({ template }) => template)),
  }));
}

/** Hides parts of features, as far as a share says. */
export function hidden(frames: Frames, share: number, rng: Rng): Frames {
  if (share === 0) return frames;
  return specAugment(frames, {
    numFrequencyMasks: 1,
    numTimeMasks: 1,
    frequencyMask: Math.round(share * frames.bins),
    timeMask: Math.round(share * Math.min(frames.frames, 50)),
    rng,
  });
}

/** The digit that each clip sounds most like, among the clips that were learnt. */
export function templateDigits(learnt: readonly Clip[], held: readonly Clip[]): number[] {
  const templates = learnt.map(({ template, label }) => ({ frames: template, label }));
  return held.map(({ template }) => nearestTemplate(template, templates));
}

/**
 * Strings by templates: a string is cut into as many equal parts as digits of mean length fit, and of each part the nearest
 * template is taken.
 */
export function templateStrings(
  learnt: readonly Clip[],
  strings: readonly SpokenString[],
  rng: Rng,
): number[][] {
  const some = rng.shuffle([...learnt]).slice(0, 150);
  const templates = some.map(({ template, label }) => ({ frames: template, label }));
  const mean = learnt.reduce((sum, { template }) => sum + template.frames, 0) / learnt.length;
  return strings.map(({ template: { data, frames, bins } }) => {
    const parts = Math.max(1, Math.round(frames / mean));
    return Array.from({ length: parts }, (_, i) => {
      const [from, to] = [i, i + 1].map((k) => Math.floor(k * frames / parts)) as [number, number];
      const part = { data: data.subarray(from * bins, to * bins), frames: to - from, bins };
      return nearestTemplate(part, templates) + 1;
    });
  });
}
