import * as tf from "../tensor/_tf.ts";
import type { Shape, Tensor } from "../tensor/mod.ts";
import { attentionWeights, scoresOf } from "./attention_weights.ts";
import { drop, type Drops } from "./dropout.ts";
import { maskedSoftmaxGradient } from "./masked_softmax.ts";

/** What attention does, with nothing left to choose. */
export interface AttentionSpec {
  /** Whether query `t` of `T` sees only the keys `s ≤ t + S − T`. */
  causal: boolean;
  /** What the products are multiplied by. */
  scale: number;
  /** What is dropped of the weights. */
  drops: Drops;
  /** Queries of a block, where the form has blocks of any size. @default {chosen by the sizes} */
  block?: number;
}

/** The tensors of attention. */
export interface AttentionInputs {
  /** Queries, `[B, H, T, D]`. */
  q: Tensor;
  /** Keys, `[B, K, S, D]`. */
  k: Tensor;
  /** Values, `[B, K, S, E]`. */
  v: Tensor;
  /** Added to the scores, if there is one. */
  mask?: Tensor;
}

/** A way to compute attention that does not store all its weights. */
export interface AttentionForm {
  /** Its name in TensorFlow.js's registry. */
  name: string;
  /** Where it runs. */
  backends: readonly string[];
  /** Gives `[B, H, T, E]`, and what else the gradient needs. */
  forward(inputs: AttentionInputs, spec: AttentionSpec): Tensor[];
  /** The gradients of queries, keys and values. */
  backward(
    dy: Tensor,
    inputs: AttentionInputs,
    outputs: Tensor[],
    spec: AttentionSpec,
  ): [dq: Tensor, dk: Tensor, dv: Tensor];
}

/** Whether a mask broadcasts to `[B, H, T, S]`. */
export function broadcastsTo(mask: Shape, shape: Shape): boolean {
  const lead = shape.length - mask.length;
  return lead >= 0 && mask.every((n, axis) => n === 1 || n === shape[lead + axis]);
}

/** Registers a form of attention with its gradient, which the mask has too. */
export function defineAttention(
  form: AttentionForm,
): (q: Tensor, k: Tensor, v: Tensor, mask: Tensor | undefined, spec: AttentionSpec) => Tensor {
  // the engine saves inputs by their names, all of which must be there
  for (
    const [name, names] of [[form.name, ["q", "k", "v"]], [`${form.name}Masked`, [
      "q",
      "k",
      "v",
      "mask",
    ]]] as const
  ) {
    for (const backendName of form.backends) {
      if (tf.getKernel(name, backendName)) continue; // another copy of the library came first
      tf.registerKernel({
        kernelName: name,
        backendName,
        kernelFunc: ({ inputs, attrs }) =>
          tf.tidy(() =>
            form.forward(inputs as unknown as AttentionInputs, attrs as unknown as AttentionSpec)
          ),
      });
    }
    if (tf.getGradient(name)) continue;
    tf.registerGradient({
      kernelName: name,
      inputsToSave: [...names],
      outputsToSave: [true, true],
      gradFunc(dys, saved, attrs) {
        const dy = (Array.isArray(dys) ? dys[0] : dys) as Tensor;
        const inputs = Object.fromEntries(
          names.map((name, i) => [name, saved[i]]),
        ) as unknown as AttentionInputs;
        const spec = attrs as unknown as AttentionSpec;
        const [dq, dk, dv] = form.backward(dy, inputs, saved.slice(names.length), spec);
        return {
          q: () => dq,
          k: () => dk,
          v: () => dv,
          mask: () => maskGradient(dy, inputs, spec),
        };
      },
    });
  }
  return (q, k, v, mask, spec) => {
    const inputs = mask ? { q, k, v, mask } : { q, k, v };
    const outputs = tf.engine().runKernel(
      mask ? `${form.name}Masked` : form.name,
      inputs as unknown as tf.NamedTensorMap,
      spec as unknown as tf.NamedAttrMap,
    ) as Tensor | Tensor[];
    return Array.isArray(outputs) ? outputs[0]! : outputs;
  };
}

/** The gradient of the mask, by way of all weights. */
function maskGradient(dy: Tensor, { q, k, v, mask }: AttentionInputs, spec: AttentionSpec): Tensor {
  const weights = attentionWeights(q, k, mask, spec);
  const dWeights = drop(scoresOf(dy, v), spec.drops);
  const dScores = maskedSoftmaxGradient(weights, dWeights, { causal: spec.causal });
  const shape = Array<number>(4 - mask!.rank).fill(1).concat(mask!.shape);
  const axes = [0, 1, 2, 3].filter((axis) => shape[axis] === 1);
  return tf.reshape(tf.sum(dScores, axes), mask!.shape);
}
