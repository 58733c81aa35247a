import type { Encoding } from "./encoding.ts";

/** Which text of a pair is cut: the longer one, token by token; the first; or the second. */
export type Truncation = "longestFirst" | "first" | "second";

/** What {@link windows} needs of the options. */
interface Cut {
  maxLength?: number;
  truncation?: Truncation;
  stride?: number;
}

/**
 * Cuts a text, or a pair, to a number of tokens.
 *
 * @param parts The tokens of the text, or of the two texts.
 * @param added How many tokens the template adds to them.
 * @param options The length, which text is cut, and whether what is cut off makes further windows.
 * @returns One window, or with `stride` as many as cover the text.
 */
export function windows(parts: readonly Encoding[], added: number, options: Cut): Encoding[][] {
  const { maxLength, stride, truncation = "longestFirst" } = options;
  if (maxLength === undefined) return [[...parts]];
  if (!(Number.isSafeInteger(maxLength) && maxLength > added)) {
    throw new RangeError(
      `Cannot cut to maxLength as it must be a whole number above ${added}, the tokens around the texts: current maxLength is ${maxLength}`,
    );
  }
  const room = maxLength - added;
  const lengths = parts.map(({ ids }) => ids.length);
  const total = lengths.reduce((a, b) => a + b, 0);
  if (stride !== undefined && parts.length > 1 && truncation === "longestFirst") {
    throw new TypeError(
      'Cannot make windows of pairs as only one of the texts may be cut: current truncation is "longestFirst"; pass "first" or "second"',
    );
  }
  if (total <= room) return [[...parts]];
  if (parts.length > 1 && truncation === "longestFirst") {
    const [a, b] = shares(lengths[0]!, lengths[1]!, room);
    return [[slice(parts[0]!, 0, a), slice(parts[1]!, 0, b)]];
  }
  const which = parts.length > 1 && truncation === "second" ? 1 : 0;
  const kept = lengths[which]! - (total - room);
  if (kept <= 0) {
    throw new RangeError(
      `Cannot cut the ${
        which ? "second" : "first"
      } text as the other must leave room for it: current maxLength is ${maxLength}, the other text has ${
        total - lengths[which]!
      } tokens, and ${added} stand around them`,
    );
  }
  if (stride !== undefined && !(Number.isSafeInteger(stride) && stride >= 0 && stride < kept)) {
    throw new RangeError(
      `Cannot make windows as stride must be a whole number below their ${kept} tokens: current stride is ${stride}`,
    );
  }
  const all: Encoding[][] = [];
  for (let start = 0; start < lengths[which]!; start += kept - (stride ?? 0)) {
    const part = slice(parts[which]!, start, start + kept);
    all.push(parts.map((other, i) => i === which ? part : other));
    if (stride === undefined || start + kept >= lengths[which]!) break;
  }
  return all;
}

/** What is left of two texts if always the longer one loses a token; of an odd number the second gets the one more. */
function shares(a: number, b: number, room: number): [number, number] {
  const [short, long] = a > b ? [b, a] : [a, b];
  let kept: [number, number] = [short, Math.max(short, room - short)];
  if (short > room || kept[0] + kept[1] > room) {
    kept = [Math.floor(room / 2), Math.ceil(room / 2)];
  }
  return a > b ? [Math.min(kept[1], long), kept[0]] : [kept[0], Math.min(kept[1], long)];
}

function slice({ ids, offsets, words }: Encoding, start: number, end: number): Encoding {
  return {
    ids: ids.slice(start, end),
    offsets: offsets.slice(start, end),
    words: words.slice(start, end),
  };
}
