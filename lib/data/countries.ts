/**
 * The world's countries, and chats about them: questions with one right answer, of which the later ones need the earlier.
 *
 * This is a module of its own, as it brings npm's `world-countries`.
 *
 * @module
 */
import type { ChatMessage } from "../text/mod.ts";
import { DownloadError } from "./download.ts";

/** A country, as npm's `world-countries` has it. */
export interface Country {
  /** Its usual English name. */
  name: string;
  /** Its capital. */
  capital: string;
  /** Its currency. */
  currency: string;
  /** The part of its continent where it lies, such as `"Western Europe"`. */
  region: string;
}

/** What is asked of a country. */
export type CountryTopic = Exclude<keyof Country, "name">;

/** How the assistant answers: `"Paris."`, or `"The capital of France is Paris."` */
export type AnswerStyle = "word" | "sentence";

/** What is asked, in which words: those that name the country, and those that go on about it. */
export const COUNTRY_QUESTIONS: Readonly<
  Record<CountryTopic, { named: readonly string[]; next: readonly string[] }>
> = {
  capital: {
    named: [
      "What is the capital of {name}?",
      "Which city is the capital of {name}?",
      "Tell me the capital of {name}, please.",
    ],
    next: ["And its capital?", "What is its capital?"],
  },
  currency: {
    named: [
      "What is the currency of {name}?",
      "How do people pay in {name}?",
      "Tell me the currency of {name}, please.",
    ],
    next: ["And its currency?", "How do people pay there?"],
  },
  region: {
    named: ["Where is {name}?", "In which region is {name}?", "Tell me where {name} lies, please."],
    next: ["And where is it?", "In which region does it lie?"],
  },
};

const TOPICS = Object.keys(COUNTRY_QUESTIONS) as CountryTopic[];

/**
 * The 180 members of the United Nations with one capital and one currency, in the order of the package.
 *
 * They come from npm's `world-countries` 5.1.0, which Deno fetches once (ODbL 1.0).
 *
 * @throws {DownloadError} If they cannot be had.
 * @see Mohammed Le Doze, "World countries", https://github.com/mledoze/countries
 */
export async function countries(): Promise<Country[]> {
  const all = await fromPackage();
  return all.flatMap(({ name, capital, currencies, subregion, unMember }) => {
    const used = Object.values(currencies);
    if (!unMember || capital.length !== 1 || used.length !== 1) return [];
    return [{
      name: name.common,
      capital: capital[0]!,
      currency: used[0]!.name,
      region: subregion,
    }];
  });
}

/** What is read of an entry of the package. */
interface Entry {
  name: { common: string };
  capital: string[];
  currencies: Record<string, { name: string }>;
  subregion: string;
  unMember: boolean;
}

async function fromPackage(): Promise<Entry[]> {
  try {
    // the specifier is a literal, so that deno.lock and `deno cache` know of it
    const module = await import("npm:world-countries@5.1.0/countries.json", {
      with: { type: "json" },
    });
    return module.default as unknown as Entry[];
  } catch (cause) {
    throw new DownloadError(
      "Cannot load the countries as npm's world-countries is not at hand; run once where npm can be reached",
      { cause },
    );
  }
}

/**
 * What the assistant says about a country.
 *
 * @param country The country.
 * @param topic What was asked.
 * @param style In one word or so, or in a sentence.
 */
export function countryAnswer(country: Country, topic: CountryTopic, style: AnswerStyle): string {
  if (style === "word") return `${country[topic]}.`;
  if (topic === "region") return `${country.name} is in ${country.region}.`;
  return `The ${topic} of ${country.name} is ${country[topic]}.`;
}

/**
 * Every chat of three questions about a country: each order of the topics, each wording. Only the first question names it, so
 * that the others cannot be answered without what was said before.
 *
 * @example
 * ```ts
 * import { countryChats } from "@tome/tome/data/countries";
 * import assert from "node:assert/strict";
 *
 * const france = { name: "France", capital: "Paris", currency: "Euro", region: "Western Europe" };
 * const chats = countryChats(france);
 * assert.equal(chats.length, 72);
 * assert.deepEqual(chats[0]!.slice(0, 4).map(({ content }) => content), [
 *   "What is the capital of France?",
 *   "Paris.",
 *   "And its currency?",
 *   "Euro.",
 * ]);
 * ```
 * @param country The country.
 * @param style How the assistant answers.
 * @returns 72 chats of six turns.
 */
export function countryChats(country: Country, style: AnswerStyle = "word"): ChatMessage[][] {
  return TOPICS.flatMap((first) =>
    TOPICS.filter((topic) => topic !== first).flatMap((second) => {
      const third = TOPICS.find((topic) => topic !== first && topic !== second)!;
      const turns = (topic: CountryTopic, question: string): ChatMessage[] => [
        { role: "user", content: question.replace("{name}", country.name) },
        { role: "assistant", content: countryAnswer(country, topic, style) },
      ];
      const [named, then, last] = [
        COUNTRY_QUESTIONS[first].named,
        COUNTRY_QUESTIONS[second].next,
        COUNTRY_QUESTIONS[third].next,
      ];
      return named.flatMap((a) =>
        then.flatMap((b) =>
          last.map((c) => [...turns(first, a), ...turns(second, b), ...turns(third, c)])
        )
      );
    })
  );
}
