/**
 * DALL·E in small: `DALLE` writes the codes of an image after the text that tells of it; the codes are those of a `VQVAE` of
 * `@tome/tome/models/vqvae`.
 *
 * @module
 */
export { loadDALLE, saveDALLE } from "./checkpoint.ts";
export type { DALLEConfig } from "./config.ts";
export { DALLE } from "./model.ts";
