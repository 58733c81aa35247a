/**
 * Sounds: files, rates, spectra, and the features that networks hear.
 *
 * @module
 */
export { joinSounds, type Sound, type SoundFile, toMono, trimSilence } from "./sound.ts";
export { decodeWav, encodeWav, type EncodeWavOptions } from "./wav.ts";
export { decodeOgg, decodeSound } from "./ogg.ts";
export { resample } from "./resample.ts";
export { kaiserWindow, type WindowName, windowWeights } from "./windows.ts";
export { fourier } from "./fourier.ts";
export {
  type ComplexFrames,
  type Frames,
  istft,
  spectrum,
  stft,
  type StftOptions,
} from "./stft.ts";
export {
  applyFilters,
  type DecibelOptions,
  decibels,
  hertzToMel,
  logMel,
  melFilters,
  type MelOptions,
  melSpectrogram,
  type MelSpectrogramOptions,
  melToHertz,
} from "./mel.ts";
export { cosineTransform, mfcc, type MfccOptions } from "./mfcc.ts";
export { normalizeFrames } from "./normalize_frames.ts";
export { specAugment, type SpecAugmentOptions } from "./spec_augment.ts";
export { muLawDecode, muLawEncode } from "./mu_law.ts";
export {
  griffinLim,
  type GriffinLimOptions,
  invertFilters,
  spectralConvergence,
} from "./griffin_lim.ts";
export { fitMelSound, MEL_8_KHZ, type MelSound, melToSound, soundToMel } from "./mel_sound.ts";
export { nearestTemplate, type WarpedFrames, warpFrames } from "./warp.ts";
