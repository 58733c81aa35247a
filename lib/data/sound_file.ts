import { extname } from "node:path";
import { decodeSound, encodeWav, type EncodeWavOptions, type Sound, toMono } from "../audio/mod.ts";
import { writeAtomic } from "../checkpoint/mod.ts";

/**
 * Reads a sound from a WAV file or an Ogg Vorbis file, as one channel.
 *
 * @param path The file.
 * @throws {SyntaxError} If it is neither, or damaged.
 */
export async function readSound(path: string): Promise<Sound> {
  return toMono(await decodeSound(await Deno.readFile(path)));
}

/**
 * Writes a sound to a WAV file.
 *
 * @param path Where to; it ends in `.wav`.
 * @param sound The sound.
 * @param options How a sample is stored.
 * @throws {RangeError} If the ending is another one.
 */
export async function writeSound(
  path: string,
  { samples, sampleRate }: Sound,
  options: Pick<EncodeWavOptions, "bits"> = {},
): Promise<void> {
  if (extname(path).toLowerCase() !== ".wav") {
    throw new RangeError(`Cannot write ${path} as it must end in .wav`);
  }
  await writeAtomic(path, encodeWav(samples, sampleRate, options));
}
