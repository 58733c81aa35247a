import type { AddedTokenJSON } from "./tokenizer.ts";

/** The special tokens of a tokenizer, found in a text before all others; the longest wins. */
export class SpecialTokens {
  /** Token to id. */
  readonly ids: ReadonlyMap<string, number>;
  readonly #pattern: RegExp | undefined;
  readonly #set: ReadonlySet<number>;

  /**
   * @param ids Token to id.
   * @throws {RangeError} If a token is empty or appears twice, or an id is not a whole number or is used twice.
   */
  constructor(ids: Iterable<readonly [string, number]>) {
    const pairs = [...ids];
    this.ids = new Map(pairs);
    this.#set = new Set(this.ids.values());
    for (const [token, id] of this.ids) {
      if (token === "" || !token.isWellFormed()) {
        throw new RangeError(
          `Cannot add a special token as it must be a well-formed text, not empty: current token is ${
            JSON.stringify(token)
          }`,
        );
      }
      if (!Number.isSafeInteger(id) || id < 0) {
        throw new RangeError(
          `Cannot add the special token ${
            JSON.stringify(token)
          } as its id must be a whole number: current id is ${id}`,
        );
      }
    }
    if (this.#set.size < pairs.length) {
      throw new RangeError(
        `Cannot add special tokens as they and their ids must differ: current tokens are ${
          JSON.stringify(pairs)
        }`,
      );
    }
    if (this.ids.size === 0) return;
    const longestFirst = [...this.ids.keys()].sort((a, b) => b.length - a.length);
    this.#pattern = new RegExp(
      longestFirst.map((token) => token.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"),
      "gu",
    );
  }

  /** Whether an id is that of a special token. */
  has(id: number): boolean {
    return this.#set.has(id);
  }

  /** Cuts a text at its special tokens: yields the text between them, and their ids. */
  *split(text: string): Generator<string | number> {
    let start = 0;
    if (this.#pattern) {
      for (const match of text.matchAll(this.#pattern)) {
        if (match.index > start) yield text.slice(start, match.index);
        yield this.ids.get(match[0])!;
        start = match.index + match[0].length;
      }
    }
    if (start < text.length) yield text.slice(start);
  }

  /** The part of a `tokenizer.json` that names them, in the order of their ids. */
  toJSON(): AddedTokenJSON[] {
    return [...this.ids].sort((a, b) => a[1] - b[1]).map(([content, id]) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    }));
  }
}
