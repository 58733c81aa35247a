/** The tokens of one text, and the stretch of the text that each stands for. */
export interface Encoding {
  /** Token ids. */
  ids: number[];
  /**
   * Where each token begins and ends, so that `text.slice(...offsets[i])` is what token `i` was made of, before lower case,
   * without accents and so on. Several tokens of one character, as a byte-level tokenizer makes them, have equal offsets.
   */
  offsets: (readonly [number, number])[];
  /** The number of the word that each token is a part of, from 0; a word is what the tokenizer splits the text into first. */
  words: number[];
}

/** A place in a {@link TokenTemplate}: a token of its own, or one of the texts. */
export interface TemplatePiece {
  /** The id of the token that stands here; absent where a text does. */
  id?: number;
  /** Which text stands here, 0 or 1; absent where a token does. */
  text?: 0 | 1;
  /** The segment of what stands here. */
  segment: number;
}

/** Which tokens are put around a text, and around the two texts of a pair. */
export interface TokenTemplate {
  /** Around one text. */
  single: readonly TemplatePiece[];
  /** Around a pair. */
  pair: readonly TemplatePiece[];
}

/** What a tokenizer puts around texts if it puts nothing: a pair's texts follow one another, as segments 0 and 1. */
export const PLAIN_TEMPLATE: TokenTemplate = {
  single: [{ text: 0, segment: 0 }],
  pair: [{ text: 0, segment: 0 }, { text: 1, segment: 1 }],
};
