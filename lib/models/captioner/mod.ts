/**
 * Captions: `ImageCaptioner` writes what is in an image; `captionLoss` of `@tome/tome/train` teaches it, and
 * `generateCaptions` of `@tome/tome/generate` lets it write.
 *
 * @module
 */
export { loadCaptioner, saveCaptioner } from "./checkpoint.ts";
export type { CaptionerConfig } from "./config.ts";
export { ImageCaptioner } from "./model.ts";
