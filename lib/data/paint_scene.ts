import type { Box } from "../ops/mod.ts";
import type { Rng } from "../tensor/mod.ts";
import { cropImage } from "./augment.ts";
import type { LabelledImage } from "./image_batch.ts";
import { type Image, resizeImage } from "./image.ts";

/** A thing in a {@link Scene}. */
export interface ComposedObject {
  /** Its class, from 0. */
  label: number;
  /** The least box around the pixels of it that can be seen. */
  box: Box;
  /** The share of its pixels that can be seen, above 0 and at most 1. */
  visible: number;
  /** Its number in all scenes of a film. @default {none, in single scenes} */
  track?: number;
}

/** A composed image that is known exactly. */
export interface Scene {
  /** The image. */
  image: Image;
  /** The things in it, those in front last. */
  objects: ComposedObject[];
  /** The class of each pixel, row by row: 0 where nothing is, else a thing's class + 1. */
  mask: Uint8Array;
  /** The thing of each pixel, row by row: 0 where nothing is, else its place in `objects` + 1. */
  instances: Uint8Array;
}

/** The colour of something. */
export type Tint = readonly number[];

/** A thing cut out of its image: how much each of its pixels covers, 0 to 255, and what it looks like. */
export interface Cutout {
  /** Its class. */
  label: number;
  /** How much each pixel covers, one channel. */
  opacity: Image;
  /** Its pixels, where it has some of its own; of others the opacity is in the colour that is drawn. */
  pixels?: Image;
}

/** A cut-out at its place. */
export interface PlacedCutout {
  /** What. */
  cutout: Cutout;
  /** The column of its left edge. */
  left: number;
  /** The row of its upper edge. */
  top: number;
  /** Its colour, where its pixels have none: a value for each channel of the scene. */
  tint: readonly number[];
}

/** From how much opacity on a pixel belongs to a thing. */
const SOLID = 128;

/** The least box around the pixels that belong to a thing. */
function boundsOf(
  { width, height }: { width: number; height: number },
  belongs: (i: number) => boolean,
): Box | undefined {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!belongs(y * width + x)) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
    }
  }
  return right > left ? [left, top, right, bottom] : undefined;
}

/**
 * Cuts the thing out of an image, and makes it another size.
 *
 * @param example An image on black ground, whose brightness is its opacity (1 channel), or one with opacity (2 or 4 channels).
 * @param size Pixels of the longer side.
 * @throws {RangeError} If nothing is in the image.
 */
export function cutoutOf({ image, label }: LabelledImage, size: number): Cutout {
  const { width, height, channels, data } = image;
  const last = channels === 3 ? undefined : channels - 1;
  const whole: Image = {
    width,
    height,
    channels: 1,
    data: Uint8Array.from(
      { length: width * height },
      (_, i) => last === undefined ? 255 : data[i * channels + last]!,
    ),
  };
  const bounds = boundsOf(whole, (i) => whole.data[i]! >= SOLID);
  if (!bounds) {
    throw new RangeError(
      `Cannot cut out a thing as some pixel must have an opacity of ${SOLID} or more: current image is empty`,
    );
  }
  const [left, top, right, bottom] = bounds;
  const [w, h] = [right - left, bottom - top];
  const times = size / Math.max(w, h);
  const fitted = (part: Image) =>
    resizeImage(
      cropImage(part, left, top, w, h),
      Math.max(1, Math.round(w * times)),
      Math.max(1, Math.round(h * times)),
    );
  const opacity = fitted(whole);
  if (channels === 1) return { label, opacity };
  return { label, opacity, pixels: fitted(image) };
}

/** Lays a cut-out over pixels. */
export function layCutout(
  canvas: Float32Array,
  channels: number,
  scene: Sizes,
  placed: PlacedCutout,
): void {
  const { cutout: { opacity, pixels }, left, top, tint } = placed;
  for (let y = Math.max(0, -top); y < opacity.height && top + y < scene.height; y++) {
    for (let x = Math.max(0, -left); x < opacity.width && left + x < scene.width; x++) {
      const from = y * opacity.width + x;
      const share = opacity.data[from]! / 255;
      const to = ((top + y) * scene.width + left + x) * channels;
      for (let c = 0; c < channels; c++) {
        const own = pixels && pixels.data[from * pixels.channels + (pixels.channels < 3 ? 0 : c)]!;
        canvas[to + c] = (1 - share) * canvas[to + c]! + share * (own ?? tint[c]!);
      }
    }
  }
}

/** How large a scene is. */
export interface Sizes {
  /** Pixels across. */
  width: number;
  /** Pixels down. */
  height: number;
}

/** Calls a function with each pixel of a scene that belongs to a cut-out. */
export function eachPixel(
  scene: Sizes,
  { cutout, left, top }: PlacedCutout,
  f: (i: number) => void,
) {
  const { opacity } = cutout;
  for (let i = 0; i < opacity.data.length; i++) {
    if (opacity.data[i]! < SOLID) continue;
    const [x, y] = [left + i % opacity.width, top + Math.floor(i / opacity.width)];
    if (x >= 0 && x < scene.width && y >= 0 && y < scene.height) f(y * scene.width + x);
  }
}

/**
 * Lays cut-outs over a ground, and says of each pixel what it belongs to.
 *
 * @param ground The ground, `height × width × channels` values from 0 to 255; it stays as it is.
 * @param sizes Width, height and channels of the scene.
 * @param placed The cut-outs, the farthest first; those of which nothing can be seen are not among the objects.
 * @param options Noise, and the tracks of the cut-outs.
 */
export function paintScene(
  ground: Float32Array,
  { width, height, channels }: Sizes & { channels: number },
  placed: readonly PlacedCutout[],
  { noise = 0, rng, tracks }: { noise?: number; rng: Rng; tracks?: readonly number[] },
): Scene {
  const scene = { width, height };
  const canvas = ground.slice();
  const owner = new Int32Array(width * height).fill(-1);
  const sizes = placed.map((one, k) => {
    layCutout(canvas, channels, scene, one);
    let size = 0;
    eachPixel(scene, one, (i) => {
      owner[i] = k;
      size++;
    });
    return size;
  });
  const instances = new Uint8Array(width * height);
  const mask = new Uint8Array(width * height);
  const objects: ComposedObject[] = [];
  for (const [k, { cutout }] of placed.entries()) {
    const box = boundsOf(scene, (i) => owner[i] === k);
    if (!box) continue;
    let seen = 0;
    for (let i = 0; i < owner.length; i++) {
      if (owner[i] !== k) continue;
      seen++;
      instances[i] = objects.length + 1;
      mask[i] = cutout.label + 1;
    }
    objects.push({
      label: cutout.label,
      box,
      visible: seen / sizes[k]!,
      ...(tracks ? { track: tracks[k]! } : {}),
    });
  }
  const data = Uint8Array.from(
    canvas,
    (v) => Math.round(Math.min(255, Math.max(0, noise > 0 ? v + rng.normal(0, noise) : v))),
  );
  return { image: { width, height, channels, data }, objects, mask, instances };
}
