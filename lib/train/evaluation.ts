import type { Module } from "../nn/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { interruptSignal, nextTurn, record, type Scalar } from "../tensor/mod.ts";
import { type Batches, BatchStream, isPositioned, lengthOf } from "./batch_stream.ts";
import type { Objective } from "./objectives.ts";

/** Further measures of a model on a batch: means, which are averaged over the batches as the loss is. */
export type BatchMetrics<M, B> = (model: M, batch: B) => Record<string, Scalar>;

/** How {@link evaluateLoss} measures. */
export interface EvaluateOptions<M extends Module, B> {
  /** The loss. */
  loss: Objective<M, B>;
  /** Further measures. */
  metrics?: BatchMetrics<M, B>;
  /** The most batches to use. @default {all} */
  maxBatches?: number;
  /** Stops the work, which then throws the signal's reason. @default {the Stop button, in a notebook} */
  signal?: AbortSignal;
}

const READ_EVERY = 16; // batches; their losses wait on the device until then

/**
 * Measures a model on batches, with dropout and the like off.
 *
 * @param model The model; it is left in the mode it was in.
 * @param batches One pass is made; each batch is freed. A `BatchSource` is put back to its place after it, so that the next
 *   evaluation sees the same batches.
 * @returns The means over everything that counts: `loss`, and what `metrics` gives.
 * @throws {RangeError} If there are no batches, or no end of them.
 * @throws {DOMException} If it is interrupted.
 */
export async function evaluateLoss<M extends Module, B>(
  model: M,
  batches: Batches<B>,
  { loss, metrics, maxBatches = Infinity, signal = interruptSignal() }: EvaluateOptions<M, B>,
): Promise<Record<string, number>> {
  if (lengthOf(batches) === Infinity && maxBatches === Infinity) {
    throw new RangeError("Cannot evaluate on batches without end; pass maxBatches");
  }
  const place = isPositioned(batches) ? batches.state() : undefined;
  const modes = [...model.namedModules()].map(([, module]) => [module, module.training] as const);
  model.eval();
  const stream = new BatchStream(batches);
  using measure = record((batch: B) => ({
    ...metrics?.(model, batch),
    loss: loss(model, batch),
    "#count": tf.scalar(0).add(loss.count?.(batch) ?? 1) as Scalar,
  }), { name: "evaluation" });
  const sums = new Map<string, number>();
  let count = 0;
  let rested = performance.now();
  let waiting: Record<string, Scalar>[] = [];
  const read = async () => {
    const ready = waiting;
    waiting = [];
    const values = await readAll(ready);
    for (const { "#count": weight = 1, ...measures } of values) {
      if (weight === 0) continue; // nothing counts in this batch, and its means are no numbers
      count += weight;
      for (const [name, value] of Object.entries(measures)) {
        sums.set(name, (sums.get(name) ?? 0) + weight * value);
      }
    }
  };
  try {
    for (let used = 0; used < maxBatches; used++) {
      signal?.throwIfAborted();
      const taken = await stream.take(1);
      if (taken.length === 0) break;
      try {
        waiting.push(measure(taken[0]!));
      } finally {
        stream.release(taken);
      }
      if (waiting.length === READ_EVERY) await read();
      rested = await breathe(rested);
    }
    await read();
  } finally {
    tf.dispose(waiting as unknown as tf.TensorContainer);
    await stream.close();
    if (place !== undefined && isPositioned(batches)) batches.restore(place);
    for (const [module, training] of modes) module.training = training;
  }
  return Object.fromEntries([...sums].map(([name, sum]) => [name, sum / count]));
}

/** Lets signals and timers have their turn if the last turn, at `since`, is some time ago; gives the time of the last turn. */
async function breathe(since: number): Promise<number> {
  if (performance.now() - since < 25) return since;
  await nextTurn();
  return performance.now();
}

/** Reads many scalars at once, and frees them. */
async function readAll(rows: Record<string, Scalar>[]): Promise<Record<string, number>[]> {
  try {
    return await Promise.all(rows.map(async (row) => {
      const entries = Object.entries(row).map(async ([name, scalar]) =>
        [name, (await scalar.data())[0]!] as const
      );
      return Object.fromEntries(await Promise.all(entries));
    }));
  } finally {
    tf.dispose(rows as unknown as tf.TensorContainer);
  }
}
