/**
 * Networks of fully connected layers, from logistic regression on.
 *
 * @module
 */
export { loadMLPClassifier, loadMLPClassifierWeights, saveMLPClassifier } from "./checkpoint.ts";
export { MLP_PRESETS, type MLPConfig } from "./config.ts";
export { MLPClassifier } from "./model.ts";
export type { ImageLabels } from "../image_folder.ts";
