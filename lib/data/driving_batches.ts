import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { DrivingExample } from "./driving.ts";

/**
 * Makes a batch of what drivers saw and did; what a `DataLoader` takes as `collate`.
 *
 * @param examples At least one.
 * @returns `inputs`, the observations, `[B, 14]`, and `targets`, steering and driving, `[B, 2]`; the caller frees them.
 */
export function collateDriving(
  examples: readonly DrivingExample[],
): { inputs: Tensor; targets: Tensor } {
  return {
    inputs: tf.tensor2d(examples.map(({ observation }) => [...observation])),
    targets: tf.tensor2d(examples.map(({ action }) => [action.steer, action.drive])),
  };
}
