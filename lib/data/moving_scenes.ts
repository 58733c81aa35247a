import { Rng } from "../tensor/mod.ts";
import type { LabelledImage } from "./image_batch.ts";
import { cutoutOf, paintScene, type PlacedCutout, type Scene } from "./paint_scene.ts";
import { drawGround, drawTint, type SceneOptions, sceneOptions } from "./scenes.ts";

/** How {@link movingScenes} moves things. */
export interface MovingScenesOptions extends Omit<SceneOptions, "hidden"> {
  /** Scenes in the film. @default {40} */
  frames?: number;
  /** The least and the most pixels that a thing moves from one frame to the next. @default {[1, 3]} */
  speed?: readonly [least: number, most: number];
  /** Equal seeds make equal films. @default {0} */
  seed?: number;
}

/**
 * Composes a film: things that fly straight on, are thrown back by the edges, and hide one another when they meet.
 *
 * Each keeps its number (`track`), its look and its depth; a thing that is wholly hidden is not among the objects of that
 * frame. The ground stays, the noise is drawn anew for each frame.
 *
 * @param examples Images of one thing each, as for `composeScene`.
 * @param options Sizes, numbers, speed and the seed.
 * @returns The frames.
 * @throws {RangeError} If there are no examples, an example is empty, or a size is out of range.
 * @see Srivastava et al., 2015, "Unsupervised Learning of Video Representations using LSTMs",
 *   https://arxiv.org/abs/1502.04681, for moving digits
 */
export function movingScenes(
  examples: readonly LabelledImage[],
  options: MovingScenesOptions = {},
): Scene[] {
  const { frames = 40, speed = [1, 3], seed = 0, ...rest } = options;
  if (examples.length === 0 || !(frames >= 1)) {
    throw new RangeError(
      `Cannot compose a film as there must be examples and frames: current numbers are ${examples.length} and ${frames}`,
    );
  }
  const all = sceneOptions(rest);
  const { width, height, channels, objects: [least, most], size, noise } = all;
  const rng = new Rng(seed);
  const ground = drawGround(examples, all, rng);
  const things = Array.from({ length: least + rng.int(most - least + 1) }, () => {
    const cutout = cutoutOf(examples[rng.int(examples.length)]!, rng.uniform(...size));
    const [pace, angle] = [rng.uniform(...speed), rng.uniform(0, 2 * Math.PI)];
    return {
      cutout,
      tint: drawTint(rng, channels),
      x: rng.uniform(0, width - cutout.opacity.width),
      y: rng.uniform(0, height - cutout.opacity.height),
      dx: pace * Math.cos(angle),
      dy: pace * Math.sin(angle),
    };
  });
  const tracks = things.map((_, i) => i);
  return Array.from({ length: frames }, () => {
    const placed: PlacedCutout[] = things.map(({ cutout, tint, x, y }) => ({
      cutout,
      tint,
      left: Math.round(x),
      top: Math.round(y),
    }));
    for (const thing of things) {
      const { width: w, height: h } = thing.cutout.opacity;
      [thing.x, thing.dx] = thrownBack(thing.x + thing.dx, thing.dx, width - w);
      [thing.y, thing.dy] = thrownBack(thing.y + thing.dy, thing.dy, height - h);
    }
    return paintScene(ground, { width, height, channels }, placed, { noise, rng, tracks });
  });
}

/** A place and a speed after a step, thrown back where the place is below 0 or above `most`. */
function thrownBack(place: number, speed: number, most: number): [number, number] {
  if (place < 0) return [Math.min(most, -place), -speed];
  if (place > most) return [Math.max(0, 2 * most - place), -speed];
  return [place, speed];
}
