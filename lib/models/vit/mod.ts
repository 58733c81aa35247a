/**
 * Vision Transformers: `VIT_PRESETS` are the published sizes; `loadViT` and `saveViT` read and write Hugging Face's folders.
 *
 * @module
 */
export { loadViT, loadViTWeights, saveViT } from "./checkpoint.ts";
export { VIT_PRESETS, type ViTConfig } from "./config.ts";
export { ViT, ViTBlock } from "./model.ts";
export type { ImageLabels } from "../image_folder.ts";
