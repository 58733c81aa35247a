/**
 * Repairs of TensorFlow.js 4.22.0's WebAssembly backend.
 *
 * | entry | what |
 * | --- | --- |
 * | M1 | kernels that the cpu backend has are missing |
 * | M2 | no complex numbers, hence no Fourier transforms |
 * | M3 | conv2d: no gradient for the filter, a slow one for the input; no NCHW |
 * | M4 | depthwiseConv2d: no gradients |
 * | M5 | conv3d: wrong gradients and transposed convolution |
 * | M6 | maxPool: the gradient of negative inputs is wrong; maxPool3d: so is the output |
 * | M7 | unsortedSegmentSum: missing, hence no gradient of gather |
 * | M8 | gather with batchDims: wrong |
 * | M9 | oneHot with dtype float32: wrong |
 * | M10 | cast to bool: keeps 2, 255, …; loses fractions and negative numbers |
 * | M11 | prelu: wrong unless alpha is broadcast along the first axes |
 * | M12 | floorDiv: float32 in place of int32; an integer divided by 0 gives garbage |
 * | M13 | maximum, minimum, relu6, clipByValue, sign: lose NaN |
 * | M14 | clipByValue of int32: wrong |
 * | M15 | elementwise operations from rank 7 on: wrong |
 * | M16 | reductions over nothing: whatever the memory held |
 * | M17 | dilation2d of negative numbers, maxPoolWithArgmax: wrong |
 * | M18 | pooling that rounds up: wrong; maxPool of int32: throws |
 * | M19 | slice beyond the end: writes past its output; slow |
 * | M20 | reverse of bool: wrong |
 * | M21 | sin, log1p: lose all digits of small numbers |
 * | M22 | pad from rank 7 on: wrong |
 * | M23 | a full heap: writes over other tensors |
 * | M24 | convolutions: keep a filter as it was, though it was changed in place |
 *
 * The matrix products are repaired in `matmul.ts`, a full heap in `allocation.ts`.
 *
 * @module
 */
import { repairBoolSums, repairNumberPadding, repairScanAxis } from "../kernel.ts";
import { borrow, borrowMissing } from "./borrow.ts";
import { addComplexArithmetic } from "./complex_arithmetic.ts";
import { addComplexNumbers } from "./complex.ts";
import {
  addConv2dFilterGradient,
  repairConv2d,
  repairConv2dInputGradient,
  repairConv3dGradients,
} from "./conv.ts";
import { addDepthwiseGradients } from "./depthwise.ts";
import {
  keepNaN,
  repairCastToBool,
  repairClipOfIntegers,
  repairFloorDiv,
  repairHighRanks,
  repairNearZero,
  repairPrelu,
} from "./elementwise.ts";
import { addSegmentSum, repairGather, repairOneHot } from "./indexing.ts";
import { repairPad, repairReverse, repairSlice } from "./layout.ts";
import { repairPackedFilters } from "./packed_filters.ts";
import { repairMaxPool3d, repairMaxPoolGradient, repairRoundedPools } from "./pool.ts";
import { repairEmptyReductions } from "./empty.ts";

let isDone = false;

/** Repairs the wasm backend of TensorFlow.js, once. */
export function repairWasm(): void {
  if (isDone) return;
  isDone = true;
  addComplexNumbers();
  repairPackedFilters(); // first: what repairConv2d() adds hands on tensors
  repairConv2d();
  repairConv2dInputGradient();
  addConv2dFilterGradient();
  addDepthwiseGradients();
  repairConv3dGradients();
  repairMaxPoolGradient();
  repairMaxPool3d();
  repairRoundedPools();
  addSegmentSum();
  repairGather();
  repairOneHot();
  repairCastToBool();
  repairPrelu();
  repairFloorDiv();
  keepNaN();
  repairClipOfIntegers();
  repairNearZero();
  repairSlice();
  repairPad();
  repairReverse();
  repairHighRanks();
  repairEmptyReductions();
  // M17: rare, and wrong
  borrow(
    "Dilation2D",
    "Dilation2DBackpropInput",
    "Dilation2DBackpropFilter",
    "MaxPoolWithArgmax",
  );
  borrowMissing();
  addComplexArithmetic();
  repairScanAxis("wasm");
  repairNumberPadding("wasm");
  repairBoolSums("wasm");
}
