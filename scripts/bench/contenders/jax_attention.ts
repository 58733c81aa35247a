/**
 * Attention over a long context in jax-js, forward and backward, as one jitted function.
 *
 * @module
 */
import { type Array, jit, nn, numpy as np, vjp } from "npm:@jax-js/jax@0.1.25";
import type { SetUp } from "../contender.ts";
import { startJax } from "./jax.ts";
import { type AttentionTask, inputsOf } from "../attention.ts";

/** On WebGPU. */
export const webgpu: SetUp<AttentionTask> = async (task) => {
  const facts = await startJax("webgpu");
  const { shape: [B, H, T, D], arrays } = inputsOf(task);
  const swap = (x: Array) => np.transpose(x, [0, 2, 1, 3]); // jax has the heads after the tokens
  const attend = (q: Array, k: Array, v: Array) =>
    swap(nn.dotProductAttention(swap(q), swap(k), swap(v), { isCausal: true }));
  const step = jit((q: Array, k: Array, v: Array, dy: Array) => {
    const [y, backward] = vjp(attend, [q, k, v]);
    const gradients = backward(dy) as unknown as Array[];
    backward.dispose();
    return [y, ...gradients].map((x) => np.square(x).mean());
  });
  const inputs = arrays.map((values) => np.array(values, { shape: [B, H, T, D] })) as [
    Array,
    Array,
    Array,
    Array,
  ];
  return {
    facts,
    async run(units) {
      let means: number[] = [];
      for (let i = 0; i < units; i++) {
        const made = step(inputs[0].ref, inputs[1].ref, inputs[2].ref, inputs[3].ref) as Array[];
        means = [];
        for (const mean of made) means.push((await mean.data())[0] as number);
      }
      return means;
    },
  };
};
