/**
 * Smaller models: weights in 8 or 4 bits.
 *
 * @example
 * ```ts
 * import { useDevice } from "@tome/tome";
 * import { quantizeModel } from "@tome/tome/compress";
 * import { GPT, GPT_PRESETS } from "@tome/tome/models/gpt";
 *
 * await useDevice("cpu");
 * using model = new GPT(GPT_PRESETS["nanogpt-cpu"]);
 * const report = await quantizeModel(model, { bits: 4 });
 * console.assert(report.bytesAfter < report.bytesBefore / 5);
 * ```
 *
 * @module
 */
export {
  loadQuantized,
  type QuantizedLayer,
  quantizeModel,
  type QuantizeModelOptions,
  QuantizeReport,
  saveQuantized,
} from "./quantize.ts";
