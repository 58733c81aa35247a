import assert from "node:assert/strict";
import { generate } from "@tome/tome/generate";
import { Llama, llamaCheckpoint } from "@tome/tome/models/llama";
import { nextToken } from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import golden from "../../../golden/llama.json" with { type: "json" };
import { testOnDevices } from "../../../_support/devices.ts";
import { assertClose } from "../../../_support/numeric.ts";
import { fillBySine, publishedName } from "../../../_support/sine_weights.ts";

interface Case {
  config: Record<string, unknown>;
  logits: number[];
  loss: number;
  norms: Record<string, number>;
  gradients: Record<string, number[]>;
  greedy: number[];
}

const TOLERANCE = { rtol: 1e-4, atol: 1e-4 };
const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");

/** The model of a case, with the weights that the formula of the generator gives. */
function modelOf({ config }: Case): Llama {
  const model = new Llama(llamaCheckpoint.config(config)).eval();
  fillBySine(model.namedParameters(), llamaCheckpoint);
  return model;
}

for (const [name, given] of Object.entries(golden.cases as unknown as Record<string, Case>)) {
  testOnDevices(
    `Llama (${name}) has the transformers package's logits, loss and gradients`,
    async () => {
      using model = modelOf(given);
      const batch = { inputs: ids(golden.ids), targets: ids(golden.targets) };
      await assertClose(tf.tidy(() => model.forward(batch.inputs)), given.logits, TOLERANCE);
      const { value, grads } = tf.variableGrads(() => nextToken(model, batch), model.parameters());
      await assertClose(value, [given.loss]);
      const named = new Map(
        [...model.namedParameters()].map(([path, p]) => [publishedName(llamaCheckpoint, path), p]),
      );
      assert.deepEqual([...named.keys()].sort(), Object.keys(given.norms).sort());
      for (const [published, norm] of Object.entries(given.norms)) {
        const gradient = grads[named.get(published)!.name]!;
        await assertClose(tf.norm(gradient), [norm], TOLERANCE);
        const some = given.gradients[published];
        if (some) {
          await assertClose(tf.slice(tf.reshape(gradient, [-1]), 0, some.length), some, TOLERANCE);
        }
      }
    },
  );

  testOnDevices(`Llama (${name}) writes the transformers package's tokens`, async () => {
    using model = modelOf(given);
    const prompt = given.greedy.slice(0, 5);
    const maxNewTokens = given.greedy.length - prompt.length;
    for (const useCache of [true, false]) {
      const [result] = await generate(model, prompt, { maxNewTokens, temperature: 0, useCache });
      assert.deepEqual(result!.ids, given.greedy);
    }
  });
}
