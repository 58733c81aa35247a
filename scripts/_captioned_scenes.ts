/**
 * What the scripts that join pictures and words share: composed scenes with captions, a tokenizer of captions, and a
 * classifier that tells what is in a picture.
 *
 * @module
 */
import {
  type CaptionedScene,
  captionedScenes,
  DataLoader,
  DIGIT_WORDS,
  type Image,
  imagesToTensor,
  SCENE_COLOURS,
  SCENE_PLACES,
  SCENE_SHAPES,
  type SceneObject,
  splitExamples,
} from "@tome/tome/data";
import { mnistDigits } from "@tome/tome/data/digits";
import { bootstrap } from "@tome/tome/metrics";
import { KerasCNN } from "@tome/tome/models/keras-cnn";
import { softmaxCrossEntropy } from "@tome/tome/ops";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { type Scalar, type Tensor, tidy } from "@tome/tome/tensor";
import { type Tokenizer, trainWordPiece } from "@tome/tome/text";
import { type Objective, Trainer } from "@tome/tome/train";
import * as tf from "@tensorflow/tfjs";

/** The words for colours. */
export const COLOURS: readonly string[] = Object.keys(SCENE_COLOURS);

/** Which things scenes may hold, by the value of the flag `kinds`. */
export const KINDS: Readonly<Record<"all" | "digits" | "shapes", readonly string[]>> = {
  all: [...SCENE_SHAPES, ...DIGIT_WORDS],
  digits: DIGIT_WORDS,
  shapes: SCENE_SHAPES,
};

/** Whether a colour and a kind never stand together in training: a sixth of all pairs. */
export function isUnseen({ colour, kind }: Pick<SceneObject, "colour" | "kind">): boolean {
  return (COLOURS.indexOf(colour) + KINDS.all.indexOf(kind)) % 6 === 0;
}

/** How many scenes of which things are wanted. */
export interface SceneSizes {
  /** What may be in them. */
  kinds: keyof typeof KINDS;
  /** Scenes to learn from. */
  scenes: number;
  /** Scenes to measure with, of pairs that training has, and as many of others. */
  held: number;
  /** The most things in a scene. */
  maxObjects: number;
  /** Fixes what is composed. */
  seed: number;
}

/** Scenes to learn from and to measure with; no handwriting is in both. */
export interface SceneSets {
  /** What is learnt from. */
  train: CaptionedScene[];
  /** Other scenes of the same pairs of colours and kinds. */
  held: CaptionedScene[];
  /** Scenes of pairs that training never shows. */
  unseen: CaptionedScene[];
}

/** Composes the scenes of an experiment. */
export async function composeScenes(sizes: SceneSizes): Promise<SceneSets> {
  const { kinds, scenes, held, maxObjects, seed } = sizes;
  const { train: learnt, validation: kept } = splitExamples(await mnistDigits(), {
    validation: 0.2,
    seed: 1,
    label: ({ label }) => label,
  });
  const shared = { kinds: KINDS[kinds], maxObjects };
  const seen = (object: SceneObject) => !isUnseen(object);
  return {
    train: captionedScenes(scenes, { ...shared, digits: learnt, allow: seen, seed: 3 * seed }),
    held: captionedScenes(held, { ...shared, digits: kept, allow: seen, seed: 3 * seed + 1 }),
    unseen: captionedScenes(held, { ...shared, digits: kept, allow: isUnseen, seed: 3 * seed + 2 }),
  };
}

/** A tokenizer whose tokens are the captions' words. */
export function captionTokenizer(scenes: readonly CaptionedScene[]): Tokenizer {
  return trainWordPiece(scenes.map(({ caption }) => caption), { vocabSize: 400 });
}

/** A mean with its interval, as text and as numbers. */
export function share(values: readonly number[]): {
  text: string;
  value: number;
  low: number;
  high: number;
} {
  const mean = (all: ArrayLike<number>) => Array.from(all).reduce((a, b) => a + b, 0) / all.length;
  const { value, low, high } = bootstrap(mean, [[...values]]);
  const digits = (v: number) => v.toFixed(3);
  return { text: `${digits(value)} (${digits(low)} to ${digits(high)})`, value, low, high };
}

/**
 * Batches in random order, all of one size.
 *
 * @param examples What they are made of.
 * @param batchSize Examples in one; fewer if there are fewer at all.
 * @param seed Fixes the order.
 * @param collate Makes one of some examples.
 */
