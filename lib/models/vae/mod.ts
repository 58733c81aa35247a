/**
 * Autoencoders of images: `Autoencoder`, and `VAE`, which also makes new ones.
 *
 * @module
 */
export { loadAutoencoder, loadVAE, saveVAE } from "./checkpoint.ts";
export { VAE_PRESETS, type VAEConfig } from "./config.ts";
export { Autoencoder, ImageDecoder, VAE } from "./model.ts";
