import { Embedding, type KVCache, Module } from "../../nn/mod.ts";
import { embedding } from "../../ops/mod.ts";
import { live, type Tensor } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";

/** How {@link PositionBias} is made. */
export interface PositionBiasOptions {
  /** Heads of attention. */
  numHeads: number;
  /** The number of distances that are told apart. */
  numBuckets: number;
  /** The distance from which on all are alike. */
  maxDistance: number;
  /** Whether the tokens after are told apart from those before; a decoder sees only those before. */
  bidirectional: boolean;
  /** Standard deviation of the initial values. */
  std: number;
}

const HIDDEN = -1e9;

/**
 * The bucket of a distance: half of the buckets are for single distances, the others for ranges that grow as a logarithm.
 *
 * @param distance Where the token that is looked at stands, less where the looking one stands.
 * @param options The buckets.
 * @returns In 0…numBuckets − 1.
 */
export function bucketOf(
  distance: number,
  { numBuckets, maxDistance, bidirectional }: Pick<
    PositionBiasOptions,
    "numBuckets" | "maxDistance" | "bidirectional"
  >,
): number {
  const buckets = bidirectional ? numBuckets >> 1 : numBuckets;
  const first = bidirectional && distance > 0 ? buckets : 0;
  const far = bidirectional ? Math.abs(distance) : Math.max(0, -distance);
  const exact = buckets >> 1;
  if (far < exact) return first + far;
  // rounded after each operation, as float32 rounds where the weights were learned
  const f = Math.fround;
  const log = f(f(Math.log(f(far / exact))) / f(Math.log(maxDistance / exact)));
  return first + Math.min(buckets - 1, exact + Math.floor(f(log * (buckets - exact))));
}

/**
 * What is added to the scores of attention by the distance of the two tokens: a learned number for each head.
 *
 * @see Raffel et al., 2020, https://arxiv.org/abs/1910.10683, §2.1
 */
export class PositionBias extends Module {
  /** The number of each bucket for each head, `[numBuckets, H]`. */
  readonly table: Embedding;
  readonly #options: PositionBiasOptions;

  /**
   * Makes small random numbers.
   *
   * @param options The heads and the buckets.
   */
  constructor(options: PositionBiasOptions) {
    super();
    this.table = new Embedding(options.numBuckets, options.numHeads, { std: options.std });
    this.#options = options;
  }

  /**
   * Gives the numbers of all pairs of tokens of a sequence.
   *
   * @param tokens The length of the sequence, `T`.
   * @returns `[1, H, T, T]`
   */
  forward(tokens: number): Tensor {
    const buckets = new Int32Array(tokens * tokens);
    for (let t = 0, i = 0; t < tokens; t++) {
      for (let s = 0; s < tokens; s++) buckets[i++] = bucketOf(s - t, this.#options);
    }
    return asMask(this.table.forward(tf.tensor2d(buckets, [tokens, tokens], "int32")));
  }

  /**
   * Gives the numbers of the tokens that follow those in a cache, for all that there is room for; what comes later is hidden.
   *
   * The tokens' place is a number that changes from replay to replay, and the shapes are the same at each token.
   *
   * @param tokens How many follow, `T`.
   * @param cache The tokens before.
   * @returns `[1, H, T, capacity]`
   */
  following(tokens: number, cache: KVCache): Tensor {
    const capacity = cache.capacityWith(tokens);
    const { numHeads } = this.#options;
    // row i of the table by distances is that of i − capacity + 1; query t, key s need the row s − (place + t) + capacity − 1
    const distances = Int32Array.from({ length: 2 * capacity - 1 }, (_, i) => i - capacity + 1);
    const buckets = distances.map((distance) => bucketOf(distance, this.#options));
    const hidden = Float32Array.from(distances, (distance) => distance > 0 ? HIDDEN : 0);
    const byDistance = tf.add(
      this.table.forward(tf.tensor1d(buckets, "int32")),
      tf.tensor2d(hidden, [hidden.length, 1]),
    ); // [2 capacity − 1, H]
    const place = cache.position();
    const width = capacity + tokens - 1;
    const window = embedding(tf.zeros([1, numHeads]), tf.zeros([width], "int32"), {
      positions: byDistance,
      start: live(() => capacity - place() - tokens),
    }); // [width, H]
    if (tokens === 1) return asMask(tf.reshape(window, [1, capacity, numHeads]));
    const rows = Int32Array.from(
      { length: tokens * capacity },
      (_, i) => tokens - 1 - Math.floor(i / capacity) + i % capacity,
    );
    return asMask(embedding(window, tf.tensor2d(rows, [tokens, capacity], "int32")));
  }
}

/** `[T, S, H]` as attention takes it: `[1, H, T, S]`. */
function asMask(numbers: Tensor): Tensor {
  return tf.expandDims(tf.transpose(numbers, [2, 0, 1]), 0);
}