export function batchesOf<E, B>(
  examples: readonly E[],
  batchSize: number,
  seed: number,
  collate: (some: readonly E[]) => B,
): DataLoader<E, B> {
  return new DataLoader<E, B>([...examples], {
    batchSize: Math.min(batchSize, examples.length),
    shuffle: true,
    seed,
    dropLast: true,
    collate,
  });
}

/** Runs something on pictures, some at a time, and gives its rows one after another. */
export async function inBatches(
  images: readonly Image[],
  run: (images: Tensor) => Tensor,
  size = 200,
): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  for (let start = 0; start < images.length; start += size) {
    const some = images.slice(start, start + size);
    const out = tidy(() => {
      const y = run(imagesToTensor(some));
      return tf.reshape(y, [some.length, -1]);
    });
    const values = await out.data();
    const width = out.shape[1]!;
    out.dispose();
    for (const i of some.keys()) {
      rows.push(Float32Array.from(values.subarray(i * width, (i + 1) * width)));
    }
  }
  return rows;
}

/** A classifier that was told colour, kind and place of the one thing in each picture. */
export class SceneJudge {
  /** Logits of the colours, the kinds and the places, side by side. */
  readonly model: KerasCNN;
  readonly #parts: readonly (readonly string[])[];

  /** Makes a network of convolutions, which has learnt nothing. */
  constructor(readonly kinds: readonly string[]) {
    this.#parts = [COLOURS, kinds, SCENE_PLACES];
    const numLabels = this.#parts.reduce((sum, { length }) => sum + length, 0);
    this.model = new KerasCNN({ inChannels: 3, imageSize: 28, numLabels, dropout: 0.2 });
  }

  /** Learns from scenes of one thing each. */
  async learn(scenes: readonly CaptionedScene[], steps: number, seed: number): Promise<void> {
    interface Batch {
      images: Tensor;
      labels: Tensor;
    }
    const loss: Objective<KerasCNN, Batch> = (model, { images, labels }) => {
      const all = tf.split(model.forward(images), this.#parts.map(({ length }) => length), 1);
      const losses = all.map((logits, part) =>
        softmaxCrossEntropy(logits, tf.squeeze(tf.slice(labels, [0, part], [-1, 1]), [1]))
      );
      return tf.addN(losses) as Scalar;
    };
    const batches = batchesOf(scenes, 64, seed, (some): Batch => ({
      images: imagesToTensor(some.map(({ image }) => image)),
      labels: tf.tensor2d(
        some.map(({ objects: [one] }) => {
          const words = [one!.colour, one!.kind, one!.place];
          return words.map((word, part) => this.#parts[part]!.indexOf(word));
        }),
        undefined,
        "int32",
      ),
    }));
    const lr = cosineWithMinLr({
      peak: 3e-3,
      warmup: Math.min(20, steps - 1),
      total: steps,
      minLr: 1e-4,
    });
    using optimizer = new AdamW(this.model.namedParameters(), { lr });
    await new Trainer(this.model, { optimizer, loss }).fit(batches, { steps });
    this.model.eval();
  }

  /** Tells what is in pictures. */
  async tell(images: readonly Image[]): Promise<SceneObject[]> {
    const rows = await inBatches(images, (x) => this.model.forward(x));
    return rows.map((row) => {
      let start = 0;
      const [colour, kind, place] = this.#parts.map((words) => {
        const part = row.subarray(start, start += words.length);
        return words[part.indexOf(Math.max(...part))]!;
      });
      return { colour: colour!, kind: kind!, place: place! };
    });
  }

  /** Frees the network. */
  [Symbol.dispose](): void {
    this.model[Symbol.dispose]();
  }
}

/** Pictures from 0 to 1, `[B, H, W, 3]`, as images. */
export async function imagesFrom(tensor: Tensor): Promise<Image[]> {
  const [, height, width, channels] = tensor.shape as [number, number, number, number];
  const values = await tensor.data();
  const size = height * width * channels;
  return Array.from({ length: values.length / size }, (_, b) => ({
    width,
    height,
    channels,
    data: Uint8Array.from(
      values.subarray(b * size, (b + 1) * size),
      (v) => Math.round(255 * Math.min(1, Math.max(0, v))),
    ),
  }));
}
