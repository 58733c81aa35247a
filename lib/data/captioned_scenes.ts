import { Rng } from "../tensor/mod.ts";
import { type Image, resizeImage } from "./image.ts";
import type { LabelledImage } from "./image_batch.ts";

/** A thing in a scene, in the words of its caption. */
export interface SceneObject {
  /** One of {@link SCENE_COLOURS}. */
  colour: string;
  /** One of {@link SCENE_SHAPES}, or of {@link DIGIT_WORDS}. */
  kind: string;
  /** One of {@link SCENE_PLACES}. */
  place: string;
}

/** A picture, and what is in it. */
export interface CaptionedImage {
  /** The picture, in colour. */
  image: Image;
  /** What is in it, in words. */
  caption: string;
}

/** A composed picture, its caption, and the same as a list. */
export interface CaptionedScene extends CaptionedImage {
  /** What is in it, in the order of the caption. */
  objects: readonly SceneObject[];
}

/** The colours of things by their names: red, green and blue, from 0 to 255. */
export const SCENE_COLOURS: Readonly<Record<string, readonly [number, number, number]>> = {
  red: [230, 50, 50],
  green: [60, 200, 80],
  blue: [70, 110, 255],
  yellow: [240, 220, 60],
  purple: [190, 70, 220],
  white: [240, 240, 240],
};

/** The drawn shapes. */
export const SCENE_SHAPES: readonly string[] = [
  "circle",
  "square",
  "triangle",
  "cross",
  "ring",
  "diamond",
];

/** What the digits are called. */
export const DIGIT_WORDS: readonly string[] = [
  "zero",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
];

/** Where things stand, in reading order: the quarters of a picture. */
export const SCENE_PLACES: readonly string[] = [
  "top left",
  "top right",
  "bottom left",
  "bottom right",
];

/** How {@link captionedScenes} composes. */
export interface CaptionedScenesOptions {
  /** Handwritten digits of 28 × 28 pixels to be coloured; without them there are shapes only. @default {none} */
  digits?: readonly LabelledImage[];
  /** What things may be. @default {all shapes, and the digits' words if there are digits} */
  kinds?: readonly string[];
  /** The most things in a picture, each in a quarter of its own. @default {1} */
  maxObjects?: number;
  /** Height and width of the pictures, even. @default {28} */
  size?: number;
  /** Which things may be drawn, such as those that are not kept for measuring. @default {all} */
  allow?: (object: SceneObject) => boolean;
  /** Equal seeds compose equal pictures. @default {0} */
  seed?: number;
}

/** How much of a pixel a shape covers, from 0 to 1; `x` and `y` from −1 to 1, `blur` is the width of the edge. */
function coverage(kind: string, x: number, y: number, blur: number): number {
  const [ax, ay] = [Math.abs(x), Math.abs(y)];
  const round = Math.hypot(x, y);
  const inside: Record<string, number> = { // how far inside the edge
    circle: 0.95 - round,
    ring: Math.min(0.95 - round, round - 0.55),
    square: 0.8 - Math.max(ax, ay),
    diamond: (1 - ax - ay) / Math.SQRT2,
    cross: Math.max(Math.min(0.28 - ax, 0.95 - ay), Math.min(0.28 - ay, 0.95 - ax)),
    triangle: Math.min(0.85 - y, (y + 0.95 - 2 * ax) / Math.sqrt(5)),
  };
  return Math.min(1, Math.max(0, inside[kind]! / blur + 0.5));
}

/** The cover of a thing, `side × side` values from 0 to 1. */
function coverOf(kind: string, side: number, digits: readonly Image[], rng: Rng): Float32Array {
  if (SCENE_SHAPES.includes(kind)) {
    const at = (i: number) => (2 * i + 1) / side - 1;
    return Float32Array.from(
      { length: side * side },
      (_, i) => coverage(kind, at(i % side), at(Math.floor(i / side)), 2 / side),
    );
  }
  if (digits.length === 0) {
    throw new RangeError(
      `Cannot compose a scene as there must be a picture of each kind: current kind is ${kind}; pass digits`,
    );
  }
  const digit = digits[rng.int(digits.length)]!;
  const { data } = resizeImage({ ...digit, data: digit.data }, side, side);
  return Float32Array.from(data, (v) => Math.min(1, v / 200)); // thinner strokes stay bright
}

