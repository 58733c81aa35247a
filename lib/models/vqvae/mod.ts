/**
 * VQ-VAE: images as rows of codes, and back; `codebookLoss` of `@tome/tome/train` teaches it.
 *
 * @module
 */
export { loadVQVAE, saveVQVAE } from "./checkpoint.ts";
export type { VQVAEConfig } from "./config.ts";
export { VQDecoder, VQEncoder, VQResidual, VQVAE } from "./model.ts";
