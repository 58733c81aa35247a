import {
  applyChatTemplate,
  CHAT_TEMPLATES,
  type ChatMessage,
  type ChatTemplateName,
  type ChatTemplateOptions,
  templateTokens,
  type Tokenizer,
} from "../text/mod.ts";
import type { TokenExample } from "./token_examples.ts";

/** How {@link encodeChat} writes a chat, and what is learnt of it. */
export interface EncodeChatOptions extends Omit<ChatTemplateOptions, "addGenerationPrompt"> {
  /** The name of a published template, or a template itself. @default {the tokenizer's own} */
  template?: ChatTemplateName | string;
  /** Whether all answers of the assistant are learnt, or only the last one. @default {"all"} */
  answers?: "all" | "last";
}

/** A stretch of a text, from its first character to the one behind its last. */
type Span = readonly [start: number, end: number];

/** The characters that stand for the marks of a template while it is written; no chat holds them. */
const [OPEN, CLOSE] = ["\u{F8F0}", "\u{F8F1}"];

/**
 * Finds what the assistant says in a chat: the stretches that a model learns in fine-tuning, with the token that ends each turn.
 *
 * A template says it by `{% generation %}` marks. Without marks, a turn is what it adds to the chat so far with the beginning of an
 * answer; a template that writes earlier turns in another way later, as Qwen3's leaves out their thoughts, does so for the last turn only.
 *
 * @param template A tokenizer whose `tokenizer_config.json` has a `chat_template`; the name of a published template; or a
 *   template itself.
 * @param messages The turns.
 * @param options As for {@link encodeChat}.
 * @returns The text of the chat, and the stretches of it, in order.
 * @throws {RangeError} If the chat has no answer, or the template does not show where its turns are.
 */
export function chatAnswers(
  template: Tokenizer | ChatTemplateName | string,
  messages: readonly ChatMessage[],
  { answers = "all", ...options }: Omit<EncodeChatOptions, "template"> = {},
): { text: string; spans: (readonly [start: number, end: number])[] } {
  const turns = messages.flatMap(({ role }, i) => role === "assistant" ? [i] : []);
  if (turns.length === 0) {
    throw new RangeError("Cannot learn a chat as the assistant must have a turn: it has none");
  }
  const text = applyChatTemplate(template, messages, options);
  const all = markedSpans(template, messages, options, text) ??
    addedSpans(template, messages, options, text, answers === "last" ? turns.slice(-1) : turns);
  return { text, spans: answers === "last" ? all.slice(-1) : all };
}

/** The stretches between the marks of a template, if it has some. */
function markedSpans(
  template: Tokenizer | ChatTemplateName | string,
  messages: readonly ChatMessage[],
  options: ChatTemplateOptions,
  text: string,
): Span[] | undefined {
  const source = typeof template === "string"
    ? CHAT_TEMPLATES[template as ChatTemplateName] ?? template
    : template.config?.chat_template;
  if (typeof source !== "string" || !/\{%[-+]?\s*generation/.test(source)) return undefined;
  const variables = typeof template === "string" ? {} : templateTokens(template.config ?? {});
  // blocks lose the blanks before them in a line and the end of the line behind; what takes their place must not bring them back
  const marked = source.replace(
    /(?:^[ \t]*)?\{%([-+]?)\s*(end)?generation\s*([-+]?)%\}\n?/gm,
    (_, before, end, after) =>
      `{{${before === "-" ? "-" : ""} "${end ? CLOSE : OPEN}" ${after === "-" ? "-" : ""}}}`,
  );
  const written = applyChatTemplate(marked, messages, {
    ...options,
    variables: { ...variables, ...options.variables },
  });
  const spans: Span[] = [];
  let [plain, start] = [0, -1];
  for (const character of written) {
    if (character === OPEN) start = plain;
    else if (character === CLOSE) spans.push([start, plain]);
    else plain += character.length;
  }
  if (written.replaceAll(OPEN, "").replaceAll(CLOSE, "") === text) return spans;
  throw new RangeError(
    "Cannot learn the chat as its template must write the same with and without its generation marks: it does not",
  );
}

/** What turns add to the chat before them. */
function addedSpans(
  template: Tokenizer | ChatTemplateName | string,
  messages: readonly ChatMessage[],
  options: ChatTemplateOptions,
  text: string,
  turns: readonly number[],
): Span[] {
  return turns.map((turn) => {
    const before = applyChatTemplate(template, messages.slice(0, turn), {
      ...options,
      addGenerationPrompt: true,
    });
    const upTo = turn === messages.length - 1
      ? text
      : applyChatTemplate(template, messages.slice(0, turn + 1), options);
    if (text.startsWith(before) && text.startsWith(upTo)) return [before.length, upTo.length];
    throw new RangeError(
      `Cannot learn turn ${turn} of the chat as its template must write it alike with and without what follows: it does not; ` +
        `learn the last answer only, or add generation marks to the template`,
    );
  });
}

/**
 * Makes an example for fine-tuning of a chat: its tokens, of which only those of the assistant's answers are learnt.
 *
 * @example
 * ```ts
 * import { encodeChat } from "@tome/tome/data";
 * import { CharacterTokenizer } from "@tome/tome/text";
 * import assert from "node:assert/strict";
 *
 * const template = "{% for m in messages %}{{ m.role[0] + m.content + '.' }}{% endfor %}{% if add_generation_prompt %}a{% endif %}";
 * const tokenizer = CharacterTokenizer.fromText("uayesno.");
 * const chat = [{ role: "user", content: "no" }, { role: "assistant", content: "yes" }];
 * const { inputs, targets } = encodeChat(chat, tokenizer, { template });
 * assert.equal(tokenizer.decode(inputs), "uno.ayes");
 * assert.equal(tokenizer.decode(targets.filter((id) => id >= 0)), "yes.");
 * ```
 * @param messages The turns.
 * @param tokenizer What makes tokens of the text; its special tokens are those of the template.
 * @param options The template, and which answers are learnt.
 * @returns The tokens but the last, and behind each the token to learn or -100.
 * @throws {RangeError} As {@link chatAnswers} does.
 */
export function encodeChat(
  messages: readonly ChatMessage[],
  tokenizer: Tokenizer,
  { template, ...options }: EncodeChatOptions = {},
): TokenExample {
  const named = template === undefined ? tokenizer : template;
  const variables = { ...templateTokens(tokenizer.config ?? {}), ...options.variables };
  const { text, spans } = chatAnswers(named, messages, { ...options, variables });
  const { ids, offsets } = tokenizer.encodeWithOffsets(text, { special: true });
  const learnt = ids.map((id, i) => {
    const [start, end] = offsets[i]!;
    return spans.some(([from, to]) => start >= from && end <= to) ? id : -100;
  });
  return { inputs: ids.slice(0, -1), targets: learnt.slice(1) };
}
