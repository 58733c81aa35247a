import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";
import {
  type AttentionInputs,
  type AttentionSpec,
  broadcastsTo,
  defineAttention,
} from "./_attention_form.ts";
import { attentionWeights, gather, scatter, scoresOf } from "./attention_weights.ts";
import { drop, type Part } from "./dropout.ts";
import { maskedSoftmaxGradient } from "./masked_softmax.ts";

/** Weights of a block of queries, over all heads and sequences: 8 MiB. */
const WEIGHTS = 2 ** 21;
/** Queries of a block at least, so that its matrix products are still worth it. */
const FEWEST = 64;

/** Queries of a block. */
function blockOf(q: Tensor, k: Tensor): number {
  const [B, H, T] = q.shape as [number, number, number];
  return Math.min(T, Math.max(FEWEST, Math.floor(WEIGHTS / (B * H * k.shape[2]!))));
}

/** Whether {@link blockAttention} can take the tensors, and has more than one block of them. */
export function paysInBlocks(q: Tensor, k: Tensor, v: Tensor, mask?: Tensor): boolean {
  if (tf.getBackend() !== "cpu" && tf.getBackend() !== "wasm") return false;
  const [B, H, T] = q.shape as [number, number, number];
  return q.size * k.size * v.size > 0 && blockOf(q, k) < T &&
    [q, k, v, mask ?? q].every(({ dtype }) => dtype === "float32") &&
    (!mask || broadcastsTo(mask.shape, [B, H, T, k.shape[2]!]));
}

/** Some queries, and the keys and values that one of them sees. */
interface Block extends AttentionInputs {
  /** Where its weights lie among all. */
  part: Part;
  /** Takes the rows of these queries. */
  rowsOf(x: Tensor): Tensor;
}

/** How many queries see nothing; they are the first. */
function blindOf({ q, k }: AttentionInputs, causal: boolean): number {
  return causal ? Math.max(0, q.shape[2]! - k.shape[2]!) : 0;
}

/** Does something for each block of the queries that see something, and frees what it does not give. */
function forBlocks(
  inputs: AttentionInputs,
  { causal, block: size = blockOf(inputs.q, inputs.k) }: AttentionSpec,
  visit: (block: Block) => Tensor[],
  take: (...given: Tensor[]) => void,
): void {
  const { q, k, v, mask } = inputs;
  const [T, S] = [q.shape[2]!, k.shape[2]!];
  for (let first = blindOf(inputs, causal); first < T; first += size) {
    const end = Math.min(first + size, T);
    const seen = causal ? end + S - T : S;
    take(...tf.tidy(() => {
      const rowsOf = (x: Tensor) => cut(x, 2, first, end);
      const part = { first, rows: T, columns: S };
      const block = { q: rowsOf(q), k: cut(k, 2, 0, seen), v: cut(v, 2, 0, seen), part, rowsOf };
      if (!mask) return visit(block);
      let some: Tensor = tf.reshape(mask, [...Array<number>(4 - mask.rank).fill(1), ...mask.shape]);
      if (some.shape[2] !== 1) some = rowsOf(some);
      if (some.shape[3] !== 1) some = cut(some, 3, 0, seen);
      return visit({ ...block, mask: some });
    }));
  }
}

function cut(x: Tensor, axis: number, from: number, to: number): Tensor {
  if (from === 0 && to === x.shape[axis]) return x;
  const begin = x.shape.map((_, i) => i === axis ? from : 0);
  return tf.slice(x, begin, x.shape.map((n, i) => i === axis ? to - from : n));
}

/** Puts the rows of all blocks together, after those of the queries that see nothing, and frees them. */
function join(rows: Tensor[], blind: number): Tensor {
  return tf.tidy(() => {
    const [B, H, , E] = rows[0]!.shape as [number, number, number, number];
    const all = tf.concat(blind > 0 ? [tf.zeros([B, H, blind, E]), ...rows] : rows, 2);
    tf.dispose(rows);
    return all;
  });
}

/** Adds a block's part of a sum over all keys, which has the first of them; frees both terms. */
function addTo(sum: Tensor | undefined, x: Tensor, S: number): Tensor {
  return tf.tidy(() => {
    const missing = S - x.shape[2]!;
    const whole = missing > 0 ? tf.pad(x, [[0, 0], [0, 0], [0, missing], [0, 0]]) : tf.clone(x);
    const total = sum ? tf.add(sum, whole) : whole;
    tf.dispose(sum ? [sum, x] : x);
    return total;
  });
}

/**
 * Attention on the CPU, a block of queries at a time, so that the weights of one block are all that is stored; the
 * gradient computes them anew.
 */
export const blockAttention = defineAttention({
  name: "BlockAttention",
  backends: ["cpu", "wasm"],
  forward(inputs, spec) {
    const rows: Tensor[] = [];
    forBlocks(inputs, spec, ({ q, k, v, mask, part }) => {
      const weights = attentionWeights(q, k, mask, spec);
      return [gather(drop(weights, spec.drops, part), v)];
    }, (y) => rows.push(y));
    return [join(rows, blindOf(inputs, spec.causal))];
  },
  backward(dy, inputs, _outputs, spec) {
    const { causal, scale, drops } = spec;
    const [, K, S] = inputs.k.shape as [number, number, number];
    const rows: Tensor[] = [];
    let dk: Tensor | undefined, dv: Tensor | undefined;
    forBlocks(inputs, spec, ({ q, k, v, mask, part, rowsOf }) => {
      const grad = rowsOf(dy);
      const weights = attentionWeights(q, k, mask, spec);
      const dWeights = drop(scoresOf(grad, v), drops, part);
      const dScores = maskedSoftmaxGradient(weights, dWeights, { causal, scale });
      return [
        gather(dScores, k),
        scatter(dScores, q, K),
        scatter(drop(weights, drops, part), grad, K),
      ];
    }, (dqRows, dkPart, dvPart) => {
      rows.push(dqRows!);
      dk = addTo(dk, dkPart!, S);
      dv = addTo(dv, dvPart!, S);
    });
    return [join(rows, blindOf(inputs, causal)), dk!, dv!];
  },
});
