import type { AlignedText } from "./aligned_text.ts";
import { BYTE_TO_CHARACTER } from "./byte_alphabet.ts";
import { patternOf } from "./pattern.ts";
import { SPLIT_PATTERNS } from "./split_pattern.ts";
import type { TokenizerPartJSON } from "./tokenizer.ts";
import { isPunctuation } from "./unicode_tables.ts";

/** Splits a text into words, or words into smaller ones. */
export type PreTokenizer = (text: AlignedText) => AlignedText[];

/** Where a pattern matches: `[start, end]` of each match, in order. */
type Finder = (text: string) => Iterable<readonly [number, number]>;

const WORD = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}`;

/**
 * The splitter that a `tokenizer.json` describes.
 *
 * @param part Its part `pre_tokenizer`.
 * @throws {TypeError} If its kind is not known.
 */
export function preTokenizerOf(part: TokenizerPartJSON | null): PreTokenizer {
  if (part === null) return (text) => [text];
  switch (part.type) {
    case "Sequence": {
      const all = (part.pretokenizers as TokenizerPartJSON[]).map(preTokenizerOf);
      return (text) => all.reduce((words, next) => words.flatMap(next), [text]);
    }
    case "ByteLevel":
      return byteLevel(part.add_prefix_space !== false, part.use_regex !== false);
    case "Metaspace":
      return metaspace(part);
    case "BertPreTokenizer": {
      const white = splitter(matches(/\p{White_Space}/gu), "Removed");
      const marks = splitter(characters(isPunctuation), "Isolated");
      return (text) => white(text).flatMap(marks);
    }
    case "Whitespace":
      return splitter(
        matches(new RegExp(String.raw`[${WORD}]+|[^${WORD}\p{White_Space}]+`, "gu")),
        "Removed",
        true,
      );
    case "WhitespaceSplit":
      return splitter(matches(/\p{White_Space}/gu), "Removed");
    case "Punctuation":
      return splitter(characters(isPunctuation), String(part.behavior ?? "Isolated"));
    case "Digits":
      return splitter(matches(/\p{N}/gu), part.individual_digits ? "Isolated" : "Contiguous");
    case "CharDelimiterSplit": {
      const delimiter = String(part.delimiter);
      return splitter(characters((character) => character === delimiter), "Removed");
    }
    case "Split": {
      const behavior = String(part.behavior ?? "Isolated");
      return splitter(matches(patternOf(part)), behavior, part.invert === true);
    }
    default:
      throw new TypeError(
        `Cannot read tokenizer.json as the pre_tokenizer ${
          JSON.stringify(part.type)
        } is not supported`,
      );
  }
}

function matches(pattern: RegExp): Finder {
  return function* (text) {
    for (const { index, 0: match } of text.matchAll(pattern)) {
      if (match !== "") yield [index, index + match.length];
    }
  };
}

function characters(test: (character: string) => boolean): Finder {
  return function* (text) {
    let at = 0;
    for (const character of text) {
      if (test(character)) yield [at, at + character.length];
      at += character.length;
    }
  };
}

/**
 * Splits a text where a pattern matches.
 *
 * @param find Where it matches.
 * @param behavior What becomes of a match: it goes, stays alone, joins its like, or joins the word before or after it.
 * @param invert Whether what lies between the matches counts as the match.
 * @throws {TypeError} If there is no such behaviour.
 */
function splitter(find: Finder, behavior: string, invert = false): PreTokenizer {
  const join = JOINS[behavior.toLowerCase()];
  if (!join) {
    throw new TypeError(
      `Cannot read tokenizer.json as the behaviour ${behavior} of Split is not supported`,
    );
  }
  return (text) => {
    const parts: Part[] = [];
    let at = 0;
    for (const [start, end] of find(text.text)) {
      if (start > at) parts.push({ start: at, end: start, match: invert });
      parts.push({ start, end, match: !invert });
      at = end;
    }
    if (at < text.text.length) parts.push({ start: at, end: text.text.length, match: invert });
    return join(parts).map(({ start, end }) => text.slice(start, end));
  };
}

interface Part {
  start: number;
  end: number;
  match: boolean;
}

const JOINS: Readonly<Record<string, (parts: Part[]) => Part[]>> = {
  removed: (parts) => parts.filter(({ match }) => !match),
  isolated: (parts) => parts,
  contiguous: (parts) => joined(parts, (before, part) => before.match === part.match),
  mergedwithprevious: (parts) => joined(parts, (before, part) => part.match && !before.match),
  mergedwithnext: (parts) => joined(parts, (before, part) => before.match && !part.match),
};

/** Joins neighbours that belong together; `together` looks at the parts as they were. */
function joined(parts: Part[], together: (before: Part, part: Part) => boolean): Part[] {
  const made: Part[] = [];
  for (const [i, part] of parts.entries()) {
    if (i > 0 && together(parts[i - 1]!, part)) made.at(-1)!.end = part.end;
    else made.push({ ...part });
  }
  return made;
}

function byteLevel(prefix: boolean, words: boolean): PreTokenizer {
  const encoder = new TextEncoder();
  const split = words ? splitter(matches(SPLIT_PATTERNS.gpt2.expression), "Isolated") : undefined;
  const bytes = (character: string) =>
    Array.from(encoder.encode(character), (byte) => BYTE_TO_CHARACTER[byte]).join("");
  return (text) => {
    const whole = prefix && !text.text.startsWith(" ") ? text.prepend(" ") : text;
    return (split?.(whole) ?? [whole]).map((word) =>
      /^[!-~]*$/.test(word.text) ? word : word.map(bytes)
    );
  };
}

/** SentencePiece's: spaces become a letter, which begins words. */
function metaspace(part: TokenizerPartJSON): PreTokenizer {
  const replacement = String(part.replacement ?? "▁");
  const legacy = part.add_prefix_space === false ? "never" : "always";
  const scheme = part.prepend_scheme ?? legacy;
  const split = splitter(characters((character) => character === replacement), "MergedWithNext");
  return (text) => {
    let spaced = text.replace(/ /g, replacement);
    if (
      !spaced.text.startsWith(replacement) &&
      (scheme === "always" || scheme === "first" && text.origin === 0)
    ) {
      spaced = spaced.prepend(replacement);
    }
    return part.split === false ? [spaced] : split(spaced);
  };
}
