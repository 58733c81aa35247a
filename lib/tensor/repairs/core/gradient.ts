import * as tf from "../../_tf.ts";
import type { Tensor } from "../../types.ts";

/** The gradient of each input, computed only where it is needed. */
export type Gradients = Record<string, () => Tensor>;

/** Which tensors of the forward pass a gradient wants to see again. */
export interface Saved {
  /** Names of inputs, in the order in which the gradient receives them. */
  inputs?: string[];
  /** Whether to save each input of a kernel that takes a list. */
  allInputs?: boolean;
  /** Whether to save each output; they come after the inputs. */
  outputs?: boolean[];
}

/**
 * Replaces or adds the gradient of a TensorFlow.js kernel.
 *
 * @param kernelName The kernel, as TensorFlow.js registers it.
 * @param saved What the gradient needs of the forward pass.
 * @param gradient From the gradient of the output, the saved tensors and the attributes, the gradient of each input.
 */
export function setGradient<S extends (Tensor | undefined)[], A = object>(
  kernelName: string,
  saved: Saved,
  gradient: (dy: Tensor, saved: S, attrs: A) => Gradients,
): void {
  if (tf.getGradient(kernelName)) tf.unregisterGradient(kernelName);
  tf.registerGradient({
    kernelName,
    inputsToSave: saved.inputs,
    saveAllInputs: saved.allInputs,
    outputsToSave: saved.outputs,
    gradFunc: (dy, tensors, attrs) => gradient(dy as Tensor, tensors as S, attrs as unknown as A),
  });
}

/** Replaces the gradient of a kernel that has several outputs; it receives a gradient for each. */
export function setGradientOfMany<S extends (Tensor | undefined)[], A = object>(
  kernelName: string,
  saved: Saved,
  gradient: (dys: Tensor[], saved: S, attrs: A) => Gradients,
): void {
  setGradient<S, A>(kernelName, saved, (dy, tensors, attrs) => {
    // with a single output, the engine passes the tensor itself
    return gradient(Array.isArray(dy) ? dy : [dy], tensors, attrs);
  });
}

/** Gives each named input of a kernel the gradient 0. */
export function setZeroGradient(kernelName: string, inputs: string[]): void {
  setGradient<Tensor[]>(kernelName, { inputs }, (_dy, saved) => {
    return Object.fromEntries(inputs.map((name, i) => [name, zeros(saved[i]!)]));
  });
}

/** A gradient of zeros for an input; float32, whatever the dtype of the input. */
export function zeros(x: Tensor): () => Tensor {
  return () => tf.zeros(x.shape, "float32");
}

/**
 * Sums a gradient over the axes along which an input was broadcast.
 *
 * @param g Gradient in the shape of the output.
 * @param shape Shape of the input.
 */
export function unbroadcast(g: Tensor, shape: number[]): Tensor {
  if (tf.util.arraysEqual(g.shape, shape)) return g;
  const lead = g.shape.length - shape.length;
  const axes = g.shape.flatMap((length, i) =>
    i < lead || (shape[i - lead] === 1 && length !== 1) ? [i] : []
  );
  return tf.reshape(axes.length > 0 ? tf.sum(g, axes) : g, shape);
}

/** Runs a kernel that TensorFlow.js exports no function for. */
export function runKernel(name: string, inputs: Record<string, Tensor>, attrs: object): Tensor {
  return tf.engine().runKernel(
    name,
    inputs as unknown as tf.NamedTensorMap,
    attrs as tf.NamedAttrMap,
  ) as Tensor;
}
