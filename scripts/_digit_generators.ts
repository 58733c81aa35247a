/**
 * The generators of digits that `train_image_generator.ts` trains: how each is made, learns, and makes images.
 *
 * @module
 */
import {
  type BatchSource,
  collateImages,
  DataLoader,
  type ImageScale,
  imagesToTensor,
  type LabelledImage,
  noisyBatches,
} from "@tome/tome/data";
import { denoise } from "@tome/tome/generate";
import { featureStatistics } from "@tome/tome/metrics";
import { DiffusionUNet, saveDiffusion } from "@tome/tome/models/diffusion";
import { Critic, Generator, saveGAN } from "@tome/tome/models/gan";
import { Autoencoder, saveVAE, VAE } from "@tome/tome/models/vae";
import type { Module } from "@tome/tome/nn";
import { Adam, cosineWithMinLr, EMA } from "@tome/tome/optim";
import { randomNormal, Rng, type Tensor, tidy } from "@tome/tome/tensor";
import {
  AdversarialTrainer,
  denoisingWith,
  elboLoss,
  type Objective,
  reconstructionLoss,
  Trainer,
} from "@tome/tome/train";
import * as tf from "@tensorflow/tfjs";

/** How a generator learns. */
export interface Settings {
  /** Optimizer steps, of the generator where there is a critic. */
  steps: number;
  /** Images in a step. */
  batch: number;
  /** Learning rate of Adam. */
  lr: number;
  /** Channels or units inside. */
  width: number;
  /** Fixes order and noise. */
  seed: number;
  /** Steps from noise to an image, of diffusion. */
  denoising: number;
  /** Whether a GAN makes the digit that is asked for. */
  classes: boolean;
  /** Is told each step, once its losses have been read. */
  onStep(step: number, losses: Record<string, number>): void;
}

/** What a training leaves: a way to make images from −1 to 1, and to save the model. */
export interface Made {
  model: Module;
  make(count: number, classes: readonly number[]): Promise<Tensor>;
  save(folder: string): Promise<void>;
  losses: number[];
}

/** Pixels down and across. */
export const SIDE = 28;
/** Pixels from −1 to 1. */
export const SIGNED = { mean: 0.5, std: 0.5 };

/** What suits each kind; a step of WGAN-GP is five of the critic, whose penalty is a gradient of a gradient. */
export const KINDS = {
  gan: { steps: 1500, batch: 64, lr: 2e-4, width: 256 },
  dcgan: { steps: 1500, batch: 32, lr: 5e-4, width: 24 },
  cgan: { steps: 1500, batch: 32, lr: 5e-4, width: 24 },
  "wgan-gp": { steps: 500, batch: 32, lr: 5e-4, width: 16 },
  autoencoder: { steps: 1500, batch: 64, lr: 1e-3, width: 400 },
  vae: { steps: 1500, batch: 64, lr: 1e-3, width: 400 },
  diffusion: { steps: 1500, batch: 16, lr: 2e-3, width: 24 },
} as const;

/** A kind of generator. */
export type Kind = keyof typeof KINDS;

/** Batches of digits, in an order that the seed fixes. */
export const loaderOf = (
  examples: LabelledImage[],
  { batch, seed }: Pick<Settings, "batch" | "seed">,
  scale: ImageScale,
) =>
  new DataLoader(examples, {
    batchSize: batch,
    shuffle: true,
    dropLast: true,
    seed,
    collate: (some) => collateImages(some, scale),
  });

/** Trains a generator of a kind. */
export function trainGenerator(
  kind: Kind,
  train: LabelledImage[],
  settings: Settings,
): Promise<Made> {
  if (kind === "vae") return trainVAE(train, settings);
  if (kind === "autoencoder") return trainAutoencoder(train, settings);
  if (kind === "diffusion") return trainDiffusion(train, settings);
  return trainGAN(kind, train, settings);
}

const latents = (count: number, width: number, seed: number) =>
  randomNormal([count, width], 0, 1, { rng: new Rng(seed) });

async function fit<M extends Module, B>(
  model: M,
  loss: Objective<M, B>,
  batches: BatchSource<B>,
  { steps, lr, onStep }: Settings,
): Promise<number[]> {
  using optimizer = new Adam(model.namedParameters(), { lr });
  const callbacks = [{
    onStep: ({ step, loss }: { step: number; loss: number }) => onStep(step, { loss }),
  }];
  const trainer = new Trainer<M, B>(model, { optimizer, loss, callbacks });
  const history = await trainer.fit(batches, { steps });
  model.eval();
  return history.map(({ loss }) => loss);
}

const toSigned = (images: Tensor): Tensor => images.mul(2).sub(1);

