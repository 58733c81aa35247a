/**
 * Functions on tensors that TensorFlow.js lacks or has in many steps; what `torch.nn.functional` is to PyTorch.
 *
 * Each runs on every device, has a gradient, and a reference in plain operations that tests compare it with.
 *
 * @module
 */
export { attention, type AttentionOptions } from "./attention.ts";
export { addLayerNorm, addRMSNorm } from "./add_norm.ts";
export {
  batchNorm,
  type BatchNormOptions,
  type BatchNormResult,
  normalizeChannels,
} from "./batch_norm.ts";
export { conv1d, type Conv1dOptions } from "./conv1d.ts";
export {
  conv2d,
  type Conv2dOptions,
  convTranspose2d,
  type ConvTranspose2dOptions,
  type Pair,
  pairOf,
} from "./conv2d.ts";
export { adaptiveAvgPool2d, avgPool2d, maxPool2d, type Pool2dOptions } from "./pool2d.ts";
export { linearAssignment } from "./assignment.ts";
export { type Box, boxCover, boxIou, nonMaxSuppression, type SuppressionOptions } from "./boxes.ts";
export { cachedAttention, type CachedAttentionOptions } from "./cached_attention.ts";
export { ctcLoss, type CtcLossOptions, ctcLossRows } from "./ctc_loss.ts";
export { dropout, type DropoutOptions } from "./dropout.ts";
export { embedding, type EmbeddingPositions } from "./embedding.ts";
export { fusedLinear, type FusedLinearOptions } from "./fused_linear.ts";
export { exp } from "./exp.ts";
export { gelu, type GeluOptions } from "./gelu.ts";
export { joinHeads, splitHeads } from "./heads.ts";
export { layerNorm, type NormOptions, rmsNorm } from "./layer_norm.ts";
export { linear } from "./linear.ts";
export {
  linearCrossEntropy,
  type LinearCrossEntropyOptions,
  linearCrossEntropyRows,
} from "./linear_cross_entropy.ts";
export { maskedSoftmax, type MaskedSoftmaxOptions } from "./masked_softmax.ts";
export { recurrent, type RecurrentOptions } from "./recurrent.ts";
export type { RecurrentCell } from "./recurrent_cells.ts";
export {
  dequantizeRows,
  type QuantizedBits,
  type QuantizedRows,
  type QuantizeOptions,
  quantizeRows,
} from "./quantize.ts";
export { quantizedLinear } from "./quantized_linear.ts";
export { rotary, type RotaryOptions, type RotaryScaling } from "./rotary.ts";
export { type SampledTokens, sampleTokens, type SampleTokensOptions } from "./sample_tokens.ts";
export {
  type CrossEntropyOptions,
  softmaxCrossEntropy,
  softmaxCrossEntropyRows,
} from "./softmax_cross_entropy.ts";
export { noGradient, stopGradient } from "./stop_gradient.ts";
export { swiglu } from "./swiglu.ts";
