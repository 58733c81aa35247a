import type { Module, SequenceClassifier, TokenInputs } from "../nn/mod.ts";
import {
  checkShape,
  dispose,
  interruptSignal,
  nextTurn,
  record,
  type Tensor,
  tidy,
} from "../tensor/mod.ts";
import * as tf from "../tensor/_tf.ts";

/** What a classifier says of texts, row by row. */
export interface Predictions {
  /** The likeliest class of each text; of equals the first. */
  classes: number[];
  /** The probabilities of the classes of each text. */
  probabilities: Float32Array[];
  /** The known class of each text; empty if the batches have none. */
  labels: number[];
}

/** A batch to be classified; it may say what is right. */
export interface ClassifiableBatch extends TokenInputs {
  /** The class of each text, `[B]`, int32. */
  labels?: Tensor;
}

/** How {@link predict} works. */
export interface PredictOptions {
  /** Told after each batch how many texts are done. */
  onProgress?: (done: number) => void;
  /** Stops the work, which then throws the signal's reason. @default {the Stop button, in a notebook} */
  signal?: AbortSignal;
}

/**
 * Lets a classifier of texts say the classes of batches, with dropout and the like off; on WebGPU batches of equal shapes are recorded and replayed.
 *
 * @example
 * ```ts
 * import { predict } from "@tome/tome/evaluate";
 * import { BertForSequenceClassification } from "@tome/tome/models/bert";
 * import { useDevice } from "@tome/tome/tensor";
 * import { CharacterTokenizer, encodeBatch } from "@tome/tome/text";
 *
 * await useDevice("cpu");
 * const sizes = { vocabSize: 8, contextLength: 8, numLayers: 1, numHeads: 1, embedDim: 4, dropout: 0 };
 * using model = new BertForSequenceClassification({ ...sizes, labels: ["no", "yes"] });
 * const batch = encodeBatch(CharacterTokenizer.fromText("abcd"), ["ab", "cd", "a"]);
 * const { classes } = await predict(model, [batch]);
 * console.assert(classes.length === 3);
 * ```
 * @param model The classifier; it is left in the mode it was in.
 * @param batches One pass is made; each batch is freed.
 * @param options Progress and Stop.
 * @returns Classes and probabilities in the order of the batches.
 * @throws {RangeError} If there are no batches, or some have labels and others none.
 * @throws {ShapeError} If the model gives no `[B, K]`.
 * @throws {DOMException} If it is interrupted.
 */
export async function predict<B extends ClassifiableBatch>(
  model: Module & Pick<SequenceClassifier, "forward">,
  batches: Iterable<B> | AsyncIterable<B>,
  { onProgress, signal = interruptSignal() }: PredictOptions = {},
): Promise<Predictions> {
  const found: Predictions = { classes: [], probabilities: [], labels: [] };
  const modes = [...model.namedModules()].map(([, module]) => [module, module.training] as const);
  model.eval();
  using forward = record((batch: B) => {
    const logits = model.forward(batch);
    checkShape("predict classes", "logits", logits, [batch.ids.shape[0]!, -1]);
    return tf.softmax(logits);
  }, { name: "prediction" });
  try {
    for await (const batch of batches) {
      try {
        signal?.throwIfAborted();
        await addBatch(found, tidy(() => forward(batch)), batch.labels);
      } finally {
        dispose(batch as unknown as Parameters<typeof dispose>[0]);
      }
      onProgress?.(found.classes.length);
      await nextTurn();
    }
  } finally {
    for (const [module, training] of modes) module.training = training;
  }
  const { length } = found.classes;
  if (length === 0 || (found.labels.length > 0 && found.labels.length !== length)) {
    throw new RangeError(
      `Cannot predict as there must be texts, and labels of all or of none: ` +
        `current numbers are ${length} texts and ${found.labels.length} labels`,
    );
  }
  return found;
}

/** Reads the probabilities of a batch, and frees them. */
async function addBatch(found: Predictions, rows: Tensor, labels?: Tensor): Promise<void> {
  try {
    const [values, known] = await Promise.all([rows.data(), labels?.data()]);
    const K = rows.shape[1]!;
    for (let b = 0; b < rows.shape[0]!; b++) {
      const row = Float32Array.from(values.subarray(b * K, (b + 1) * K));
      found.probabilities.push(row);
      found.classes.push(row.indexOf(Math.max(...row)));
    }
    if (known) found.labels.push(...known);
  } finally {
    rows.dispose();
  }
}
