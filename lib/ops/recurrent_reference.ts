import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";
import { type RecurrentOptions, stepsOf } from "./recurrent.ts";
import { CELLS, type RecurrentCell } from "./recurrent_cells.ts";

/** `recurrent()` in TensorFlow.js's own operations, step by step: the definition that tests compare with. */
export function recurrentReference(
  cell: RecurrentCell,
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  { state, mask, reverse = false }: RecurrentOptions = {},
): { output: Tensor; state: Tensor } {
  const { gates, states } = CELLS[cell];
  const [T, B, W] = x.shape as [number, number, number];
  const zeros = tf.zeros([B, W / gates]);
  let [h = zeros, c = zeros]: Tensor[] = state ? tf.unstack(state) : [];
  const outputs: Tensor[] = Array(T);
  for (const t of stepsOf(T, reverse)) {
    const now = tf.gather(x, t);
    const s = tf.add(tf.matMul(h, weight, false, true), bias);
    const both = tf.split(tf.add(now, s), gates, 1);
    let next: Tensor, memory = c;
    if (cell === "lstm") {
      const [i, f, g, o] = both as [Tensor, Tensor, Tensor, Tensor];
      memory = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
      next = tf.mul(tf.sigmoid(o), tf.tanh(memory));
    } else if (cell === "gru") {
      const z = tf.sigmoid(both[1]!), r = tf.sigmoid(both[0]!);
      const n = tf.tanh(tf.add(tf.split(now, 3, 1)[2]!, tf.mul(r, tf.split(s, 3, 1)[2]!)));
      next = tf.add(tf.mul(tf.sub(1, z), n), tf.mul(z, h));
    } else next = cell === "relu" ? tf.relu(both[0]!) : tf.tanh(both[0]!);
    if (mask) {
      const counts = tf.cast(tf.reshape(tf.gather(mask, t, 1), [B, 1]), "float32");
      const choose = (a: Tensor, b: Tensor) =>
        tf.add(tf.mul(a, counts), tf.mul(b, tf.sub(1, counts)));
      [next, memory] = [choose(next, h), choose(memory, c)];
    }
    [h, c] = [next, memory];
    outputs[t] = h;
  }
  return { output: tf.stack(outputs), state: tf.stack(states === 2 ? [h, c] : [h]) };
}