/**
 * What a scene is called: "a red three at the top left", and so on, joined by "and".
 *
 * @param objects What is in it.
 */
export function sceneCaption(objects: readonly SceneObject[]): string {
  return objects.map(({ colour, kind, place }) => `a ${colour} ${kind} at the ${place}`)
    .join(" and ");
}

/** Draws a thing over a picture. */
function draw(
  image: Image,
  { colour, kind, place }: SceneObject,
  digits: readonly Image[],
  rng: Rng,
): void {
  const half = image.width / 2;
  const side = Math.round(half * (0.8 + 0.2 * rng.uniform()));
  const quarter = SCENE_PLACES.indexOf(place);
  const left = (quarter % 2) * half + rng.int(Math.floor(half) - side + 1);
  const top = (quarter >> 1) * half + rng.int(Math.floor(half) - side + 1);
  const light = 0.85 + 0.15 * rng.uniform();
  const ink = SCENE_COLOURS[colour]!.map((v) => v * light);
  for (const [i, cover] of coverOf(kind, side, digits, rng).entries()) {
    const pixel = (top + Math.floor(i / side)) * image.width + left + i % side;
    for (let c = 0; c < 3; c++) {
      const at = 3 * pixel + c;
      image.data[at] = Math.round(image.data[at]! * (1 - cover) + ink[c]! * cover);
    }
  }
}

/** A dark ground, lighter to one side, with a little noise. */
function ground(size: number, rng: Rng): Image {
  const data = new Uint8Array(3 * size * size);
  const [base, across, down] = [20 + rng.int(30), rng.int(31) - 15, rng.int(31) - 15];
  for (let i = 0; i < size * size; i++) {
    const slope = across * (i % size / size - 0.5) + down * (Math.floor(i / size) / size - 0.5);
    const grey = Math.max(0, Math.round(base + slope + rng.int(9) - 4));
    data.fill(grey, 3 * i, 3 * i + 3);
  }
  return { width: size, height: size, channels: 3, data };
}

/**
 * Composes pictures of coloured shapes and handwritten digits, whose captions say exactly what is in them, where.
 *
 * @example
 * ```ts
 * import { captionedScenes } from "@tome/tome/data";
 *
 * const [scene] = captionedScenes(1, { kinds: ["ring"], seed: 3 });
 * console.assert(/^a \w+ ring at the (top|bottom) (left|right)$/.test(scene!.caption));
 * ```
 * @param count How many.
 * @param options What may be in them.
 * @returns The scenes, each with at least one thing.
 * @throws {RangeError} If a size is out of range, or no thing is allowed.
 */
export function captionedScenes(
  count: number,
  options: CaptionedScenesOptions = {},
): CaptionedScene[] {
  const { digits = [], maxObjects = 1, size = 28, allow = () => true, seed = 0 } = options;
  const { kinds = [...SCENE_SHAPES, ...digits.length > 0 ? DIGIT_WORDS : []] } = options;
  if (!(size % 2 === 0 && size >= 8) || !(maxObjects >= 1 && maxObjects <= 4)) {
    throw new RangeError(
      `Cannot compose scenes as size must be even and at least 8, and maxObjects in 1…4: ` +
        `current values are ${size} and ${maxObjects}`,
    );
  }
  const rng = new Rng(seed);
  const pictures = Map.groupBy(digits, ({ label }) => DIGIT_WORDS[label]!);
  const all = Object.keys(SCENE_COLOURS).flatMap((colour) =>
    kinds.flatMap((kind) => SCENE_PLACES.map((place) => ({ colour, kind, place })))
  ).filter(allow);
  const byPlace = SCENE_PLACES.map((place) => all.filter((object) => object.place === place));
  const open = byPlace.flatMap((some, place) => some.length > 0 ? [place] : []);
  if (open.length === 0) {
    throw new RangeError(
      "Cannot compose scenes as a thing must be allowed: current number is 0",
    );
  }
  return Array.from({ length: count }, () => {
    const things = 1 + rng.int(Math.min(maxObjects, open.length));
    const places = rng.shuffle([...open]).slice(0, things).sort();
    const objects = places.map((place) => byPlace[place]![rng.int(byPlace[place]!.length)]!);
    const image = ground(size, rng);
    for (const object of objects) {
      const images = pictures.get(object.kind)?.map(({ image }) => image) ?? [];
      draw(image, object, images, rng);
    }
    return { image, caption: sceneCaption(objects), objects };
  });
}
