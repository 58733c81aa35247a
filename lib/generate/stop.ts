/**
 * Watches text that arrives in pieces for the first of some stop strings, and holds back what may become one.
 *
 * @example
 * ```ts
 * import { StopStrings } from "@tome/tome/generate";
 *
 * const stop = new StopStrings(["END"]);
 * console.assert(stop.push("the E") === "the "); // "E" may be the start of "END"
 * console.assert(stop.push("ND and more") === "" && stop.found === "END");
 * ```
 */
export class StopStrings {
  #strings: readonly string[];
  #held = "";
  #found: string | undefined;

  /**
   * Starts at the beginning of a text.
   *
   * @param strings What ends the text; the one that is complete first counts, so it does not matter how the text was cut.
   * @throws {RangeError} If one is empty.
   */
  constructor(strings: readonly string[]) {
    if (strings.includes("")) {
      throw new RangeError(
        'Cannot generate as stop must not hold an empty text: current one is ""',
      );
    }
    this.#strings = strings;
  }

  /** The stop string that the text came to, if it has. */
  get found(): string | undefined {
    return this.#found;
  }

  /**
   * Takes the next piece.
   *
   * @returns What certainly stands before a stop string.
   */
  push(piece: string): string {
    if (this.#found !== undefined) return "";
    const text = this.#held + piece;
    let [start, end] = [text.length, Infinity];
    for (const string of this.#strings) {
      const at = text.indexOf(string);
      if (at === -1 || at + string.length > end) continue;
      if (at + string.length === end && at > start) continue;
      [start, end, this.#found] = [at, at + string.length, string];
    }
    if (this.#found !== undefined) return text.slice(0, start);
    for (const string of this.#strings) {
      for (let at = Math.max(0, text.length - string.length + 1); at < start; at++) {
        if (string.startsWith(text.slice(at))) start = at;
      }
    }
    this.#held = text.slice(start);
    return text.slice(0, start);
  }

  /** Ends the text: what was held back, which did not become a stop string. */
  finish(): string {
    const held = this.#found === undefined ? this.#held : "";
    this.#held = "";
    return held;
  }
}
