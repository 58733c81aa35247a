import { encodeWav } from "../../lib/audio/mod.ts";
import type { Tensor } from "../../lib/tensor/mod.ts";
import { scale } from "../charts/render/scale.ts";
import { DrawnView } from "../drawn_view.ts";
import { escape, type View } from "../view.ts";
import { colourScale, paint } from "./colours.ts";
import {
  BLUE,
  card,
  count,
  FAINT,
  image,
  label,
  note,
  png,
  pngSource,
  round,
  short,
  SOFT,
  svg,
  svgSource,
} from "./markup.ts";
import { type Spectrogram, spectrogram, type SpectrogramOptions } from "./spectrogram.ts";
import { statistics } from "./statistics.ts";
import { isTensor } from "./tensor.ts";

/** A sound in memory. */
export interface Sound {
  /** The sound, -1 to 1: one channel `[T]`. */
  samples: ArrayLike<number> | Tensor;
  /** Samples a second. */
  sampleRate: number;
}

/** How {@link audioPlayer} draws. */
export interface AudioOptions extends SpectrogramOptions {
  /** The title. @default {"Sound"} */
  title?: string;
  /** The most seconds that can be played, so that the notebook stays small; the picture shows all. @default {as many as 160,000 samples last} */
  maxSeconds?: number;
}

/** Whether a value is a sound in memory. */
export function isSound(value: unknown): value is Sound {
  if (typeof value !== "object" || value === null) return false;
  const { samples, sampleRate } = value as Partial<Sound>;
  return typeof sampleRate === "number" && typeof samples === "object" && samples !== null &&
    (isTensor(samples) || "length" in samples);
}

/**
 * Shows a sound: a player, its wave and its spectrogram.
 *
 * @param sound The samples of one channel, and how many there are a second.
 * @param options Title and window.
 * @throws {RangeError} If the samples have more than one axis, or there is no whole number of them a second.
 */
export async function audioPlayer(sound: Sound, options: AudioOptions = {}): Promise<View> {
  const { sampleRate } = sound;
  const { title = "Sound", maxSeconds = 160_000 / sampleRate } = options;
  if (!Number.isInteger(sampleRate) || sampleRate < 1) {
    throw new RangeError(
      `Cannot play a sound as its rate must be a whole number of samples a second: current rate is ${sampleRate}`,
    );
  }
  const samples = await samplesOf(sound);
  const { numNaN, numInfinite, min, max, size } = statistics(samples);
  const seconds = size / sampleRate;
  const facts = [
    `${seconds.toFixed(2)} s, ${count(size)} samples at ${count(sampleRate)} a second`,
    ...min <= max ? [`from ${short(min)} to ${short(max)}`] : [],
    ...min < -1 || max > 1 ? ["cut at ±1 when played"] : [],
    ...numNaN + numInfinite ? [`${numNaN + numInfinite} samples are not finite and silent`] : [],
    ...seconds > maxSeconds ? [`the first ${short(maxSeconds)} s can be played`] : [],
  ].join("; ");
  const drawing = drawSound(samples, sampleRate, title, options);
  const played = samples.slice(0, Math.floor(maxSeconds * sampleRate));
  const source = `data:audio/wav;base64,${encodeWav(played, sampleRate).toBase64()}`;
  return new DrawnView({
    "text/plain": `${title}\n${facts}`,
    "text/html": card(title, [
      size
        ? `<audio controls preload="metadata" aria-label="${
          escape(title)
        }" src="${source}"></audio>`
        : "",
      note(facts),
      image(svgSource(drawing), `The wave and the spectrogram of ${title}`, "margin:.4em 0;"),
    ]),
    "image/svg+xml": drawing,
  });
}

async function samplesOf({ samples }: Sound): Promise<Float32Array> {
  if (!isTensor(samples)) return Float32Array.from(samples);
  if (samples.rank !== 1) {
    throw new RangeError(
      `Cannot play a tensor as its shape must be [T]: current shape is [${
        samples.shape.join(", ")
      }]`,
    );
  }
  return Float32Array.from(await samples.data<"float32">());
}

