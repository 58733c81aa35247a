import assert from "node:assert/strict";
import type { Module } from "@tome/tome/nn";
import type { Scalar } from "@tome/tome/tensor";
import * as tf from "../../lib/tensor/_tf.ts";
import { assertClose } from "./numeric.ts";

/** Fails unless a loss and the gradients of all parameters are the golden ones, by name. */
export async function assertGoldenGradients(
  model: Module,
  loss: () => Scalar,
  given: { loss: number; gradients: object },
): Promise<void> {
  const { value, grads } = tf.variableGrads(loss, model.parameters());
  await assertClose(value, [given.loss]);
  const expected = given.gradients as Record<string, number[]>;
  assert.deepEqual(
    [...model.namedParameters()].map(([name]) => name).sort(),
    Object.keys(expected).sort(),
  );
  for (const [name, parameter] of model.namedParameters()) {
    await assertClose(grads[parameter.name]!, expected[name]!, { atol: 1e-5 });
  }
  tf.dispose([value, grads]);
}
