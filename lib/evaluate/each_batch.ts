import type { Module } from "../nn/mod.ts";
import { dispose, interruptSignal, nextTurn, record, type Tensor, tidy } from "../tensor/mod.ts";

/** How a model is run over batches. */
export interface EachBatchOptions {
  /** What the work is called where it cannot be replayed. */
  name: string;
  /** Stops the work, which then throws the signal's reason. @default {the Stop button, in a notebook} */
  signal?: AbortSignal | undefined;
}

/**
 * Runs a model over batches, with dropout and the like off, and reads what comes out; the model is left in the mode it was in.
 *
 * @param model The model.
 * @param batches The batches; each is freed.
 * @param forward Gives a tensor of a batch, float32, and is recorded.
 * @param read Is told the values of each batch, in order.
 */
export async function eachBatch<B extends object>(
  model: Module,
  batches: Iterable<B> | AsyncIterable<B>,
  forward: (batch: B) => Tensor,
  read: (
    values: Float32Array,
    shape: readonly number[],
    batch: B,
  ) => void | Promise<void>,
  { name, signal = interruptSignal() }: EachBatchOptions,
): Promise<void> {
  const modes = [...model.namedModules()].map(([, module]) => [module, module.training] as const);
  model.eval();
  using recorded = record(forward, { name });
  try {
    for await (const batch of batches) {
      try {
        signal?.throwIfAborted();
        const made = tidy(() => recorded(batch));
        try {
          await read(await made.data<"float32">(), made.shape, batch);
        } finally {
          made.dispose();
        }
      } finally {
        dispose(batch as Parameters<typeof dispose>[0]);
      }
      await nextTurn();
    }
  } finally {
    for (const [module, training] of modes) module.training = training;
  }
}
