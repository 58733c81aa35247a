/**
 * LeNet-5, the first convolutional network that read digits for a living.
 *
 * @module
 */
export { loadLeNet, loadLeNetWeights, saveLeNet } from "./checkpoint.ts";
export type { LeNetConfig } from "./config.ts";
export { LeNet } from "./model.ts";
export type { ImageLabels } from "../image_folder.ts";
