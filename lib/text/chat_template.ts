import { Template } from "@huggingface/jinja";
import { CHAT_TEMPLATES, type ChatTemplateName } from "./chat_templates.ts";
import type { Tokenizer, TokenizerConfigJSON } from "./tokenizer.ts";

/** A turn of a chat. */
export interface ChatMessage {
  /** Who speaks: `"system"`, `"user"`, `"assistant"` or `"tool"`. */
  role: string;
  /** What is said; for some templates a list of parts. */
  content?: unknown;
  /** What else a template reads, such as `tool_calls`. */
  [field: string]: unknown;
}

/** How {@link applyChatTemplate} writes a chat. */
export interface ChatTemplateOptions {
  /** Whether the beginning of the assistant's next turn is added, for a model to go on. @default {false} */
  addGenerationPrompt?: boolean;
  /** JSON schemas of the functions that the model may call. @default {none} */
  tools?: readonly Readonly<Record<string, unknown>>[];
  /** Which of a tokenizer's named templates. @default {"tool_use" if there is one and tools are given, else "default"} */
  name?: string;
  /** What else the template reads; names such as `bos_token` stand before the tokenizer's own. @default {{}} */
  variables?: Readonly<Record<string, unknown>>;
}

const compiled = new Map<string, Template>();

/**
 * Writes a chat as the text that a model was trained on, by a template in Jinja.
 *
 * The text already holds the special tokens of the template; encode it with `{ template: false }`.
 *
 * @example
 * ```ts
 * import { applyChatTemplate } from "@tome/tome/text";
 * import assert from "node:assert/strict";
 *
 * const text = applyChatTemplate("chatml", [{ role: "user", content: "Call me." }], { addGenerationPrompt: true });
 * assert.equal(text, "<|im_start|>user\nCall me.<|im_end|>\n<|im_start|>assistant\n");
 * ```
 * @param template A tokenizer whose `tokenizer_config.json` has a `chat_template`; the name of a published template; or a
 *   template itself.
 * @param messages The turns.
 * @param options What is added.
 * @throws {TypeError} If the tokenizer has no such template.
 * @throws {SyntaxError} If the template cannot be read.
 * @throws {RangeError} If the template refuses the chat.
 * @see Hugging Face, "Chat templates", https://huggingface.co/docs/transformers/chat_templating
 */
export function applyChatTemplate(
  template: Tokenizer | ChatTemplateName | string,
  messages: readonly ChatMessage[],
  options: ChatTemplateOptions = {},
): string {
  const { addGenerationPrompt = false, tools, variables } = options;
  const config = typeof template === "string" ? {} : template.config ?? {};
  const text = typeof template === "string"
    ? CHAT_TEMPLATES[template as ChatTemplateName] ?? template
    : templateIn(config, options);
  const program = compile(text);
  try {
    return program.render({
      ...templateTokens(config),
      messages,
      tools: tools ?? null,
      add_generation_prompt: addGenerationPrompt,
      ...variables,
    });
  } catch (cause) {
    throw new RangeError(
      `Cannot write the chat as its template must take it: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function compile(text: string): Template {
  let template = compiled.get(text);
  if (template) return template;
  try {
    template = new Template(text);
  } catch (cause) {
    throw new SyntaxError(
      `Cannot read the chat template as it must be Jinja: ${(cause as Error).message}`,
      { cause },
    );
  }
  if (compiled.size >= 64) compiled.clear();
  compiled.set(text, template);
  return template;
}

function templateIn(config: TokenizerConfigJSON, { name, tools }: ChatTemplateOptions): string {
  const own = config.chat_template;
  const named = typeof own === "string"
    ? new Map([["default", own]])
    : new Map((own as { name: string; template: string }[] | undefined ?? [])
      .map(({ name, template }) => [name, template]));
  const wanted = name ?? (tools && named.has("tool_use") ? "tool_use" : "default");
  const template = named.get(wanted);
  if (template !== undefined) return template;
  throw new TypeError(
    `Cannot write the chat as the tokenizer must have the chat template ${
      JSON.stringify(wanted)
    }: current templates are ${JSON.stringify([...named.keys()])}; pass one, such as "chatml"`,
  );
}

/**
 * What templates read of a tokenizer: `bos_token`, `eos_token` and so on, which a config holds as texts or as objects.
 *
 * @param config The content of `tokenizer_config.json`.
 */
export function templateTokens(config: TokenizerConfigJSON): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) => {
      if (!key.endsWith("_token")) return [];
      const content = typeof value === "string"
        ? value
        : (value as { content?: unknown } | null)?.content;
      return typeof content === "string" ? [[key, content]] : [];
    }),
  );
}
