import { type Rng, rng as library } from "../tensor/mod.ts";

/** Two sentences, and whether the second follows the first. */
export interface NextSentencePair {
  /** The sentences, as `encodeTexts` takes pairs. */
  pair: readonly [string, string];
  /** 0 if the second follows the first, 1 if it is from another text. */
  nextLabel: 0 | 1;
}

/**
 * Makes pairs of sentences for a model that learns to tell whether they follow each other.
 *
 * Each sentence but a text's last begins a pair. By chance, its second sentence is the one that follows or any sentence of
 * another text.
 *
 * @example
 * ```ts
 * import { nextSentencePairs } from "@tome/tome/data";
 *
 * const texts = [["Call me Ishmael.", "Some years ago …"], ["It was the best of times."]];
 * console.assert([...nextSentencePairs(texts)].length === 1);
 * ```
 * @param texts The sentences of each text, in order.
 * @param options `probability`: that of another second sentence, 0.5 unless told; `rng`: where chance comes from, the library's
 *   own generator unless told.
 * @throws {RangeError} If there are fewer than two texts with sentences.
 * @see Devlin et al., 2019, "BERT", https://arxiv.org/abs/1810.04805, §3.1
 */
export function* nextSentencePairs(
  texts: readonly (readonly string[])[],
  { probability = 0.5, rng = library }: { probability?: number; rng?: Rng } = {},
): Generator<NextSentencePair> {
  const full = texts.filter((sentences) => sentences.length > 0);
  if (full.length < 2) {
    throw new RangeError(
      `Cannot make pairs of sentences as there must be 2 texts, for those that do not follow: current number is ${full.length}`,
    );
  }
  const total = full.reduce((sum, { length }) => sum + length, 0);
  for (const [n, sentences] of full.entries()) {
    for (let i = 0; i + 1 < sentences.length; i++) {
      if (rng.uniform() >= probability) {
        yield { pair: [sentences[i]!, sentences[i + 1]!], nextLabel: 0 };
      } else {
        const second = otherSentence(full, n, rng.int(total - sentences.length));
        yield { pair: [sentences[i]!, second], nextLabel: 1 };
      }
    }
  }
}

/** The sentence at a place among those of all texts but one. */
function otherSentence(texts: readonly (readonly string[])[], but: number, place: number): string {
  for (const [n, sentences] of texts.entries()) {
    if (n === but) continue;
    if (place < sentences.length) return sentences[place]!;
    place -= sentences.length;
  }
  throw new RangeError(`Cannot take a sentence as there must be ${place + 1} more`);
}
