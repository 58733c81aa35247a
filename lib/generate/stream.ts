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
import { decodeSpeculatively, newReport, type SpeculationReport } from "./speculative.ts";
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
  /** How well the draft foresaw it; where there was one. */
  speculation?: SpeculationReport;
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
  return checkedStream(model, promptIds, options, newReport());
}

function checkedStream(
  model: CausalLM,
  promptIds: readonly number[],
  options: GenerateOptions,
  report: SpeculationReport,
): AsyncGenerator<GeneratedToken, void> {
  const checked = checkOptions({ tokensPerRead: 1, ...options }, model.vocabSize);
  checkPrompt(promptIds, model.vocabSize);
  if (checked.numBeams > 1) {
    throw new RangeError(
      `Cannot stream tokens as numBeams must be 1: current numBeams is ${checked.numBeams}; ` +
        `a beam search knows its first token only at the end`,
    );
  }
  return oneRow(model, [...promptIds], checked, report);
}

async function* oneRow(
  model: CausalLM,
  promptIds: number[],
  options: CheckedOptions,
  report: SpeculationReport,
): AsyncGenerator<GeneratedToken, void> {
  const randoms = [options.random.fork()];
  if (options.draft !== undefined) {
    yield* decodeSpeculatively(model, promptIds, options, randoms[0]!, report);
    return;
  }
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
  const speculation = newReport();
  const stream = checkedStream(model, promptIds, options, speculation);
  return pieces(
    stream,
    new Detokenizer(tokenizer, promptIds),
    stops,
    promptIds,
    endTokens(options),
    options.draft === undefined ? {} : { speculation },
  );
}

async function* pieces(
  stream: AsyncGenerator<GeneratedToken, void>,
  detokenizer: Detokenizer,
  stops: StopStrings,
  promptIds: readonly number[],
  eos: ReadonlySet<number>,
  reported: { speculation?: SpeculationReport },
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
  const ids = [...promptIds, ...tokens.map(({ id }) => id)];
  return { text, ids, tokens, finishReason, ...reported };
}
