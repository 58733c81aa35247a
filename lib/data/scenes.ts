import { Rng } from "../tensor/mod.ts";
import { cropImage } from "./augment.ts";
import type { LabelledImage } from "./image_batch.ts";
import {
  cutoutOf,
  eachPixel,
  layCutout,
  paintScene,
  type PlacedCutout,
  type Scene,
  type Tint,
} from "./paint_scene.ts";

/** How {@link composeScene} composes. */
export interface SceneOptions {
  /** Pixels across. @default {64} */
  width?: number;
  /** Pixels down. @default {64} */
  height?: number;
  /** The least and the most things in a scene. @default {[1, 4]} */
  objects?: readonly [least: number, most: number];
  /** The least and the most pixels of a thing's longer side. @default {[16, 28]} */
  size?: readonly [least: number, most: number];
  /** The largest share of a thing that others may hide. @default {0.15} */
  hidden?: number;
  /** Pieces of things that lie about and are none, on the ground. @default {6} */
  clutter?: number;
  /** The standard deviation of noise, of 255. @default {8} */
  noise?: number;
  /** 1 for grey, 3 for colours, which are drawn by chance and say nothing of the class. @default {1} */
  channels?: 1 | 3;
}

/** A colour that is bright enough to be seen on the ground. */
export function drawTint(rng: Rng, channels: 1 | 3): Tint {
  const bright = rng.uniform(150, 255);
  if (channels === 1) return [bright];
  const shares = [rng.uniform(0.35, 1), rng.uniform(0.35, 1), rng.uniform(0.35, 1)];
  const most = Math.max(...shares);
  return shares.map((share) => bright * share / most);
}

/** A dark ground that grows brighter to one side, with pieces of things on it that are none. */
export function drawGround(
  examples: readonly LabelledImage[],
  { width, height, channels, clutter, size }: Required<Omit<SceneOptions, "objects" | "hidden">>,
  rng: Rng,
): Float32Array {
  const [low, high, angle] = [
    rng.uniform(0, 40),
    rng.uniform(20, 90),
    rng.uniform(0, 2 * Math.PI),
  ];
  const tint = channels === 1
    ? [1]
    : [rng.uniform(0.5, 1), rng.uniform(0.5, 1), rng.uniform(0.5, 1)];
  const ground = new Float32Array(width * height * channels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const along = 0.5 + Math.cos(angle) * (x / width - 0.5) +
        Math.sin(angle) * (y / height - 0.5);
      for (let c = 0; c < channels; c++) ground[i++] = tint[c]! * (low + (high - low) * along);
    }
  }
  for (let n = 0; n < clutter; n++) {
    const { opacity } = cutoutOf(examples[rng.int(examples.length)]!, rng.uniform(...size));
    const side = Math.max(2, Math.round(size[0] * rng.uniform(0.3, 0.45)));
    const piece = cropImage(
      opacity,
      rng.int(Math.max(1, opacity.width - side + 1)),
      rng.int(Math.max(1, opacity.height - side + 1)),
      Math.min(side, opacity.width),
      Math.min(side, opacity.height),
    );
    layCutout(ground, channels, { width, height }, {
      cutout: { label: 0, opacity: piece },
      left: rng.int(width) - (side >> 1),
      top: rng.int(height) - (side >> 1),
      tint: drawTint(rng, channels),
    });
  }
  return ground;
}

/** What is missing in options, filled in. */
export function sceneOptions(options: SceneOptions): Required<SceneOptions> {
  const all = {
    width: 64,
    height: 64,
    objects: [1, 4] as const,
    size: [16, 28] as const,
    hidden: 0.15,
    clutter: 6,
    noise: 8,
    channels: 1 as const,
    ...options,
  };
  const side = Math.min(all.width, all.height);
  if (!(all.size[0] >= 4 && all.size[0] <= all.size[1] && all.size[1] <= side)) {
    throw new RangeError(
      `Cannot compose scenes as size must grow from 4 or more to at most the scene's shorter side, ${side}: current size is ${
        all.size.join(" to ")
      }`,
    );
  }
  const [least, most] = all.objects;
  if (!(least >= 0 && least <= most && most < 255)) {
    throw new RangeError(
      `Cannot compose scenes as objects must grow from 0 or more to below 255: current numbers are ${least} to ${most}`,
    );
  }
  return all;
}

/** How often another place is tried for a thing before it is left out. */
const TRIES = 30;

/**
 * Composes a scene: things cut out of images, at random places and sizes on a ground with clutter, whose boxes and pixels are
 * known exactly.
 *
 * @example
 * ```ts
 * import { composeScene } from "@tome/tome/data";
 * import { Rng } from "@tome/tome/tensor";
 * import assert from "node:assert/strict";
 *
 * const square = { width: 4, height: 4, channels: 1, data: new Uint8Array(16).fill(255) };
 * const { objects, mask } = composeScene([{ image: square, label: 2 }], { objects: [1, 1] }, new Rng(1));
 * const [left, top, right, bottom] = objects[0]!.box;
 * assert.equal(mask.filter((k) => k === 3).length, (right - left) * (bottom - top)); // class 2 is 3 in the mask
 * ```
 * @param examples Images of one thing each: bright on black (1 channel), or with opacity (2 or 4 channels).
 * @param options Sizes, numbers and clutter.
 * @param rng Where the places come from.
 * @throws {RangeError} If there are no examples, an example is empty, or a size is out of range.
 */
export function composeScene(
  examples: readonly LabelledImage[],
  options: SceneOptions,
  rng: Rng,
): Scene {
  if (examples.length === 0) {
    throw new RangeError("Cannot compose a scene as there must be examples: current number is 0");
  }
  const all = sceneOptions(options);
  const { width, height, channels, objects: [least, most], size, hidden, noise } = all;
  const ground = drawGround(examples, all, rng);
  const placed: PlacedCutout[] = [];
  const count = least + rng.int(most - least + 1);
  const owner = new Int32Array(width * height).fill(-1);
  const sizes: number[] = [];
  for (let n = 0; n < count; n++) {
    const cutout = cutoutOf(examples[rng.int(examples.length)]!, rng.uniform(...size));
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const candidate = {
        cutout,
        left: rng.int(width - cutout.opacity.width + 1),
        top: rng.int(height - cutout.opacity.height + 1),
        tint: drawTint(rng, channels),
      };
      const after = owner.slice();
      let own = 0;
      eachPixel(all, candidate, (i) => {
        after[i] = placed.length;
        own++;
      });
      const left = new Array<number>(placed.length).fill(0);
      for (const k of after) if (k >= 0 && k < left.length) left[k]!++;
      if (left.some((pixels, k) => pixels < (1 - hidden) * sizes[k]!)) continue;
      owner.set(after);
      sizes.push(own);
      placed.push(candidate);
      break;
    }
  }
  return paintScene(ground, { width, height, channels }, placed, { noise, rng });
}

/**
 * Composes scenes; equal seeds give equal ones.
 *
 * @param examples Images of one thing each, as for {@link composeScene}.
 * @param count How many.
 * @param options Sizes, numbers, clutter and the seed.
 * @throws {RangeError} If there are no examples, an example is empty, or a size is out of range.
 */
export function composeScenes(
  examples: readonly LabelledImage[],
  count: number,
  { seed = 0, ...options }: SceneOptions & { seed?: number } = {},
): Scene[] {
  const rng = new Rng(seed);
  return Array.from({ length: count }, () => composeScene(examples, options, rng));
}
