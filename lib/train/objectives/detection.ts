import type { DetectionBatch } from "../../data/mod.ts";
import type { ObjectDetector } from "../../nn/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { Scalar, Tensor } from "../../tensor/mod.ts";
import type { Objective } from "../objectives.ts";

/** How {@link detectionWith} weighs. */
export interface DetectionLossOptions {
  /** How much the boxes count beside the centres. @default {2} */
  boxWeight?: number;
  /** How little cells count that are sure already: focal loss's γ, CenterNet's α. @default {2} */
  focus?: number;
}

/** `log(1 + e^x)`, without overflow. */
function softplus(x: Tensor): Tensor {
  return tf.add(tf.relu(x), tf.log1p(tf.exp(tf.neg(tf.abs(x)))));
}

/**
 * The focal loss of logits of centres, summed over all cells and classes.
 *
 * `−(1 − p)^γ log p` at a centre, and `−(1 − near)⁴ p^γ log(1 − p)` elsewhere, with `p = σ(logit)`.
 */
function centreLoss(logits: Tensor, heat: Tensor, focus: number): Tensor {
  const p = tf.sigmoid(logits);
  const centre = tf.cast(tf.greaterEqual(heat, 1), "float32");
  const here = tf.mul(tf.pow(tf.sub(1, p), focus), softplus(tf.neg(logits)));
  const elsewhere = tf.mul(
    tf.mul(tf.pow(tf.sub(1, heat), 4), tf.pow(p, focus)),
    softplus(logits),
  );
  return tf.sum(tf.add(tf.mul(centre, here), tf.mul(tf.sub(1, centre), elsewhere)));
}

/**
 * `1 − GIoU` of boxes given by the distances of their edges from one point inside both.
 *
 * `GIoU = |∩| / |∪| − (|hull| − |∪|) / |hull|`
 *
 * @see Rezatofighi et al., 2019, "Generalized Intersection over Union", https://arxiv.org/abs/1902.09630
 */
function boxLoss(found: Tensor, wanted: Tensor): Tensor {
  const area = (x: Tensor) => {
    const [left, top, right, bottom] = tf.unstack(x, 3) as [Tensor, Tensor, Tensor, Tensor];
    return tf.mul(tf.add(left, right), tf.add(top, bottom));
  };
  const shared = area(tf.minimum(found, wanted));
  const union = tf.sub(tf.add(area(found), area(wanted)), shared);
  const hull = area(tf.maximum(found, wanted));
  const iou = tf.div(shared, union);
  return tf.sub(1, tf.sub(iou, tf.div(tf.sub(hull, union), hull)));
}

/**
 * Makes the {@link Objective} of detectors of centres: focal loss of the centres, and GIoU loss of the boxes near them.
 *
 * `loss = Σ centres / N + w Σ near · (1 − GIoU) / Σ near`, with `N` the number of things in the batch.
 *
 * @param options How much boxes count.
 * @see Zhou, Wang and Krähenbühl, 2019, "Objects as Points", https://arxiv.org/abs/1904.07850, equation 1
 */
export function detectionWith(
  { boxWeight = 2, focus = 2 }: DetectionLossOptions = {},
): Objective<ObjectDetector, DetectionBatch> {
  const objective: Objective<ObjectDetector, DetectionBatch> = (model, batch) => {
    const cells = model.forward(batch.images); // [B, Y, X, K + 4]
    const [logits, edges] = tf.split(cells, [model.numLabels, 4], 3) as [Tensor, Tensor];
    const things = tf.maximum(tf.sum(tf.cast(tf.greaterEqual(batch.heat, 1), "float32")), 1);
    const centres = tf.div(centreLoss(logits, batch.heat, focus), things);
    const apart = tf.mul(boxLoss(tf.exp(edges), batch.boxes), batch.weights);
    const boxes = tf.div(tf.sum(apart), tf.maximum(tf.sum(batch.weights), 1));
    return tf.add(centres, tf.mul(boxWeight, boxes)) as Scalar;
  };
  objective.tokens = ({ images }) => images.shape[0]!;
  return objective;
}

/** The loss of detectors of centres: where centres are, and how well boxes agree. */
export const detectionLoss: Objective<ObjectDetector, DetectionBatch> = detectionWith();
