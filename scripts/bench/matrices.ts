/**
 * The matrices that contenders multiply, and what those on TensorFlow.js have in common.
 *
 * @module
 */
import type * as tfjs from "npm:@tensorflow/tfjs@4.22.0";
import type { Facts, Work } from "./contender.ts";
import { numbers } from "./gpt.ts";

/** The size of a product. */
export type MatMulTask = {
  /** Rows and columns. */
  size: number;
};

/** Two matrices of numbers between −1 and 1. */
export function matrices(size: number): [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>] {
  const next = numbers(4);
  const make = () => Float32Array.from({ length: size ** 2 }, () => 2 * next() - 1);
  return [make(), make()];
}

/** Products; the result is the last number of the last one. */
export function matMulWork(tf: typeof tfjs, { size }: MatMulTask, facts: Facts): Work {
  const [a, b] = matrices(size).map((values) => tf.tensor2d(values, [size, size]));
  return {
    facts,
    async run(units) {
      const last = tf.tidy(() => {
        for (let i = 1; i < units; i++) tf.matMul(a!, b!);
        return tf.matMul(a!, b!).slice([size - 1, size - 1], [1, 1]);
      });
      const read = [...await last.data()];
      last.dispose();
      return read;
    },
  };
}
