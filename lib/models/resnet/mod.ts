/**
 * Residual networks: `RESNET_PRESETS` are the published sizes; `loadResNet` and `saveResNet` read and write Hugging Face's
 * folders, and weights by torchvision's names.
 *
 * @module
 */
export { loadResNet, loadResNetWeights, saveResNet } from "./checkpoint.ts";
export { RESNET_PRESETS, type ResNetConfig } from "./config.ts";
export { ResNet, ResNetBlock, ResNetStage } from "./model.ts";
export type { ImageLabels } from "../image_folder.ts";
