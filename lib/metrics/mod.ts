/**
 * How good predictions are: measures of classes, scores, numbers, texts and tags, with intervals.
 *
 * A metric is a function of columns, such as `accuracy(predictions, labels)`; {@link bootstrap} gives it an interval,
 * {@link compare} compares two systems by it, and {@link Running} feeds it batch by batch.
 *
 * @module
 */
export { type Columns, type CountedMetric, countedMetric, type Metric, Running } from "./metric.ts";
export { accuracy, balancedAccuracy, topKAccuracy } from "./accuracy.ts";
export { cohensKappa, matthewsCorrelation } from "./agreement.ts";
export { answerF1, exactMatch, normalizeAnswer } from "./answers.ts";
export { bleu, type BleuOptions, bleuWith, type TextRow } from "./bleu.ts";
export { type BleuTokenizer, bleuTokens } from "./bleu_tokens.ts";
export { bootstrap, type BootstrapOptions, compare, Comparison, Interval } from "./bootstrap.ts";
export { chrF, type ChrFOptions, chrFWith } from "./chrf.ts";
export { ConfusionMatrix } from "./confusion.ts";
export {
  averagePrecision,
  type PrecisionRecallCurve,
  precisionRecallCurve,
  rocAuc,
  rocAucOneVsRest,
  type RocCurve,
  rocCurve,
  type ScoreMetric,
} from "./curves.ts";
export {
  entitiesOf,
  type Entity,
  entityF1,
  entityF1With,
  EntityReport,
  tagAccuracy,
  type TagRow,
  type TagScheme,
} from "./entities.ts";
export {
  type Average,
  averageF1,
  type ClassificationReport,
  classificationReport,
  type ClassMetric,
  f1,
  perClass,
  precision,
  type PrecisionRecallF1,
  precisionRecallF1,
  recall,
} from "./f1.ts";
export { bitsPerByte, perplexity } from "./perplexity.ts";
export { porterStem } from "./porter_stemmer.ts";
export {
  brierScore,
  Calibration,
  calibration,
  type CalibrationBin,
  expectedCalibrationError,
  logLoss,
  type ProbabilityMetric,
} from "./probability.ts";
export {
  meanAbsoluteError,
  meanSquaredError,
  type RegressionMetric,
  rootMeanSquaredError,
  rSquared,
} from "./regression.ts";
export { rouge, type RougeKind, type RougeOptions, rougeScores } from "./rouge.ts";
export {
  characterErrorRate,
  countEdits,
  type EditCounts,
  type PairRow,
  wordErrorRate,
} from "./word_error_rate.ts";
export {
  hitRateAt,
  meanAveragePrecision,
  meanReciprocalRank,
  ndcgAt,
  precisionAt,
  rankByScore,
  type RankingRow,
  recallAt,
} from "./ranking.ts";
export {
  boxAveragePrecision,
  boxAverageRecall,
  COCO_IOUS,
  type DetectionOptions,
  type DetectionRow,
  type FoundBox,
  type TrueBox,
} from "./detection.ts";
export {
  diceScore,
  iouPerClass,
  meanIou,
  type PixelOptions,
  type PixelRow,
} from "./segmentation.ts";
export { type TrackedBox, type TrackingReport, trackingReport } from "./tracking.ts";
export { cosinePairs, type VerificationReport, verificationReport } from "./verification.ts";
export { type FeatureStatistics, featureStatistics, frechetDistance } from "./fid.ts";
export {
  forecastMAE,
  type ForecastMetric,
  forecastRMSE,
  meanAbsoluteScaledError,
} from "./forecast.ts";
export {
  bestThreshold,
  decisionCost,
  type DecisionCosts,
  type DecisionThreshold,
} from "./costs.ts";
