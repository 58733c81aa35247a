/**
 * The sizes and numbers of the attention that contenders compute, and what those on TensorFlow.js have in common.
 *
 * @module
 */
import type * as tfjs from "npm:@tensorflow/tfjs@4.22.0";
import type { Facts, Work } from "./contender.ts";
import { numbers } from "./gpt.ts";

/** The sizes of attention. */
export type AttentionTask = {
  /** Sequences. */
  batch: number;
  /** Heads. */
  heads: number;
  /** Tokens. */
  context: number;
  /** Width of a head. */
  width: number;
};

/** Queries, keys, values and the gradient of the output, `[B, H, T, D]`. */
export function inputsOf({ batch, heads, context, width }: AttentionTask) {
  const next = numbers(3);
  const shape: [number, number, number, number] = [batch, heads, context, width];
  const length = shape.reduce((a, b) => a * b);
  const arrays = Array.from(
    { length: 4 },
    () => Float32Array.from({ length }, () => 2 * next() - 1),
  );
  return { shape, arrays };
}

/** Attention of queries, keys and values. */
export type Attend = (q: tfjs.Tensor, k: tfjs.Tensor, v: tfjs.Tensor) => tfjs.Tensor;

/** What a program writes that has only the operations of TensorFlow.js. */
export function composed(tf: typeof tfjs, { context: T, width }: AttentionTask): Attend {
  const hide = tf.tidy(() =>
    tf.linalg.bandPart(tf.ones([T, T]), -1, 0).sub(1).mul(1e9) as tfjs.Tensor
  );
  return (q, k, v) => {
    const scores = tf.matMul(q, k, false, true).mul(1 / Math.sqrt(width)).add(hide);
    return tf.matMul(tf.softmax(scores), v);
  };
}

/** Passes forward and backward; the results are the mean squares of the output and of the three gradients. */
export function attentionWork(
  tf: typeof tfjs,
  task: AttentionTask,
  facts: Facts,
  attend: Attend,
): Work {
  const { shape, arrays } = inputsOf(task);
  const [q, k, v, dy] = arrays.map((values) => tf.tensor4d(values, shape)) as tfjs.Tensor[];
  const pass = () => {
    let y: tfjs.Tensor | undefined;
    const backward = tf.grads((...qkv: tfjs.Tensor[]) =>
      y = tf.keep(attend(qkv[0]!, qkv[1]!, qkv[2]!))
    );
    const gradients = backward([q!, k!, v!], dy);
    const means = tf.stack([y!, ...gradients].map((x) => x.square().mean()));
    y!.dispose();
    return means;
  };
  return {
    facts,
    async run(units) {
      let means: number[] = [];
      for (let i = 0; i < units; i++) {
        const read = tf.tidy(pass);
        means = [...await read.data()];
        read.dispose();
      }
      return means;
    },
  };
}
