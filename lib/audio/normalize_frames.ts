import type { Frames } from "./stft.ts";

/**
 * Gives each feature of a sound mean 0 and variance 1 over its frames, so that what stays the same, such as a microphone or how
 * loud somebody speaks, is lost.
 *
 * @param given The frames, which stay as they are.
 * @param center Whether only the mean is taken away. @default {false}
 * @returns New frames of the same sizes; a feature that never changes is 0.
 * @see Atal, 1974, "Effectiveness of Linear Prediction Characteristics of the Speech Wave for Automatic Speaker Identification and
 *   Verification", https://doi.org/10.1121/1.1914702
 */
export function normalizeFrames({ data, frames, bins }: Frames, center = false): Frames {
  const made = new Float32Array(data.length);
  for (let k = 0; k < bins; k++) {
    let sum = 0, squares = 0;
    for (let t = 0; t < frames; t++) sum += data[t * bins + k]!;
    const mean = sum / frames;
    for (let t = 0; t < frames; t++) squares += (data[t * bins + k]! - mean) ** 2;
    const deviation = Math.sqrt(squares / frames);
    const scale = center ? 1 : deviation > 1e-6 ? 1 / deviation : 0;
    for (let t = 0; t < frames; t++) made[t * bins + k] = (data[t * bins + k]! - mean) * scale;
  }
  return { data: made, frames, bins };
}
