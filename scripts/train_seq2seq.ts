/**
 * Trains a model that reads one text and writes another, and translates or sums up with it.
 *
 *     deno run -A scripts/train_seq2seq.ts --set=dates --steps=600 --out=runs/dates
 *     deno run -A scripts/train_seq2seq.ts --out=runs/dates --input="3 March 2011"
 *     deno run -A scripts/train_seq2seq.ts --pairs=en-es.tsv --tokenizer=bpe --steps=5000 --out=runs/en-es
 *     deno run -A scripts/train_seq2seq.ts --set=verses --family=t5 --width=256 --layers=3 --numBeams=4 --out=runs/verses
 *     deno run -A scripts/train_seq2seq.ts --set=summaries --tokenizer=bpe --maxTokens=160 --maxTarget=24 --out=runs/short
 *
 * --pairs names a file of tab-separated values or JSON Lines, maybe compressed (.tsv, .jsonl, .gz). Of the sets, "dates" is
 * made on the spot and "emoji" comes from npm, names in English and Chinese; "verses", the New Testament in English and
 * Spanish, and "summaries", descriptions of Debian's packages, lie in the folder that TOME_DATA names. A tenth of the pairs,
 * at most --held, is measured at the end only, and half as many choose the best weights: no source of either is trained on.
 *
 * At the end a table compares what the model writes from the held-out texts, greedily and with --numBeams, with baselines:
 * the source as it is, a word-for-word translation, or the first sentence; with --beside also with what another program
 * wrote, and with --pytorch=PYTHON with PyTorch, which learns the same batches from the same first weights (it needs torch,
 * safetensors, and for a T5 transformers). Intervals are of 95 %, from texts drawn anew.
 *
 * Ctrl-C ends the run after the step in progress. With --out the model of the lowest validation loss stays as a folder,
 * best: config.json, model.safetensors, tokenizer.json; beside it written.jsonl, loss.svg and alignment.svg, what the decoder
 * looked at while it wrote the first held-out text. With --measure the model of --out is measured and not trained; all flags
 * must be those of its run. With --input it writes from that text. With --json the last line is an object with heldLoss,
 * exactMatch, bleu, chrF, systems, millisPerStep, samples and more.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS) --allow-run (for --pytorch).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { writeAtomic } from "@tome/tome/checkpoint";
import { type PairBatch, writeJsonLines } from "@tome/tome/data";
import { heatmapFigure, lineFigure, renderSvg, renderText } from "@tome/tome/display";
import { alignTokens, generateSeq2Seq, generateSeq2SeqText } from "@tome/tome/generate";
import { bleu, chrF } from "@tome/tome/metrics";
import { loadModel } from "@tome/tome/models";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { seed, useDevice } from "@tome/tome/tensor";
import { loadTokenizer, type Tokenizer } from "@tome/tome/text";
import {
  evaluateLoss,
  type History,
  jsonl,
  progress,
  seq2seqWith,
  Trainer,
} from "@tome/tome/train";
import { DEVICE, readFlags, refuse, run } from "./_flags.ts";
import {
  baselines,
  exactly,
  findTask,
  measure,
  type PairParts,
  SETS,
  splitPairs,
  type Task,
  writtenBeside,
} from "./_seq2seq.ts";
import {
  encodePairs,
  FAMILIES,
  filesOf,
  loaderOf,
  loadPairModel,
  makeModel,
  makeTokenizer,
  type Model,
  specialIds,
  TOKENIZERS,
  tokenizersOf,
  writeTexts,
  writing,
} from "./_seq2seq_model.ts";
import { pairsInPyTorch } from "./_seq2seq_pytorch.ts";
import { millisPerStep } from "./_step_time.ts";

const flags = readFlags(import.meta.url, {
  pairs: { type: "string", help: "file of sources and targets" },
  set: { type: "string", choices: SETS, help: "pairs that are at hand" },
  source: { type: "string", help: "column of the sources, a number from 0 or a name (the first)" },
  target: { type: "string", help: "column of the targets (the second)" },
  task: {
    type: "string",
    default: "translation",
    choices: ["translation", "summary"],
    help: "what the targets of --pairs are",
  },
  maxPairs: { type: "integer", min: 2, help: "the most pairs to use (all)" },
  held: { type: "integer", default: 500, min: 1, help: "the most pairs kept for the measures" },
  family: {
    type: "string",
    default: "transformer",
    choices: FAMILIES,
    help: "the kind of model",
  },
  layers: { type: "integer", default: 2, min: 1, help: "layers of encoder and of decoder" },
  heads: { type: "integer", default: 4, min: 1, help: "heads of attention in a layer" },
  width: { type: "integer", default: 64, min: 1, help: "width of a token's vector" },
  hidden: { type: "integer", min: 1, help: "width inside the networks (4 times the width)" },
  dropout: { type: "number", default: 0.1, min: 0, max: 0.99, help: "share dropped in training" },
  maxTokens: { type: "integer", default: 64, min: 2, help: "the most tokens of a text" },
  maxTarget: { type: "integer", min: 2, help: "the most tokens of a target (maxTokens)" },
  tokenizer: {
    type: "string",
    default: "characters",
    choices: TOKENIZERS,
    help: "what a token is",
  },
  vocab: { type: "integer", default: 2048, min: 260, help: "tokens that bpe learns" },
  batch: { type: "integer", default: 32, min: 1, help: "pairs in a step" },
  steps: { type: "integer", default: 1000, min: 1, help: "optimizer steps" },
  lr: { type: "number", default: 2e-3, min: 0, help: "peak learning rate" },
  warmup: { type: "integer", default: 50, min: 0, help: "steps until the peak" },
  weightDecay: { type: "number", default: 0.01, min: 0, help: "of matrices" },
  labelSmoothing: {
    type: "number",
    default: 0,
    min: 0,
    max: 1,
    help: "share of each target spread",
  },
  evalEvery: { type: "integer", default: 250, min: 1, help: "steps between validations" },
  numBeams: { type: "integer", default: 1, min: 1, help: "candidates of the search at the end" },
  lengthPenalty: { type: "number", default: 1, help: "above 0 favours longer texts, with beams" },
  noRepeat: { type: "integer", min: 1, help: "runs of so many tokens are written only once" },
  seed: { type: "integer", default: 1337, help: "fixes weights, dropout and order" },
  device: DEVICE,
  out: { type: "string", help: "folder for the model and the log; none writes nothing" },
  input: { type: "string", help: "a text to write from, with the model of --out" },
  measure: { type: "boolean", help: "measure the model of --out instead of training one" },
  beside: { type: "string", help: "JSON Lines of source and written, by another program" },
  pytorch: { type: "string", help: "a Python that does the same with PyTorch; needs --out" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

for (const name of ["input", "measure"] as const) {
  if (flags[name] && !flags.out) {
    refuse(import.meta.url, `--${name} needs --out, the folder of a trained model`);
  }
}
if (flags.pytorch !== undefined && (!flags.out || flags.measure)) {
  refuse(import.meta.url, "--pytorch needs --out, and a training");
}
if (flags.input === undefined && (flags.pairs === undefined) === (flags.set === undefined)) {
  refuse(import.meta.url, "it needs one of --pairs and --set");
}

/** Writes from --input with the model of --out. */
async function answer(): Promise<void> {
  await useDevice(flags.device);
  const folder = `${flags.out}/best`;
  using model = await loadModel(folder, { task: "seq2seq-lm" });
  const tokenizer = await loadTokenizer(folder);
  const longest = model.contextLength ?? flags.maxTokens;
  const [texts] = await generateSeq2SeqText(
    model,
    tokenizersOf(tokenizer, longest),
    [flags.input!],
    writing(tokenizer, { ...flags, maxTarget: longest }, flags.numBeams),
  );
  console.log(flags.json ? JSON.stringify({ input: flags.input, output: texts![0] }) : texts![0]);
}

