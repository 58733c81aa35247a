/**
 * From a language model, causal or of encoder and decoder, to tokens and text: greedy, at random, or by beam search.
 *
 * @module
 */
export { generate, type GenerateResult, generateText } from "./generate.ts";
export {
  generateSeq2Seq,
  type GenerateSeq2SeqOptions,
  generateSeq2SeqText,
  type Seq2SeqTokenizers,
  streamSeq2Seq,
} from "./seq2seq.ts";
export type { GenerateOptions } from "./options.ts";
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
export { denoise, type DenoiseOptions } from "./denoise.ts";
