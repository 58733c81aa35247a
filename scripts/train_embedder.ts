/**
 * Trains a model that gives images vectors, and measures whether it can tell if two images show the same.
 *
 *     deno run -A scripts/train_embedder.ts --out=runs/digits
 *     deno run -A scripts/train_embedder.ts --data=faces --steps=200 --out=runs/faces
 *     deno run -A scripts/train_embedder.ts --loss=triplet --json
 *
 * With --data=digits it learns from npm's digits 0 to 6, and is measured on pairs of 7, 8 and 9, of which it has seen none. With
 * --data=faces it learns from 60 photographs of Labeled Faces in the Wild, each with copies that are moved, turned and lit
 * otherwise, and is measured on whether two pictures are copies of one of 40 others: the sample has no two photographs of a
 * person. Pairs of both kinds are equally many, and each threshold is chosen on other pairs than it is measured on. Beside it
 * stand the pixels themselves as vectors. With --json the last line is an object with accuracy, auc and more.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS) --allow-net (for faces).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  augmenter,
  collateImages,
  DataLoader,
  type ImageBatch,
  imagesToTensor,
  type LabelledImage,
  lfwFaces,
} from "@tome/tome/data";
import { mnistDigits } from "@tome/tome/data/digits";
import { live, rocFigure, saveFigure } from "@tome/tome/display";
import { cosinePairs, rocAuc, verificationReport } from "@tome/tome/metrics";
import { ImageEmbedder, saveImageEmbedder } from "@tome/tome/models/image-embedder";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { Rng, seed, tidy, useDevice } from "@tome/tome/tensor";
import { jsonl, supervisedContrastiveWith, Trainer, tripletWith } from "@tome/tome/train";
import { DEVICE, readFlags, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  data: { type: "string", default: "digits", choices: ["digits", "faces"], help: "the images" },
  loss: {
    type: "string",
    default: "contrastive",
    choices: ["contrastive", "triplet"],
    help: "what is minimised",
  },
  temperature: { type: "number", default: 0.1, min: 1e-3, help: "of the contrastive loss" },
  margin: { type: "number", default: 0.2, min: 0, help: "of the triplet loss" },
  width: { type: "integer", default: 12, min: 2, help: "filters of the first of three levels" },
  dim: { type: "integer", default: 24, min: 2, help: "numbers in a vector" },
  batch: { type: "integer", default: 60, min: 4, help: "images in a step, copies among them" },
  steps: { type: "integer", default: 150, min: 1, help: "optimizer steps" },
  lr: { type: "number", default: 3e-3, min: 0, help: "peak learning rate" },
  pairs: { type: "integer", default: 2000, min: 20, help: "the most pairs of each kind" },
  seed: { type: "integer", default: 1, help: "fixes weights, order, copies and pairs" },
  device: DEVICE,
  out: { type: "string", help: "folder for model, log and curve; none writes nothing" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

/** What is learnt from, and what the pairs are made of. */
interface Task {
  learnt: LabelledImage[];
  held: LabelledImage[];
  /** What a step sees of the images that it draws. */
  views: (some: LabelledImage[]) => LabelledImage[];
}

async function digitTask(): Promise<Task> {
  const digits = new Rng(1).shuffle(await mnistDigits());
  return {
    learnt: digits.filter(({ label }) => label <= 6),
    held: digits.filter(({ label }) => label > 6).slice(0, 300),
    views: (some) => some,
  };
}

async function faceTask(): Promise<Task> {
  const photos = (await lfwFaces()).slice(0, 100).map(({ image }, label) => ({ image, label }));
  const change = augmenter({ flip: true, shift: 2, rotate: 12, colour: 0.35, seed: flags.seed });
  const views = (some: LabelledImage[]) =>
    some.flatMap((one) => [one, { ...one, image: change(one.image) }]);
  const held = photos.slice(60).flatMap((one) =>
    Array.from({ length: 4 }, () => ({ ...one, image: change(one.image) }))
  );
  return { learnt: photos.slice(0, 60), held, views };
}

