/**
 * From a language model, causal or of encoder and decoder, to tokens and text: greedy, at random, by beam search, or with a
 * draft that proposes.
 *
 * @module
 */
export { Chat, type ChatAnswer, type ChatOptions, endOfTurn } from "./chat.ts";
export { generate, type GenerateResult, generateText } from "./generate.ts";
export { type Alignment, alignTokens } from "./alignment.ts";
export {
  generateSeq2Seq,
  type GenerateSeq2SeqOptions,
  generateSeq2SeqText,
  type Seq2SeqTokenizers,
  streamSeq2Seq,
} from "./seq2seq.ts";
export {
  generateCaptions,
  generateImageCodes,
  type GenerateImageCodesOptions,
} from "./image_text.ts";
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
  forbidRepeatedRuns,
  keepMinP,
  keepTopK,
  keepTopP,
  logSoftmax,
  penalizeRepetition,
  softmax,
  topIndices,
} from "./samplers.ts";
export { denoise, type DenoiseOptions } from "./denoise.ts";
export { generateWave, type GenerateWaveOptions } from "./wave.ts";
export { speakFrames, type SpeakOptions, type SpokenText } from "./speech.ts";
export { alignSpeech, generateFromSpeech, type SpeechAlignment } from "./heard.ts";
export {
  type CtcBeamOptions,
  ctcBeamSearch,
  ctcGreedy,
  type CtcText,
  transcribe,
  type TranscribeOptions,
} from "./ctc.ts";
