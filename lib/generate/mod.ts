/**
 * From a causal language model to tokens and text: greedy, at random, by beam search, or with a draft that proposes.
 *
 * @module
 */
export { generate, type GenerateResult, generateText } from "./generate.ts";
export type { GenerateOptions } from "./options.ts";
export type { Draft } from "./draft.ts";
export type { SpeculationReport } from "./speculative.ts";
export type { GeneratedToken, TokenLogProb } from "./decode.ts";
export {
  type FinishReason,
  type GeneratedText,
  type GenerateTextOptions,
  streamText,
  streamTokens,
} from "./stream.ts";
export { Detokenizer, type TextTokenizer } from "./detokenizer.ts";
export { StopStrings } from "./stop.ts";
export {
  applyTemperature,
  argmax,
  draw,
  keepMinP,
  keepTopK,
  keepTopP,
  logSoftmax,
  penalizeRepetition,
  softmax,
  topIndices,
} from "./samplers.ts";
