import * as tf from "../../_tf.ts";
import { floats, replace } from "./stock.ts";

type Shape4 = [number, number, number, number];

interface DepthwiseAttrs {
  strides: number | [number, number];
  dilations: number | [number, number];
  pad: "same" | "valid" | number | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/** Calls `visit` with the offsets of input, filter and output for each pair of pixels that a tap joins. */
function eachTap(
  inShape: number[],
  filterShape: number[],
  { strides, dilations, pad, dimRoundingMode }: DepthwiseAttrs,
  visit: (x: number, filter: number, dy: number) => void,
): void {
  const info = tf.backend_util.computeConv2DInfo(
    inShape as Shape4,
    filterShape as Shape4,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  const { batchSize, inHeight, inWidth, inChannels: C, outHeight, outWidth, outChannels } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo: { top, left } } = info;
  for (let b = 0; b < batchSize; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let fy = 0; fy < filterHeight; fy++) {
        const y = oy * strideHeight - top + fy * info.dilationHeight;
        if (y < 0 || y >= inHeight) continue;
        for (let ox = 0; ox < outWidth; ox++) {
          for (let fx = 0; fx < filterWidth; fx++) {
            const x = ox * strideWidth - left + fx * info.dilationWidth;
            if (x < 0 || x >= inWidth) continue;
            visit(
              ((b * inHeight + y) * inWidth + x) * C,
              (fy * filterWidth + fx) * outChannels,
              ((b * outHeight + oy) * outWidth + ox) * outChannels,
            );
          }
        }
      }
    }
  }
}

/** M4: depthwiseConv2d has no gradients; the channels of input and output are `C` and `C · M`. */
export function addDepthwiseGradients(): void {
  replace<DepthwiseAttrs & { filterShape: number[] }>(
    "DepthwiseConv2dNativeBackpropFilter",
    () => ({ inputs: { x, dy }, attrs, backend }) => {
      const out = backend.makeOutput(attrs.filterShape, "float32");
      const [C, M] = attrs.filterShape.slice(-2) as [number, number];
      const [image, g] = [floats(backend, x!), floats(backend, dy!)];
      const sums = new Float64Array(attrs.filterShape.reduce((n, length) => n * length, 1));
      eachTap(x!.shape, attrs.filterShape, attrs, (at, tap, from) => {
        for (let c = 0, k = 0; c < C; c++) {
          for (let m = 0; m < M; m++, k++) sums[tap + k]! += image[at + c]! * g[from + k]!;
        }
      });
      floats(backend, out).set(sums);
      return out;
    },
  );
  replace<DepthwiseAttrs & { inputShape: number[] }>(
    "DepthwiseConv2dNativeBackpropInput",
    () => ({ inputs: { dy, filter }, attrs, backend }) => {
      const out = backend.makeOutput(attrs.inputShape, "float32");
      const [C, M] = filter!.shape.slice(-2) as [number, number];
      const [w, g, dx] = [filter!, dy!, out].map((t) => floats(backend, t));
      dx!.fill(0);
      eachTap(attrs.inputShape, filter!.shape, attrs, (at, tap, from) => {
        for (let c = 0, k = 0; c < C; c++) {
          for (let m = 0; m < M; m++, k++) dx![at + c]! += w![tap + k]! * g![from + k]!;
        }
      });
      return out;
    },
  );
}
