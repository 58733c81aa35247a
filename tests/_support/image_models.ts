import { loadModel } from "@tome/tome";
import type { Module } from "@tome/tome/nn";
import { softmaxCrossEntropy } from "@tome/tome/ops";
import { Rng, type Scalar, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../lib/tensor/_tf.ts";
import { assertModel } from "./model.ts";

/** What sorts images, or their pixels. */
export type ImageModel = Module & { forward(images: Tensor): Tensor };

/** The sizes that tiny models of images share: two channels, three classes. */
export const SMALL = { inChannels: 2, numLabels: 3 };

/** Normal numbers in a shape, the same at each call. */
export function noise(shape: number[]): Tensor {
  const rng = new Rng(5);
  return tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => rng.normal()),
    shape,
  );
}

/** A family of models of images, in its tiny form. */
export interface ImageFamily<M extends ImageModel> {
  /** Its name, for the names of the tests. */
  name: string;
  /** Makes a tiny model of three classes. */
  make: () => M;
  /** The shape of the images. */
  images: number[];
  /** The shape of what it gives. @default {[B, 3]} */
  output?: number[];
  /** Saves a model. */
  save: (model: M, folder: string) => Promise<void>;
  /** The loss on the images. @default {that of the classes 0, 1, 2, 0, …} */
  loss?: (model: M) => Scalar;
}

/** Declares the tests that every family of models of images passes; folders are read by what their `config.json` says. */
export function assertImageModel<M extends ImageModel>(family: ImageFamily<M>): void {
  const { name, make, images, save } = family;
  const labels = Array.from({ length: images[0]! }, (_, i) => i % 3);
  assertModel<M>({
    name,
    make,
    forward: (model) => model.forward(noise(images)),
    outputShape: family.output ?? [images[0]!, 3],
    loss: family.loss ??
      ((model) =>
        softmaxCrossEntropy(
          model.forward(noise(images)),
          tf.tensor1d(labels, "int32"),
        ) as Scalar),
    async saveAndLoad(model, folder) {
      await save(model, folder);
      return await loadModel(folder) as unknown as M;
    },
  });
}
