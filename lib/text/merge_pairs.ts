import { Heap } from "./heap.ts";

/** The merges of a byte-pair encoding: which two tokens become which, and which merge goes first. */
export class PairMerges {
  readonly #ranks: Map<number, number> = new Map();
  readonly #merged: Int32Array;
  readonly #base: number;

  /**
   * @param merges Left token, right token and their union, in order of rank.
   * @param vocabSize Above every id.
   */
  constructor(merges: readonly (readonly [number, number, number])[], vocabSize: number) {
    this.#base = vocabSize;
    this.#merged = new Int32Array(merges.length);
    for (const [rank, [left, right, merged]] of merges.entries()) {
      this.#ranks.set(left * vocabSize + right, rank);
      this.#merged[rank] = merged;
    }
  }

  #rank(left: number, right: number): number {
    return this.#ranks.get(left * this.#base + right) ?? Infinity;
  }

  /**
   * Merges the tokens of a word: again and again the pair of lowest rank, of equal ones the leftmost.
   *
   * @param word The ids of the bytes; overwritten.
   * @returns The ids that remain.
   */
  merge(word: Int32Array): Int32Array {
    return word.length <= 48 ? this.#mergeShort(word) : this.#mergeLong(word);
  }

  /** Looks at every pair each time: the quicker way for a word. */
  #mergeShort(word: Int32Array): Int32Array {
    let length = word.length;
    while (length > 1) {
      let [best, at] = [Infinity, -1];
      for (let i = 0; i + 1 < length; i++) {
        const rank = this.#rank(word[i]!, word[i + 1]!);
        if (rank < best) [best, at] = [rank, i];
      }
      if (at < 0) break;
      word[at] = this.#merged[best]!;
      word.copyWithin(at + 1, at + 2, length);
      length--;
    }
    return word.subarray(0, length);
  }

  /** Keeps the pairs in a heap: the time grows as `n log n`, for a text that is not split into words. */
  #mergeLong(word: Int32Array): Int32Array {
    const n = word.length;
    const next = Int32Array.from({ length: n }, (_, i) => i + 1);
    const previous = Int32Array.from({ length: n }, (_, i) => i - 1);
    const heap = new Heap<number>((a, b) => a < b); // rank · n + position
    const add = (i: number) => {
      if (i < 0 || next[i]! >= n) return;
      const rank = this.#rank(word[i]!, word[next[i]!]!);
      if (rank < Infinity) heap.push(rank * n + i);
    };
    for (let i = 0; i < n; i++) add(i);
    while (heap.size > 0) {
      const top = heap.pop()!;
      const i = top % n;
      const rank = (top - i) / n;
      const j = next[i]!;
      if (word[i]! < 0 || j >= n || this.#rank(word[i]!, word[j]!) !== rank) continue; // merged since
      word[i] = this.#merged[rank]!;
      word[j] = -1;
      next[i] = next[j]!;
      if (next[j]! < n) previous[next[j]!] = i;
      add(previous[i]!);
      add(i);
    }
    return word.filter((id) => id >= 0);
  }
}
