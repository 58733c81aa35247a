import type { Module, SequenceClassifier, TokenInputs } from "../nn/mod.ts";
import { checkShape, type Tensor } from "../tensor/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { eachBatch } from "./each_batch.ts";

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
  { onProgress, signal }: PredictOptions = {},
): Promise<Predictions> {
  const found: Predictions = { classes: [], probabilities: [], labels: [] };
  await eachBatch(
    model,
    batches,
    (batch) => {
      const logits = model.forward(batch);
      checkShape("predict classes", "logits", logits, [batch.ids.shape[0]!, -1]);
      return tf.softmax(logits);
    },
    async (values, [, K], { labels }) => {
      for (let at = 0; at < values.length; at += K!) {
        const row = values.slice(at, at + K!);
        found.probabilities.push(row);
        found.classes.push(row.indexOf(Math.max(...row)));
      }
      if (labels) found.labels.push(...await labels.data());
      onProgress?.(found.classes.length);
    },
    { name: "prediction", signal },
  );
  const { length } = found.classes;
  if (length === 0 || (found.labels.length > 0 && found.labels.length !== length)) {
    throw new RangeError(
      `Cannot predict as there must be texts, and labels of all or of none: ` +
        `current numbers are ${length} texts and ${found.labels.length} labels`,
    );
  }
  return found;
}
