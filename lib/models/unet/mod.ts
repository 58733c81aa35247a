/**
 * U-Net, which sorts each pixel of an image.
 *
 * @module
 */
export { loadUNet, loadUNetWeights, saveUNet } from "./checkpoint.ts";
export type { UNetConfig } from "./config.ts";
export { DoubleConv, UNet } from "./model.ts";
export type { ImageLabels } from "../image_folder.ts";
