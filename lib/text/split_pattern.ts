/**
 * How a text is cut into words before byte pairs are merged within them: as GPT-2 or GPT-4 do it, or not at all.
 */
export type SplitPattern = "gpt2" | "gpt4" | "none";

interface Pattern {
  /** As `tokenizer.json` holds it; its readers take `\s` for Unicode's White_Space. */
  published: string;
  /** The same for JavaScript, whose own `\s` has U+FEFF and lacks U+0085. */
  expression: RegExp;
}

/** The published patterns. Each matches every character, so the words of a text make up the text. */
export const SPLIT_PATTERNS: Readonly<Record<Exclude<SplitPattern, "none">, Pattern>> = {
  /** OpenAI's gpt-2 repository, src/encoder.py. */
  gpt2: {
    published: String
      .raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
    expression:
      /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu,
  },
  /**
   * OpenAI's tiktoken, cl100k_base, with its `(?i:'s|'t|…)` written out, as readers fold `ſ` differently, and
   * without its possessive repeats, which do not change what matches.
   */
  gpt4: {
    published: String
      .raw`'(?:[sStTmMdDſ]|[rRvV][eE]|[lL]{2})|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    expression:
      /'(?:[sStTmMdDſ]|[rRvV][eE]|[lL]{2})|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*|\p{White_Space}*[\r\n]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu,
  },
};

/**
 * Cuts a text into the words of a pattern.
 *
 * @throws {RangeError} If the pattern has no such name.
 */
export function splitWords(text: string, pattern: SplitPattern): string[] {
  if (pattern === "none") return text === "" ? [] : [text];
  if (!Object.hasOwn(SPLIT_PATTERNS, pattern)) {
    throw new RangeError(
      `Cannot split the text as pattern must be "gpt2", "gpt4" or "none": current pattern is ${
        JSON.stringify(pattern)
      }`,
    );
  }
  return text.match(SPLIT_PATTERNS[pattern].expression) ?? [];
}
