/**
 * BERT, DistilBERT and RoBERTa: encoders of texts, with their heads.
 *
 * `Bert` gives vectors, `BertForMaskedLM` and `BertForPreTraining` are what it is pre-trained as, the others sort texts,
 * sort tokens, and find answers. `BERT_PRESETS` are the published sizes; `loadBert` and `saveBert` read and write Hugging
 * Face's folders.
 *
 * @module
 */
export {
  type AnyBert,
  bertConfig,
  bertConfigJson,
  type BertModels,
  type BertTask,
  loadBert,
  loadBertWeights,
  saveBert,
} from "./checkpoint.ts";
export { BERT_PRESETS, type BertConfig, type BertKind } from "./config.ts";
export {
  BertForMaskedLM,
  BertForPreTraining,
  BertForQuestionAnswering,
  BertForSequenceClassification,
  BertForTokenClassification,
  MaskedHead,
} from "./heads.ts";
export { Bert, BertBlock, BertEncoder } from "./model.ts";
