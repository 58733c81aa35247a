import type { Module } from "../nn/mod.ts";
import { clipByGlobalNorm, clipByValue, type Optimizer } from "../optim/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { makingFor, record, type Scalar, type Tensor, type Variable } from "../tensor/mod.ts";
import { computeGradients, type LossAndGradients } from "./gradients.ts";
import type { TrainerOptions } from "./options.ts";
import type { PendingStep } from "./readings.ts";

/** What {@link stepOnce} calls. */
export interface StepHooks<B> {
  /** The step on the device, recorded or not. */
  onDevice(batches: readonly B[]): DeviceStep;
  /** Called with each batch once it is used. */
  release(batch: B): void;
  /** Called with the gradients before they are clipped; then the step is never recorded. */
  onGradients?(gradients: Readonly<Record<string, Tensor>>): Promise<void>;
}

/** What a step leaves on the device; whoever made it frees it. */
export interface DeviceStep {
  /** The loss. */
  loss: Scalar;
  /** The gradient's length, if gradients are clipped by it. */
  gradNorm?: Scalar;
}

/**
 * Makes a function that makes one step of the optimizer on batches as if they were one, and replays it on WebGPU.
 *
 * @param model The model.
 * @param options The optimizer, the loss, and what is done to gradients.
 */
export function recordSteps<M extends Module, B>(
  model: M,
  options: TrainerOptions<M, B>,
): Disposable & ((batches: readonly B[]) => DeviceStep) {
  const step = ({ batches }: { batches: readonly B[] }) => {
    const { optimizer, loss } = options;
    return apply(computeGradients(model, loss, batches, trainableOf(optimizer)), options);
  };
  const recorded = record(step, { name: "training" });
  const run = (batches: readonly B[]) => {
    const { training } = model;
    const trainable = [...trainableOf(options.optimizer).keys()].join();
    const input = { batches, training, trainable };
    return options.record === false ? makingFor("activations", () => step(input)) : recorded(input);
  };
  return Object.assign(run, { [Symbol.dispose]: () => recorded[Symbol.dispose]() });
}

/**
 * Makes one step of the optimizer, on batches as if they were one.
 *
 * @returns The loss and the gradient's length on the device, which the caller frees, and what is known without reading.
 */
export async function stepOnce<M extends Module, B>(
  model: M,
  options: TrainerOptions<M, B>,
  batches: readonly B[],
  { onDevice, release, onGradients }: StepHooks<B>,
): Promise<Omit<PendingStep, "step" | "epoch">> {
  const { optimizer, loss: objective } = options;
  const tokens = batches.reduce(
    (sum, batch) => sum + (objective.tokens?.(batch) ?? tokensOf(batch)),
    0,
  );
  const lr = optimizer.lrAt();
  if (!onGradients) {
    const made = onDevice(batches);
    batches.forEach(release);
    return { lr, tokens, ...made };
  }
  const computed = makingFor(
    "activations",
    () => computeGradients(model, objective, batches, trainableOf(optimizer), release),
  );
  try {
    await onGradients(computed.gradients);
  } catch (error) {
    tf.dispose([computed.loss, ...Object.values(computed.gradients)]);
    throw error;
  }
  return { lr, tokens, ...apply(computed, options) };
}

function trainableOf({ parameters }: Optimizer): Map<string, Variable> {
  return new Map([...parameters].filter(([, parameter]) => parameter.trainable));
}

/** Changes the parameters along the gradients; frees those. */
function apply<M extends Module, B>(
  { loss, gradients }: LossAndGradients,
  { optimizer, clipValue, maxGradNorm }: TrainerOptions<M, B>,
): DeviceStep {
  const owned: Tensor[] = Object.values(gradients);
  const norms: Tensor[] = [];
  try {
    if (clipValue !== undefined) {
      gradients = Object.fromEntries(clipByValue(gradients, clipValue));
      owned.push(...Object.values(gradients));
    }
    if (maxGradNorm === undefined) {
      optimizer.step(gradients);
      return { loss };
    }
    const { norm, coefficient } = clipByGlobalNorm(gradients, maxGradNorm);
    owned.push(coefficient);
    norms.push(norm);
    optimizer.step(gradients, { scale: coefficient });
    return { loss, gradNorm: norm };
  } catch (error) {
    tf.dispose([loss, ...norms]);
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
