import assert from "node:assert/strict";
import {
  askExpert,
  collateDriving,
  DataLoader,
  driveTracks,
  middleLineDriver,
  OBSERVATION_SIZE,
  randomTrack,
} from "@tome/tome/data";
import { DrivingReport, policyDriver } from "@tome/tome/evaluate";
import { MLPClassifier } from "@tome/tome/models/mlp";
import { Adam } from "@tome/tome/optim";
import { seed } from "@tome/tome/tensor";
import { regressionLoss, Trainer } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

const policy = () =>
  new MLPClassifier({
    inFeatures: OBSERVATION_SIZE,
    hiddenDims: [32],
    numLabels: 2,
    activation: "tanh",
  });

testOnDevices(
  "policyDriver() asks the model for all cars at once, each with its own answer",
  async () => {
    seed(1);
    using model = policy();
    const seen = [0.1, 0.9].map((x) => new Float32Array(OBSERVATION_SIZE).fill(x));
    const states = seen.map(() => ({ way: 0, offset: 0, angle: 0, speed: 5 }));
    const found = await policyDriver(model)(states, seen);
    const wanted = await tf.tidy(() => model.forward(tf.tensor2d(seen.map((x) => [...x])))).data();
    found.forEach(({ steer, drive }, i) => {
      assert.deepEqual([steer, drive], [wanted[2 * i], wanted[2 * i + 1]]);
    });
    assert.ok(model.training);
  },
);

testOnDevices(
  "cloning and one round of DAgger drive a lap that the untaught model does not",
  async () => {
    seed(3);
    const track = randomTrack({ seed: 1, radius: 50, wildness: 0.2, width: 12 });
    const expert = () => middleLineDriver(track);
    using model = policy();
    const laps = async () =>
      (await driveTracks([track], policyDriver(model), { timeLimit: 60 }))[0]!.laps;
    assert.ok(await laps() < 0.5);
    const examples = await askExpert(await driveTracks([track], expert()), expert);
    for (const round of [0, 1]) {
      if (round === 1) {
        const own = await driveTracks([track], policyDriver(model), { timeLimit: 60 });
        examples.push(...await askExpert(own, expert));
      }
      using optimizer = new Adam(model.namedParameters(), { lr: 1e-2 });
      const batches = new DataLoader(examples, {
        batchSize: 32,
        shuffle: true,
        seed: 1,
        dropLast: true,
        collate: collateDriving,
      });
      await new Trainer(model, { optimizer, loss: regressionLoss }).fit(batches, { steps: 200 });
    }
    assert.ok(await laps() >= 1);
  },
  ["wasm"],
);

Deno.test("DrivingReport counts who stayed on the road, and how far from the middle", async () => {
  const tracks = [randomTrack({ seed: 1 }), randomTrack({ seed: 2 })];
  const [good] = await driveTracks([tracks[0]!], middleLineDriver(tracks[0]!));
  const [bad] = await driveTracks(
    [tracks[1]!],
    (states) => states.map(() => ({ steer: 1, drive: 1 })),
  );
  const report = new DrivingReport("both", [good!, bad!]);
  assert.deepEqual([report.drives, report.finished], [2, 0.5]);
  assert.ok(Math.abs(report.laps - (good!.laps + bad!.laps) / 2) < 1e-12);
  assert.match(String(report), /1 of 2/);
  assert.throws(() => new DrivingReport("none", []), { name: "RangeError" });
});
