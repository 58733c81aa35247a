import assert from "node:assert/strict";
import { DataLoader, noisyBatches } from "@tome/tome/data";
import { Critic, Generator } from "@tome/tome/models/gan";
import { Adam } from "@tome/tome/optim";
import {
  type DeviceName,
  gpuCounters,
  randomNormal,
  Rng,
  seed,
  type Tensor,
  useDevice,
} from "@tome/tome/tensor";
import { AdversarialTrainer } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import { DEVICES, testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const SIZES = { height: 4, width: 4, latentDim: 4, hiddenDim: 32 };

/** Images of which the left half is light and the right half is dark, more or less. */
function* halves(count: number) {
  const random = new Rng(3);
  for (let n = 0; n < count; n++) {
    const values = Float32Array.from(
      { length: 16 * 16 },
      (_, i) => (i % 4 < 2 ? 0.6 : -0.6) + 0.1 * random.normal(),
    );
    yield {
      images: tf.tensor(values, [16, 4, 4, 1]),
      labels: tf.fill([16], n % 2, "int32") as Tensor,
    };
  }
}

const source = (count: number) =>
  new DataLoader(() => halves(count), {
    batchSize: 1,
    collate: ([one]) => one!,
  });

async function train(
  device: DeviceName,
  steps: number,
  options: {
    loss?: "gan" | "wgan-gp";
    kind?: "mlp" | "conv";
    record?: boolean;
    numClasses?: number;
  } = {},
) {
  await useDevice(device); // not in strict mode, in which nothing is recorded
  const { loss = "gan", kind = "mlp", record = true, numClasses = 0 } = options;
  seed(1);
  const sizes = { ...SIZES, kind, numClasses, hiddenDim: kind === "mlp" ? 32 : 4 };
  const [generator, critic] = [new Generator(sizes), new Critic(sizes)];
  using generatorOptimizer = new Adam(generator.namedParameters(), { lr: 5e-3, betas: [0.5, 0.9] });
  using criticOptimizer = new Adam(critic.namedParameters(), { lr: 5e-3, betas: [0.5, 0.9] });
  const trainer = new AdversarialTrainer(generator, critic, {
    generatorOptimizer,
    criticOptimizer,
    loss,
    record,
    criticSteps: loss === "gan" ? 1 : 2,
    seed: 2,
  });
  const history = await trainer.fit(source(7), { steps });
  assert.equal(trainer.step, steps);
  critic[Symbol.dispose]();
  return { generator, history };
}

for (const loss of ["gan", "wgan-gp"] as const) {
  testOnDevices(`AdversarialTrainer teaches a generator by ${loss}`, async (device) => {
    const { generator, history } = await train(device, 150, { loss });
    assert.deepEqual(history.map(({ step }) => step), Array.from({ length: 150 }, (_, i) => i + 1));
    const made = generator.eval().forward(randomNormal([64, 4], 0, 1, { rng: new Rng(5) }));
    const columns = await tf.mean(made, [0, 1, 3]).data();
    const expected = [0.6, 0.6, -0.6, -0.6];
    columns.forEach((value, i) =>
      assert.ok(Math.abs(value - expected[i]!) < 0.3, `column ${i} is ${value}`)
    );
    generator[Symbol.dispose]();
  }, ["wasm"]);
}

for (const device of DEVICES.filter((name) => name !== "cpu")) {
  testOnDevices("AdversarialTrainer's first losses are those on the cpu", async () => {
    for (
      const options of [{ kind: "conv", loss: "wgan-gp" }, { kind: "conv", numClasses: 2 }] as const
    ) {
      const runs = [await train("cpu", 4, options), await train(device, 4, options)];
      const losses = runs.map(({ history }) =>
        history.flatMap(({ criticLoss, generatorLoss }) => [criticLoss, generatorLoss])
      );
      await assertClose(losses[1]!, losses[0]!, { rtol: 5e-3, atol: 5e-3 });
      for (const { generator } of runs) generator[Symbol.dispose]();
    }
  }, [device]);
}

testOnDevices("AdversarialTrainer's recorded steps are those op by op", async () => {
  for (const loss of ["gan", "wgan-gp"] as const) {
    const before = gpuCounters().replays;
    const replayed = await train("webgpu", 8, { loss, kind: "conv" });
    assert.ok(gpuCounters().replays > before, "no step was replayed");
    const plain = await train("webgpu", 8, { loss, kind: "conv", record: false });
    const of = ({ history }: typeof plain) =>
      history.flatMap((s) => [s.criticLoss, s.generatorLoss]);
    await assertClose(of(replayed), of(plain), { rtol: 1e-4, atol: 1e-4 });
    for (const { generator } of [replayed, plain]) generator[Symbol.dispose]();
  }
}, ["webgpu"]);

testOnDevices("AdversarialTrainer says that there are no batches", async () => {
  using generator = new Generator({ ...SIZES, kind: "mlp" });
  using critic = new Critic({ ...SIZES, kind: "mlp" });
  using generatorOptimizer = new Adam(generator.namedParameters());
  using criticOptimizer = new Adam(critic.namedParameters());
  const options = { generatorOptimizer, criticOptimizer };
  const trainer = new AdversarialTrainer(generator, critic, options);
  await assert.rejects(() => trainer.fit([], { steps: 1 }), {
    message: /batches must not be empty/,
  });
  assert.throws(() => new AdversarialTrainer(generator, critic, { ...options, criticSteps: 0 }), {
    message: /criticSteps must be a whole number from 1 on: current value is 0/,
  });
});

testOnDevices(
  "noisyBatches() draws anew for each batch, and goes on from a saved place",
  async () => {
    const make = () => noisyBatches(source(3), { latentDim: 4, timesteps: 9, seed: 1 });
    const read = async (from: ReturnType<typeof make>) => {
      const found: number[][] = [];
      for await (const batch of from) {
        assert.deepEqual([batch.noise.shape, batch.steps.shape], [[16, 4], [16]]);
        const steps = await batch.steps.data();
        assert.ok(steps.every((step) => step >= 0 && step < 9));
        found.push([...await batch.noise.data(), ...steps]);
        tf.dispose([batch.images, batch.noise, batch.steps]);
      }
      return found;
    };
    const all = await read(make());
    assert.equal(new Set(all.map(String)).size, 3);
    const first = make();
    for await (const batch of first) {
      tf.dispose([batch.images, batch.noise, batch.steps]);
      break;
    }
    const place = JSON.parse(JSON.stringify(first.state()));
    const second = make();
    second.restore(place);
    assert.deepEqual(await read(second), all.slice(1));
  },
);
