/**
 * A one-stage detector of things in images, by their centres.
 *
 * @module
 */
export { loadCenterDetector, loadCenterDetectorWeights, saveCenterDetector } from "./checkpoint.ts";
export type { CenterDetectorConfig } from "./config.ts";
export { detectObjects, type DetectOptions } from "./detect.ts";
export { CenterDetector } from "./model.ts";
export type { ImageLabels } from "../image_folder.ts";
