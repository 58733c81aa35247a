import assert from "node:assert/strict";
import { denoise } from "@tome/tome/generate";
import {
  cosineSchedule,
  DiffusionUNet,
  loadDiffusion,
  saveDiffusion,
} from "@tome/tome/models/diffusion";
import { Critic, Generator, loadCritic, loadGenerator, saveGAN } from "@tome/tome/models/gan";
import { Autoencoder, loadAutoencoder, loadVAE, saveVAE, VAE } from "@tome/tome/models/vae";
import type { Module } from "@tome/tome/nn";
import { randomNormal, Rng, type Scalar, seed, type Tensor } from "@tome/tome/tensor";
import {
  denoisingLoss,
  denoisingWith,
  elboLoss,
  elboWith,
  gradientPenalty,
  reconstructionLoss,
} from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import golden from "../../golden/generators.json" with { type: "json" };
import { testOnDevices } from "../../_support/devices.ts";
import { assertGoldenGradients } from "../../_support/golden_gradients.ts";
import { assertModel } from "../../_support/model.ts";
import { assertClose } from "../../_support/numeric.ts";
import { sineFill } from "../../_support/sine_fill.ts";

const normal = (shape: number[], n = 1) => randomNormal(shape, 0, 1, { rng: new Rng(n) });
/** Images of black and white, so that they can be learnt to a loss near 0. */
const images = (shape: number[]): Tensor => {
  const random = new Rng(2);
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(Float32Array.from({ length: size }, () => random.int(2)), shape);
};
const labels = () => tf.tensor1d([0, 2, 1], "int32") as Tensor;
const SIZE = { height: 4, width: 8, hiddenDim: 24, latentDim: 5 };

/** A way to save and one to load, as the test of models wants them. */
function through<M extends Module>(
  save: (model: M, folder: string) => Promise<void>,
  load: (folder: string) => Promise<M>,
) {
  return async (model: M, folder: string) => {
    await save(model, folder);
    return await load(folder);
  };
}

assertModel<Autoencoder>({
  name: "Autoencoder",
  make: () => new Autoencoder(SIZE),
  forward: (model) => model.forward(images([2, 4, 8, 1])),
  outputShape: [2, 4, 8, 1],
  loss: (model) => reconstructionLoss(model, { images: images([2, 4, 8, 1]) }),
  saveAndLoad: through(saveVAE, loadAutoencoder),
});

assertModel<VAE>({
  name: "VAE",
  make: () => new VAE(SIZE),
  forward: (model) => model.decode(model.encode(images([2, 4, 8, 1])).mean),
  outputShape: [2, 4, 8, 1],
  // with a weight of 1 the divergence stays, however well the images are known
  loss: (model) => elboWith(0.01)(model, { images: images([2, 4, 8, 1]), noise: normal([2, 5]) }),
  saveAndLoad: through(saveVAE, loadVAE),
});

for (const kind of ["mlp", "conv"] as const) {
  const config = { kind, height: 8, width: 8, latentDim: 6, hiddenDim: 12, numClasses: 3 };
  assertModel<Generator>({
    name: `Generator (${kind})`,
    make: () => new Generator(config),
    forward: (model) => model.forward(normal([3, 6]), labels()),
    outputShape: [3, 8, 8, 1],
    loss: (model) => {
      const wanted = tf.sub(tf.mul(images([3, 8, 8, 1]), 1.6), 0.8);
      return tf.mean(tf.square(tf.sub(model.forward(normal([3, 6]), labels()), wanted))) as Scalar;
    },
    saveAndLoad: through(saveGAN, loadGenerator),
  });
  assertModel<Critic>({
    name: `Critic (${kind})`,
    make: () => new Critic(config),
    forward: (model) => model.forward(normal([3, 8, 8, 1]), labels()),
    outputShape: [3],
    loss: (model) => {
      const wanted = tf.tensor1d([1, -1, 1]);
      return tf.mean(
        tf.square(tf.sub(model.forward(normal([3, 8, 8, 1]), labels()), wanted)),
      ) as Scalar;
    },
    saveAndLoad: through(saveGAN, loadCritic),
  });
}

