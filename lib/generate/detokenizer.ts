/** What turns text into tokens and back. */
export interface TextTokenizer {
  /** The tokens of a text. */
  encode(text: string): number[];
  /** The text of tokens; bytes that are no whole character become U+FFFD. */
  decode(ids: number[]): string;
}

/** The most U+FFFD that bytes of an unfinished character decode to. */
const UNFINISHED = 3;

/** The most tokens that are decoded again with each new one, once the text so far is certain. */
const WINDOW = 8;

/**
 * Turns tokens into text as they arrive, and never splits a character that spans several tokens.
 *
 * Each new token is decoded together with some before it, as tokenizers treat the first token of a text differently.
 * U+FFFD at the end may be an unfinished character, so it is held back until the next token shows.
 */
export class Detokenizer {
  #tokenizer: TextTokenizer;
  #ids: number[];
  #shown: string; // the part of #ids' text that was returned before, or belongs to the prompt
  #boundary: number; // after this many of #ids, the text was certain

  /**
   * Starts after a prompt.
   *
   * @param tokenizer What decodes.
   * @param prompt The tokens before the first; their text is not returned.
   */
  constructor(tokenizer: TextTokenizer, prompt: readonly number[] = []) {
    this.#tokenizer = tokenizer;
    this.#ids = prompt.slice(-WINDOW);
    this.#shown = this.#certain(tokenizer.decode([...this.#ids]));
    this.#boundary = this.#ids.length;
  }

  #certain(text: string): string {
    let end = text.length;
    while (end > text.length - UNFINISHED && text[end - 1] === "\ufffd") end--;
    return text.slice(0, end);
  }

  /**
   * Takes the next token.
   *
   * @returns The text that is now certain; often "".
   */
  push(id: number): string {
    this.#ids.push(id);
    const text = this.#tokenizer.decode([...this.#ids]);
    const certain = this.#certain(text);
    // some tokenizers give U+FFFD for a whole run of bytes until its last character is finished
    if (!certain.startsWith(this.#shown)) return "";
    const piece = certain.slice(this.#shown.length);
    this.#shown = certain;
    if (certain.length === text.length) {
      if (this.#ids.length >= 2 * WINDOW && this.#boundary > 0) {
        this.#ids = this.#ids.slice(this.#boundary);
        this.#shown = this.#tokenizer.decode([...this.#ids]);
      }
      this.#boundary = this.#ids.length;
    }
    return piece;
  }

  /** Ends the text: what was held back. */
  finish(): string {
    const text = this.#tokenizer.decode([...this.#ids]);
    const piece = text.slice(this.#shown.length);
    this.#shown = text;
    return piece;
  }
}