async function trainVAE(train: LabelledImage[], settings: Settings): Promise<Made> {
  const model = new VAE({ height: SIDE, width: SIDE, hiddenDim: settings.width });
  const { latentDim } = model;
  const batches = noisyBatches(loaderOf(train, settings, {}), { latentDim, seed: settings.seed });
  const losses = await fit(model, elboLoss, batches, settings);
  return {
    model,
    make: (count) =>
      Promise.resolve(
        tidy(() => toSigned(model.forward(latents(count, latentDim, settings.seed)))),
      ),
    save: (folder) => saveVAE(model, folder),
    losses,
  };
}

/** Nothing forces an autoencoder's codes into a known distribution: images are drawn from the normal one that fits them best. */
async function trainAutoencoder(train: LabelledImage[], settings: Settings): Promise<Made> {
  const model = new Autoencoder({ height: SIDE, width: SIDE, hiddenDim: settings.width });
  const losses = await fit(model, reconstructionLoss, loaderOf(train, settings, {}), settings);
  const { latentDim } = model.config;
  const codes = tidy(() => model.encode(imagesToTensor(train.map(({ image }) => image))));
  const { mean, covariance } = featureStatistics(await codes.data(), latentDim);
  codes.dispose();
  const root = cholesky(covariance, latentDim);
  return {
    model,
    make: (count) =>
      Promise.resolve(tidy(() => {
        const spread = tf.matMul(
          latents(count, latentDim, settings.seed) as tf.Tensor2D,
          tf.tensor2d(root, [latentDim, latentDim]),
          false,
          true,
        );
        return toSigned(
          tf.sigmoid(model.decoder.forward(spread.add(tf.tensor1d(Float32Array.from(mean))))),
        );
      })),
    save: (folder) => saveVAE(model, folder),
    losses,
  };
}

/** The lower triangle L of a positive definite matrix `L Lᵀ`. */
function cholesky(matrix: ArrayLike<number>, n: number): Float32Array {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) rest -= lower[i * n + k]! * lower[j * n + k]!;
      lower[i * n + j] = i === j ? Math.sqrt(Math.max(rest, 1e-12)) : rest / lower[j * n + j]!;
    }
  }
  return Float32Array.from(lower);
}

/** Images are made with the average of the weights, which wander more than they learn at the end. */
async function trainDiffusion(train: LabelledImage[], settings: Settings): Promise<Made> {
  const { steps, lr, width, seed, denoising, onStep } = settings;
  const timesteps = 200;
  const model = new DiffusionUNet({
    height: SIDE,
    width: SIDE,
    baseChannels: width,
    ...{ patchSize: 2, predicts: "velocity", timesteps },
  });
  const schedule = cosineWithMinLr({
    peak: lr,
    warmup: Math.min(20, steps - 1),
    total: steps,
    minLr: lr / 20,
  });
  using optimizer = new Adam(model.namedParameters(), { lr: schedule });
  const loss = denoisingWith({ weight: "velocity" });
  using average = new EMA(model.namedParameters(), { decay: 0.99 });
  const trainer = new Trainer(model, { optimizer, loss, maxGradNorm: 1 });
  const losses: number[] = [];
  const batches = noisyBatches(loaderOf(train, settings, SIGNED), { timesteps, seed });
  for await (const { step, loss } of trainer.steps(batches, { steps })) {
    average.update();
    losses.push(loss);
    onStep(step, { loss });
  }
  average.swap();
  return {
    model,
    make: (count) => denoise(model, { count, steps: denoising, seed }),
    save: (folder) => saveDiffusion(model, folder),
    losses,
  };
}

async function trainGAN(
  kind: Kind,
  train: LabelledImage[],
  settings: Settings,
): Promise<Made> {
  const { steps, lr, width, seed, onStep } = settings;
  const numClasses = kind === "cgan" || settings.classes ? 10 : 0;
  const config = {
    kind: kind === "gan" ? "mlp" : "conv",
    height: SIDE,
    width: SIDE,
    hiddenDim: width,
    numClasses,
  } as const;
  const model = new Generator(config);
  using critic = new Critic(config);
  const adam = { lr, betas: [0.5, 0.9] as [number, number] };
  using generatorOptimizer = new Adam(model.namedParameters(), adam);
  using criticOptimizer = new Adam(critic.namedParameters(), adam);
  const trainer = new AdversarialTrainer(model, critic, {
    generatorOptimizer,
    criticOptimizer,
    loss: kind === "wgan-gp" ? "wgan-gp" : "gan",
    seed,
    onStep: ({ step, criticLoss: critic, generatorLoss: generator }) =>
      onStep(step, { critic, generator }),
  });
  const history = await trainer.fit(loaderOf(train, settings, SIGNED), { steps });
  model.eval();
  return {
    model,
    make: (count, classes) =>
      Promise.resolve(tidy(() => {
        const labels = numClasses ? tf.tensor1d([...classes], "int32") : undefined;
        return model.forward(latents(count, model.latentDim, seed), labels);
      })),
    save: (folder) => saveGAN(model, folder),
    losses: history.map(({ generatorLoss }) => generatorLoss),
  };
}
