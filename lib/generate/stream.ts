import type { CausalLM } from "../nn/mod.ts";
import { decodeRows, type GeneratedToken } from "./decode.ts";
import { Detokenizer, type TextTokenizer } from "./detokenizer.ts";
import {
  type CheckedOptions,
  checkOptions,
  checkPrompt,
  endTokens,
  type GenerateOptions,
} from "./options.ts";
import { StopStrings } from "./stop.ts";

/** Why the writing ended: `maxNewTokens`, a token of `eosTokenId`, or a stop string. */
export type FinishReason = "length" | "eos" | "stop";

/** How text is continued. */
export interface GenerateTextOptions extends GenerateOptions {
  /** Texts before which the writing ends; they may span tokens. */
  stop?: string | readonly string[];
}

/** A text that was written. */
export interface GeneratedText {
  /** What was written: without the prompt, an end token or a stop string. */
  text: string;
  /** The prompt's tokens and those that were written, an end token and those of a stop string included. */
  ids: number[];
  /** What was written, token by token. */
  tokens: GeneratedToken[];
  /** Why the writing ended. */
  finishReason: FinishReason;
}

/**
 * Continues a prompt and gives each token as soon as it is chosen.
 *
 * What was computed is freed when the loop over it ends, also by `break`.
 *
 * @param model What continues it.
 * @param promptIds The tokens to continue, at least one.
 * @param options How; beams cannot be streamed.
 * @returns The tokens, an end token included.
 * @throws {RangeError} If an option or an id is out of its range.
 */
export function streamTokens(
  model: CausalLM,
  promptIds: readonly number[],
  options: GenerateOptions = {},
): AsyncGenerator<GeneratedToken, void> {
  const checked = checkOptions(options, model.vocabSize);
  checkPrompt(promptIds, model.vocabSize);
  if (checked.numBeams > 1) {
    throw new RangeError(
      `Cannot stream tokens as numBeams must be 1: current numBeams is ${checked.numBeams}; ` +
        `a beam search knows its first token only at the end`,
    );
  }
  return oneRow(model, [...promptIds], checked);
}

async function* oneRow(
  model: CausalLM,
  promptIds: number[],
  options: CheckedOptions,
): AsyncGenerator<GeneratedToken, void> {
  const randoms = [options.random.fork()];
  for await (const [event] of decodeRows(model, [promptIds], options, randoms)) yield event!.token;
}

/**
 * Continues a text and gives each piece of it as soon as it is certain.
 *
 * A character that spans several tokens comes whole, and nothing of a stop string comes.
 *
 * @param model What continues it.
 * @param tokenizer What turns text into the model's tokens and back.
 * @param prompt The text to continue.
 * @param options How; beams cannot be streamed.
 * @returns Pieces of text, none empty; the generator's return value is the whole.
 * @throws {RangeError} If an option is out of its range, or the prompt has no tokens.
 */
export function streamText(
  model: CausalLM,
  tokenizer: TextTokenizer,
  prompt: string,
  { stop = [], ...options }: GenerateTextOptions = {},
): AsyncGenerator<string, GeneratedText> {
  const stops = new StopStrings(typeof stop === "string" ? [stop] : stop);
  const promptIds = tokenizer.encode(prompt);
  const stream = streamTokens(model, promptIds, options);
  return pieces(
    stream,
    new Detokenizer(tokenizer, promptIds),
    stops,
    promptIds,
    endTokens(options),
  );
}

async function* pieces(
  stream: AsyncGenerator<GeneratedToken, void>,
  detokenizer: Detokenizer,
  stops: StopStrings,
  promptIds: readonly number[],
  eos: ReadonlySet<number>,
): AsyncGenerator<string, GeneratedText> {
  const tokens: GeneratedToken[] = [];
  let text = "", finishReason: FinishReason = "length";
  for await (const token of stream) {
    tokens.push(token);
    if (eos.has(token.id)) {
      finishReason = "eos";
      break;
    }
    const piece = stops.push(detokenizer.push(token.id));
    text += piece;
    if (piece) yield piece;
    if (stops.found !== undefined) break;
  }
  const rest = stops.push(detokenizer.finish()) + stops.finish();
  text += rest;
  if (rest) yield rest;
  if (stops.found !== undefined) finishReason = "stop";
  return { text, ids: [...promptIds, ...tokens.map(({ id }) => id)], tokens, finishReason };
}