const DIFFUSION = { height: 4, width: 4, baseChannels: 8, timesteps: 20 };

testOnDevices("DiffusionUNet refuses sizes that its halves and patches do not divide", () => {
  assert.throws(() => new DiffusionUNet({ ...DIFFUSION, patchSize: 4 }), {
    message: /multiples of 8 and baseChannels of 8: current values are 4, 4 and 8/,
  });
  assert.throws(() => new DiffusionUNet({ ...DIFFUSION, baseChannels: 12 }), RangeError);
}, ["cpu"]);

assertModel<DiffusionUNet>({
  name: "DiffusionUNet",
  make: () => new DiffusionUNet(DIFFUSION),
  forward: (model) => model.forward(normal([2, 4, 4, 1]), tf.tensor1d([3, 17], "int32")),
  outputShape: [2, 4, 4, 1],
  loss: (model) =>
    denoisingLoss(model, {
      images: images([2, 4, 4, 1]),
      noise: normal([2, 4, 4, 1]),
      steps: tf.tensor1d([9, 15], "int32"),
    }),
  saveAndLoad: through(saveDiffusion, loadDiffusion),
});

testOnDevices("elboLoss() and its gradients are PyTorch's", async () => {
  const { sizes, images, noise, ...given } = golden.vae;
  using model = new VAE(sizes);
  sineFill(model);
  const batch = { images: tf.tensor(images, [3, 3, 4, 1]), noise: tf.tensor(noise, [3, 2]) };
  await assertGoldenGradients(model, () => elboLoss(model, batch), given);
});

testOnDevices("gradientPenalty() and its own gradients are PyTorch's", async () => {
  for (const { sizes, images, ...given } of golden.penalties) {
    using model = new Critic({ ...sizes, kind: sizes.kind as "mlp" | "conv" });
    sineFill(model);
    const { height, width } = sizes;
    const x = tf.tensor(images, [images.length / height / width, height, width, 1]);
    // a product with 0 lets gradients reach the biases that move no slope
    const zero = () => tf.mul(tf.sum(model.forward(x)), 0);
    const loss = () => tf.add(gradientPenalty((y) => model.forward(y), x), zero()) as Scalar;
    await assertGoldenGradients(model, loss, given);
  }
});

testOnDevices(
  "DiffusionUNet's output, loss and gradients are those of PyTorch's layers",
  async () => {
    for (const { sizes, images, noise, steps, output, loss, gradients } of golden.unets) {
      using model = new DiffusionUNet(sizes);
      sineFill(model);
      const { height, width } = sizes;
      const batch = {
        images: tf.tensor(images, [2, height, width, 1]),
        noise: tf.tensor(noise, [2, height, width, 1]),
        steps: tf.tensor1d(steps, "int32") as Tensor,
      };
      const left = tf.tensor(steps.map((step) => model.signal[step]!), [2, 1, 1, 1]);
      const noisy = tf.add(
        tf.mul(batch.images, tf.sqrt(left)),
        tf.mul(batch.noise, tf.sqrt(tf.sub(1, left))),
      );
      await assertClose(tf.reshape(model.forward(noisy, batch.steps), [-1]), output, {
        atol: 1e-4,
      });
      const { value, grads } = tf.variableGrads(
        () => denoisingLoss(model, batch),
        model.parameters(),
      );
      await assertClose(value, [loss], { atol: 1e-4 });
      const expected = gradients as Record<string, number[]>;
      assert.equal(Object.keys(expected).length, model.parameters().length);
      for (const [name, { name: id }] of model.namedParameters()) {
        const own = await grads[id]!.data<"float32">();
        const found = [Math.hypot(...own), own.reduce((a, b) => a + b, 0), ...own.slice(0, 3)];
        await assertClose(found, expected[name]!, { rtol: 1e-3, atol: 2e-4 });
      }
      tf.dispose([value, grads]);
    }
  },
);