/** What a run learnt, and in which order; undefined if somebody ended it. */
interface Learnt {
  history: History;
  order: number[][];
}

/** Trains a model, and ends with its best weights. */
async function learn(
  model: Model,
  tokenizer: Tokenizer,
  { train, validation }: PairParts,
): Promise<Learnt | undefined> {
  const { out, weightDecay, labelSmoothing, maxTokens } = flags;
  const lr = cosineWithMinLr({
    peak: flags.lr,
    warmup: flags.warmup,
    total: flags.steps,
    minLr: flags.lr / 20,
  });
  using optimizer = new AdamW(model.namedParameters(), { lr, weightDecay });
  const files = filesOf(tokenizer);
  if (flags.pytorch) await files.save(model, `${out}/pytorch/init`);
  const batches = (pairs: PairParts["train"], order?: number[][]) =>
    loaderOf(encodePairs(pairs, tokenizer, maxTokens), tokenizer, flags, order);
  const trainer = new Trainer<Model, PairBatch>(model, {
    optimizer,
    loss: seq2seqWith({ labelSmoothing }),
    maxGradNorm: 1,
    logEvery: 10,
    stopOnInterrupt: true,
    evaluate: { batches: batches(validation), every: flags.evalEvery },
    ...(out ? { checkpoint: { folder: out, every: flags.evalEvery } } : {}),
    callbacks: [progress(), ...(out ? [jsonl(`${out}/metrics.jsonl`)] : [])],
    files,
  });
  const order: number[][] = [];
  const history = await trainer.fit(batches(train, order), { steps: flags.steps });
  if (history.stopped === "interrupted") {
    console.log(`\ninterrupted after step ${trainer.step}`);
    return undefined;
  }
  if (out && history.checkpoints.some(({ best }) => best)) await files.load(model, `${out}/best`);
  const losses = {
    training: history.map(({ step, loss }) => [step, loss] as const),
    validation: history.evaluations.map(({ step, metrics }) => [step, metrics.loss!] as const),
  };
  const figure = lineFigure(losses, {
    title: `A ${flags.family} of ${model.numParameters().toLocaleString("en-US")} parameters`,
    x: "step",
    y: "loss (nats a token)",
    marked: ["validation"],
  });
  console.log(`\n${renderText(figure)}`);
  if (out) await writeAtomic(`${out}/loss.svg`, renderSvg(figure));
  return { history, order: order.slice(0, history.length) }; // those prepared ahead were never learnt
}

