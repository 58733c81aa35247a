import type { CausalLM } from "../nn/mod.ts";
import { searchBeams } from "./beam.ts";
import { decodeRows, type GeneratedToken } from "./decode.ts";
import { Detokenizer, type TextTokenizer } from "./detokenizer.ts";
import { checkOptions, checkPrompt, type GenerateOptions } from "./options.ts";
import { decodeSpeculatively, newReport, type SpeculationReport } from "./speculative.ts";
import { StopStrings } from "./stop.ts";
import {
  type FinishReason,
  type GeneratedText,
  type GenerateTextOptions,
  streamText,
} from "./stream.ts";

/** A sequence that was written. */
export interface GenerateResult {
  /** The prompt's tokens and those that were written, an end token included. */
  ids: number[];
  /** The tokens that were written, an end token included. */
  newIds: number[];
  /** What was written, token by token. */
  tokens: GeneratedToken[];
  /** Why the writing ended. */
  finishReason: Exclude<FinishReason, "stop">;
  /** The log probability divided by a power of the length; of a beam search. */
  score?: number;
  /** How well the draft foresaw it; where there was one. */
  speculation?: SpeculationReport;
}

/**
 * Continues prompts, greedily, at random or by beam search.
 *
 * Prompts of equal length run together; a row's tokens do not depend on the others. Texts may be longer than the model's
 * context: it then sees their last tokens, at least half a context.
 *
 * @example
 * ```ts
 * import { generate } from "@tome/tome/generate";
 * import type { CausalLM } from "@tome/tome/nn";
 *
 * async function answer(model: CausalLM, ids: number[]): Promise<number[]> {
 *   const [result] = await generate(model, ids, { maxNewTokens: 20, temperature: 0.8, seed: 1 });
 *   return result!.newIds;
 * }
 * ```
 * @param model What continues them.
 * @param promptIds The tokens to continue, or several rows of them, each at least one.
 * @param options How.
 * @returns A result for each row.
 * @throws {RangeError} If an option or an id is out of its range.
 */
export async function generate(
  model: CausalLM,
  promptIds: readonly number[] | readonly (readonly number[])[],
  options: GenerateOptions = {},
): Promise<GenerateResult[]> {
  const checked = checkOptions(options, model.vocabSize);
  const prompts = (Array.isArray(promptIds[0]) ? promptIds : [promptIds]) as number[][];
  for (const prompt of prompts) checkPrompt(prompt, model.vocabSize);
  const result = (row: number, tokens: GeneratedToken[], score?: number) =>
    resultOf(prompts[row]!, tokens, checked.eos, score);
  if (checked.numBeams > 1) {
    const results: GenerateResult[] = [];
    for (const [row, prompt] of prompts.entries()) {
      const { tokens, score } = (await searchBeams(model, prompt, checked))[0]!;
      results.push(result(row, tokens, score));
    }
    return results;
  }
  const randoms = prompts.map(() => checked.random.fork());
  const written = prompts.map((): GeneratedToken[] => []);
  if (checked.draft !== undefined) {
    const results: GenerateResult[] = [];
    for (const [row, prompt] of prompts.entries()) {
      const speculation = newReport();
      const steps = decodeSpeculatively(model, prompt, checked, randoms[row]!, speculation);
      results.push({ ...result(row, await Array.fromAsync(steps)), speculation });
    }
    return results;
  }
  const lengths = Map.groupBy(prompts.keys(), (row) => prompts[row]!.length);
  for (const rows of lengths.values()) {
    const group = rows.map((row) => prompts[row]!);
    for await (const step of decodeRows(model, group, checked, rows.map((row) => randoms[row]!))) {
      for (const { row, token } of step) written[rows[row]!]!.push(token);
    }
  }
  return written.map((tokens, row) => result(row, tokens));
}

/** A sequence that was written, after a prompt. */
export function resultOf(
  prompt: readonly number[],
  tokens: GeneratedToken[],
  eos: ReadonlySet<number>,
  score?: number,
): GenerateResult {
  const newIds = tokens.map(({ id }) => id);
  return {
    ids: [...prompt, ...newIds],
    newIds,
    tokens,
    finishReason: eos.has(newIds.at(-1)!) ? "eos" : "length",
    ...(score === undefined ? {} : { score }),
  };
}

/**
 * Continues a text, greedily, at random or by beam search.
 *
 * @param model What continues it.
 * @param tokenizer What turns text into the model's tokens and back.
 * @param prompt The text to continue.
 * @param options How.
 * @throws {RangeError} If an option is out of its range, or the prompt has no tokens.
 */
export async function generateText(
  model: CausalLM,
  tokenizer: TextTokenizer,
  prompt: string,
  options: GenerateTextOptions = {},
): Promise<GeneratedText> {
  if ((options.numBeams ?? 1) > 1) return await searchText(model, tokenizer, prompt, options);
  const stream = streamText(model, tokenizer, prompt, options);
  while (true) {
    const { done, value } = await stream.next();
    if (done) return value;
  }
}

async function searchText(
  model: CausalLM,
  tokenizer: TextTokenizer,
  prompt: string,
  { stop = [], ...options }: GenerateTextOptions,
): Promise<GeneratedText> {
  const checked = checkOptions(options, model.vocabSize);
  const promptIds = tokenizer.encode(prompt);
  checkPrompt(promptIds, model.vocabSize);
  const read = (tokens: readonly GeneratedToken[]): { text: string; stopped: boolean } => {
    const stops = new StopStrings(typeof stop === "string" ? [stop] : stop);
    const detokenizer = new Detokenizer(tokenizer, promptIds);
    let text = "";
    for (const { id } of tokens) {
      if (!checked.eos.has(id)) text += stops.push(detokenizer.push(id));
    }
    text += stops.push(detokenizer.finish()) + stops.finish();
    return { text, stopped: stops.found !== undefined };
  };
  const ends = stop.length > 0
    ? (tokens: readonly GeneratedToken[]) => read(tokens).stopped
    : undefined;
  const { tokens } = (await searchBeams(model, promptIds, checked, ends))[0]!;
  const newIds = tokens.map(({ id }) => id);
  const { text, stopped } = read(tokens);
  const finishReason = stopped ? "stop" : checked.eos.has(newIds.at(-1)!) ? "eos" : "length";
  return { text, ids: [...promptIds, ...newIds], tokens, finishReason };
}
