import { attention } from "@tome/tome/ops";
import { randomNormal, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { DEVICES, enter } from "../../_support/devices.ts";

/** `[B, H, T, D]` of queries, keys and values. */
const SHAPES: [number, number, number, number][] = [[8, 4, 64, 16], [1, 4, 512, 64]];

for (const device of DEVICES.filter((name) => name !== "cpu")) {
  for (const shape of SHAPES) {
    for (const stored of [true, false]) {
      let inputs: Tensor[] | undefined;
      Deno.bench({
        name: stored ? "weights stored" : "attention()",
        group: `causal attention and its gradient, [${shape}], float32, ${device}`,
        baseline: stored,
        n: 10,
        warmup: 3,
        async fn(b) {
          await enter(device);
          inputs ??= [0, 1, 2].map(() => tf.keep(randomNormal(shape)));
          const options = { causal: true, ...(stored ? { onWeights: () => {} } : {}) };
          b.start();
          const made = tf.tidy(() =>
            tf.grads((q, k, v) => tf.sum(attention(q!, k!, v!, options)) as tf.Scalar)(inputs!)
          );
          if (device === "webgpu") await made[0]!.data();
          b.end();
          tf.dispose(made);
        },
      });
    }
  }
}
