import type { AlignedText } from "./aligned_text.ts";
import { patternOf } from "./pattern.ts";
import { precompiled } from "./precompiled.ts";
import type { TokenizerPartJSON } from "./tokenizer.ts";
import { toUnicodeForm } from "./unicode_form.ts";
import { isCombiningMark, isControl, isNonspacingMark, lowerCase } from "./unicode_tables.ts";

/** What is done to a text before it is split into words. */
export type Normalizer = (text: AlignedText) => AlignedText;

/**
 * The normalizer that a `tokenizer.json` describes.
 *
 * @param part Its part `normalizer`.
 * @throws {TypeError} If its kind is not known.
 */
export function normalizerOf(part: TokenizerPartJSON | null): Normalizer {
  if (part === null) return (text) => text;
  switch (part.type) {
    case "Sequence": {
      const all = (part.normalizers as TokenizerPartJSON[]).map(normalizerOf);
      return (text) => all.reduce((before, normalize) => normalize(before), text);
    }
    case "NFC":
    case "NFD":
    case "NFKC":
    case "NFKD": {
      const form = part.type;
      return (text) => toUnicodeForm(text, form);
    }
    case "BertNormalizer":
      return bert(part);
    case "Lowercase":
      return inLowerCase;
    case "StripAccents":
      return (text) => without(text, isCombiningMark);
    case "Strip":
      return (text) => strip(text, part.strip_left !== false, part.strip_right !== false);
    case "Prepend":
      return (text) => text.prepend(String(part.prepend));
    case "Replace": {
      const pattern = patternOf(part);
      return (text) => text.replace(pattern, String(part.content ?? ""));
    }
    case "Precompiled":
      return precompiled(String(part.precompiled_charsmap));
    case "ByteLevel":
      throw new TypeError(
        "Cannot read tokenizer.json as the normalizer ByteLevel is not supported",
      );
    default:
      throw new TypeError(
        `Cannot read tokenizer.json as the normalizer ${
          JSON.stringify(part.type)
        } is not supported`,
      );
  }
}

function without(text: AlignedText, drop: (character: string) => boolean): AlignedText {
  for (const character of text.text) {
    if (drop(character)) return text.map((other) => drop(other) ? "" : other);
  }
  return text;
}

function inLowerCase(text: AlignedText): AlignedText {
  return /^[^A-Z\x80-\uffff]*$/.test(text.text) ? text : text.map(lowerCase);
}

function strip(text: AlignedText, left: boolean, right: boolean): AlignedText {
  const before = left ? text.text.match(/^\p{White_Space}*/u)![0].length : 0;
  const after = right ? text.text.match(/\p{White_Space}*$/u)!.index! : text.text.length;
  return text.slice(Math.min(before, text.text.length), Math.max(before, after));
}

/**
 * BERT's: controls go, white space becomes spaces, Chinese characters become words, and for models without capitals the
 * text loses its accents and its capitals.
 *
 * @see Devlin et al., 2018, "BERT", its file tokenization.py
 */
function bert(part: TokenizerPartJSON): Normalizer {
  const { clean_text = true, handle_chinese_chars = true, lowercase = true } = part;
  const strip_accents = part.strip_accents ?? lowercase;
  return (text) => {
    if (clean_text && !/^[ -~]*$/.test(text.text)) text = text.map(clean);
    if (handle_chinese_chars && /[^\0-\u33ff]/.test(text.text)) {
      text = text.map((character) => isChinese(character) ? ` ${character} ` : character);
    }
    if (strip_accents && /[^\0-\x7f]/.test(text.text)) {
      text = without(toUnicodeForm(text, "NFD"), isNonspacingMark);
    }
    return lowercase ? inLowerCase(text) : text;
  };
}

function clean(character: string): string {
  if (character === "\t" || character === "\n" || character === "\r") return " ";
  if (character === "\0" || character === "\ufffd" || isControl(character)) return "";
  return /\p{White_Space}/u.test(character) ? " " : character;
}

/** The blocks of CJK ideographs, as BERT has them. */
function isChinese(character: string): boolean {
  const code = character.codePointAt(0)!;
  return code >= 0x4e00 && code <= 0x9fff || code >= 0x3400 && code <= 0x4dbf ||
    code >= 0x20000 && code <= 0x2a6df || code >= 0x2a700 && code <= 0x2b73f ||
    code >= 0x2b740 && code <= 0x2b81f || code >= 0x2b920 && code <= 0x2ceaf ||
    code >= 0xf900 && code <= 0xfaff || code >= 0x2f800 && code <= 0x2fa1f;
}
