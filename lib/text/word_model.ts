import type { Tokenizer as Library } from "@huggingface/tokenizers";
import { utf8Length } from "./offsets.ts";
import type { TokenizerPartJSON } from "./tokenizer.ts";

/** A token of a word. */
export interface WordToken {
  /** Its id; undefined if the vocabulary has none for this part of the word. */
  id: number | undefined;
  /** The part of the word that it stands for. */
  text: string;
  /** Where it begins and ends in the word, in UTF-16 units. */
  start: number;
  /** One behind its last unit. */
  end: number;
}

/** Splits a word into tokens. */
export type WordModel = (word: string) => WordToken[];

/** What is used of the library's models, which its types do not tell. */
interface LibraryModel {
  encode(words: string[]): string[];
  bpe?(word: string): string[];
  tokenize?(word: string): string[];
}

/**
 * The model of a `tokenizer.json`: the vocabulary, and how a word is split into its tokens.
 *
 * The library does the splitting; here the tokens get their ids and their places.
 *
 * @param part The part `model`.
 * @param library The library's tokenizer of the file.
 * @throws {TypeError} If its kind is not known.
 */
export function wordModelOf(part: TokenizerPartJSON, library: Library): WordModel {
  const model = library.model as unknown as LibraryModel;
  const unknown = unknownOf(part);
  const { vocab, kind } = vocabularyOf(part);
  const unknownId = unknown === undefined ? undefined : vocab.get(unknown);
  switch (kind) {
    case "WordLevel":
      return (word) => [{
        id: vocab.get(word) ?? unknownId,
        text: word,
        start: 0,
        end: word.length,
      }];
    case "WordPiece": {
      const prefix = String(part.continuing_subword_prefix ?? "##");
      return (word) => {
        const tokens = model.encode([word]);
        if (tokens.length === 1 && !vocab.has(word)) {
          return [{ id: unknownId, text: word, start: 0, end: word.length }];
        }
        let at = 0;
        return tokens.map((token, i) => {
          const start = at;
          at += token.length - (i > 0 ? prefix.length : 0);
          return { id: vocab.get(token), text: token, start, end: at };
        });
      };
    }
    case "BPE": {
      const suffix = String(part.end_of_word_suffix ?? "");
      const fallback = part.byte_fallback === true;
      return (word) => {
        if (part.ignore_merges && vocab.has(word)) {
          return [{ id: vocab.get(word), text: word, start: 0, end: word.length }];
        }
        const pieces = model.bpe!(word);
        return place(pieces, vocab, {
          fallback,
          unknownId,
          drop: unknown === undefined,
          fuse: part.fuse_unk === true,
          suffix,
        });
      };
    }
    case "Unigram":
      return (word) =>
        place(model.tokenize!(word), vocab, {
          fallback: part.byte_fallback === true,
          unknownId,
          drop: false,
          fuse: true,
          suffix: "",
        });
  }
}

interface Placing {
  fallback: boolean; // whether a piece without an id becomes its bytes
  unknownId: number | undefined;
  drop: boolean; // whether a piece without an id is left out
  fuse: boolean; // whether pieces without an id become one token
  suffix: string; // what the last piece has that the word has not
}

/** Gives pieces that follow one another their ids and places. */
function place(
  pieces: readonly string[],
  vocab: ReadonlyMap<string, number>,
  { fallback, unknownId, drop, fuse, suffix }: Placing,
): WordToken[] {
  const made: WordToken[] = [];
  let at = 0;
  let unknownBefore = false;
  for (const [i, text] of pieces.entries()) {
    const start = at;
    at += text.length - (i === pieces.length - 1 ? suffix.length : 0);
    const id = vocab.get(text);
    const bytes = id === undefined && fallback ? byteIds(text, vocab) : undefined;
    if (id !== undefined) made.push({ id, text, start, end: at });
    else if (bytes) {
      let index = 0;
      let from = start;
      for (const character of text) {
        const to = from + character.length;
        for (let n = utf8Length(character.codePointAt(0)!); n > 0; n--) {
          made.push({ id: bytes[index++]!, text: character, start: from, end: to });
        }
        from = to;
      }
    } else if (fuse && unknownBefore) {
      const before = made.at(-1)!;
      before.text += text;
      before.end = at;
    } else if (!drop) made.push({ id: unknownId, text, start, end: at });
    unknownBefore = id === undefined && !bytes && !drop;
  }
  return made;
}

function byteIds(text: string, vocab: ReadonlyMap<string, number>): number[] | undefined {
  const ids = Array.from(
    new TextEncoder().encode(text),
    (byte) => vocab.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`),
  );
  return ids.includes(undefined) ? undefined : ids as number[];
}

function unknownOf(part: TokenizerPartJSON): string | undefined {
  if (Array.isArray(part.vocab)) {
    return part.unk_id == null
      ? undefined
      : (part.vocab as [string, number][])[Number(part.unk_id)]?.[0];
  }
  return part.unk_token == null ? undefined : String(part.unk_token);
}

type Kind = "WordLevel" | "WordPiece" | "BPE" | "Unigram";

/** The vocabulary without added tokens, and the kind of the model, which old files do not name. */
function vocabularyOf(part: TokenizerPartJSON): { vocab: Map<string, number>; kind: Kind } {
  const kind = part.type ??
    (Array.isArray(part.vocab)
      ? "Unigram"
      : part.merges
      ? "BPE"
      : part.continuing_subword_prefix
      ? "WordPiece"
      : "WordLevel");
  if (!["WordLevel", "WordPiece", "BPE", "Unigram"].includes(kind)) {
    throw new TypeError(
      `Cannot read tokenizer.json as the model ${JSON.stringify(kind)} is not supported`,
    );
  }
  const vocab = Array.isArray(part.vocab)
    ? new Map((part.vocab as [string, number][]).map(([token], id) => [token, id]))
    : new Map(Object.entries((part.vocab ?? {}) as Record<string, number>));
  return { vocab, kind: kind as Kind };
}
