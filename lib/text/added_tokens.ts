import { AlignedText } from "./aligned_text.ts";
import type { Normalizer } from "./normalizer.ts";
import type { AddedTokenJSON } from "./tokenizer.ts";

/** A stretch of a text: an added token, or what lies between two. */
export interface AddedTokenPart {
  /** The stretch; with an id, the spaces that the token takes are a part of it. */
  text: AlignedText;
  /** The id of the added token; absent for what lies between. */
  id?: number;
}

/** The added tokens of a `tokenizer.json`: found in a text before it is normalised, or after. */
export class AddedTokens {
  readonly #before: Finder;
  readonly #after: Finder;
  readonly #normalize: Normalizer;

  /**
   * @param tokens The tokens.
   * @param normalize What is done to a text before the second search.
   */
  constructor(tokens: readonly AddedTokenJSON[], normalize: Normalizer) {
    this.#normalize = normalize;
    const named = (token: AddedTokenJSON) => [token.content, token] as const;
    this.#before = finder(tokens.filter(({ normalized }) => !normalized).map(named));
    this.#after = finder(
      tokens.filter(({ normalized }) => normalized).map((token) =>
        [normalize(new AlignedText(token.content)).text, token] as const
      ),
    );
  }

  /**
   * Cuts a text at its added tokens, and normalises what lies between.
   *
   * @param text The text.
   * @param special Whether tokens that are special are looked for.
   */
  *split(text: string, special: boolean): Generator<AddedTokenPart> {
    for (const part of this.#before(new AlignedText(text), special)) {
      if (part.id !== undefined) yield part;
      else yield* this.#after(this.#normalize(part.text), special);
    }
  }
}

type Finder = (text: AlignedText, special: boolean) => Iterable<AddedTokenPart>;

function finder(tokens: readonly (readonly [string, AddedTokenJSON])[]): Finder {
  const byContent = new Map(tokens.filter(([content]) => content !== ""));
  if (byContent.size === 0) return (text) => text.text === "" ? [] : [{ text }];
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(
    longestFirst.map((token) => token.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"),
    "gu",
  );
  return function* (whole, special) {
    const { text } = whole;
    let from = 0;
    for (const { index, 0: match } of text.matchAll(pattern)) {
      const token = byContent.get(match)!;
      let [start, end] = [index, index + match.length];
      if (token.special && !special) continue;
      if (token.single_word && !(standsAlone(text, start, end))) continue;
      if (token.lstrip) {
        start = Math.max(from, text.slice(0, start).match(/\p{White_Space}*$/u)!.index!);
      }
      if (token.rstrip) end += text.slice(end).match(/^\p{White_Space}*/u)![0].length;
      if (start > from) yield { text: whole.slice(from, start) };
      yield { text: whole.slice(start, end), id: token.id };
      from = end;
    }
    if (from < text.length) yield { text: whole.slice(from, text.length) };
  };
}

/** Whether no letter, digit or underscore touches a stretch. */
function standsAlone(text: string, start: number, end: number): boolean {
  const word = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
  const [before, after] = [[...text.slice(0, start)].at(-1), [...text.slice(end, end + 2)][0]];
  return !(before && word.test(before)) && !(after && word.test(after));
}
