/**
 * WaveNet: `WaveNet` foretells each sample of a sound from those before it; `waveLoss` of `@tome/tome/train` teaches it, and
 * `generateWave` of `@tome/tome/generate` writes sounds with it.
 *
 * @module
 */
export { loadWaveNet, saveWaveNet } from "./checkpoint.ts";
export { doublingDilations, WAVENET_PRESETS, type WaveNetConfig } from "./config.ts";
export { WaveNet, WaveNetBlock } from "./model.ts";
