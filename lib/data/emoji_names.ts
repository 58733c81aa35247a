/**
 * The names of emoji in several languages, as Unicode's CLDR has them.
 *
 * This is a module of its own, as it brings files of npm's `emojibase-data`.
 *
 * @module
 */
import { DownloadError } from "./download.ts";
import type { TextPair } from "./text_pairs.ts";

/** A language that {@link emojiNames} speaks. */
export type EmojiLanguage = "en" | "es" | "zh";

/** An emoji as the package gives it. */
interface Packed {
  label: string;
  hexcode: string;
  skins?: Packed[];
}

/**
 * 3,979 names of emoji in two languages, such as "trombone" and "长号", or "man scientist: dark skin tone" and
 * "男科学家: 较深肤色": a small set for translators, in which half of the names are put together of others.
 *
 * They come from npm's `emojibase-data` 17.0.0 (MIT), which Deno fetches once.
 *
 * @param from The language of the sources.
 * @param to The language of the targets.
 * @returns The pairs, in the package's order.
 * @throws {DownloadError} If they cannot be had.
 * @see The Unicode Consortium, "CLDR Emoji Annotations", https://cldr.unicode.org
 */
export async function emojiNames(
  from: EmojiLanguage = "en",
  to: EmojiLanguage = "zh",
): Promise<TextPair[]> {
  const files = await fromPackage();
  const targets = new Map(allNames(files[to]));
  return [...allNames(files[from])].flatMap(([code, source]): TextPair[] => {
    const target = targets.get(code);
    return target === undefined ? [] : [{ source, target }];
  });
}

function* allNames(entries: readonly Packed[]): Generator<[code: string, name: string]> {
  for (const { hexcode, label, skins = [] } of entries) {
    yield [hexcode, label];
    yield* allNames(skins);
  }
}

async function fromPackage(): Promise<Record<EmojiLanguage, readonly Packed[]>> {
  try {
    // the specifiers are literals, so that deno.lock and `deno cache` know of them
    const [en, es, zh] = await Promise.all([
      import("npm:emojibase-data@17.0.0/en/data.json", { with: { type: "json" } }),
      import("npm:emojibase-data@17.0.0/es/data.json", { with: { type: "json" } }),
      import("npm:emojibase-data@17.0.0/zh/data.json", { with: { type: "json" } }),
    ]);
    return { en: en.default, es: es.default, zh: zh.default } as unknown as Record<
      EmojiLanguage,
      readonly Packed[]
    >;
  } catch (cause) {
    throw new DownloadError(
      "Cannot load the names as npm's emojibase-data is not at hand; run once where npm can be reached",
      { cause },
    );
  }
}
