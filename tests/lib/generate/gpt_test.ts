import assert from "node:assert/strict";
import { generate } from "@tome/tome/generate";
import { GPT } from "@tome/tome/models/gpt";
import { memory, seed } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";

testOnDevices(
  "generate() continues with a GPT as it would without a cache, and drops nothing out",
  async () => {
    seed(3);
    using model = new GPT({
      vocabSize: 17,
      contextLength: 6,
      numLayers: 2,
      numHeads: 2,
      embedDim: 8,
      dropout: 0.5,
    });
    for (const parameter of model.parameters()) {
      parameter.assign(parameter.mul(10)); // far from uniform, so that near ties are unlikely
    }
    const before = memory().numTensors;
    const rows = [[1, 2, 3], [16, 0, 5], [4]];
    for (const options of [{}, { numBeams: 2 }, { topP: 0.9, seed: 2 }]) {
      const [a, b] = [
        await generate(model, rows, { ...options, maxNewTokens: 8 }),
        await generate(model, rows, { ...options, maxNewTokens: 8, useCache: false }),
      ];
      assert.deepEqual(a.map(({ ids }) => ids), b.map(({ ids }) => ids));
    }
    assert.equal(memory().numTensors, before);
    assert.equal(model.training, true);
  },
);
