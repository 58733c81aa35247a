import { words } from "./n_grams.ts";

/**
 * How BLEU splits a text: `"13a"`, as WMT's mteval-v13a does; `"intl"`, as mteval-v14 does, by Unicode's punctuation; `"zh"`,
 * Chinese by characters and the rest as 13a; `"char"`, by characters; `"none"`, at white space.
 */
export type BleuTokenizer = "13a" | "intl" | "zh" | "char" | "none";

/** The rules that 13a and zh share: punctuation stands alone, but not the points and commas of numbers. */
function splitWestern(text: string): string[] {
  return words(
    text
      .replace(/([{-~[-` -&(-+:-@/])/g, " $1 ")
      .replace(/([^0-9])([.,])/gu, "$1 $2 ")
      .replace(/([.,])([^0-9])/gu, " $1 $2")
      .replace(/([0-9])(-)/g, "$1 $2 "),
  );
}

/**
 * What counts as a Chinese character: sacrebleu's stretches of code points. Two of them were written with one digit too many for Python,
 * and mean U+2001 to U+2A6D instead of characters beyond U+FFFF; the numbers of others stand on that.
 */
const CHINESE =
  /[\u2001-\u2a6d\u2e80-\u2fdf\u2ff0-\u303f\u3100-\u312f\u31a0-\u31ef\u3200-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]/gu;

const SPLIT: Record<BleuTokenizer, (text: string) => string[]> = {
  "13a": (text) => {
    const plain = text.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ")
      .replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">");
    return splitWestern(` ${plain} `);
  },
  intl: (text) =>
    words(
      text
        .replace(/(\P{N})(\p{P})/gu, "$1 $2 ")
        .replace(/(\p{P})(\P{N})/gu, " $1 $2")
        .replace(/(\p{S})/gu, " $1 "),
    ),
  zh: (text) => splitWestern(text.trim().replace(CHINESE, " $& ")),
  char: (text) => words([...text].join(" ")),
  none: words,
};

/** Splits a text as BLEU does. */
export function bleuTokens(text: string, tokenizer: BleuTokenizer): string[] {
  return SPLIT[tokenizer](text.trimEnd());
}
