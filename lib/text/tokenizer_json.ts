import { BytePairTokenizer } from "./byte_pair.ts";
import { LibraryTokenizer } from "./library_tokenizer.ts";
import type { Tokenizer, TokenizerConfigJSON, TokenizerJSON } from "./tokenizer.ts";
import { wordPieceTokenizer } from "./word_piece.ts";

/**
 * Reads the content of a `tokenizer.json`, as Hugging Face's libraries write it, and as {@link Tokenizer.toJSON} does.
 *
 * @example
 * ```ts
 * import { CharacterTokenizer, tokenizerFromJSON } from "@tome/tome/text";
 * import assert from "node:assert/strict";
 *
 * const file = JSON.stringify(CharacterTokenizer.fromText("hello"));
 * assert.equal(tokenizerFromJSON(file).decode([1, 3, 2, 0]), "hole");
 * ```
 * @param json The text of the file, or what was parsed of it.
 * @param config The content of the `tokenizer_config.json` beside it, if there is one.
 * @throws {SyntaxError} If it is not JSON, or not a tokenizer.
 * @throws {TypeError} If it asks for something that is not supported.
 */
export function tokenizerFromJSON(
  json: string | TokenizerJSON,
  config: TokenizerConfigJSON = {},
): Tokenizer {
  const parsed: unknown = typeof json === "string" ? parse(json) : json;
  if (!isObject(parsed) || !isObject(parsed.model)) {
    throw new SyntaxError(
      `Cannot read tokenizer.json as it must be an object with a model: current content is ${
        (JSON.stringify(parsed) ?? "undefined").slice(0, 60)
      }`,
    );
  }
  const whole = {
    version: "1.0",
    truncation: null,
    padding: null,
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    ...parsed,
    added_tokens: parsed.added_tokens ?? [],
  } as TokenizerJSON;
  return new LibraryTokenizer(whole, config);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new SyntaxError(
      `Cannot read tokenizer.json as it must be JSON: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads a `tokenizer.json`, and the `tokenizer_config.json` beside it where there is one.
 *
 * In a folder without `tokenizer.json` it reads BERT's `vocab.txt`, or GPT-2's `vocab.json` and `merges.txt`.
 *
 * @param path The file, or the folder that holds it.
 * @throws {Deno.errors.NotFound} If there is no such file.
 * @throws {SyntaxError} If it is not a tokenizer.
 */
export async function loadTokenizer(path: string): Promise<Tokenizer> {
  const folder = path.endsWith(".json") ? path.slice(0, -file(path).length) || "." : path;
  const json = path.endsWith(".json") ? path : `${path}/tokenizer.json`;
  const config = parse(
    await read(`${folder}/tokenizer_config.json`) ?? "{}",
  ) as TokenizerConfigJSON;
  const chat = await read(`${folder}/chat_template.jinja`); // newer folders have it in a file of its own
  const text = await read(json);
  if (text !== undefined) {
    return tokenizerFromJSON(
      text,
      chat === undefined ? config : { ...config, chat_template: chat },
    );
  }
  const older = path === json ? undefined : await olderFiles(folder, config);
  if (older) return older;
  throw new Deno.errors.NotFound(`Cannot load the tokenizer as there is no file ${json}`);
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The tokenizer of the files that came before `tokenizer.json`. */
async function olderFiles(
  folder: string,
  config: TokenizerConfigJSON,
): Promise<Tokenizer | undefined> {
  const pieces = await read(`${folder}/vocab.txt`);
  if (pieces !== undefined) {
    const flag = (name: string) => typeof config[name] === "boolean" ? config[name] : undefined;
    return wordPieceTokenizer(pieces, {
      lowercase: flag("do_lower_case"),
      stripAccents: flag("strip_accents"),
      chinese: flag("tokenize_chinese_chars"),
    });
  }
  const [vocab, merges] = [await read(`${folder}/vocab.json`), await read(`${folder}/merges.txt`)];
  if (vocab === undefined || merges === undefined) return undefined;
  return BytePairTokenizer.fromFiles(parse(vocab) as Record<string, number>, merges);
}

/**
 * Writes a `tokenizer.json` that Hugging Face's libraries read; in a folder, with the `tokenizer_config.json` that tells them
 * what it is. Each appears whole or not at all.
 *
 * @param path The file, or the folder in which the two are written.
 * @param tokenizer What to write.
 */
export async function saveTokenizer(path: string, tokenizer: Tokenizer): Promise<void> {
  const json = path.endsWith(".json") ? path : `${path}/tokenizer.json`;
  await write(json, JSON.stringify(tokenizer));
  if (json === path) return;
  const config = { tokenizer_class: "PreTrainedTokenizerFast", ...tokenizer.config };
  await write(`${path}/tokenizer_config.json`, JSON.stringify(config, null, 2));
}

async function write(path: string, text: string): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await Deno.writeTextFile(temporary, text + "\n");
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {}); // it may never have been made
    throw error;
  }
}

function file(path: string): string {
  return path.split(/[/\\]/).at(-1)!;
}
