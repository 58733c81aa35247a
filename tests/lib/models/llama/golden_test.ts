import assert from "node:assert/strict";
import { assignRecords, fromFloat32, namesInFile } from "@tome/tome/checkpoint";
import { generate } from "@tome/tome/generate";
import { Llama, llamaCheckpoint } from "@tome/tome/models/llama";
import { nextToken } from "@tome/tome/train";
import type { Tensor } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import golden from "../../../golden/llama.json" with { type: "json" };
import { testOnDevices } from "../../../_support/devices.ts";
import { assertClose } from "../../../_support/numeric.ts";

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

/** Our parameters by their published names. */
function byPublishedName(model: Llama): Map<string, [path: string, parameter: Tensor]> {
  const parameters = [...model.namedParameters()];
  const pairs = namesInFile(llamaCheckpoint, parameters.map(([path]) => path));
  return new Map(pairs.map(({ theirs }, i) => [theirs, parameters[i]!]));
}

/** The model of a case, with the weights that the formula of the generator gives. */
function modelOf({ config }: Case): Llama {
  const model = new Llama(llamaCheckpoint.config(config)).eval();
  const named = byPublishedName(model);
  const records = [...named.keys()].sort().map((name, n) => {
    const [path, { shape, size }] = named.get(name)!;
    const values = Float32Array.from(
      { length: size },
      (_, i) => 0.3 * Math.sin(0.37 * i * i + 1.7 * i + n + 1) + (name.includes("norm") ? 1 : 0),
    );
    return fromFloat32(path, shape, values);
  });
  assignRecords(model.namedParameters(), records);
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
      const named = byPublishedName(model);
      assert.deepEqual([...named.keys()].sort(), Object.keys(given.norms).sort());
      for (const [published, norm] of Object.entries(given.norms)) {
        const gradient = grads[(named.get(published)![1] as tf.Variable).name]!;
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
