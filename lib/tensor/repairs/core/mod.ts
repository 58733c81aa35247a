/**
 * Repairs of TensorFlow.js 4.22.0 that hold on every device: gradients that are wrong, throw or are missing.
 *
 * | entry | what |
 * | --- | --- |
 * | C1 | avgPool, avgPool3d with padding: the gradient divides by the wrong count |
 * | C2 | mirrorPad: the gradient drops the margins |
 * | C3 | maximum, minimum, squaredDifference, prelu: throws under broadcasting |
 * | C4 | matMul: throws if the batch was broadcast |
 * | C5 | cumsum: throws along any axis but the last |
 * | C6 | comparisons and logic: no gradient, so that no mask can come from what is differentiated |
 * | C7 | einsum, gatherND, scatterND: no gradient |
 * | C8 | topk, stridedSlice, depthToSpace, cumprod, tile from rank 5 on, dilated convolutions, … : none, or throws |
 * | C9 | floorDiv: that of a division, in place of 0 |
 * | C10 | norm: throws over several axes; its gradient at 0 is NaN |
 * | C11 | cpu: the gradients of the resizes (in `cpu.ts`) |
 * | C12 | cpu: the sum by segment is slow (in `cpu.ts`) |
 * | C13 | abs: -1 at 0, in place of 0 |
 * | C14 | pow: NaN for x⁰ at 0 |
 * | C15 | cast to int32 or bool: 1, in place of 0 |
 * | C16 | max, min: equal elements each receive the whole gradient |
 * | C17 | maxPool: forgets the rounding mode |
 * | C18 | prod: wrong along negative or unsorted axes |
 * | C19 | unstack, split: throws if there is a single part; hence bandPart |
 * | C20 | the resizes: ignores half-pixel centres |
 * | C21 | cpu: image.transform changes the first image only (in `cpu.ts`) |
 * | C22 | einsum: throws if letters are summed away in both operands; slow |
 * | C23 | cpu: tensorScatterUpdate writes into its input (in `cpu.ts`) |
 * | C24 | cumsum, cumprod: throws if the axis is counted from the end |
 * | C25 | convolution, pooling: wrong width if the padding is one number and the filter or stride not square |
 * | C26 | cpu: mean, max, min and all over nothing (in `cpu.ts`) |
 * | C27 | losses.softmaxCrossEntropy: wrong gradient by the labels, and by the logits if labels do not sum to 1 |
 * | C28 | a gradient that throws leaves tensors behind |
 * | C29 | sums of bools: a bool of 2 |
 * | C30 | cpu: reductions over an axis that does not exist leave a tensor behind (in `cpu.ts`) |
 * | C31 | a gradient taken on the way back of another one ends that one's tape |
 * | C32 | what the way back has used up stays to its end |
 * | C33 | one tensor that is the gradient of several is freed while it is needed |
 *
 * @module
 */
import {
  addConv2dFilterGradient,
  addConv3dTransposeGradient,
  repairConv2dGradient,
  repairConv3dGradient,
  repairDepthwiseConv2dGradient,
} from "./convolution.ts";
import {
  repairAbsGradient,
  repairBroadcastGradients,
  repairCastGradient,
  repairComparisonGradients,
  repairFloorDivGradient,
  repairMaxGradients,
  repairPowGradient,
  repairSelectGradient,
} from "./elementwise.ts";
import {
  addCropAndResizeGradient,
  addResizeGradGradients,
  repairResizeGradients,
} from "./images.ts";
import {
  addBincountGradients,
  addGatherNDGradients,
  addSparseSegmentGradients,
  addSparseToDenseGradient,
  addTensorScatterUpdateGradient,
  addTopKGradient,
  repairGatherGradient,
  repairSegmentSumGradient,
} from "./indexing.ts";
import {
  addDepthToSpaceGradient,
  addDiagGradient,
  addStridedSliceGradient,
  repairMirrorPadGradient,
  repairTileGradient,
  repairUnstackGradients,
} from "./layout.ts";
import { repairSoftmaxCrossEntropy } from "./losses.ts";
import { addEluGradGradient, explainMissingGradients } from "./missing.ts";
import { repairChainedNorm } from "./norm.ts";
import { repairBatchNormGradient } from "./normalization.ts";
import { freeOnTheWayBack, freeTapeOfErrors, repairTapeOfOptionalInputs } from "./tape.ts";
import { repairBoolSums, repairNumberPadding, repairScanAxis } from "../kernel.ts";
import {
  addMaxPoolWithArgmaxGradient,
  repairAvgPool3dGradient,
  repairAvgPoolGradient,
  repairMaxPoolGradient,
} from "./pooling.ts";
import { addEinsumGradient, repairEinsum, repairMatMulGradient } from "./products.ts";
import { addCumprodGradient, repairCumsumGradient, repairProdGradient } from "./scans.ts";

let isDone = false;

/** Repairs the gradients of TensorFlow.js, once. */
export function repairCore(): void {
  if (isDone) return;
  isDone = true;
  repairAvgPoolGradient();
  repairAvgPool3dGradient();
  repairMaxPoolGradient();
  addMaxPoolWithArgmaxGradient();
  repairMirrorPadGradient();
  repairTileGradient();
  repairUnstackGradients();
  addStridedSliceGradient();
  addDepthToSpaceGradient();
  addDiagGradient();
  repairBroadcastGradients();
  repairComparisonGradients();
  repairSelectGradient();
  repairFloorDivGradient();
  repairAbsGradient();
  repairPowGradient();
  repairCastGradient();
  repairMaxGradients();
  repairMatMulGradient();
  addEinsumGradient();
  repairEinsum();
  repairCumsumGradient();
  addCumprodGradient();
  repairProdGradient();
  repairGatherGradient();
  repairSegmentSumGradient();
  addGatherNDGradients();
  addTensorScatterUpdateGradient();
  addSparseToDenseGradient();
  addTopKGradient();
  addSparseSegmentGradients();
  addBincountGradients();
  repairConv2dGradient();
  repairConv3dGradient();
  repairDepthwiseConv2dGradient();
  addConv3dTransposeGradient();
  addConv2dFilterGradient();
  repairTapeOfOptionalInputs();
  freeTapeOfErrors();
  freeOnTheWayBack();
  repairBatchNormGradient();
  repairChainedNorm();
  repairResizeGradients();
  addResizeGradGradients();
  addCropAndResizeGradient();
  addEluGradGradient();
  repairSoftmaxCrossEntropy();
  explainMissingGradients();
  for (const backend of ["cpu", "webgpu"]) { // on wasm, once its own kernels are there
    repairScanAxis(backend);
    repairNumberPadding(backend);
    repairBoolSums(backend);
  }
}
