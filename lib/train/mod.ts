/**
 * Training: the trainer, its objectives, its callbacks and its logs.
 *
 * `.github/HUGGING_FACE.md` in the repository says what each of Hugging Face's `TrainingArguments` is called here.
 *
 * @module
 */
export { findCheckpoint, type ModelFiles } from "./training_state.ts";
export { Trainer } from "./trainer.ts";
export type { RunOptions, TrainerOptions } from "./options.ts";
export type { Batches } from "./batch_stream.ts";
export { nextToken, nextTokenRows, nextTokenWith, type Objective } from "./objectives.ts";
export {
  classificationLoss,
  type ClassificationOptions,
  classificationWith,
  type Classifier,
  type LabelledBatch,
} from "./objectives/classification.ts";
export {
  type MaskedBatch,
  maskedLMLoss,
  maskedLMWith,
  nextSentenceAccuracy,
  type PretrainingBatch,
  pretrainingLoss,
} from "./objectives/masked_language.ts";
export {
  imageClassificationLoss,
  imageClassificationWith,
  type SegmentationBatch,
  segmentationLoss,
} from "./objectives/images.ts";
export { planningLoss } from "./objectives/planning.ts";
export { type RegressionBatch, regressionLoss, type Regressor } from "./objectives/regression.ts";
export { detectionLoss, type DetectionLossOptions, detectionWith } from "./objectives/detection.ts";
export {
  batchHardTriplet,
  supervisedContrastive,
  supervisedContrastiveWith,
  tripletWith,
} from "./objectives/metric_learning.ts";
export { type AnswerBatch, questionAnsweringLoss } from "./objectives/question_answering.ts";
export { type CarriedNextToken, carriedNextToken } from "./objectives/carried_state.ts";
export {
  dpo,
  type DPOOptions,
  dpoWith,
  preferenceMargins,
  sequenceLogProbs,
} from "./objectives/preference.ts";
export { seq2seqLoss, seq2seqWith } from "./objectives/seq2seq.ts";
export { recognitionLoss, soundClassificationLoss } from "./objectives/hearing.ts";
export {
  speechSeq2SeqLoss,
  type SpokenBatch,
  synthesisLoss,
  type SynthesisOptions,
  synthesisWith,
  type WaveBatch,
  waveLoss,
} from "./objectives/speaking.ts";
export {
  denoisingLoss,
  type DenoisingOptions,
  denoisingWith,
  type DiffusionBatch,
  elboLoss,
  elboWith,
  type NoisyBatch,
  type PictureBatch,
  reconstructionLoss,
} from "./objectives/generation.ts";
export {
  type CaptionBatch,
  captionLoss,
  codebookLoss,
  type CodebookOptions,
  codebookWith,
  contrastiveLoss,
  type ImageTextBatch,
  textToImageLoss,
  textToImageWith,
} from "./objectives/image_text.ts";
export {
  type AdversarialBatch,
  type AdversarialOptions,
  type AdversarialStep,
  AdversarialTrainer,
  gradientPenalty,
} from "./adversarial_trainer.ts";
export {
  type AnswersBatch,
  bprLoss,
  implicitFeedback,
  inBatchSoftmax,
  knowledgeTracingLoss,
  nextAnswers,
  nextItemLoss,
  ratingLoss,
} from "./objectives/recommendation.ts";
export { type BatchMetrics, evaluateLoss, type EvaluateOptions } from "./evaluation.ts";
export { computeGradients, type LossAndGradients } from "./gradients.ts";
export { DivergenceError, type SpikeAction } from "./divergence.ts";
export type {
  Callback,
  CheckpointEvent,
  EndEvent,
  EvaluateEvent,
  GradientsEvent,
  History,
  LogEvent,
  SpikeEvent,
  StartEvent,
  StepRecord,
  StopEvent,
  StopReason,
  TrainerEvaluateOptions,
  TrainerHandle,
  TrainEvent,
} from "./events.ts";
export { checkpoint, type CheckpointOptions } from "./callbacks/checkpoint.ts";
export { earlyStopping, type EarlyStoppingOptions } from "./callbacks/early_stopping.ts";
export { jsonl } from "./callbacks/jsonl.ts";
export { progress, type ProgressOptions } from "./callbacks/progress.ts";
export {
  reduceOnPlateau,
  type ReduceOnPlateauCallbackOptions,
} from "./callbacks/reduce_on_plateau.ts";
export { stopOnInterrupt } from "./callbacks/stop_on_interrupt.ts";
export { tensorboard, type TensorBoardOptions } from "./callbacks/tensorboard.ts";
export { validate, type ValidateOptions } from "./callbacks/validate.ts";
export { JsonlWriter } from "./jsonl.ts";
export { type EventFileOptions, EventFileWriter, type Pixels } from "./tensorboard/event_file.ts";
export type { HyperParameter, SessionStatus } from "./tensorboard/hyper_parameters.ts";
