import { LibraryTokenizer } from "./library_tokenizer.ts";
import { SpecialTokens } from "./special_tokens.ts";
import type { Tokenizer, TokenizerJSON } from "./tokenizer.ts";

/** How {@link wordPieceTokenizer} reads texts. */
export interface WordPieceOptions {
  /** Whether capitals become small letters, and accents go, as for the models called "uncased". @default {true} */
  lowercase?: boolean;
  /** Whether accents go. @default {as `lowercase` says} */
  stripAccents?: boolean;
  /** Whether each Chinese character is a word. @default {true} */
  chinese?: boolean;
  /** Special tokens, all of them in the vocabulary; the first five have BERT's meaning. @default {BERT's} */
  specialTokens?: WordPieceSpecialTokens;
}

/** The names of the special tokens of a WordPiece vocabulary. */
export interface WordPieceSpecialTokens {
  /** Fills up rows. @default {"[PAD]"} */
  pad?: string;
  /** Stands for words that no tokens make up. @default {"[UNK]"} */
  unknown?: string;
  /** Begins each row. @default {"[CLS]"} */
  cls?: string;
  /** Ends each text. @default {"[SEP]"} */
  sep?: string;
  /** Hides a token that is to be guessed. @default {"[MASK]"} */
  mask?: string;
}

/**
 * BERT's tokenizer of a vocabulary: words are split into the longest pieces, from left to right.
 *
 * @example
 * ```ts
 * import { wordPieceTokenizer } from "@tome/tome/text";
 * import assert from "node:assert/strict";
 *
 * const tokenizer = wordPieceTokenizer("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nwhale\n##s\n!");
 * assert.deepEqual(tokenizer.encode("Whales!"), [2, 5, 6, 7, 3]);
 * assert.equal(tokenizer.decode([5, 6, 7]), "whales!");
 * ```
 * @param vocab The content of a `vocab.txt`, a token a line; or the tokens, the position of each its id.
 * @param options How texts are read.
 * @throws {RangeError} If a special token is not in the vocabulary, or a token appears twice.
 * @see Devlin et al., 2018, "BERT: Pre-training of Deep Bidirectional Transformers", https://arxiv.org/abs/1810.04805
 */
export function wordPieceTokenizer(
  vocab: string | readonly string[],
  options: WordPieceOptions = {},
): Tokenizer {
  const { lowercase = true, stripAccents, chinese = true } = options;
  const { pad = "[PAD]", unknown = "[UNK]", cls = "[CLS]", sep = "[SEP]", mask = "[MASK]" } =
    options.specialTokens ?? {};
  const tokens = typeof vocab === "string" ? vocab.replace(/\r?\n$/, "").split(/\r?\n/) : vocab;
  const ids = new Map(tokens.map((token, id) => [token, id]));
  if (ids.size < tokens.length) {
    const twice = tokens.find((token, id) => ids.get(token) !== id)!;
    throw new RangeError(
      `Cannot make a WordPiece tokenizer as its tokens must differ: ${
        JSON.stringify(twice)
      } appears twice`,
    );
  }
  const special = new SpecialTokens([pad, unknown, cls, sep, mask].map((token) => {
    const id = ids.get(token);
    if (id !== undefined) return [token, id];
    throw new RangeError(
      `Cannot make a WordPiece tokenizer as its vocabulary must hold its special tokens: ${
        JSON.stringify(token)
      } is missing`,
    );
  }));
  const json: TokenizerJSON = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.toJSON(),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: chinese,
      strip_accents: stripAccents ?? null,
      lowercase,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: template(cls, ids.get(cls)!, sep, ids.get(sep)!),
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: unknown,
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(ids),
    },
  };
  return new LibraryTokenizer(json, {
    tokenizer_class: "BertTokenizer",
    do_lower_case: lowercase,
    tokenize_chinese_chars: chinese,
    strip_accents: stripAccents ?? null,
    pad_token: pad,
    unk_token: unknown,
    cls_token: cls,
    sep_token: sep,
    mask_token: mask,
  });
}

function template(cls: string, clsId: number, sep: string, sepId: number) {
  const special = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
  const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  const single = [special(cls, 0), text("A", 0), special(sep, 0)];
  const named = (id: string, number: number) => ({ id, ids: [number], tokens: [id] });
  return {
    type: "TemplateProcessing",
    single,
    pair: [...single, text("B", 1), special(sep, 1)],
    special_tokens: { [cls]: named(cls, clsId), [sep]: named(sep, sepId) },
  };
}
