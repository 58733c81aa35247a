/**
 * One voice that says numbers, dates and letters: the English prompts of the telephone system Asterisk.
 *
 * @module
 */
import { decodeWav, type Sound, toMono, trimSilence } from "../audio/mod.ts";
import { cachedDownload } from "./download.ts";
import { debianFiles } from "./debian_package.ts";
import { ownFile } from "./own_file.ts";
import { type TarFile, untar } from "./tar.ts";

const PACKAGE =
  "https://deb.debian.org/debian/pool/main/a/asterisk-core-sounds/asterisk-core-sounds-en-wav_1.6.1-1_all.deb";
const SHA256 = "2be3ea287d83299d143815fa804f11179a75b7affd4a758b98b55f5afc18a35d";

/** A part of the prompts that may lie in the folder of `TOME_DATA`. */
const SAMPLE = "asterisk-en-digits-letters.tar";

const UNITS =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
    .split(" ");
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const ORDINALS =
  "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
    .split(" ");
const ORDINAL_TENS = "twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth"
  .split(" ");
const DAYS = "sunday monday tuesday wednesday thursday friday saturday".split(" ");
const MONTHS =
  "january february march april may june july august september october november december".split(
    " ",
  );
const OTHERS =
  "hundred thousand million billion minus dollars pound star today tomorrow yesterday oh at".split(
    " ",
  );
/** The words of the alphabet of radio, as Asterisk's voice says them. */
const RADIO =
  "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu"
    .split(" ");

/** What each file says, by its path from the folder of the voice. */
const TEXTS: ReadonlyMap<string, string> = new Map([
  ...UNITS.map((word, i) => [`digits/${i}.wav`, word] as const),
  ...TENS.map((word, i) => [`digits/${10 * (i + 2)}.wav`, word] as const),
  ...ORDINALS.map((word, i) => [`digits/h-${i + 1}.wav`, word] as const),
  ...ORDINAL_TENS.map((word, i) => [`digits/h-${10 * (i + 2)}.wav`, word] as const),
  ...DAYS.map((word, i) => [`digits/day-${i}.wav`, word] as const),
  ...MONTHS.map((word, i) => [`digits/mon-${i}.wav`, word] as const),
  ...OTHERS.map((word) => [`digits/${word}.wav`, word] as const),
  ...["hundred", "thousand", "million", "billion"].map((word) =>
    [`digits/h-${word}.wav`, `${word}th`] as const
  ),
  ...RADIO.map((word, i) => [`phonetic/${String.fromCharCode(97 + i)}_p.wav`, word] as const),
]);

/** A word and how it sounds. */
export interface SpokenWord extends Sound {
  /** The word, in small letters. */
  text: string;
}

/**
 * The words that the English voice of Asterisk says: numbers, ordinals, days, months and the alphabet of radio, 8,000 samples a
 * second, without the silence at their ends.
 *
 * They are the prompts of Debian's `asterisk-core-sounds-en-wav` 1.6.1 (Allison Smith's voice; CC BY-SA 3.0), 18 MB that are
 * downloaded once and checked by their SHA-256; `asterisk-en-digits-letters.tar` in the folder that `TOME_DATA` names, which
 * has the folders `digits` and `phonetic` of it, is taken instead.
 *
 * @returns The words in the order of the alphabet; "november" is a month and a letter, and comes twice.
 * @throws {DownloadError} If they cannot be had, or are not the expected file.
 * @throws {SyntaxError} If the file is damaged.
 */
export async function asteriskVoice(): Promise<SpokenWord[]> {
  const sample = await ownFile(SAMPLE);
  const files: Iterable<TarFile> = sample
    ? untar(await Deno.readFile(sample))
    : await debianFiles(await Deno.readFile(await cachedDownload(PACKAGE, SHA256)));
  const words: SpokenWord[] = [];
  for (const { name, data } of files) {
    const text = TEXTS.get(name.split("/").slice(-2).join("/"));
    if (!text) continue;
    const whole = toMono(decodeWav(data));
    const { samples, sampleRate } = trimSilence(whole, 40, 256, 64);
    words.push({ text, samples: samples.slice(), sampleRate });
  }
  const length = (word: SpokenWord) => word.samples.length; // of two alike, the shorter is first
  return words.sort((a, b) => a.text < b.text ? -1 : a.text > b.text ? 1 : length(a) - length(b));
}
