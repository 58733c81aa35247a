import { LibraryTokenizer, type TokenizerConfigJSON } from "./library_tokenizer.ts";
import type { Tokenizer, TokenizerJSON } from "./tokenizer.ts";

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
 * @param path The file, or the folder that holds it.
 * @throws {Deno.errors.NotFound} If there is no such file.
 * @throws {SyntaxError} If it is not a tokenizer.
 */
export async function loadTokenizer(path: string): Promise<Tokenizer> {
  const folder = path.endsWith(".json") ? path.slice(0, -file(path).length) || "." : path;
  const json = path.endsWith(".json") ? path : `${path}/tokenizer.json`;
  let text: string;
  try {
    text = await Deno.readTextFile(json);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Deno.errors.NotFound(`Cannot load the tokenizer as there is no file ${json}`, {
      cause,
    });
  }
  const config = await Deno.readTextFile(`${folder}/tokenizer_config.json`).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "{}";
    throw error;
  });
  return tokenizerFromJSON(text, parse(config) as TokenizerConfigJSON);
}

/**
 * Writes a `tokenizer.json` that Hugging Face's libraries read; it appears whole or not at all.
 *
 * @param path The file, or the folder in which `tokenizer.json` is written.
 * @param tokenizer What to write.
 */
export async function saveTokenizer(path: string, tokenizer: Tokenizer): Promise<void> {
  const json = path.endsWith(".json") ? path : `${path}/tokenizer.json`;
  const temporary = `${json}.${crypto.randomUUID()}.tmp`;
  try {
    await Deno.writeTextFile(temporary, JSON.stringify(tokenizer) + "\n");
    await Deno.rename(temporary, json);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {}); // it may never have been made
    throw error;
  }
}

function file(path: string): string {
  return path.split(/[/\\]/).at(-1)!;
}