testOnDevices(
  "DiffusionUNet makes noise of the velocity, and denoisingWith() counts its error",
  async () => {
    const sizes = { ...DIFFUSION, patchSize: 2 };
    using plain = new DiffusionUNet(sizes);
    using model = new DiffusionUNet({ ...sizes, predicts: "velocity" });
    for (const one of [plain, model]) sineFill(one);
    const batch = {
      images: images([2, 4, 4, 1]),
      noise: normal([2, 4, 4, 1]),
      steps: tf.tensor1d([3, 15], "int32") as Tensor,
    };
    const left = tf.tensor([3, 15].map((step) => model.signal[step]!), [2, 1, 1, 1]);
    const [a, b] = [tf.sqrt(left), tf.sqrt(tf.sub(1, left))];
    const noisy = tf.add(tf.mul(a, batch.images), tf.mul(b, batch.noise));
    const velocity = plain.forward(noisy, batch.steps);
    const noise = tf.add(tf.mul(b, noisy), tf.mul(a, velocity));
    await assertClose(model.forward(noisy, batch.steps), noise, { atol: 1e-5 });
    const wanted = tf.sub(tf.mul(a, batch.noise), tf.mul(b, batch.images));
    const error = tf.mean(tf.square(tf.sub(velocity, wanted)));
    await assertClose(denoisingWith({ weight: "velocity" })(model, batch), error, { rtol: 1e-3 });
  },
);

Deno.test("cosineSchedule() is the paper's", async () => {
  await assertClose(Array.from(cosineSchedule(12)), golden.cosine, { rtol: 1e-6, atol: 1e-12 });
});

testOnDevices("Generator and Critic want labels if and only if they have classes", () => {
  const sizes = { kind: "mlp", height: 4, width: 4, latentDim: 3 } as const;
  using plain = new Generator(sizes);
  using classed = new Critic({ ...sizes, numClasses: 3 });
  assert.throws(() => plain.forward(normal([3, 3]), labels()), {
    message: /no labels must be given/,
  });
  assert.throws(() => classed.forward(normal([3, 4, 4, 1])), {
    message: /as labels must be given/,
  });
  assert.throws(() => new Critic({ ...sizes, kind: "conv", height: 6 }), {
    message: /multiples of 4/,
  });
});

testOnDevices("denoise() finds the image of a model that knows the noise", async () => {
  seed(1);
  using model = new DiffusionUNet(DIFFUSION);
  const wanted = tf.sub(tf.mul(images([1, 4, 4, 1]), 1.6), 0.8);
  // the noise in x_t, if the image in it is the wanted one
  model.forward = (noisy: Tensor, steps: Tensor) => {
    const signal = tf.gather(tf.tensor1d(Float32Array.from(model.signal)), steps).reshape([
      -1,
      1,
      1,
      1,
    ]);
    return tf.div(tf.sub(noisy, tf.mul(tf.sqrt(signal), wanted)), tf.sqrt(tf.sub(1, signal)));
  };
  for (const [eta, steps] of [[0, 5], [1, 20]] as const) {
    const found = await denoise(model, { count: 2, steps, eta, seed: 4 });
    await assertClose(found, tf.concat([wanted, wanted]), { atol: 1e-3 });
    found.dispose();
  }
  assert.ok(model.training);
  await assert.rejects(() => denoise(model, { steps: 21 }), {
    message: /from 1 to 20: current value is 21/,
  });
});

testOnDevices("denoise() makes equal images of equal seeds", async () => {
  seed(1);
  using model = new DiffusionUNet(DIFFUSION);
  const [a, b, c] = [
    await denoise(model, { steps: 3, seed: 4 }),
    await denoise(model, { steps: 3, seed: 4 }),
    await denoise(model, { steps: 3, seed: 5 }),
  ];
  await assertClose(a, b, { rtol: 0, atol: 0 });
  assert.ok((await tf.max(tf.abs(tf.sub(a, c))).data())[0]! > 0.01);
  tf.dispose([a, b, c]);
});
