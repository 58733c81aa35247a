/**
 * Matrix products on the GPU, for ops that need more from one than its result.
 *
 * @module
 */
export { wrapKernel } from "./repairs/webgpu/kernels.ts";
export type { Activation } from "./repairs/webgpu/epilogue.ts";
export { multiply, multiplyAndSum } from "./repairs/webgpu/product.ts";
