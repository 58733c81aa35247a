/**
 * CLIP: images and texts in one space; `loadCLIP` and `saveCLIP` read and write Hugging Face's folders, `ZeroShotClassifier`
 * sorts images into classes that texts name.
 *
 * @module
 */
export { clipCheckpoint, loadCLIP, loadCLIPWeights, saveCLIP } from "./checkpoint.ts";
export {
  CLIP_PRESETS,
  type CLIPConfig,
  type CLIPTextConfig,
  type CLIPTowerConfig,
  type CLIPVisionConfig,
} from "./config.ts";
export { CLIPLayer, CLIPNetwork, CLIPText, CLIPVision } from "./layers.ts";
export { CLIP } from "./model.ts";
export type { SaveOptions } from "../loading.ts";
export { ZeroShotClassifier } from "./zero_shot.ts";
