import type { TokenBatch } from "../data/mod.ts";
import type { CausalLM, ForwardOptions, Module } from "../nn/mod.ts";
import {
  linearCrossEntropy,
  type LinearCrossEntropyOptions,
  linearCrossEntropyRows,
  softmaxCrossEntropy,
  softmaxCrossEntropyRows,
} from "../ops/mod.ts";
import * as tf from "../tensor/_tf.ts";
import type { Scalar, Tensor } from "../tensor/mod.ts";

/**
 * What is minimised: the loss of a model on a batch, as a mean over whatever counts.
 *
 * A plain function will do. Where batches are not all of one size, `sum` and `count` make the mean over several of them
 * exact: the losses and gradients of accumulated and of validation batches are then those of one large batch.
 */
export interface Objective<M extends Module = Module, B = TokenBatch> {
  /** The mean loss, a scalar. */
  (model: M, batch: B): Scalar;
  /** The sum of the losses that the mean is over, a scalar. */
  sum?(model: M, batch: B): Scalar;
  /** How many losses the mean is over. @default {1 a batch: all batches count the same} */
  count?(batch: B): number | Scalar;
  /** How many tokens, or examples, a batch holds, known without reading it. */
  tokens?(batch: B): number;
}

/**
 * Makes an {@link Objective} of a next-token loss with settings.
 *
 * @example
 * ```ts
 * import { nextTokenWith } from "@tome/tome/train";
 *
 * const loss = nextTokenWith({ labelSmoothing: 0.1 }); // new Trainer(model, { loss, … })
 * console.assert(typeof loss === "function");
 * ```
 */
export function nextTokenWith(
  options: LinearCrossEntropyOptions = {},
): Objective<CausalLM, TokenBatch> {
  const { ignoreIndex = -100 } = options;
  const objective: Objective<CausalLM, TokenBatch> = (model, batch) => {
    const { inputs, targets } = batch;
    return model.hiddenStates && model.outputWeight
      ? linearCrossEntropy(
        model.hiddenStates(inputs, packing(model, batch)),
        model.outputWeight,
        targets,
        options,
      )
      : softmaxCrossEntropy(model.forward(inputs, packing(model, batch)), targets, options);
  };
  const rows = (model: CausalLM, batch: TokenBatch) => nextTokenRows(model, batch, options);
  objective.sum = (model, batch) => tf.sum(rows(model, batch)) as Scalar;
  objective.count = ({ targets }) =>
    tf.tidy(() => tf.sum(tf.cast(tf.notEqual(targets, ignoreIndex), "float32")) as Scalar);
  objective.tokens = ({ inputs }) => inputs.size;
  return objective;
}

/** How a model runs on a batch. @throws {TypeError} If texts are packed into its rows and the model does not keep them apart. */
function packing(model: CausalLM, { segments }: TokenBatch): ForwardOptions {
  if (!segments) return {};
  if (model.keepsApart) return { segments };
  throw new TypeError(
    "Cannot train on packed rows as the model must keep their texts apart: current model does not; pass one text a row",
  );
}

/**
 * The cross entropy of each token given those before it, in nats.
 *
 * @param model The model.
 * @param batch Tokens, and the token after each.
 * @returns `[B, T]`; 0 where the target is -100.
 * @throws {TypeError} If texts are packed into the rows and the model does not keep them apart.
 */
export function nextTokenRows(
  model: CausalLM,
  batch: TokenBatch,
  options: LinearCrossEntropyOptions = {},
): Tensor {
  const { inputs, targets } = batch;
  return model.hiddenStates && model.outputWeight
    ? linearCrossEntropyRows(
      model.hiddenStates(inputs, packing(model, batch)),
      model.outputWeight,
      targets,
      options,
    )
    : softmaxCrossEntropyRows(model.forward(inputs, packing(model, batch)), targets, options);
}

/**
 * The loss of language models: the mean cross entropy of each token given those before it, in nats.
 *
 * `loss = −mean_t log p(target_t | inputs_≤t)`, over the targets that are not -100.
 */
export const nextToken: Objective<CausalLM, TokenBatch> = nextTokenWith();
