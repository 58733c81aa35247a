/** How {@link NGramModel} counts. */
export interface NGramOptions {
  /** How many tokens a count spans, the predicted one included. @default {3} */
  order?: number;
}

/** What followed a context. */
interface Followers {
  /** How often each token did, at lower orders: after how many different tokens. */
  counts: Map<number, number>;
  /** The sum of the counts. */
  total: number;
}

/**
 * A language model of counted runs of tokens with interpolated Kneser–Ney smoothing: what a neural language model is compared with.
 *
 * `p(w | h) = max(c(h w) − D, 0) / c(h ·) + D N(h ·) / c(h ·) p(w | h′)`, where `h′` is the context without its first token, the counts below the
 * highest order are of different tokens before, and the last `p` is uniform.
 *
 * @see Chen and Goodman, 1999, "An empirical study of smoothing techniques for language modeling", section 2.7
 */
export class NGramModel {
  /** How many tokens a count spans. */
  readonly order: number;
  /** The number of different tokens. */
  readonly vocabSize: number;
  readonly #levels: Map<string, Followers>[];
  readonly #discounts: number[];

  /**
   * Counts runs of tokens.
   *
   * @param ids The tokens to learn from.
   * @param vocabSize The number of different tokens.
   * @param options The order.
   * @throws {RangeError} If there are fewer tokens than the order, or a token is not in the vocabulary.
   */
  constructor(ids: ArrayLike<number>, vocabSize: number, { order = 3 }: NGramOptions = {}) {
    if (!Number.isInteger(order) || order < 1 || ids.length < order) {
      throw new RangeError(
        `Cannot count runs of tokens as there must be at least as many tokens as the order: ` +
          `current numbers are ${ids.length} tokens and order ${order}`,
      );
    }
    [this.order, this.vocabSize] = [order, vocabSize];
    this.#levels = Array.from({ length: order }, () => new Map<string, Followers>());
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (!Number.isInteger(id) || id < 0 || id >= vocabSize) {
        throw new RangeError(
          `Cannot count runs of tokens as ids must be from 0 to ${
            vocabSize - 1
          }: current value at ${i} is ${id}`,
        );
      }
      if (i >= order - 1) this.#count(ids, i, order - 1);
    }
    this.#discounts = this.#levels.map((level) => {
      const ones = { 1: 0, 2: 0 };
      for (const { counts } of level.values()) {
        for (const count of counts.values()) if (count === 1 || count === 2) ones[count]++;
      }
      return ones[1] === 0 ? 0.5 : ones[1] / (ones[1] + 2 * ones[2]);
    });
  }

  /** Counts the token at a place after its context; if it is new there, it counts once more for the shorter context. */
  #count(ids: ArrayLike<number>, i: number, length: number): void {
    const level = this.#levels[length]!;
    const key = keyOf(ids, i - length, i);
    let followers = level.get(key);
    if (!followers) level.set(key, followers = { counts: new Map(), total: 0 });
    const before = followers.counts.get(ids[i]!) ?? 0;
    followers.counts.set(ids[i]!, before + 1);
    followers.total++;
    if (before === 0 && length > 0) this.#count(ids, i, length - 1);
  }

  /**
   * The probability of a token after others.
   *
   * @param id The token.
   * @param context The tokens before it; the last `order − 1` count.
   */
  probability(id: number, context: ArrayLike<number>): number {
    let found = 1 / this.vocabSize;
    for (let length = 0; length < Math.min(this.order, context.length + 1); length++) {
      const followers = this.#levels[length]!.get(
        keyOf(context, context.length - length, context.length),
      );
      if (!followers) break;
      const discount = this.#discounts[length]!;
      const own = Math.max((followers.counts.get(id) ?? 0) - discount, 0);
      found = (own + discount * followers.counts.size * found) / followers.total;
    }
    return found;
  }

  /**
   * How well a text is predicted.
   *
   * @param ids The tokens.
   * @returns The mean of −ln p over all tokens but the first, in nats.
   */
  loss(ids: ArrayLike<number>): number {
    if (ids.length < 2) throw new RangeError("Cannot predict a text of fewer than two tokens");
    const list = Array.from(ids);
    let sum = 0;
    for (let i = 1; i < list.length; i++) {
      sum -= Math.log(this.probability(list[i]!, list.slice(Math.max(0, i - this.order + 1), i)));
    }
    return sum / (list.length - 1);
  }
}

function keyOf(ids: ArrayLike<number>, from: number, to: number): string {
  let key = "";
  for (let i = from; i < to; i++) key += ids[i] + " ";
  return key;
}
