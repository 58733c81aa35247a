/**
 * Diffusion: `DiffusionUNet` foretells the noise in an image; `denoisingLoss` of `@tome/tome/train` teaches it, and
 * `denoise` of `@tome/tome/generate` makes images with it.
 *
 * @module
 */
export { loadDiffusion, saveDiffusion } from "./checkpoint.ts";
export type { DiffusionConfig } from "./config.ts";
export { cosineSchedule, DiffusionUNet, TimedResidual } from "./model.ts";
