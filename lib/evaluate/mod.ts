/**
 * What models say of examples, systems compared, and baselines: simple models that a larger one must beat to be worth its cost.
 *
 * @module
 */
export {
  answerQuestions,
  type AnswerQuestionsOptions,
  bestAnswers,
  type FoundAnswer,
  type WindowLogits,
} from "./answer_questions.ts";
export { overlapAnswer, type OverlapAnswerOptions } from "./overlap_answer.ts";
export { predictTags, type PredictTagsOptions } from "./predict_tags.ts";
export { predictLabels, type TextClassifier } from "./classifier.ts";
export { majorityClassifier, randomClassifier } from "./constant.ts";
export { BagOfWords, type BagOfWordsOptions, type SparseRow, splitWords } from "./bag_of_words.ts";
export {
  type LinearTextClassifier,
  logisticRegression,
  type LogisticRegressionOptions,
} from "./logistic_regression.ts";
export { compareSystems, SystemComparison } from "./compare_systems.ts";
export { leadSentences } from "./lead_sentences.ts";
export { MostFrequentTag } from "./most_frequent_tag.ts";
export { naiveBayes, type NaiveBayesOptions } from "./naive_bayes.ts";
export { NGramModel, type NGramOptions } from "./n_gram_model.ts";
export {
  type ClassifiableBatch,
  predict,
  type Predictions,
  type PredictOptions,
} from "./predict.ts";
export {
  joinTokens,
  splitTokens,
  WordTranslator,
  type WordTranslatorOptions,
} from "./word_translator.ts";
export {
  evaluateRanking,
  type ItemScorer,
  type RankingCase,
  type RankingCaseOptions,
  rankingCases,
  type RankingProtocol,
  type RankingReport,
  recommenderScorer,
  type RecommenderScorerOptions,
} from "./ranking.ts";
export { itemNeighbours, type ItemNeighboursOptions, popularItems } from "./item_baselines.ts";
export { type DrivingPolicy, DrivingReport, policyDriver } from "./driving.ts";
export {
  evaluateForecasts,
  type ForecastMethod,
  ForecastReport,
  type ForecastScore,
  linearForecast,
  type LinearForecastOptions,
  modelForecast,
  naiveForecast,
  seasonalNaiveForecast,
  type StandardizedWindows,
  standardizedWindows,
} from "./forecasting.ts";
export {
  gaussianNaiveBayes,
  type LinearTableClassifier,
  nearestNeighbours,
  type TableClassifier,
  tableLogisticRegression,
} from "./table_classifiers.ts";
export { type LinearMap, ridgeRegression } from "./ridge.ts";
export { nearestTemplate, type SoundTemplate, timeWarpingDistance } from "./time_warping.ts";
