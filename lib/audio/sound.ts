/** A sound of one channel. */
export interface Sound {
  /** The samples `[T]`, from -1 to 1. */
  samples: Float32Array;
  /** Samples a second. */
  sampleRate: number;
}

/** A sound as a file holds it, with all its channels. */
export interface SoundFile {
  /** The samples of each channel, `[T]` each, from -1 to 1. */
  channels: Float32Array[];
  /** Samples a second. */
  sampleRate: number;
}

/**
 * A sound of one channel: the mean of all.
 *
 * @param file The sound with its channels.
 * @returns The samples of the only channel are not copied.
 * @throws {RangeError} If there is no channel, or they differ in length.
 */
export function toMono({ channels, sampleRate }: SoundFile): Sound {
  const [first, ...others] = channels;
  if (!first || others.some(({ length }) => length !== first.length)) {
    throw new RangeError(
      `Cannot mix channels as there must be some, of equal length: current lengths are [${
        channels.map(({ length }) => length).join(", ")
      }]`,
    );
  }
  if (others.length === 0) return { samples: first, sampleRate };
  const samples = first.map((value, i) =>
    others.reduce((sum, channel) => sum + channel[i]!, value) / channels.length
  );
  return { samples, sampleRate };
}

/**
 * Sounds one after another, with silence between them.
 *
 * @param sounds The sounds, all of one rate.
 * @param gaps Seconds of silence before each sound but the first, one number for all or one each. @default {0}
 * @throws {RangeError} If there is no sound, or the rates differ.
 */
export function joinSounds(sounds: readonly Sound[], gaps: number | readonly number[] = 0): Sound {
  const sampleRate = sounds[0]?.sampleRate;
  if (sampleRate === undefined || sounds.some((sound) => sound.sampleRate !== sampleRate)) {
    throw new RangeError(
      `Cannot join sounds as there must be some, of one rate: current rates are [${
        sounds.map((sound) => sound.sampleRate).join(", ")
      }]`,
    );
  }
  const starts: number[] = [];
  let length = 0;
  for (const [i, { samples }] of sounds.entries()) {
    const gap = typeof gaps === "number" ? gaps : gaps[i - 1] ?? 0;
    if (i > 0) length += Math.round(gap * sampleRate);
    starts.push(length);
    length += samples.length;
  }
  const samples = new Float32Array(length);
  sounds.forEach((sound, i) => samples.set(sound.samples, starts[i]!));
  return { samples, sampleRate };
}

/**
 * A sound without the quiet at its ends.
 *
 * The sound is cut into frames; from the first to the last frame whose mean square is within `topDb` decibels of the loudest
 * frame's it is kept.
 *
 * @param sound The sound.
 * @param topDb How far below the loudest frame a frame may lie. @default {60}
 * @param frameLength Samples in a frame. @default {2048}
 * @param hopLength Samples from one frame to the next. @default {512}
 * @returns A view of the same samples; a silent sound stays whole.
 * @see librosa, `librosa.effects.trim`
 */
export function trimSilence(
  { samples, sampleRate }: Sound,
  topDb = 60,
  frameLength = 2048,
  hopLength = 512,
): Sound {
  const frames = 1 + Math.floor(samples.length / hopLength); // frames are centred, silence lies around
  const powers = Float64Array.from({ length: frames }, (_, frame) => {
    let sum = 0;
    const start = frame * hopLength - Math.floor(frameLength / 2);
    const end = Math.min(samples.length, start + frameLength);
    for (let i = Math.max(0, start); i < end; i++) sum += samples[i]! ** 2;
    return sum / frameLength;
  });
  const least = Math.max(...powers) / 10 ** (topDb / 10);
  const first = powers.findIndex((power) => power > least);
  if (first < 0) return { samples, sampleRate };
  const last = powers.findLastIndex((power) => power > least);
  return { samples: samples.subarray(first * hopLength, (last + 1) * hopLength), sampleRate };
}
