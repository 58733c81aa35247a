import assert from "node:assert/strict";
import type { Module } from "@tome/tome/nn";
import { Adam } from "@tome/tome/optim";
import {
  dispose,
  gpuCounters,
  memory,
  type Scalar,
  seed,
  type Tensor,
  tidy,
  useDevice,
} from "@tome/tome/tensor";
import { Trainer } from "@tome/tome/train";
import * as tf from "../../lib/tensor/_tf.ts";
import { testOnDevices } from "./devices.ts";
import { assertClose } from "./numeric.ts";

/** What {@link assertModel} needs to know of a family. */
export interface ModelCase<M extends Module> {
  /** The name of the family, for the names of the tests. */
  name: string;
  /** Makes a tiny model; equal seeds make equal ones. */
  make: () => M;
  /** Runs the model on one fixed batch; the caller frees what it makes. */
  forward: (model: M) => Tensor;
  /** The shape of what `forward` gives. */
  outputShape: number[];
  /** The loss on one fixed batch. */
  loss: (model: M) => Scalar;
  /** Saves the model to a folder, and loads it again. */
  saveAndLoad: (model: M, folder: string) => Promise<M>;
}

/** Declares the tests that every family passes. */
export function assertModel<M extends Module>(family: ModelCase<M>): void {
  const { name, make, forward, outputShape, loss, saveAndLoad } = family;

  testOnDevices(`${name}.forward() gives its shape, and leaves only its output behind`, () => {
    seed(1);
    using model = make();
    const before = memory().numTensors;
    const y = tidy(() => forward(model));
    assert.deepEqual(y.shape, outputShape);
    y.dispose();
    assert.equal(memory().numTensors, before);
  });

  testOnDevices(`${name} has finite gradients that reach every parameter`, async () => {
    seed(1);
    using model = make().eval();
    const { value, grads } = gradients(model, loss);
    for (const [path, parameter] of model.namedParameters()) {
      const values = await grads[parameter.name]!.data();
      assert.ok(values.every(Number.isFinite), `the gradient of ${path} is not finite`);
      assert.ok(values.some((v) => v !== 0), `the gradient of ${path} is 0`);
    }
    dispose([value, grads]);
  });

  testOnDevices(`${name} is the same model after it is saved and loaded`, async () => {
    seed(1);
    using model = make().eval();
    const folder = await Deno.makeTempDir();
    try {
      using loaded = await saveAndLoad(model, `${folder}/model`);
      const [y, z] = [forward(model), forward(loaded)];
      await assertClose(z, y, { rtol: 0, atol: 0 });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  testOnDevices(`${name} learns one batch by heart, recorded as op by op`, async (device) => {
    await useDevice(device, { deterministic: true }); // not in strict mode, in which nothing is recorded
    const train = async (steps: number, record: boolean) => {
      seed(1);
      using model = make();
      using optimizer = new Adam(model.namedParameters(), { lr: 3e-2 });
      const trainer = new Trainer(model, {
        optimizer,
        loss: (model: M, _: Tensor) => loss(model),
        record,
      });
      const nothing = tf.scalar(0); // the loss knows its batch
      return (await trainer.fit([nothing], { steps })).map((step) => step.loss);
    };
    const { replays } = gpuCounters();
    const losses = await train(41, true);
    const [first, last] = [losses[0]!, losses.at(-1)!];
    assert.ok(last < first / 5, `the loss fell from ${first} to ${last} only`);
    if (device !== "webgpu") return;
    const replayed = gpuCounters().replays - replays;
    assert.ok(replayed > 30, `${replayed} of 41 steps were replayed`);
    assert.deepEqual(await train(8, false), losses.slice(0, 8));
  });
}

function gradients<M extends Module>(model: M, loss: (model: M) => Scalar) {
  return tf.variableGrads(() => tidy(() => loss(model)), model.parameters());
}