/** As many pairs of each kind, by chance. */
function balanced(vectors: number[][], held: readonly LabelledImage[]) {
  const all = cosinePairs(vectors, held.map(({ label }) => label));
  const [other, same] = [0, 1].map((kind) =>
    new Rng(flags.seed).shuffle([...all.scores.keys()].filter((i) => all.same[i] === kind))
  ) as [number[], number[]];
  const count = Math.min(flags.pairs, other.length, same.length);
  const rows = [...same.slice(0, count), ...other.slice(0, count)];
  return { scores: rows.map((i) => all.scores[i]!), same: rows.map((i) => all.same[i]!) };
}

/** The pixels of an image, less their mean, as a vector of length 1. */
function pixelVector({ image: { data } }: LabelledImage): number[] {
  const mean = data.reduce((sum, v) => sum + v, 0) / data.length;
  const length = Math.hypot(...Array.from(data, (v) => v - mean));
  return Array.from(data, (v) => (v - mean) / length);
}

async function train(): Promise<void> {
  const { learnt, held, views } = await (flags.data === "faces" ? faceTask : digitTask)();
  const device = await useDevice(flags.device);
  console.log(String(device));
  seed(flags.seed);
  const widths = [1, 2, 4].map((times) => times * flags.width);
  using model = new ImageEmbedder({ widths, embedDim: flags.dim });
  console.log(
    `\n${learnt.length} images to learn from, ${held.length} held out; a model of ` +
      `${model.numParameters().toLocaleString("en-US")} parameters\n`,
  );
  const own = flags.data === "faces" ? flags.batch >> 1 : flags.batch; // a face comes with a copy
  const loader = new DataLoader<LabelledImage, ImageBatch>(learnt, {
    batchSize: Math.min(own, learnt.length),
    shuffle: true,
    seed: flags.seed,
    dropLast: true,
    collate: (some) => collateImages(views(some)),
  });
  const lr = cosineWithMinLr({
    peak: flags.lr,
    warmup: 10,
    total: flags.steps,
    minLr: flags.lr / 50,
  });
  using optimizer = new AdamW(model.namedParameters(), { lr, weightDecay: 1e-4 });
  const trainer = new Trainer(model, {
    optimizer,
    loss: flags.loss === "triplet" ? tripletWith(flags) : supervisedContrastiveWith(flags),
    logEvery: 10,
    stopOnInterrupt: true,
    callbacks: [
      live({ title: "vectors" }),
      ...(flags.out ? [jsonl(`${flags.out}/metrics.jsonl`)] : []),
    ],
  });
  const history = await trainer.fit(loader, { steps: flags.steps });

  const vectors = tidy(() => model.eval().forward(imagesToTensor(held.map(({ image }) => image))));
  const rows = await vectors.array() as number[][];
  vectors.dispose();
  const [learned, pixels] = [rows, held.map(pixelVector)].map((some) => balanced(some, held));
  const results = [learned!, pixels!].map(({ scores, same }) => ({
    ...verificationReport(scores, same),
    auc: rocAuc(scores, same),
  }));
  for (const [i, { accuracy, error, auc, equalErrorRate }] of results.entries()) {
    console.log(
      `${["these vectors", "pixels"][i]}: accuracy ${accuracy.toFixed(4)} ± ${error.toFixed(4)}, ` +
        `ROC-AUC ${auc.toFixed(4)}, equal error rate ${equalErrorRate.toFixed(4)}`,
    );
  }
  if (flags.out) {
    await saveImageEmbedder(model, `${flags.out}/model`);
    const curves = Object.fromEntries(
      [learned!, pixels!].map(({ scores, same }, i) => [
        ["these vectors", "pixels"][i]!,
        { scores, targets: same },
      ]),
    );
    await saveFigure(
      `${flags.out}/roc.svg`,
      rocFigure(curves, { title: `pairs of ${flags.data}` }),
    );
  }
  if (!flags.json) return;
  const [mine, raw] = results;
  console.log(JSON.stringify({
    ...mine,
    pixels: raw,
    pairs: learned!.scores.length,
    parameters: model.numParameters(),
    steps: trainer.step,
    firstLoss: history[0]?.loss,
    lastLoss: history.at(-1)?.loss,
    device: device.name,
  }));
}

await run(train);
