import type { Module } from "../../nn/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import { checkShape, type Scalar, type Tensor } from "../../tensor/mod.ts";
import type { Objective } from "../objectives.ts";

/** Inputs, and the numbers that a model should make of them. */
export interface RegressionBatch {
  /** What the model takes, `[B, ...]`. */
  inputs: Tensor;
  /** What it should give, `[B, ...]`, float32. */
  targets: Tensor;
}

/** A model from one tensor to another. */
export type Regressor = Module & { forward(inputs: Tensor): Tensor };

function squaredErrors(model: Regressor, { inputs, targets }: RegressionBatch): Tensor {
  const found = model.forward(inputs);
  checkShape("measure squared errors", "outputs", found, targets.shape);
  return tf.square(tf.sub(found, targets));
}

/** The mean squared error of all numbers that a model gives: of forecasts, of a driver's actions. */
export const regressionLoss: Objective<Regressor, RegressionBatch> = Object.assign(
  (model: Regressor, batch: RegressionBatch): Scalar =>
    tf.mean(squaredErrors(model, batch)) as Scalar,
  {
    sum: (model: Regressor, batch: RegressionBatch): Scalar =>
      tf.sum(squaredErrors(model, batch)) as Scalar,
    count: ({ targets }: RegressionBatch): number => targets.size,
    tokens: ({ inputs }: RegressionBatch): number => inputs.shape[0]!,
  },
);
