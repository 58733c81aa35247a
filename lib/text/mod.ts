/**
 * Strings to token ids and back.
 *
 * @module
 */
export type {
  AddedTokenJSON,
  DecodeOptions,
  EncodeOptions,
  Tokenizer,
  TokenizerConfigJSON,
  TokenizerJSON,
  TokenizerPartJSON,
} from "./tokenizer.ts";
export type { Encoding, TemplatePiece, TokenTemplate } from "./encoding.ts";
export {
  encodeBatch,
  type EncodeBatchOptions,
  type EncodedBatch,
  type EncodedText,
  encodeTexts,
  type EncodeTextsOptions,
  type PaddingOptions,
  stackTexts,
  type TextOrPair,
} from "./encode_batch.ts";
export type { Truncation } from "./truncate.ts";
export { ByteTokenizer, type ByteTokenizerOptions } from "./bytes.ts";
export { CharacterTokenizer, type CharacterTokenizerOptions } from "./characters.ts";
export { type BytePairOptions, BytePairTokenizer } from "./byte_pair.ts";
export {
  type BytePairProgress,
  trainBytePair,
  type TrainBytePairOptions,
} from "./train_byte_pair.ts";
export type { SplitPattern } from "./split_pattern.ts";
export {
  type WordPieceOptions,
  type WordPieceSpecialTokens,
  wordPieceTokenizer,
} from "./word_piece.ts";
export { trainWordPiece, type TrainWordPieceOptions } from "./train_word_piece.ts";
export { loadTokenizer, saveTokenizer, tokenizerFromJSON } from "./tokenizer_json.ts";
export {
  applyChatTemplate,
  type ChatMessage,
  type ChatTemplateOptions,
  templateTokens,
} from "./chat_template.ts";
export { CHAT_TEMPLATES, type ChatTemplateName } from "./chat_templates.ts";
export { chineseNumeral } from "./chinese_numerals.ts";