const LEFT = 46, WIDTH = 640, RIGHT = 20, WAVE = 90, PICTURE = 180, TOP = 16, GAP = 14;

function drawSound(
  samples: Float32Array,
  sampleRate: number,
  title: string,
  options: SpectrogramOptions,
): string {
  const bottom = TOP + WAVE + GAP + PICTURE;
  const seconds = samples.length / sampleRate;
  const times = scale([0, seconds || 1], { count: 8, snug: true });
  const kilohertz = scale([0, sampleRate / 2000], { count: 5, snug: true });
  return svg(LEFT + WIDTH + RIGHT, bottom + 40, `The wave and the spectrogram of ${title}`, [
    frame(TOP, WAVE),
    wave(samples),
    picture(spectrogram(samples, options), TOP + WAVE + GAP),
    frame(TOP + WAVE + GAP, PICTURE),
    ...times.ticks.map((value) =>
      label(LEFT + WIDTH * times.at(value), bottom + 15, times.label(value), {
        anchor: "middle",
        fill: SOFT,
        size: 11,
      })
    ),
    label(LEFT + WIDTH / 2, bottom + 32, "seconds", { anchor: "middle" }),
    ...kilohertz.ticks.map((value) =>
      label(LEFT - 6, bottom - PICTURE * kilohertz.at(value) + 4, kilohertz.label(value), {
        anchor: "end",
        fill: SOFT,
        size: 11,
      })
    ),
    label(0, 0, "kHz", {
      anchor: "middle",
      more: `transform="translate(14 ${bottom - PICTURE / 2}) rotate(-90)"`,
    }),
  ]);
}

function frame(top: number, height: number): string {
  return `<rect x="${LEFT}" y="${top}" width="${WIDTH}" height="${height}" fill="none" stroke="${FAINT}"/>`;
}

/** The least and the greatest sample of each stretch, as an upright line. */
function wave(samples: Float32Array): string {
  const middle = TOP + WAVE / 2;
  const y = (value: number) => round(middle - Math.max(-1, Math.min(1, value)) * (WAVE / 2 - 2));
  let path = "";
  for (let x = 0; x < WIDTH && samples.length; x++) {
    const from = Math.floor(x * samples.length / WIDTH);
    const part = samples.subarray(
      from,
      Math.max(from + 1, Math.floor((x + 1) * samples.length / WIDTH)),
    );
    const { min, max } = statistics(part);
    if (min <= max) path += `M${LEFT + x + 0.5} ${round(y(max) - 0.4)}V${round(y(min) + 0.4)}`;
  }
  return `<path d="${path || `M${LEFT} ${middle}h${WIDTH}`}" stroke="${BLUE}" fill="none"/>`;
}

/** The spectrogram with time across and frequency upwards; of many windows, some are drawn. */
function picture({ frames, bins, decibels }: Spectrogram, top: number): string {
  if (frames === 0) return "";
  const [across, up] = [Math.min(frames, 320), Math.min(bins, PICTURE)];
  const values = Float32Array.from({ length: across * up }, (_, i) => {
    const frame = Math.floor((i % across) * frames / across);
    const row = up - 1 - Math.floor(i / across); // low frequencies below
    let loudest = -Infinity; // a thin line must not fall between two rows
    for (let k = Math.floor(row * bins / up); k < Math.floor((row + 1) * bins / up); k++) {
      loudest = Math.max(loudest, decibels[frame * bins + k]!);
    }
    return loudest;
  });
  const base64 = png(paint(values, across, up, colourScale(-100, 0)));
  return `<image href="${
    pngSource(base64)
  }" x="${LEFT}" y="${top}" width="${WIDTH}" height="${PICTURE}" ` +
    `preserveAspectRatio="none"/>`;
}
