/**
 * Modules: parameters and a forward pass; what `torch.nn` is to PyTorch.
 *
 * @module
 */
export { buffer, Module, parameter } from "./module.ts";
export { type AnswerSpan, answerSpans, type AnswerSpansOptions } from "./answer_spans.ts";
export {
  type AttentionHeads,
  type LayerCache,
  SelfAttention,
  type SelfAttentionOptions,
} from "./attention.ts";
export { attentionRollout, type AttentionRolloutOptions } from "./attention_rollout.ts";
export { type AttentionWeights, captureAttention } from "./capture_attention.ts";
export { BatchNorm2d, type BatchNorm2dOptions } from "./batch_norm.ts";
export { Conv1d, type Conv1dLayerOptions } from "./conv1d.ts";
export {
  Conv2d,
  type Conv2dLayerOptions,
  ConvTranspose2d,
  type ConvTranspose2dLayerOptions,
} from "./conv2d.ts";
export { Dropout } from "./dropout.ts";
export { Flatten, type FlattenOptions } from "./flatten.ts";
export { GroupNorm, type GroupNormOptions } from "./group_norm.ts";
export { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d } from "./pool2d.ts";
export { Embedding, type EmbeddingOptions } from "./embedding.ts";
export { GroupedQueryAttention, type GroupedQueryAttentionOptions } from "./grouped_attention.ts";
export { freeze, type ParameterPatterns, trainableParameters, unfreeze } from "./freeze.ts";
export { type CachedLayer, KVCache, type KVCacheOptions } from "./kv_cache.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export {
  type AdaptableLayer,
  adaptableLayers,
  type AdaptedLayer,
  adaptedLayers,
  adapterOf,
  addLora,
  attachLora,
  LoRA,
  type LoRAOptions,
  mergeLora,
  refuseAdapters,
  removeLora,
  unmergeLora,
  withoutLora,
} from "./lora.ts";
export { loadLora, type LoraNames, saveLora, type SaveLoraOptions } from "./lora_folder.ts";
export { matchesPath } from "./path_pattern.ts";
export { MLP, type MLPOptions, SwiGLU } from "./mlp.ts";
export { LayerNorm, type LayerNormOptions, RMSNorm, type RMSNormOptions } from "./norm.ts";
export { embedWithPositions, LearnedPositions, type RotaryPositions } from "./positions.ts";
export {
  MultiHeadAttention,
  MultiHeadAttention as CrossAttention,
  type MultiHeadAttentionInputs,
  type MultiHeadAttentionOptions,
} from "./multi_head_attention.ts";
export { paddingMask } from "./padding_mask.ts";
export { poolTokens, type TokenPooling } from "./pool_tokens.ts";
export { QuantizedEmbedding, QuantizedLinear, QuantizedModule } from "./quantized.ts";
export { recompute } from "./recompute.ts";
export {
  llama3Scaling,
  type Llama3ScalingOptions,
  yarnScaling,
  type YarnScalingOptions,
} from "./rotary_scaling.ts";
export {
  glorotUniform,
  initialBias,
  initialWeights,
  orthogonal,
  type WeightInit,
} from "./initial.ts";
export { GRU } from "./gru.ts";
export { LSTM } from "./lstm.ts";
export { RNN, type RNNOptions } from "./rnn.ts";
export { Recurrence, type RecurrenceOptions } from "./recurrence.ts";
export {
  carriedState,
  type RecurrentInputs,
  RecurrentLayer,
  RecurrentLayers,
  type RecurrentLayersOptions,
  recurrentNames,
  type RecurrentResult,
  type RecurrentState,
} from "./recurrent.ts";
export { type AttentionScore, SequenceAttention } from "./sequence_attention.ts";
export type {
  ImageCaptionLM,
  ImageTextModel,
  ImageTokenizer,
  QuantizedImages,
  QuantizingEncoder,
  TextToImageLM,
} from "./image_text.ts";
export { type Layer, Sequential } from "./sequential.ts";
export { SinusoidalPositions, type SinusoidalPositionsOptions } from "./sinusoidal_positions.ts";
export { Summary, summary, type SummaryRow } from "./summary.ts";
export type {
  CausalLM,
  DecodeOptions,
  ForwardOptions,
  GridPlanner,
  ImageClassifier,
  ImageCritic,
  ImageEncoder,
  ImageGenerator,
  ImageSegmenter,
  KnowledgeTracer,
  MaskedLM,
  NoisePredictor,
  ObjectDetector,
  PretrainingLM,
  QuestionAnswerer,
  Recommender,
  RecommenderInputs,
  Seq2SeqBatch,
  Seq2SeqLM,
  Seq2SeqWriter,
  SequenceClassifier,
  SequentialRecommender,
  SeriesForecaster,
  Task,
  TaskModels,
  TextEncoder,
  TokenClassifier,
  TokenInputs,
  VariationalEncoder,
  VectorRecommender,
} from "./tasks.ts";
export type {
  FrameInputs,
  SpeechSeq2Seq,
  SpeechSeq2SeqBatch,
  SpeechState,
  SpeechSynthesizer,
  SpokenFrames,
  WaveModel,
  WaveStepper,
} from "./speech_tasks.ts";
export type { HeardFrames, SoundClassifier, SpeechRecognizer } from "./hearing_tasks.ts";
export { tokenLosses } from "./token_losses.ts";
