/**
 * Vectors of images, for telling whether two show the same.
 *
 * @module
 */
export { loadImageEmbedder, saveImageEmbedder } from "./checkpoint.ts";
export type { ImageEmbedderConfig } from "./config.ts";
export { ImageEmbedder } from "./model.ts";
