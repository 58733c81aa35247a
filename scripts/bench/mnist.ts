/**
 * Pictures in the shape of MNIST, made of random numbers, and the first weights of the network that learns them.
 *
 * @module
 */
import { numbers } from "./gpt.ts";

/** The sizes of the network and of its data. */
export type MnistTask = {
  /** Pictures in an epoch. */
  examples: number;
  /** Pictures in a batch. */
  batch: number;
  /** Numbers in a picture. */
  inputs: number;
  /** Width of the hidden layer. */
  hidden: number;
  /** Classes. */
  classes: number;
  /** The share of the hidden layer that is dropped. */
  dropout: number;
  /** Adam's learning rate. */
  lr: number;
};

/** Ten blurred shapes under noise, as MNIST's pictures are 784 numbers between 0 and 1. */
export function pictures({ examples, inputs, classes }: MnistTask) {
  const next = numbers(5);
  const shapes = Array.from(
    { length: classes },
    () => Float32Array.from({ length: inputs }, () => Number(next() < 0.2)),
  );
  const xs = new Float32Array(examples * inputs);
  const ys = Int32Array.from({ length: examples }, () => Math.floor(next() * classes));
  for (let i = 0; i < examples; i++) {
    const shape = shapes[ys[i]!]!;
    for (let k = 0; k < inputs; k++) xs[i * inputs + k] = 0.3 * shape[k]! + 0.7 * next();
  }
  return { xs, ys };
}

/** The first weights, by Glorot's range: matrices are [in, out]. */
export function firstLayers({ inputs, hidden, classes }: MnistTask) {
  const next = numbers(6);
  const matrix = (rows: number, columns: number) => {
    const range = Math.sqrt(6 / (rows + columns));
    return Float32Array.from({ length: rows * columns }, () => range * (2 * next() - 1));
  };
  return { first: matrix(inputs, hidden), second: matrix(hidden, classes) };
}

/** Operations of matrix products in an epoch; the gradient of the pictures is not computed. */
export function epochFlops({ examples, inputs, hidden, classes }: MnistTask): number {
  return 2 * examples * (2 * inputs * hidden + 3 * hidden * classes);
}