/** Draws what the decoder looks at while it writes from a text. */
async function drawAlignment(model: Model, tokenizer: Tokenizer, text: string): Promise<void> {
  const source = tokenizersOf(tokenizer, flags.maxTokens).source.encode(text);
  const [results] = await generateSeq2Seq(model, [source], writing(tokenizer, flags, 1));
  const written = results![0]!.newIds;
  const { weights } = await alignTokens(model, source, written);
  const { endId } = specialIds(tokenizer);
  const names = (ids: readonly number[]) =>
    ids.map((id) => id === endId ? "(end)" : tokenizer.decode([id]));
  const figure = heatmapFigure(weights, {
    title: "What the decoder's last layer looks at",
    x: "read",
    y: "written",
    value: "weight",
    colors: "blues",
    range: [0, 1],
    columns: names(source),
    rows: names(written),
  });
  await writeAtomic(`${flags.out}/alignment.svg`, renderSvg(figure));
}

/** Writes from the held-out texts, and compares. */
async function report(
  model: Model,
  tokenizer: Tokenizer,
  parts: PairParts,
  kind: Task["kind"],
  device: string,
  learnt?: Learnt,
): Promise<void> {
  const { train, held } = parts;
  const { maxTokens, numBeams, out } = flags;
  const history = learnt?.history;
  const unseen = loaderOf(encodePairs(held, tokenizer, maxTokens), tokenizer, flags);
  const heldLoss = (await evaluateLoss(model, unseen, { loss: seq2seqWith() })).loss!;
  const sources = held.map(({ source }) => source);
  const targets = held.map(({ target }) => target);
  const ways = [...new Set([1, numBeams])].map((beams) =>
    [beams, beams === 1 ? "greedy" : `${beams} beams`] as const
  );
  const own: Record<string, string[]> = {};
  for (const [beams, way] of ways) {
    own[`the model, ${way}`] = await writeTexts(model, tokenizer, sources, flags, beams);
  }
  const written = Object.values(own).at(-1)!;
  const systems = {
    ...baselines(kind, train, sources),
    ...(flags.beside ? { [flags.beside]: await writtenBeside(flags.beside, sources) } : {}),
    ...(flags.pytorch && learnt
      ? await pairsInPyTorch(flags.pytorch, `${out}/pytorch`, parts, tokenizer, learnt.order, flags)
      : {}),
    ...own,
  };
  const compared = measure(kind, systems, targets, flags.seed);
  console.log(
    `\nof ${held.length} texts never seen: loss ${heldLoss.toFixed(4)} nats a token\n\n${compared}`,
  );
  const samples = held.slice(0, 3).map((pair, i) => ({ ...pair, written: written[i]! }));
  for (const { source, target, written } of samples) {
    console.log(`\n  ${source}\n  = ${target}\n  > ${written}`);
  }
  if (out) {
    const rows = held.map((pair, i) => ({
      ...pair,
      ...Object.fromEntries(Object.entries(systems).map(([name, texts]) => [name, texts[i]])),
    }));
    await writeJsonLines(`${out}/written.jsonl`, rows);
    await drawAlignment(model, tokenizer, sources[0]!);
    console.log(`\n${out}/best, written.jsonl, alignment.svg${history ? ", loss.svg" : ""}`);
  }
  if (!flags.json) return;
  console.log(JSON.stringify({
    heldLoss,
    valLoss: history?.evaluations.reduce(
      (least, { metrics }) => Math.min(least, metrics.loss!),
      Infinity,
    ),
    exactMatch: exactly(written, targets),
    bleu: bleu(written, targets),
    chrF: chrF(written, targets),
    systems: compared.intervals,
    millisPerStep: millisPerStep(history),
    device,
    steps: history?.length ?? 0,
    parameters: model.numParameters(),
    pairs: { train: train.length, validation: parts.validation.length, held: held.length },
    firstLoss: history?.[0]?.loss,
    lastLoss: history?.at(-1)?.loss,
    samples,
  }));
}

async function trainOrMeasure(): Promise<void> {
  const { pairs, kind } = await findTask(flags);
  const parts = splitPairs(pairs, flags.held, flags.seed);
  const folder = `${flags.out}/best`;
  const tokenizer = flags.measure ? await loadTokenizer(folder) : makeTokenizer(parts.train, flags);
  const device = await useDevice(flags.device);
  console.log(String(device));
  seed(flags.seed);
  using model = flags.measure ? await loadPairModel(folder) : makeModel(tokenizer, flags);
  const { train, validation, held } = parts;
  console.log(
    `\n${train.length} + ${validation.length} + ${held.length} pairs of texts, ${tokenizer.vocabSize} kinds of tokens; ` +
      `${flags.family} of ${model.numParameters().toLocaleString("en-US")} parameters\n`,
  );
  if (flags.measure) return await report(model, tokenizer, parts, kind, device.name);
  const learnt = await learn(model, tokenizer, parts);
  if (learnt) await report(model, tokenizer, parts, kind, device.name, learnt);
}

await run(flags.input === undefined ? trainOrMeasure : answer);
