import type { Module } from "../nn/mod.ts";
import { clipByGlobalNorm, clipByValue } from "../optim/mod.ts";
import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";
import { computeGradients } from "./gradients.ts";
import type { TrainerOptions } from "./options.ts";
import type { PendingStep } from "./readings.ts";

/** What {@link stepOnce} calls. */
export interface StepHooks<B> {
  /** Called with each batch once it is used. */
  release(batch: B): void;
  /** Called with the gradients before they are clipped. */
  onGradients(gradients: Readonly<Record<string, Tensor>>): Promise<void>;
}

/**
 * Makes one step of the optimizer, on batches as if they were one.
 *
 * @returns The loss and the gradient's length on the device, which the caller frees, and what is known without reading.
 */
export async function stepOnce<M extends Module, B>(
  model: M,
  { optimizer, loss: objective, maxGradNorm, clipValue }: TrainerOptions<M, B>,
  batches: readonly B[],
  { release, onGradients }: StepHooks<B>,
): Promise<Omit<PendingStep, "step" | "epoch">> {
  const tokens = batches.reduce(
    (sum, batch) => sum + (objective.tokens?.(batch) ?? tokensOf(batch)),
    0,
  );
  const trainable = new Map([...optimizer.parameters].filter(([, p]) => p.trainable));
  const computed = computeGradients(model, objective, batches, trainable, release);
  const owned: Tensor[] = Object.values(computed.gradients);
  const norms: Tensor[] = [];
  try {
    let gradients = computed.gradients;
    await onGradients(gradients);
    if (clipValue !== undefined) {
      gradients = Object.fromEntries(clipByValue(gradients, clipValue));
      owned.push(...Object.values(gradients));
    }
    const lr = optimizer.lrAt();
    const step = { lr, tokens, loss: computed.loss };
    if (maxGradNorm === undefined) {
      optimizer.step(gradients, { lr });
      return step;
    }
    const { norm, coefficient } = clipByGlobalNorm(gradients, maxGradNorm);
    owned.push(coefficient);
    norms.push(norm);
    optimizer.step(gradients, { lr, scale: coefficient });
    return { ...step, gradNorm: norm };
  } catch (error) {
    tf.dispose([computed.loss, ...norms]);
    throw error;
  } finally {
    tf.dispose(owned);
  }
}

/** The ids in a batch of token ids, else the examples: the length of the first axis. */
function tokensOf(batch: unknown): number {
  const first = batch instanceof tf.Tensor
    ? batch
    : Object.values(batch as object).find((value) => value instanceof tf.Tensor);
  if (!first) return 1;
  return first.dtype === "int32" ? first.size : first.shape[0] ?? 1;
}
