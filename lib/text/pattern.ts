import { ReplaceNormalizer } from "@huggingface/tokenizers";
import type { TokenizerPartJSON } from "./tokenizer.ts";

/**
 * The pattern of a part of a `tokenizer.json`, `{ String }` or `{ Regex }`, for JavaScript.
 *
 * The library translates from Oniguruma's syntax; it gives that away only through one of its normalizers.
 *
 * @throws {TypeError} If there is no pattern.
 */
export function patternOf(part: TokenizerPartJSON): RegExp {
  const { Regex, String: literal } = (part.pattern ?? {}) as { Regex?: string; String?: string };
  if (typeof Regex !== "string" && typeof literal !== "string") {
    throw new TypeError(
      `Cannot read tokenizer.json as ${part.type} must have a pattern: current pattern is ${
        JSON.stringify(part.pattern)
      }`,
    );
  }
  const made = new ReplaceNormalizer(
    {
      type: "Replace",
      pattern: typeof Regex === "string" ? { Regex } : { String: literal },
      content: "",
    } as ConstructorParameters<typeof ReplaceNormalizer>[0],
  );
  return (made as unknown as { pattern: RegExp }).pattern;
}
