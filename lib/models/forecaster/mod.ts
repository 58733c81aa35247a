/**
 * Models that foretell series of numbers.
 *
 * @module
 */
export { loadForecaster, saveForecaster } from "./checkpoint.ts";
export type { ForecasterConfig } from "./config.ts";
export { Forecaster, MomentTransformer } from "./model.ts";
