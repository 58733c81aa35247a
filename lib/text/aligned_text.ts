/** What becomes of a character: what stands there instead, and by how many characters the text grows there. */
export type Change = readonly [character: string, growth: number];

/**
 * A text that is being normalised, and the stretch of the original that each of its UTF-16 units comes from.
 *
 * The stretches are those of Hugging Face's `tokenizers`: a character that was put in has that of the character before it,
 * and one that swallowed those after it keeps its own.
 */
export class AlignedText {
  /** The text as it is now. */
  readonly text: string;
  /** Where the first unit comes from. */
  readonly origin: number;
  readonly #starts: Int32Array | undefined; // undefined: the text is the original from `origin` on
  readonly #ends: Int32Array | undefined;

  /**
   * @param text The text.
   * @param origin Where it begins in the original.
   * @param starts Where what each unit comes from begins; if undefined, the text is the original itself.
   * @param ends Where that ends.
   */
  constructor(text: string, origin = 0, starts?: Int32Array, ends?: Int32Array) {
    this.text = text;
    this.origin = origin;
    this.#starts = starts;
    this.#ends = ends;
  }

  /** The stretch of the original that the units from `start` up to `end` come from. */
  span(start: number, end: number): [number, number] {
    if (start >= end) return [this.#start(start), this.#start(start)];
    return [this.#start(start), this.#end(end - 1)];
  }

  #start(at: number): number {
    if (this.#starts) return this.#starts[at] ?? this.#ends!.at(-1) ?? this.origin;
    return this.origin + (splitsPair(this.text, at) ? at - 1 : at);
  }

  #end(at: number): number {
    if (this.#ends) return this.#ends[at]!;
    return this.origin + (splitsPair(this.text, at + 1) ? at + 2 : at + 1);
  }

  /** The units from `start` up to `end`. */
  slice(start: number, end: number): AlignedText {
    if (start === 0 && end === this.text.length) return this;
    return new AlignedText(
      this.text.slice(start, end),
      this.#start(start),
      this.#starts?.subarray(start, end),
      this.#ends?.subarray(start, end),
    );
  }

  /** Puts a text, maybe empty, in the place of each character; its units come from where the character does. */
  map(replace: (character: string) => string): AlignedText {
    const building = new Building();
    let at = 0;
    for (const character of this.text) {
      const end = at + character.length;
      building.add(replace(character), this.#start(at), this.#end(end - 1));
      at = end;
    }
    return building.done(this);
  }

  /** Puts a text in the place of each match; its units come from where the last character of the match does. */
  replace(pattern: RegExp, content: string): AlignedText {
    const building = new Building();
    let at = 0;
    const keep = (end: number) => {
      for (; at < end; at++) building.add(this.text[at]!, this.#start(at), this.#end(at));
    };
    for (const { index, 0: match } of this.text.matchAll(pattern)) {
      keep(index);
      at = index + match.length;
      const last = at - 1;
      if (last < 0) building.add(content, this.origin, this.origin);
      else building.add(content, this.#start(last), this.#end(last));
    }
    if (at === 0 && building.empty) return this;
    keep(this.text.length);
    return building.done(this);
  }

  /** Puts a text before the first character, from which its units come; an empty text stays empty. */
  prepend(content: string): AlignedText {
    let first = true;
    return this.map((character) => {
      if (!first) return character;
      first = false;
      return content + character;
    });
  }

  /** Puts characters in the place of others, of which a growth of 0 takes one, and one of −n takes n more. */
  change(changes: Iterable<Change>): AlignedText {
    const building = new Building();
    let at = 0;
    const skip = () => at += this.text.codePointAt(at)! > 0xffff ? 2 : 1;
    for (const [character, growth] of changes) {
      if (growth > 0) {
        if (at === 0) building.add(character, this.origin, this.origin);
        else building.add(character, this.#start(at - 1), this.#end(at - 1));
        continue;
      }
      building.add(character, this.#start(at), this.#end(at));
      for (let i = growth; i <= 0; i++) skip();
    }
    return building.done(this);
  }
}

/** Whether a position lies between the two units of one character. */
function splitsPair(text: string, at: number): boolean {
  const low = text.charCodeAt(at);
  if (!(low >= 0xdc00 && low <= 0xdfff)) return false;
  const high = text.charCodeAt(at - 1);
  return high >= 0xd800 && high <= 0xdbff;
}

/** An {@link AlignedText} in the making. */
class Building {
  #text = "";
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  get empty(): boolean {
    return this.#text === "";
  }

  add(text: string, start: number, end: number): void {
    this.#text += text;
    for (let i = 0; i < text.length; i++) {
      this.#starts.push(start);
      this.#ends.push(end);
    }
  }

  done({ origin }: AlignedText): AlignedText {
    return new AlignedText(
      this.#text,
      origin,
      Int32Array.from(this.#starts),
      Int32Array.from(this.#ends),
    );
  }
}
