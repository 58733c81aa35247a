/**
 * Examples to batches: texts, windows of tokens, splits, loaders, downloads.
 *
 * @module
 */
export type { BatchSource, JsonValue } from "./batch_source.ts";
export { TextStreams, type TextStreamsOptions } from "./text_streams.ts";
export { TextWindows, type TextWindowsOptions, type TokenBatch } from "./text_windows.ts";
export { DataLoader, type DataLoaderOptions, type ExampleSource } from "./loader.ts";
export {
  collatePairs,
  type CollatePairsOptions,
  type PairBatch,
  type TokenPair,
} from "./token_pairs.ts";
export {
  corruptSpans,
  spanCorruptionLengths,
  type SpanCorruptionOptions,
} from "./span_corruption.ts";
export { datePairs, readPairs, type ReadPairsOptions, type TextPair } from "./text_pairs.ts";
export { chatAnswers, encodeChat, type EncodeChatOptions } from "./chat_examples.ts";
export {
  collatePreferences,
  collateTokens,
  type CollateTokensOptions,
  packExamples,
  type PreferenceBatch,
  type PreferencePair,
  type TokenExample,
} from "./token_examples.ts";
export { inOrder, type Sampler, shuffled, weighted } from "./sampler.ts";
export {
  type Sliceable,
  type Split,
  splitExamples,
  type SplitOptions,
  splitSequence,
} from "./split.ts";
export { type ClassBalance, classBalance, type ClassCount } from "./class_balance.ts";
export { findLeaks, type FindLeaksOptions, type Leak } from "./leakage.ts";
export { type CsvOptions, type CsvRow, parseCsv, readCsv } from "./csv.ts";
export {
  type CaptionedImage,
  type CaptionedScene,
  captionedScenes,
  type CaptionedScenesOptions,
  DIGIT_WORDS,
  SCENE_COLOURS,
  SCENE_PLACES,
  SCENE_SHAPES,
  sceneCaption,
  type SceneObject,
} from "./captioned_scenes.ts";
export { readJsonLines, writeJsonLines } from "./json_lines.ts";
export { type Line, readLines } from "./lines.ts";
export { type ParquetOptions, readParquet } from "./parquet.ts";
export { type LabeledText, type LabeledTexts, readClassFolders } from "./class_folders.ts";
export {
  collateLabeledTexts,
  type LabeledTextBatch,
  readLabeledTexts,
  type ReadLabeledTextsOptions,
} from "./labeled_texts.ts";
export { type ConllOptions, readConll, type TaggedSentence } from "./conll.ts";
export {
  collateTagged,
  encodeTagged,
  type EncodeTaggedOptions,
  type TaggedBatch,
  type TaggedTokens,
} from "./tagged_tokens.ts";
export {
  type AskedQuestion,
  collateQuestions,
  encodeQuestions,
  type EncodeQuestionsOptions,
  type QuestionBatch,
  type QuestionWindow,
} from "./question_windows.ts";
export {
  convertTags,
  spansOfTags,
  type TagScheme,
  tagsOfSpans,
  type TagSpan,
} from "./tag_schemes.ts";
export { decodeText, readText } from "./text_file.ts";
export { cachedDownload, DownloadError, type DownloadOptions } from "./download.ts";
export {
  type MaskableText,
  maskedBatch,
  type MaskedBatchOptions,
  type MaskedTokenBatch,
  type MaskedTokens,
  maskTokens,
  type MaskTokensOptions,
} from "./masked_tokens.ts";
export { type NextSentencePair, nextSentencePairs } from "./next_sentences.ts";
export {
  type Interaction,
  type InteractionSet,
  type LeaveOneOut,
  leaveOneOut,
  NegativeSampler,
  type NegativeSamplerOptions,
} from "./interactions.ts";
export { genreRows, type Movie, type MovieLens, movieLens } from "./movie_lens.ts";
export { movieLens100K } from "./movie_lens_100k.ts";
export {
  type FeedbackBatch,
  feedbackBatches,
  type FeedbackOptions,
  type HistoryOptions,
  historyRows,
  preferenceBatches,
  type PreferredItems,
  type RecommenderBatchOptions,
  type SequenceBatch,
  sequenceBatches,
} from "./recommender_batches.ts";
export { type LearnerAnswers, type LearnerOptions, simulateLearners } from "./learners.ts";
export {
  adjustColours,
  augmenter,
  type AugmentOptions,
  type ColourChange,
  cropImage,
  cutOut,
  flipImage,
  rotateImage,
} from "./augment.ts";
export {
  decodeImage,
  encodeImage,
  type EncodeImageOptions,
  type Image,
  type ImageFormat,
  readImage,
  resizeImage,
  withChannels,
  writeImage,
} from "./image.ts";
export {
  collateImages,
  type ImageBatch,
  IMAGENET_SCALE,
  type ImageScale,
  imagesToTensor,
  type LabelledImage,
} from "./image_batch.ts";
export { type ImageFolder, imageFolder, type ImageFolderOptions } from "./image_folder.ts";
export { cutMix, type MixOptions, mixUp } from "./mix_images.ts";
export { noisyBatches, type NoisyBatchesOptions } from "./noisy_batches.ts";
export { readSound, writeSound } from "./sound_file.ts";
export {
  parseTorcsTrack,
  type Place,
  randomTrack,
  type RandomTrackOptions,
  torcsTracks,
  type Track,
  trackCurvature,
  trackLength,
  trackOutline,
  type TrackSegment,
} from "./tracks.ts";
export {
  askExpert,
  CAR_LIMITS,
  type CarLimits,
  type CarState,
  type Drive,
  type DrivenMoment,
  type DriveOptions,
  type Driver,
  type DriverAction,
  driveTracks,
  type DrivingExample,
  middleLineDriver,
  moveCar,
  OBSERVATION_SIZE,
  observe,
  SENSOR_ANGLES,
  SENSOR_RANGE,
} from "./driving.ts";
export { collateDriving } from "./driving_batches.ts";
export {
  collatePathTasks,
  type GridMap,
  type GridMapOptions,
  mapsToTensor,
  type PathTask,
  pathTasks,
  type PlanningBatch,
  randomGridMap,
} from "./grid_maps.ts";
export {
  afterMove,
  aStar,
  distancesTo,
  followMoves,
  GRID_MOVES,
  type GridPath,
  isFree,
  manhattanDistance,
  octileDistance,
  shortestMoves,
} from "./grid_paths.ts";
export {
  type ComposedObject,
  type Cutout,
  cutoutOf,
  type PlacedCutout,
  type Scene,
} from "./paint_scene.ts";
export { composeScene, composeScenes, type SceneOptions } from "./scenes.ts";
export { lfwFaces } from "./lfw_faces.ts";
export { type NpyArray, parseNpy, parseNpz } from "./npy.ts";
export { movingScenes, type MovingScenesOptions } from "./moving_scenes.ts";
export {
  type BoxedImage,
  collateDetections,
  type CollateDetectionsOptions,
  collateMasks,
  type DetectionBatch,
  type MaskedImage,
} from "./detection_batch.ts";
export {
  collateForecasts,
  type ForecastWindow,
  type ForecastWindowOptions,
  forecastWindows,
  Standardizer,
  walkForward,
} from "./series.ts";
export {
  collateFrames,
  type CollateFramesOptions,
  drawStrings,
  type DrawStringsOptions,
  type FrameBatch,
  joinFrames,
  type LabelledFrames,
} from "./frame_batch.ts";
export { type TarFile, untar } from "./tar.ts";
export {
  type ClassTable,
  type ClassTableOptions,
  parseClassTable,
  TablePreparation,
} from "./tables.ts";
export {
  collateSpoken,
  type CollateSpokenOptions,
  type SpokenExample,
  type SpokenTextBatch,
} from "./spoken_texts.ts";
export {
  type LevelSound,
  type WaveWindowBatch,
  WaveWindows,
  type WaveWindowsOptions,
} from "./wave_windows.ts";
export { ROAD_CLASSES, type RoadScene, roadScene, type RoadSceneOptions } from "./road_scenes.ts";
export {
  collateSpeechPairs,
  type CollateSpeechPairsOptions,
  drawSpokenNumbers,
  type DrawSpokenNumbersOptions,
  type SpeechPair,
  type SpeechPairBatch,
  type SpokenNumber,
} from "./spoken_numbers.ts";
