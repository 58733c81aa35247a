import type { CausalLM } from "../nn/mod.ts";
import {
  applyChatTemplate,
  type ChatMessage,
  type ChatTemplateName,
  templateTokens,
  type Tokenizer,
} from "../text/mod.ts";
import { endTokens } from "./options.ts";
import { type GeneratedText, type GenerateTextOptions, streamText } from "./stream.ts";

/** How a {@link Chat} is written, and how its answers are. */
export interface ChatOptions extends Omit<GenerateTextOptions, "numBeams" | "signal"> {
  /** The name of a published template, or a template itself. @default {the tokenizer's own} */
  template?: ChatTemplateName | string;
  /** What the model is told before the first turn. @default {nothing} */
  system?: string;
}

/** What the model answered. */
export interface ChatAnswer extends GeneratedText {
  /** How many of the oldest turns it did not see, as they no longer fit. */
  forgotten: number;
}

/** Stands for an answer while a template is looked at; no template holds it. */
const MARK = "\u{F8F2}";

/**
 * The text that a template puts behind an answer, such as `<|im_end|>`: where a model has learnt to stop.
 *
 * @param template A tokenizer, the name of a published template, or a template itself.
 * @param variables What the template reads besides.
 * @returns The text without white space around it; empty if there is none.
 */
export function endOfTurn(
  template: Tokenizer | ChatTemplateName | string,
  variables: Readonly<Record<string, unknown>> = {},
): string {
  const messages = [{ role: "user", content: "a" }, { role: "assistant", content: MARK }];
  const text = applyChatTemplate(template, messages, { variables });
  const at = text.lastIndexOf(MARK);
  return at < 0 ? "" : text.slice(at + MARK.length).trim();
}

/**
 * A conversation with a model: it keeps the turns, writes them as the model's chat template says, and leaves the oldest ones
 * out once they no longer fit into the context.
 *
 * @example
 * ```ts
 * import { Chat } from "@tome/tome/generate";
 * import type { CausalLM } from "@tome/tome/nn";
 * import type { Tokenizer } from "@tome/tome/text";
 *
 * async function talk(model: CausalLM, tokenizer: Tokenizer): Promise<string> {
 *   const chat = new Chat(model, tokenizer, { template: "chatml", maxNewTokens: 50 });
 *   await chat.ask("What is the capital of France?");
 *   return (await chat.ask("And its currency?")).text; // the model sees both turns
 * }
 * ```
 */
export class Chat {
  /** The turns so far, that of the system first; they may be changed between two questions. */
  readonly messages: ChatMessage[] = [];
  readonly #model: CausalLM;
  readonly #tokenizer: Tokenizer;
  readonly #options: ChatOptions;
  readonly #template: Tokenizer | string;
  readonly #variables: Record<string, string>;
  readonly #ends: { eosTokenId: number[]; stop: string[] };

  /**
   * Begins a conversation.
   *
   * @param model What answers; its caller disposes it.
   * @param tokenizer Turns text into the model's tokens.
   * @param options The template, and how answers are drawn.
   * @throws {TypeError} If neither the options nor the tokenizer have a template.
   */
  constructor(model: CausalLM, tokenizer: Tokenizer, options: ChatOptions = {}) {
    this.#model = model;
    this.#tokenizer = tokenizer;
    this.#options = options;
    this.#template = options.template ?? tokenizer;
    this.#variables = templateTokens(tokenizer.config ?? {});
    const { stop = [] } = options;
    this.#ends = {
      eosTokenId: [...endTokens(options)],
      stop: typeof stop === "string" ? [stop] : [...stop],
    };
    const { eos_token } = this.#variables;
    for (const end of new Set([endOfTurn(this.#template, this.#variables), eos_token ?? ""])) {
      if (end === "") continue;
      const ids = tokenizer.encode(end, { template: false });
      if (ids.length === 1) this.#ends.eosTokenId.push(ids[0]!);
      else this.#ends.stop.push(end);
    }
    this.reset();
  }

  /** Forgets all turns but what the system said. */
  reset(): void {
    const { system } = this.#options;
    this.messages.splice(0);
    if (system !== undefined) this.messages.push({ role: "system", content: system });
  }

  /**
   * Says something, and gives the answer piece by piece.
   *
   * When the loop over it ends early, or `signal` stops it, what was written so far stays in the conversation as the answer; if
   * that is nothing, the question is taken back as well.
   *
   * @param content What the user says.
   * @param options Stops the answer.
   * @returns Pieces of text, none empty; the generator's return value is the whole.
   * @throws {RangeError} If what is said does not fit into the context alone, or the template refuses it.
   */
  async *stream(
    content: string,
    { signal }: { signal?: AbortSignal } = {},
  ): AsyncGenerator<string, ChatAnswer> {
    const question: ChatMessage = { role: "user", content };
    const { ids, forgotten, prompt } = this.#fit([...this.messages, question]);
    const tokenizer = {
      encode: () => ids,
      decode: (some: number[]) => this.#tokenizer.decode(some),
    };
    const { template: _, system: __, ...options } = this.#options;
    const pieces = streamText(this.#model, tokenizer, prompt, {
      ...options,
      ...this.#ends,
      maxNewTokens: this.#room(),
      ...(signal && { signal }),
    });
    let text = "";
    this.messages.push(question);
    try {
      for (;;) {
        const { done, value } = await pieces.next();
        if (done) return { ...value, forgotten };
        text += value;
        yield value;
      }
    } finally {
      await pieces.return(undefined as never);
      if (text === "") this.messages.splice(this.messages.lastIndexOf(question), 1);
      else this.messages.push({ role: "assistant", content: text });
    }
  }

  /**
   * Says something, and waits for the whole answer.
   *
   * @param content What the user says.
   * @param options Stops the answer.
   * @throws {RangeError} As {@link Chat.stream} does.
   */
  async ask(content: string, options: { signal?: AbortSignal } = {}): Promise<ChatAnswer> {
    const pieces = this.stream(content, options);
    for (;;) {
      const { done, value } = await pieces.next();
      if (done) return value;
    }
  }

  /** The tokens of an answer: what is asked for, but no more than half of the context. */
  #room(): number {
    const half = Math.max(1, Math.floor(this.#model.contextLength / 2));
    return Math.min(this.#options.maxNewTokens ?? 256, half);
  }

  /** Writes the newest turns that fit, from a question on, after those of the system. */
  #fit(messages: ChatMessage[]): { ids: number[]; prompt: string; forgotten: number } {
    const fixed = messages.findIndex(({ role }) => role !== "system");
    const most = this.#model.contextLength - this.#room();
    let length = 0;
    for (let from = fixed; from < messages.length; from++) {
      if (messages[from]!.role !== "user") continue;
      const seen = [...messages.slice(0, fixed), ...messages.slice(from)];
      const prompt = applyChatTemplate(this.#template, seen, {
        addGenerationPrompt: true,
        variables: this.#variables,
      });
      const ids = this.#tokenizer.encode(prompt, { template: false });
      if (ids.length <= most) return { ids, prompt, forgotten: from - fixed };
      length = ids.length;
    }
    throw new RangeError(
      `Cannot answer as the question must fit into the context with ${this.#room()} tokens to spare: ` +
        `current question has ${length} tokens with its template, and the context ${this.#model.contextLength}; ` +
        `say less, or lower maxNewTokens`,
    );
  }
}
