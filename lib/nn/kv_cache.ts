import * as tf from "../tensor/_tf.ts";
import { live, onHost, ownVariable, type Tensor, type Variable, writeRows } from "../tensor/mod.ts";

/** How a {@link KVCache} is made. */
export interface KVCacheOptions {
  /** The tokens that there is room for at once; more are made room for as they come. @default {32} */
  capacity?: number;
}

/** The keys and values of a layer, in buffers with room for more. */
export interface CachedLayer {
  /** `[B, H, capacity, D]`, owned by the cache. */
  keys: Variable;
  /** `[B, H, capacity, D]`, owned by the cache. */
  values: Variable;
  /** Tokens that were held before the latest. */
  before: number;
  /** Gives the number of tokens that are held, the latest included. */
  length: () => number;
}

interface Held {
  keys: Variable;
  values: Variable;
  length: number;
}

/**
 * The keys and values that attention has computed for the tokens seen so far, layer by layer.
 *
 * A model extends it as it runs; the tokens it is given next are taken to follow. The cache owns its tensors, and writes
 * into them in place.
 */
export class KVCache {
  #layers: Held[] = [];
  readonly #kept = new Map<string, Variable[]>();
  readonly #capacity: number;

  /** Holds nothing yet. */
  constructor({ capacity = 32 }: KVCacheOptions = {}) {
    this.#capacity = capacity;
  }

  /** The number of tokens whose keys and values are held. */
  get length(): number {
    return this.lengthOf(0);
  }

  /** The number of tokens that a layer holds; while a model runs, the first layers are ahead of the last. */
  lengthOf(layer: number): number {
    return this.#layers[layer]?.length ?? 0;
  }

  /** Gives the position of the next token of a layer; anew when a recording is replayed. */
  position(layer = 0): () => number {
    const held = this.#layers[layer];
    return live(() => held?.length ?? 0);
  }

  /**
   * Adds the keys and values of new tokens to a layer, in place.
   *
   * @param layer The layer's number, from 0.
   * @param keys Keys of the new tokens, `[B, H, T, D]`.
   * @param values Values of the new tokens, `[B, H, T, D]`.
   */
  extend(layer: number, keys: Tensor, values: Tensor): CachedLayer {
    const tokens = keys.shape[2]!;
    const before = this.lengthOf(layer);
    const held = this.#roomFor(layer, keys, values);
    const room = held.keys.shape[2]!;
    const start = live(() => held.length);
    onHost(() => {
      if (held.length + tokens > room) {
        throw new RangeError(
          `Cannot keep ${
            held.length + tokens
          } tokens as the cache has room for ${room}: make it with more`,
        );
      }
      held.length += tokens;
    });
    writeRows(held.keys, keys, start);
    writeRows(held.values, values, start);
    return { keys: held.keys, values: held.values, before, length: live(() => held.length) };
  }

  /**
   * Adds the keys and values of new tokens to a layer, and gives a copy of all.
   *
   * @param layer The layer's number, from 0.
   * @param keys Keys of the new tokens, `[B, H, T, D]`.
   * @param values Values of the new tokens, `[B, H, T, D]`.
   * @returns Keys and values of all tokens, `[B, H, length, D]`.
   */
  append(layer: number, keys: Tensor, values: Tensor): { keys: Tensor; values: Tensor } {
    const held = this.extend(layer, keys, values);
    return {
      keys: firstRows(held.keys, held.length()),
      values: firstRows(held.values, held.length()),
    };
  }

  /**
   * Keeps what does not change from token to token, such as the keys and values of a source that every token looks at.
   *
   * @param name What it is called here.
   * @param make Makes it, when there is nothing of that name yet: float32, `[B, ..., C, D]` each.
   * @returns What is kept, owned by the cache.
   */
  hold(name: string, make: () => readonly Tensor[]): readonly Tensor[] {
    let kept = this.#kept.get(name);
    if (!kept) {
      kept = make().map((tensor) => ownVariable(tf.tidy(() => tf.clone(tensor))));
      this.#kept.set(name, kept);
    }
    return kept;
  }

  /** The tokens that a layer will have room for when it is given so many more. */
  capacityWith(tokens: number, layer = 0): number {
    const room = this.#layers[layer]?.keys.shape[2]! ?? 0;
    const needed = this.lengthOf(layer) + tokens;
    return needed <= room ? room : Math.max(this.#capacity, needed, 2 * room);
  }

  /** The layer's buffers, larger ones if the new tokens do not fit. */
  #roomFor(layer: number, keys: Tensor, values: Tensor): Held {
    const held = this.#layers[layer];
    const length = held?.length ?? 0;
    const needed = length + keys.shape[2]!;
    const room = held?.keys.shape[2]! ?? 0;
    if (held && needed <= room) return held;
    const capacity = this.capacityWith(keys.shape[2]!, layer);
    const grow = (old: Variable | undefined, more: Tensor): Variable => {
      const [B, H, , D] = more.shape as [number, number, number, number];
      const grown = ownVariable(tf.fill([B, H, capacity, D], 0), false, "KV caches");
      if (old) {
        tf.tidy(() => writeRows(grown, firstRows(old, length), 0));
        old.dispose();
      }
      return grown;
    };
    const grown = { keys: grow(held?.keys, keys), values: grow(held?.values, values), length };
    return this.#layers[layer] = grown;
  }

  /**
   * Keeps the given rows of the batch, in the given order; a row may be repeated, as beam search does.
   *
   * @param rows Indices into the batch.
   */
  select(rows: readonly number[]): void {
    const index = tf.tensor1d([...rows], "int32");
    const pick = (from: Variable): Variable => {
      if (from.shape[0] === rows.length) { // in place, so that a recording still finds it
        tf.tidy(() => writeRows(from, tf.gather(from as Tensor, index), 0));
        return from;
      }
      const picked = ownVariable(tf.gather(from as Tensor, index), false, "KV caches");
      from.dispose();
      return picked;
    };
    this.#layers = this.#layers.map(({ keys, values, length }) => ({
      keys: pick(keys),
      values: pick(values),
      length,
    }));
    for (const [name, kept] of this.#kept) this.#kept.set(name, kept.map(pick));
    index.dispose();
  }

  /**
   * Forgets the tokens after the first ones; what comes next is written over them.
   *
   * @param length How many tokens stay, at most those that are held.
   * @throws {RangeError} If fewer are held.
   */
  rewind(length: number): void {
    if (!(Number.isSafeInteger(length) && length >= 0 && length <= this.length)) {
      throw new RangeError(
        `Cannot rewind the cache as length must be in 0…${this.length}: current length is ${length}`,
      );
    }
    if (length === 0) this.clear();
    for (const held of this.#layers) held.length = length;
  }

  /** Forgets every token. */
  clear(): void {
    for (const { keys, values } of this.#layers) tf.dispose([keys, values]);
    for (const kept of this.#kept.values()) tf.dispose(kept);
    this.#layers = [];
    this.#kept.clear();
  }

  /** Frees the memory of the cache. */
  [Symbol.dispose](): void {
    this.clear();
  }
}

/** The first rows along the tokens, `[B, H, length, D]`. */
export function firstRows(x: Tensor, length: number): Tensor {
  const [B, H, , D] = x.shape as [number, number, number, number];
  return tf.slice(x, [0, 0, 0, 0], [B, H, length, D]);
}
