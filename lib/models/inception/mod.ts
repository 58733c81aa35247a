/**
 * A small network of Inception blocks.
 *
 * @module
 */
export { loadInceptionNet, loadInceptionNetWeights, saveInceptionNet } from "./checkpoint.ts";
export type { InceptionConfig, InceptionWidths } from "./config.ts";
export { ConvUnit, InceptionBlock, InceptionNet } from "./model.ts";
export type { ImageLabels } from "../image_folder.ts";
