import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";

/**
 * The keys and values that attention has computed for the tokens seen so far, layer by layer.
 *
 * A model appends to it as it runs; the tokens it is given next are taken to follow. The cache owns its tensors.
 */
export class KVCache {
  #layers: { keys: Tensor; values: Tensor }[] = [];

  /** The number of tokens whose keys and values are held. */
  get length(): number {
    return this.lengthOf(0);
  }

  /** The number of tokens that a layer holds; while a model runs, the first layers are ahead of the last. */
  lengthOf(layer: number): number {
    return this.#layers[layer]?.keys.shape[2] ?? 0;
  }

  /**
   * Adds the keys and values of new tokens to a layer.
   *
   * @param layer The layer's number, from 0.
   * @param keys Keys of the new tokens, `[B, H, T, D]`.
   * @param values Values of the new tokens, `[B, H, T, D]`.
   * @returns Keys and values of all tokens, `[B, H, length, D]`, owned by the cache.
   */
  append(layer: number, keys: Tensor, values: Tensor): { keys: Tensor; values: Tensor } {
    const before = this.#layers[layer];
    const join = (old: Tensor | undefined, more: Tensor) =>
      tf.keep(old ? tf.concat([old, more], 2) : tf.clone(more));
    const after = { keys: join(before?.keys, keys), values: join(before?.values, values) };
    if (before) tf.dispose([before.keys, before.values]);
    return this.#layers[layer] = after;
  }

  /**
   * Keeps the given rows of the batch, in the given order; a row may be repeated, as beam search does.
   *
   * @param rows Indices into the batch.
   */
  select(rows: readonly number[]): void {
    const index = tf.tensor1d([...rows], "int32");
    this.#layers = this.#layers.map(({ keys, values }) => {
      const picked = {
        keys: tf.keep(tf.gather(keys, index)),
        values: tf.keep(tf.gather(values, index)),
      };
      tf.dispose([keys, values]);
      return picked;
    });
    index.dispose();
  }

  /** Forgets every token. */
  clear(): void {
    for (const { keys, values } of this.#layers) tf.dispose([keys, values]);
    this.#layers = [];
  }

  /** Frees the memory of the cache. */
  [Symbol.dispose](): void {
    this.clear();
  }
}
