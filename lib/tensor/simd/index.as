// What the module exports. It works in the memory that it is given, and needs none of its own.
import { prepareElements } from "./elements";
import { prepareQuantized } from "./quantized";
import { prepareVectors } from "./vector";

/** Sets the constants; called once, before anything else. */
export function prepare(): void {
  prepareVectors();
  prepareElements();
  prepareQuantized();
}

export { cachedAttention } from "./attention";
export { adam, dropout, gelu, geluGrad, moveHeads, sumOfSquares } from "./elements";
export { matmul, matmulScratch } from "./matmul";
export { columnSums, layerNorm, layerNormGrad } from "./norm";
export { quantizedRows, roundRows, unpackRows } from "./quantized";
export {
  crossEntropyGrad,
  maskedSoftmax,
  maskedSoftmaxGrad,
  top,
  total,
  totalOfExponentials,
} from "./softmax";
