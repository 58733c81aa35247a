import { Heap } from "./heap.ts";

/** A pair of neighbouring tokens, how often it stands in the text, and where it may stand. */
export interface Pair {
  /** Left token. */
  readonly left: number;
  /** Right token. */
  readonly right: number;
  /** How often it stands in the text. */
  count: number;
  /** Places that held it when they were noted. */
  places: number[];
}

interface Entry {
  pair: Pair;
  count: number;
}

const encoder = new TextEncoder();

/**
 * The words of a text as tokens, and the count of each pair of neighbours, kept true while pairs are merged.
 *
 * All words lie in one row of tokens; a merge visits only the places of its pair. The heap is lazy: a count in it
 * is never below the true one, and is looked up again when its turn comes.
 */
export class PairCounts {
  readonly #tokens: Int32Array; // -1: part of the token before
  readonly #next: Int32Array; // -1: the word ends
  readonly #previous: Int32Array; // -1: the word begins
  readonly #weights: Float64Array; // how often the word appears
  readonly #pairs: Map<number, Pair> = new Map();
  readonly #heap: Heap<Entry>;

  /**
   * @param words Word to how often it appears.
   * @param order The place of each byte where pairs are equally frequent; later tokens follow by id.
   * @param encode The tokens that a word begins with. @default {its bytes}
   */
  constructor(
    words: ReadonlyMap<string, number>,
    order: Int32Array,
    encode: (word: string) => ArrayLike<number> = (word) => encoder.encode(word),
  ) {
    const place = (id: number) => order[id] ?? id;
    this.#heap = new Heap((a, b) => {
      if (a.count !== b.count) return a.count > b.count;
      const [p, q] = [a.pair, b.pair];
      return p.left !== q.left ? place(p.left) < place(q.left) : place(p.right) < place(q.right);
    });
    const encoded = Array.from(words.keys(), encode);
    const length = encoded.reduce((sum, bytes) => sum + bytes.length, 0);
    this.#tokens = new Int32Array(length);
    this.#next = new Int32Array(length).fill(-1);
    this.#previous = new Int32Array(length).fill(-1);
    this.#weights = new Float64Array(length);
    const counts = words.values();
    let at = 0;
    for (const bytes of encoded) {
      const weight = counts.next().value!;
      for (let i = 0; i < bytes.length; i++, at++) {
        this.#tokens[at] = bytes[i]!;
        this.#weights[at] = weight;
        if (i > 0) this.#previous[at] = at - 1;
        if (i + 1 < bytes.length) this.#next[at] = at + 1;
      }
    }
    for (let i = 0; i < length; i++) if (this.#next[i]! >= 0) this.#add(i);
    for (const pair of this.#pairs.values()) this.#heap.push({ pair, count: pair.count });
  }

  /** The most frequent pair, taken out; undefined if none is left. */
  take(): Pair | undefined {
    for (let entry = this.#heap.pop(); entry; entry = this.#heap.pop()) {
      if (entry.count === entry.pair.count) return entry.pair;
      entry.count = entry.pair.count;
      if (entry.count > 0) this.#heap.push(entry);
    }
  }

  /** Replaces a pair by a token wherever it stands, from left to right. */
  merge(pair: Pair, token: number): void {
    const [tokens, next, previous] = [this.#tokens, this.#next, this.#previous];
    const grown = new Set<Pair>();
    const places = Int32Array.from(pair.places).sort();
    pair.places = [];
    for (const at of places) {
      const right = next[at]!;
      if (tokens[at] !== pair.left || right < 0 || tokens[right] !== pair.right) continue;
      const [before, after] = [previous[at]!, next[right]!];
      if (before >= 0) this.#remove(before);
      if (after >= 0) this.#remove(right);
      this.#remove(at);
      tokens[at] = token;
      tokens[right] = -1;
      next[at] = after;
      if (after >= 0) {
        previous[after] = at;
        grown.add(this.#add(at));
      }
      if (before >= 0) grown.add(this.#add(before));
    }
    for (const grew of grown) this.#heap.push({ pair: grew, count: grew.count });
  }

  /** The pair that begins at a place. */
  #at(at: number): Pair {
    const [left, right] = [this.#tokens[at]!, this.#tokens[this.#next[at]!]!];
    const key = left * 0x200000 + right; // two ids of 21 bits
    let pair = this.#pairs.get(key);
    if (!pair) this.#pairs.set(key, pair = { left, right, count: 0, places: [] });
    return pair;
  }

  #add(at: number): Pair {
    const pair = this.#at(at);
    pair.count += this.#weights[at]!;
    pair.places.push(at);
    return pair;
  }

  #remove(at: number): void {
    this.#at(at).count -= this.#weights[at]!;
  }
}
