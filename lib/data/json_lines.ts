import { writeAtomic } from "../checkpoint/mod.ts";
import type { JsonValue } from "./batch_source.ts";
import { readLines } from "./lines.ts";

/**
 * Reads a file of JSON Lines, an object a line, one by one; empty lines are passed over.
 *
 * @param path The file; one whose name ends in `.gz` is unpacked on the way.
 * @param check Makes an example of an object, or throws if it is none; its message gets the file and the line.
 * @throws {SyntaxError} If a line is not JSON, or not an example; the message names the file, the line and the column.
 * @see "JSON Lines", https://jsonlines.org
 */
export async function* readJsonLines<T = Record<string, JsonValue>>(
  path: string | URL,
  check: (value: JsonValue) => T = anyObject as (value: JsonValue) => T,
): AsyncGenerator<T> {
  for await (const { text, number } of readLines(path)) {
    if (text.trim() === "") continue;
    let value: JsonValue;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      const { message } = cause as Error;
      const column = Number(message.match(/column (\d+)/)?.[1] ?? text.length + 1);
      throw new SyntaxError(
        `Cannot read ${path}, line ${number}, column ${column} as it must be JSON: ${message}`,
        { cause },
      );
    }
    try {
      yield check(value);
    } catch (cause) {
      throw new SyntaxError(
        `Cannot read ${path}, line ${number} as it must be an example: ${(cause as Error).message}`,
        { cause },
      );
    }
  }
}

function anyObject(value: JsonValue): JsonValue {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new SyntaxError(`current value is ${JSON.stringify(value).slice(0, 60)}`);
}

/**
 * Writes examples as JSON Lines; the file appears whole or not at all.
 *
 * @param path The file.
 * @param examples What JSON can hold.
 */
export async function writeJsonLines(
  path: string,
  examples: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<void> {
  const encoder = new TextEncoder();
  await writeAtomic(
    path,
    (async function* () {
      for await (const example of examples) yield encoder.encode(JSON.stringify(example) + "\n");
    })(),
  );
}
