import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";
import { SelfAttention } from "./attention.ts";
import { GroupedQueryAttention } from "./grouped_attention.ts";
import type { Module } from "./module.ts";
import { MultiHeadAttention } from "./multi_head_attention.ts";
import { SequenceAttention } from "./sequence_attention.ts";

/** What one layer of attention looked at in one forward pass. */
export interface AttentionWeights {
  /** The path of the layer in the model, such as `"blocks.0.attn"`. */
  path: string;
  /** Whether the tokens look at their own sequence or at another one. */
  kind: "self" | "cross";
  /** `[B, H, T, S]`: examples, heads, tokens that look, tokens that are looked at. */
  shape: [B: number, H: number, T: number, S: number];
  /** The weights in the order of `shape`; those of one looking token sum to 1. */
  values: Float32Array;
}

/**
 * Runs a model and gives what each of its layers of attention looked at, in the order in which they ran.
 *
 * A model that is not captured runs as fast as ever: the layers hold no weights.
 *
 * @param model The model, or any part of one.
 * @param run Runs it; every tensor made inside is freed.
 * @returns One entry for each time a layer ran.
 * @throws {TypeError} If `run` is asynchronous.
 *
 * @example
 * ```ts
 * import { captureAttention, SelfAttention } from "@tome/tome/nn";
 * import { randomNormal, seed, useDevice } from "@tome/tome/tensor";
 * import assert from "node:assert/strict";
 *
 * await useDevice("cpu");
 * seed(1);
 * using layer = new SelfAttention({ embedDim: 8, numHeads: 2 });
 * const [weights] = await captureAttention(layer, () => layer.forward(randomNormal([1, 3, 8])));
 * assert.deepEqual(weights!.shape, [1, 2, 3, 3]);
 * assert.equal(weights!.values[0], 1); // the first token sees only itself
 * ```
 */
export async function captureAttention(
  model: Module,
  run: () => unknown,
): Promise<AttentionWeights[]> {
  const taken: (Omit<AttentionWeights, "values"> & { tensor: Tensor })[] = [];
  try {
    hooked(model, (path, kind, weights) => {
      // a forward pass that tidies would free them
      const shape = [...weights.shape] as AttentionWeights["shape"];
      taken.push({ path, kind, shape, tensor: tf.keep(tf.clone(weights)) });
    }, run);
    return await Promise.all(taken.map(async ({ tensor, ...rest }) => ({
      ...rest,
      values: Float32Array.from(await tensor.data<"float32">()),
    })));
  } finally {
    tf.dispose(taken.map(({ tensor }) => tensor));
  }
}

/** Runs with a hook on each layer of attention, beside a hook that is there already, and takes it off again. */
function hooked(
  model: Module,
  hook: (path: string, kind: "self" | "cross", weights: Tensor) => void,
  run: () => unknown,
): void {
  const kinds = [SelfAttention, GroupedQueryAttention, MultiHeadAttention, SequenceAttention];
  type Watched = InstanceType<typeof kinds[number]>;
  const before = new Map<Watched, Watched["onWeights"]>();
  try {
    for (const [path, layer] of model.namedModules()) {
      const watched = (module: Module): module is Watched => kinds.some((k) => module instanceof k);
      if (!watched(layer) || before.has(layer)) continue; // a shared layer has its first path
      const own = layer.onWeights;
      before.set(layer, own);
      const kind = layer instanceof SequenceAttention
        ? "cross"
        : layer instanceof MultiHeadAttention
        ? layer.kind
        : "self";
      layer.onWeights = (weights) => {
        own?.(weights);
        hook(path, kind, weights);
      };
    }
    tf.tidy(() => {
      if (run() instanceof Promise) {
        throw new TypeError(
          "Cannot capture attention as the run must be synchronous: current run returns a promise",
        );
      }
    });
  } finally {
    for (const [layer, own] of before) layer.onWeights = own;
  }
}
