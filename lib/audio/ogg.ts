import { decodeWav } from "./wav.ts";
import type { SoundFile } from "./sound.ts";

/**
 * Reads an Ogg file whose sound is compressed by Vorbis.
 *
 * @param bytes The bytes of the file.
 * @throws {SyntaxError} If it is no such file, or damaged.
 * @see Xiph.Org, 2020, "Vorbis I Specification", https://xiph.org/vorbis/doc/Vorbis_I_spec.html
 */
export async function decodeOgg(bytes: Uint8Array): Promise<SoundFile> {
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== "OggS") {
    throw new SyntaxError(
      `Cannot read an Ogg file as it must begin with OggS: current first bytes are ${
        bytes.subarray(0, 4).toHex() || "missing"
      }`,
    );
  }
  const { OggVorbisDecoder } = await import("@wasm-audio-decoders/ogg-vorbis");
  const decoder = new OggVorbisDecoder();
  try {
    await decoder.ready;
    const { channelData, samplesDecoded, sampleRate, errors } = await decoder.decodeFile(bytes);
    if (errors.length > 0 || samplesDecoded === 0) {
      throw new SyntaxError(
        `Cannot read an Ogg file as its Vorbis data are damaged: current fault is ${
          errors[0]?.message ?? "no sound"
        }`,
      );
    }
    return { channels: channelData.map((channel) => Float32Array.from(channel)), sampleRate };
  } finally {
    decoder.free();
  }
}

/**
 * Reads a sound from the bytes of a WAV file or an Ogg Vorbis file; what it is, its first bytes say.
 *
 * @param bytes The bytes of the file.
 * @throws {SyntaxError} If the bytes are neither, or damaged.
 */
export async function decodeSound(bytes: Uint8Array): Promise<SoundFile> {
  const kind = String.fromCharCode(...bytes.subarray(0, 4));
  if (kind === "RIFF") return decodeWav(bytes);
  if (kind === "OggS") return await decodeOgg(bytes);
  throw new SyntaxError(
    `Cannot decode a sound as it must be WAV or Ogg Vorbis: current first bytes are ${
      bytes.subarray(0, 4).toHex() || "missing"
    }`,
  );
}
