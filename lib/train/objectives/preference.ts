import type { PreferenceBatch, TokenBatch } from "../../data/mod.ts";
import { adaptedLayers, type CausalLM, withoutLora } from "../../nn/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { Scalar, Tensor } from "../../tensor/mod.ts";
import { nextTokenRows, type Objective } from "../objectives.ts";

/** How {@link dpoWith} weighs preferences. */
export interface DPOOptions {
  /** How strongly the model is held to the reference: large values leave less room. @default {0.1} */
  beta?: number;
  /** The share of the preferences that are taken to be the wrong way round. @default {0} */
  labelSmoothing?: number;
  /**
   * The weight of the chosen rows' own loss, the mean over their tokens, which is added: above 0 it keeps the probability of what
   * is chosen from falling together with that of what is rejected. @default {0}
   */
  likelihood?: number;
}

/**
 * The log probability of what each row learns, given what stands before it: a sum over its targets that are not -100.
 *
 * @param model The model.
 * @param batch Tokens, and the token after each.
 * @returns `[B]`, float32, in nats.
 */
export function sequenceLogProbs(model: CausalLM, batch: TokenBatch): Tensor {
  return tf.neg(tf.sum(nextTokenRows(model, batch), 1));
}

/** The log probabilities by the reference, without a gradient: those of the batch, or the model's without its adapters. */
function referenceOf(model: CausalLM, batch: PreferenceBatch): Tensor {
  const { reference, inputs } = batch;
  if (reference) return reference;
  if (adaptedLayers(model).next().done) {
    throw new TypeError(
      "Cannot learn preferences as there must be a reference: the batch has none, and the model no adapters to leave out; " +
        "compute it once by sequenceLogProbs",
    );
  }
  // what happens inside is on no tape, so that nothing of it is kept
  const constant = tf.customGrad((x: unknown) => ({
    value: withoutLora(model, () => sequenceLogProbs(model, batch)),
    gradFunc: () => tf.zerosLike(x as Tensor),
  }));
  return constant(inputs);
}

/**
 * How much more the model prefers each chosen row to its rejected one than the reference does.
 *
 * `β (log π(chosen) / π_ref(chosen) − log π(rejected) / π_ref(rejected))`
 *
 * @param model The model.
 * @param batch Chosen rows, then rejected ones.
 * @returns `[B]`, float32; above 0 where the model goes the way of the preference.
 * @throws {TypeError} If there is no reference.
 */
export function preferenceMargins(
  model: CausalLM,
  batch: PreferenceBatch,
  { beta = 0.1 }: Pick<DPOOptions, "beta"> = {},
): Tensor {
  return marginsOf(sequenceLogProbs(model, batch), referenceOf(model, batch), beta);
}

/** The margins of log probabilities by the model and by the reference, `[2 B]` each. */
function marginsOf(own: Tensor, reference: Tensor, beta: number): Tensor {
  const gains = tf.sub(own, reference); // [2 B]
  const [chosen, rejected] = tf.split(gains, 2) as [Tensor, Tensor];
  return tf.mul(tf.sub(chosen, rejected), beta);
}

/**
 * Makes an {@link Objective} of direct preference optimization with settings.
 *
 * With `likelihood` α, `−α log π(chosen) / length` is added to the loss of each pair.
 *
 * @throws {RangeError} If a setting is out of its range.
 * @see Pang et al., 2024, "Iterative Reasoning Preference Optimization", https://arxiv.org/abs/2404.19733, equation 1
 */
export function dpoWith(
  { beta = 0.1, labelSmoothing = 0, likelihood = 0 }: DPOOptions = {},
): Objective<CausalLM, PreferenceBatch> {
  if (!(beta > 0 && labelSmoothing >= 0 && labelSmoothing < 0.5 && likelihood >= 0)) {
    throw new RangeError(
      `Cannot learn preferences as beta must be above 0, labelSmoothing in [0, 0.5) and likelihood at least 0: ` +
        `current values are ${beta}, ${labelSmoothing} and ${likelihood}`,
    );
  }
  const rows = (model: CausalLM, batch: PreferenceBatch): Tensor => {
    const own = sequenceLogProbs(model, batch);
    const margins = marginsOf(own, referenceOf(model, batch), beta);
    // −log σ(x) is softplus(−x), which does not overflow
    let losses = tf.mul(tf.softplus(tf.neg(margins)), 1 - labelSmoothing);
    if (labelSmoothing > 0) {
      losses = tf.add(losses, tf.mul(tf.softplus(margins), labelSmoothing));
    }
    if (likelihood === 0) return losses;
    const lengths = tf.sum(tf.cast(tf.notEqual(batch.targets, -100), "float32"), 1);
    const [chosen] = tf.split(tf.div(own, lengths), 2); // [B]
    return tf.sub(losses, tf.mul(chosen!, likelihood));
  };
  const objective: Objective<CausalLM, PreferenceBatch> = (model, batch) =>
    tf.mean(rows(model, batch)) as Scalar;
  objective.sum = (model, batch) => tf.sum(rows(model, batch)) as Scalar;
  objective.count = ({ inputs }) => inputs.shape[0]! / 2;
  objective.tokens = ({ inputs }) => inputs.size;
  return objective;
}

/**
 * Direct preference optimization: the model learns to prefer the chosen continuations, held to a reference.
 *
 * `loss = −mean log σ(β (log π(chosen) / π_ref(chosen) − log π(rejected) / π_ref(rejected)))`
 *
 * The reference is the batch's, or, for a model with adapters, the model without them. Turn dropout off: it would make both differ.
 *
 * @see Rafailov et al., 2023, "Direct Preference Optimization", https://arxiv.org/abs/2305.18290, equation 7
 */
export const dpo: Objective<CausalLM, PreferenceBatch> = dpoWith();
