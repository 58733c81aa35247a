/**
 * Optimizers, learning-rate schedules, gradient clipping and averages of weights.
 *
 * @module
 */
export {
  type Gradients,
  Optimizer,
  type OptimizerMeta,
  type OptimizerOptions,
  type OptimizerState,
  type ParameterUpdate,
  type StateTensor,
  type StepOptions,
} from "./optimizer.ts";
export type { Moments } from "./adam_update.ts";
export { Adam, type AdamOptions } from "./adam.ts";
export { AdamW, type AdamWOptions } from "./adamw.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
export { RMSprop, type RMSpropOptions } from "./rms_prop.ts";
export { Lion, type LionOptions } from "./lion.ts";
export { isHiddenMatrix, Muon, type MuonOptions, orthogonalize } from "./muon.ts";
export { clipByGlobalNorm, clipByValue, type ClippedNorm, globalNorm } from "./clip.ts";
export { EMA, type EMAOptions } from "./ema.ts";
export { layerwiseDecay, type LayerwiseDecayOptions, lrByPath, type LrScale } from "./groups.ts";
export {
  constant,
  constantWithWarmup,
  cosine,
  type CosineOptions,
  cosineWithMinLr,
  type CosineWithMinLrOptions,
  cosineWithRestarts,
  type DecayOptions,
  inverseSqrt,
  type InverseSqrtOptions,
  linear,
  oneCycle,
  type OneCycleOptions,
  type PeakOptions,
  polynomial,
  type PolynomialOptions,
  type RampShape,
  type RestartOptions,
  type Schedule,
  type WarmupOptions,
  warmupStableDecay,
  type WarmupStableDecayOptions,
} from "./schedules.ts";
export { type PlateauState, ReduceOnPlateau, type ReduceOnPlateauOptions } from "./plateau.ts";
