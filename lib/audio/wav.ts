import type { SoundFile } from "./sound.ts";

/** How {@link encodeWav} writes. */
export interface EncodeWavOptions {
  /** How many channels lie side by side. @default {1} */
  channels?: number;
  /** Bits of a sample: 8, 16, 24 or 32 of a whole number, or `"float"` for float32. @default {16} */
  bits?: 8 | 16 | 24 | 32 | "float";
}

/**
 * Writes a sound as a WAV file.
 *
 * Of whole numbers what is above 1 or below -1 is cut, and what is no number is silent.
 *
 * @param samples The sound, channels side by side.
 * @param sampleRate Samples a second.
 * @returns The bytes of the file.
 * @throws {RangeError} If the channels do not divide the samples.
 */
export function encodeWav(
  samples: ArrayLike<number>,
  sampleRate: number,
  { channels = 1, bits = 16 }: EncodeWavOptions = {},
): Uint8Array<ArrayBuffer> {
  if (!(Number.isInteger(channels) && channels > 0 && samples.length % channels === 0)) {
    throw new RangeError(
      `Cannot write a WAV file as the channels must divide the samples: ` +
        `current numbers are ${channels} and ${samples.length}`,
    );
  }
  const wide = bits === "float" ? 4 : bits / 8;
  const size = wide * samples.length;
  const view = new DataView(new ArrayBuffer(44 + size + size % 2));
  const text = (at: number, letters: string) => {
    for (let i = 0; i < letters.length; i++) view.setUint8(at + i, letters.charCodeAt(i));
  };
  text(0, "RIFF");
  view.setUint32(4, view.byteLength - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // bytes of this part
  view.setUint16(20, bits === "float" ? FLOAT : WHOLE, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * wide, true);
  view.setUint16(32, channels * wide, true);
  view.setUint16(34, 8 * wide, true);
  text(36, "data");
  view.setUint32(40, size, true);
  const top = 2 ** (8 * wide - 1) - 1;
  for (let i = 0, at = 44; i < samples.length; i++, at += wide) {
    if (bits === "float") {
      view.setFloat32(at, samples[i]!, true);
      continue;
    }
    const value = Math.round(Math.max(-1, Math.min(1, samples[i]!)) * top) || 0;
    if (bits === 8) view.setUint8(at, value + 128);
    else if (bits === 16) view.setInt16(at, value, true);
    else if (bits === 32) view.setInt32(at, value, true);
    else {
      view.setInt16(at, value & 0xffff, true);
      view.setInt8(at + 2, value >> 16);
    }
  }
  return new Uint8Array(view.buffer);
}

const WHOLE = 1, FLOAT = 3, A_LAW = 6, MU_LAW = 7, EXTENSIBLE = 0xfffe;

/**
 * Reads a WAV file: whole numbers of 8 to 32 bits, floats of 32 and 64 bits, and the μ-law and A-law of telephones.
 *
 * A whole number is divided by the greatest power of two that it can have, so that 16 bits give -1 to 32767/32768, as in
 * librosa.
 *
 * @param bytes The bytes of the file; a file that ends before its `data` part does is read as far as it goes.
 * @throws {SyntaxError} If it is no WAV file, or of another kind.
 */
export function decodeWav(bytes: Uint8Array): SoundFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  const refuse = (why: string, value: unknown): never => {
    throw new SyntaxError(`Cannot read a WAV file as ${why}: current value is ${value}`);
  };
  if (bytes.length < 12 || tag(0) !== "RIFF" || tag(8) !== "WAVE") {
    refuse("it must begin with RIFF and WAVE", bytes.subarray(0, 12).toHex() || "missing");
  }
  let format: { kind: number; channels: number; sampleRate: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const [name, size, start] = [tag(at), view.getUint32(at + 4, true), at + 8];
    if (name === "fmt " && start + 16 <= bytes.length) {
      const kind = view.getUint16(start, true);
      format = {
        kind: kind === EXTENSIBLE && size >= 40 ? view.getUint16(start + 24, true) : kind,
        channels: view.getUint16(start + 2, true),
        sampleRate: view.getUint32(start + 4, true),
        bits: view.getUint16(start + 14, true),
      };
    }
    if (name === "data") {
      const { kind, channels, sampleRate, bits } = format ??
        refuse("its format must come before its data", "none");
      const read = readerOf(view, kind, bits) ??
        refuse("its samples must be of a known kind", `${kind} with ${bits} bits`);
      if (channels === 0) refuse("it must have channels", channels);
      const wide = channels * bits / 8;
      const frames = Math.floor(Math.min(size, bytes.length - start) / wide);
      return {
        channels: Array.from({ length: channels }, (_, c) =>
          Float32Array.from(
            { length: frames },
            (_, i) => read(start + i * wide + c * bits / 8),
          )),
        sampleRate,
      };
    }
    at = start + size + size % 2; // parts begin at even places
  }
  return refuse("it must have a part named data", "none");
}

function readerOf(view: DataView, kind: number, bits: number) {
  const readers: Record<string, (at: number) => number> = {
    [`${WHOLE} 8`]: (at) => (view.getUint8(at) - 128) / 128,
    [`${WHOLE} 16`]: (at) => view.getInt16(at, true) / 2 ** 15,
    [`${WHOLE} 24`]: (at) => (view.getUint16(at, true) + 65536 * view.getInt8(at + 2)) / 2 ** 23,
    [`${WHOLE} 32`]: (at) => view.getInt32(at, true) / 2 ** 31,
    [`${FLOAT} 32`]: (at) => view.getFloat32(at, true),
    [`${FLOAT} 64`]: (at) => view.getFloat64(at, true),
    [`${MU_LAW} 8`]: (at) => fromMuLawByte(view.getUint8(at)),
    [`${A_LAW} 8`]: (at) => fromALawByte(view.getUint8(at)),
  };
  return readers[`${kind} ${bits}`];
}

/** ITU-T G.711, μ-law: the bits are inverted; sign, three bits of exponent, four of mantissa. */
function fromMuLawByte(byte: number): number {
  const code = ~byte & 0xff;
  const size = (((code & 15) << 3) + 132 << ((code >> 4) & 7)) - 132;
  return (code & 0x80 ? -size : size) / 2 ** 15;
}

/** ITU-T G.711, A-law: every other bit is inverted. */
function fromALawByte(byte: number): number {
  const code = byte ^ 0x55;
  const [exponent, mantissa] = [(code >> 4) & 7, code & 15];
  const size = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 264) << (exponent - 1);
  return (code & 0x80 ? size : -size) / 2 ** 15;
}
