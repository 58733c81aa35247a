import * as tf from "../../_tf.ts";
import { setGradient } from "./gradient.ts";

const COMPLEX =
  "TensorFlow.js cannot carry complex gradients; express it by cos, sin and matMul, " +
  "as a product with the real and the imaginary part of the transform's matrix";
const SECOND = "it belongs to a backward pass, whose own gradient is not defined; " +
  "take first derivatives only, or build the layer from operations that have second ones";
const IMAGE = "that gradient is not defined; transform the images before what is differentiated";

/** What cannot be differentiated, and what to do instead. */
const REASONS: Record<string, string> = {
  FFT: COMPLEX,
  IFFT: COMPLEX,
  Complex: COMPLEX,
  Real: COMPLEX,
  Imag: COMPLEX,
  ComplexAbs: COMPLEX,
  Transform: IMAGE,
  RotateWithOffset: IMAGE,
  FlipLeftRight: "that gradient is not defined; use reverse(images, 2), which has one",
  MaxPoolGrad: SECOND,
  MaxPool3DGrad: SECOND,
  AvgPoolGrad: SECOND,
  AvgPool3DGrad: SECOND,
  LRNGrad: SECOND,
  Conv3DBackpropFilterV2: SECOND,
  DepthwiseConv2dNativeBackpropFilter: SECOND,
  DepthwiseConv2dNativeBackpropInput: SECOND,
  Dilation2DBackpropFilter: SECOND,
  Dilation2DBackpropInput: SECOND,
};

/** C8: kernels without a gradient say what to use instead, and not only that a function was not found. */
export function explainMissingGradients(): void {
  for (const [kernel, reason] of Object.entries(REASONS)) {
    setGradient(kernel, {}, () => {
      throw new TypeError(`Cannot differentiate ${kernel} as ${reason}`);
    });
  }
}

/** C8: the backward pass of elu has no gradient, which a gradient penalty needs. */
export function addEluGradGradient(): void {
  setGradient<[tf.Tensor, tf.Tensor]>("EluGrad", { inputs: ["dy", "y"] }, (dd, [dy, y]) => {
    // dy · (y + 1) where y < 0, else dy
    const negative = () => tf.cast(tf.less(y, 0), "float32");
    return {
      dy: () => tf.mul(dd, tf.add(1, tf.mul(y, negative()))),
      y: () => tf.mul(tf.mul(dd, dy), negative()),
    };
  });
}
