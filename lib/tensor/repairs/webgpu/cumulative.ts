import { lastOf, type SourceRepair, swap } from "./source.ts";

/**
 * W2: a cumulative sum or product from the end holds the length of the axis in its source but not in its key, so that
 * the program of another length is taken: wrong values, and wrong gradients of every cumulative sum and of `prod`. The
 * length comes from the uniforms here. So does the step, `1 << i`, and not from a `pow` that may fall short of 2^i.
 */
export const cumulativeLength: SourceRepair = (wgsl, { outputShape, reverse }) => {
  const exact = swap(wgsl, "i32(pow(2.0, uniforms.index))", "(1 << u32(uniforms.index))");
  if (!reverse) return exact;
  const length = lastOf("out", outputShape.length);
  return swap(
    exact,
    /end \+ pow2 < \d+|end != \d+/,
    exact.includes("end + pow2 <") ? `end + pow2 < ${length}` : `end != ${length} - 1`,
  );
};
