import * as tf from "../tensor/_tf.ts";
import { softmaxCrossEntropyRows } from "../ops/mod.ts";
import type { CausalLM } from "./tasks.ts";

/**
 * How surprised a language model is by each token of a text, given those before.
 *
 * `loss_t = −log p(token_t | tokens before t)`, in nats; the probability is `Math.exp(-loss)`.
 *
 * @param model The model; dropout is off while it reads.
 * @param ids The tokens of one text, at most `contextLength`.
 * @returns One loss a token; the first, which nothing comes before, is NaN.
 * @throws {RangeError} If there are no tokens, or more than `contextLength`.
 */
export async function tokenLosses(
  model: CausalLM,
  ids: ArrayLike<number>,
): Promise<Float32Array> {
  const count = ids.length;
  if (!(count >= 1 && count <= model.contextLength)) {
    throw new RangeError(
      `Cannot read the text as it must have 1 to ${model.contextLength} tokens: current number is ${count}`,
    );
  }
  const losses = new Float32Array(count).fill(NaN);
  if (count === 1) return losses;
  const rows = tf.tidy(() => {
    const all = tf.tensor(Int32Array.from(ids), [1, count], "int32");
    const logits = inUse(model, () => model.forward(tf.slice(all, [0, 0], [1, count - 1]))); // [1, T - 1, V]
    return softmaxCrossEntropyRows(logits, tf.slice(all, [0, 1], [1, count - 1]));
  });
  try {
    losses.set(await rows.data<"float32">(), 1);
  } finally {
    rows.dispose();
  }
  return losses;
}

/** Runs with every layer as in use, and puts each back as it was. */
function inUse<T>(model: CausalLM, run: () => T): T {
  const modes = [...model.namedModules()].map(([, module]) => [module, module.training] as const);
  model.eval();
  try {
    return run();
  } finally {
    for (const [module, training] of modes) module.training = training;
  }
}
