import type { ImageBatch } from "../../data/mod.ts";
import type { ImageEncoder } from "../../nn/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { Scalar, Tensor } from "../../tensor/mod.ts";
import type { Objective } from "../objectives.ts";

/** What is more than any distance or logit. */
const FAR = 1e4;

/** Which pairs of a batch have one label, and which are two examples; `[B, B]`, 0 or 1. */
function pairsOf(labels: Tensor): { same: Tensor; others: Tensor } {
  const B = labels.shape[0]!;
  const equal = tf.cast(tf.equal(tf.expandDims(labels, 0), tf.expandDims(labels, 1)), "float32");
  const others = tf.sub(1, tf.eye(B));
  return { same: tf.mul(equal, others), others };
}

/** The cosines of the angles between vectors of length 1, `[B, B]`. */
function cosines(vectors: Tensor): Tensor {
  return tf.matMul(vectors as tf.Tensor2D, vectors as tf.Tensor2D, false, true);
}

/**
 * The triplet loss of a batch, each example with the farthest of its label and the nearest of another.
 *
 * `loss = mean_a max(0, max_p |a − p| − min_n |a − n| + margin)`, over the examples that have both.
 *
 * @param vectors Vectors of length 1, `[B, D]`.
 * @param labels What each is of, `[B]`, int32.
 * @param margin By how much the others must be farther away.
 * @see Hermans, Beyer and Leibe, 2017, "In Defense of the Triplet Loss for Person Re-Identification",
 *   https://arxiv.org/abs/1703.07737, equation 5
 */
export function batchHardTriplet(vectors: Tensor, labels: Tensor, margin = 0.2): Scalar {
  const { same, others } = pairsOf(labels);
  const different = tf.sub(others, same);
  const squares = tf.maximum(tf.sub(2, tf.mul(2, cosines(vectors))), 1e-8);
  const distances = tf.sqrt(squares);
  const farthest = tf.max(tf.sub(distances, tf.mul(FAR, tf.sub(1, same))), 1);
  const nearest = tf.min(tf.add(distances, tf.mul(FAR, tf.sub(1, different))), 1);
  const counts = tf.mul(tf.max(same, 1), tf.max(different, 1));
  const losses = tf.mul(tf.relu(tf.add(tf.sub(farthest, nearest), margin)), counts);
  return tf.div(tf.sum(losses), tf.maximum(tf.sum(counts), 1)) as Scalar;
}

/**
 * The supervised contrastive loss of a batch; with two views of each example as its only pairs it is SimCLR's, InfoNCE.
 *
 * `loss = −mean_i mean_{p ∈ P(i)} log( exp(z_i · z_p / τ) / Σ_{a ≠ i} exp(z_i · z_a / τ) )`, over the examples that have others of
 * their label, `P(i)`.
 *
 * @param vectors Vectors of length 1, `[B, D]`.
 * @param labels What each is of, `[B]`, int32.
 * @param temperature `τ`
 * @see Khosla et al., 2020, "Supervised Contrastive Learning", https://arxiv.org/abs/2004.11362, equation 2
 * @see van den Oord, Li and Vinyals, 2018, "Representation Learning with Contrastive Predictive Coding",
 *   https://arxiv.org/abs/1807.03748, for InfoNCE
 */
export function supervisedContrastive(
  vectors: Tensor,
  labels: Tensor,
  temperature = 0.1,
): Scalar {
  const { same, others } = pairsOf(labels);
  const logits = tf.sub(
    tf.div(cosines(vectors), temperature),
    tf.mul(FAR, tf.sub(1, others)), // an example is no other of its own
  );
  const logShares = tf.sub(logits, tf.logSumExp(logits, 1, true));
  const partners = tf.sum(same, 1);
  const sums = tf.sum(tf.mul(logShares, same), 1);
  const counts = tf.cast(tf.greater(partners, 0), "float32");
  const losses = tf.neg(tf.div(sums, tf.maximum(partners, 1)));
  return tf.div(tf.sum(losses), tf.maximum(tf.sum(counts), 1)) as Scalar;
}

/** An objective of the vectors of a batch of images. */
function ofVectors(
  loss: (vectors: Tensor, labels: Tensor) => Scalar,
): Objective<ImageEncoder, ImageBatch> {
  return Object.assign(
    (model: ImageEncoder, { images, labels }: ImageBatch) => loss(model.forward(images), labels),
    { tokens: ({ images }: ImageBatch) => images.shape[0]! },
  );
}

/**
 * Makes the objective of {@link batchHardTriplet} for models that give images vectors.
 *
 * @param options `margin`: by how much others must be farther away. @default {0.2}
 */
export function tripletWith(
  { margin = 0.2 }: { margin?: number } = {},
): Objective<ImageEncoder, ImageBatch> {
  return ofVectors((vectors, labels) => batchHardTriplet(vectors, labels, margin));
}

/**
 * Makes the objective of {@link supervisedContrastive} for models that give images vectors.
 *
 * @param options `temperature`: how much the nearest count before the others, the lower the more. @default {0.1}
 */
export function supervisedContrastiveWith(
  { temperature = 0.1 }: { temperature?: number } = {},
): Objective<ImageEncoder, ImageBatch> {
  return ofVectors((vectors, labels) => supervisedContrastive(vectors, labels, temperature));
}
