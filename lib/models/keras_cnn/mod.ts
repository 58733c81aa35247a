/**
 * The convolutional network of Keras' example on digits.
 *
 * @module
 */
export { loadKerasCNN, loadKerasCNNWeights, saveKerasCNN } from "./checkpoint.ts";
export type { KerasCNNConfig } from "./config.ts";
export { KerasCNN } from "./model.ts";
export type { ImageLabels } from "../image_folder.ts";
