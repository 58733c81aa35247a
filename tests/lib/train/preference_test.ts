import assert from "node:assert/strict";
import { collatePreferences, type PreferenceBatch, type TokenExample } from "@tome/tome/data";
import { Llama, llamaCheckpoint } from "@tome/tome/models/llama";
import { addLora, trainableParameters } from "@tome/tome/nn";
import { AdamW } from "@tome/tome/optim";
import { seed, useDevice } from "@tome/tome/tensor";
import {
  computeGradients,
  dpo,
  dpoWith,
  preferenceMargins,
  sequenceLogProbs,
  Trainer,
} from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import golden from "../../golden/dpo.json" with { type: "json" };
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";
import { fillBySine, publishedName } from "../../_support/sine_weights.ts";

/** The golden model, or with a shift its reference. */
function goldenModel(shift = 0): Llama {
  const model = new Llama(llamaCheckpoint.config(golden.config)).eval();
  fillBySine(model.namedParameters(), llamaCheckpoint, shift);
  return model;
}

const goldenBatch = (): PreferenceBatch => ({
  inputs: tf.tensor2d(golden.inputs, undefined, "int32"),
  targets: tf.tensor2d(golden.targets, undefined, "int32"),
});

testOnDevices(
  "dpoWith() has PyTorch's log probabilities, margins, losses and gradients",
  async () => {
    using model = goldenModel();
    using other = goldenModel(50);
    const batch = goldenBatch();
    await assertClose(sequenceLogProbs(model, batch), golden.logProbs);
    batch.reference = sequenceLogProbs(other, batch);
    await assertClose(batch.reference, golden.reference);
    for (const { beta, labelSmoothing, likelihood, margins, loss, norms } of golden.cases) {
      const close = { rtol: 1e-4, atol: 1e-4 };
      await assertClose(preferenceMargins(model, batch, { beta }), margins, close);
      const objective = dpoWith({ beta, labelSmoothing, likelihood });
      const parameters = new Map(model.namedParameters());
      const { loss: ours, gradients } = computeGradients(model, objective, [batch], parameters);
      await assertClose(ours, [loss]);
      assert.equal(Object.keys(gradients).length, Object.keys(norms).length);
      for (const [path, gradient] of Object.entries(gradients)) {
        const norm = (norms as Record<string, number>)[publishedName(llamaCheckpoint, path)]!;
        await assertClose(tf.norm(gradient), [norm], close);
      }
      const half = (from: number): PreferenceBatch => {
        const rows = tf.tensor1d([from, from + 2], "int32");
        const [inputs, targets] = [batch.inputs, batch.targets].map((x) => tf.gather(x, rows));
        return {
          inputs: inputs!,
          targets: targets!,
          reference: tf.gather(batch.reference!, rows),
        };
      };
      const two = computeGradients(model, objective, [half(0), half(1)], parameters);
      await assertClose(two.loss, [loss]);
    }
  },
);

const pair = (prompt: number[], chosen: number[], rejected: number[]) => {
  const example = (answer: number[]): TokenExample => {
    const ids = [...prompt, ...answer];
    const targets = ids.map((id, i) => i < prompt.length ? -100 : id);
    return { inputs: ids.slice(0, -1), targets: targets.slice(1) };
  };
  return { chosen: example(chosen), rejected: example(rejected) };
};
const PAIRS = [pair([1, 2, 3], [4, 5], [6, 7, 8]), pair([3, 9], [10, 4, 5], [11])];

testOnDevices(
  "dpo() makes a model with adapters prefer what is chosen, held to itself without them",
  async (device) => {
    await useDevice(device); // not in strict mode
    seed(1);
    using model = goldenModel();
    addLora(model, { rank: 4, targets: ["attn.*", "mlp.*"] });
    using optimizer = new AdamW(trainableParameters(model), { lr: 1e-2 });
    const margins = async () => {
      const batch = collatePreferences(PAIRS);
      const values = tf.tidy(() => preferenceMargins(model, batch));
      const read = [...await values.data()];
      tf.dispose([values, batch.inputs, batch.targets]);
      return read;
    };
    await assertClose(await margins(), [0, 0]);
    const batches = async function* () {
      while (true) yield await Promise.resolve(collatePreferences(PAIRS));
    };
    const history = await new Trainer(model, { optimizer, loss: dpo }).fit(batches(), {
      steps: 30,
    });
    await assertClose([history[0]!.loss], [Math.LN2]);
    assert.ok(history.at(-1)!.loss < 0.8 * Math.LN2, `the loss is still ${history.at(-1)!.loss}`);
    for (const margin of await margins()) assert.ok(margin > 0.1, `a margin is ${margin}`);
  },
);

testOnDevices("dpoWith() with likelihood keeps what is chosen likely", async () => {
  const chosen = async (likelihood: number) => {
    seed(1);
    using model = goldenModel();
    addLora(model, { rank: 4, targets: ["attn.*", "mlp.*"] });
    using optimizer = new AdamW(trainableParameters(model), { lr: 1e-2 });
    const batches = async function* () {
      while (true) yield await Promise.resolve(collatePreferences(PAIRS));
    };
    await new Trainer(model, { optimizer, loss: dpoWith({ beta: 0.02, likelihood }) })
      .fit(batches(), { steps: 40 });
    const batch = collatePreferences(PAIRS);
    const [a, b] = await tf.tidy(() => sequenceLogProbs(model, batch)).data();
    return a! + b!;
  };
  const [without, withIt] = [await chosen(0), await chosen(1)];
  assert.ok(withIt > without + 0.5, `${withIt} beside ${without}`);
}, ["wasm"]);

testOnDevices("dpo() refuses a batch without a reference, and settings out of range", () => {
  using model = goldenModel();
  assert.throws(() => dpo(model, goldenBatch()), {
    name: "TypeError",
    message: /there must be a reference/,
  });
  assert.throws(() => dpoWith({ beta: 0 }), {
    name: "RangeError",
    message: /beta must be above 0/,
  });
  assert.throws(() => dpoWith({ likelihood: -1 }), {
    name: "RangeError",
    message: /likelihood at least 0: current values are 0.1, 0 and -1/,
  });
}, ["cpu"]);
