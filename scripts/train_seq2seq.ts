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
 * at most --held, is kept for validation: no source of it is trained on.
 *
 * At the end a table compares what the model writes from the held-out texts, greedily and with --numBeams, with baselines:
 * the source as it is, a word-for-word translation, or the first sentence; with --beside also with what another program
 * wrote. Intervals are of 95 %, from texts drawn anew.
 *
 * Ctrl-C ends the run after the step in progress. With --out the model of the lowest validation loss stays as a folder,
 * best: config.json, model.safetensors, tokenizer.json; beside it written.jsonl, loss.svg and alignment.svg, what the decoder
 * looked at while it wrote the first held-out text. With --measure the model of --out is measured and not trained; all flags
 * must be those of its run. With --input it writes from that text. With --json the last line is an object with valLoss,
 * exactMatch, bleu, chrF, systems, millisPerStep, samples and more.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { writeAtomic } from "@tome/tome/checkpoint";
import {
  collatePairs,
  DataLoader,
  type PairBatch,
  type TextPair,
  type TokenPair,
  writeJsonLines,
} from "@tome/tome/data";
import { heatmapFigure, lineFigure, renderSvg, renderText } from "@tome/tome/display";
import {
  alignTokens,
  generateSeq2Seq,
  generateSeq2SeqText,
  type Seq2SeqTokenizers,
} from "@tome/tome/generate";
import { bleu, chrF } from "@tome/tome/metrics";
import { loadModel } from "@tome/tome/models";
import { loadT5Weights, saveT5, T5 } from "@tome/tome/models/t5";
import {
  loadTransformerWeights,
  saveTransformer,
  Transformer,
} from "@tome/tome/models/transformer";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { seed, useDevice } from "@tome/tome/tensor";
import { CharacterTokenizer, loadTokenizer, type Tokenizer, trainBytePair } from "@tome/tome/text";
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
  SETS,
  splitPairs,
  type Task,
  writtenBeside,
} from "./_seq2seq.ts";

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
  held: { type: "integer", default: 500, min: 1, help: "the most pairs kept for validation" },
  family: {
    type: "string",
    default: "transformer",
    choices: ["transformer", "t5"],
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
    choices: ["characters", "bpe"],
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
  seed: { type: "integer", default: 1337, help: "fixes weights, dropout and order" },
  device: DEVICE,
  out: { type: "string", help: "folder for the model and the log; none writes nothing" },
  input: { type: "string", help: "a text to write from, with the model of --out" },
  measure: { type: "boolean", help: "measure the model of --out instead of training one" },
  beside: { type: "string", help: "JSON Lines of source and written, by another program" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

const SPECIAL = ["<pad>", "<s>", "</s>"] as const;
type Model = Transformer | T5;

for (const name of ["input", "measure"] as const) {
  if (flags[name] && !flags.out) {
    refuse(import.meta.url, `--${name} needs --out, the folder of a trained model`);
  }
}
if (flags.input === undefined && (flags.pairs === undefined) === (flags.set === undefined)) {
  refuse(import.meta.url, "it needs one of --pairs and --set");
}

function makeTokenizer(pairs: TextPair[]): Tokenizer {
  const texts = pairs.flatMap(({ source, target }) => [source, target]);
  return flags.tokenizer === "bpe"
    ? trainBytePair(texts, { vocabSize: flags.vocab, specialTokens: SPECIAL })
    : CharacterTokenizer.fromText(texts.join("\n"), { unknown: "<unk>", specialTokens: SPECIAL });
}

/** The ids of the tokens that fill up, start and end. */
function specialIds(tokenizer: Tokenizer) {
  const [padId, startId, endId] = SPECIAL.map((token) => tokenizer.specialTokens.get(token)!);
  return { padId: padId!, startId: startId!, endId: endId! };
}

function makeModel(tokenizer: Tokenizer): Model {
  const { layers: numLayers, heads: numHeads, width: embedDim, dropout, maxTokens } = flags;
  const hiddenDim = flags.hidden ?? 4 * embedDim;
  const { vocabSize } = tokenizer;
  const shared = { vocabSize, embedDim, numHeads, numLayers, hiddenDim, dropout };
  return flags.family === "t5"
    ? new T5({ ...shared, ...specialIds(tokenizer), headDim: Math.ceil(embedDim / numHeads) })
    : new Transformer({
      ...shared,
      ...specialIds(tokenizer),
      contextLength: 8 * Math.ceil(maxTokens / 8),
      normFirst: true,
    });
}

/** Texts to tokens and back; what is read ends with the end token, and is no longer than the model was trained for. */
function tokenizersOf(tokenizer: Tokenizer, longest: number): Seq2SeqTokenizers {
  const { endId } = specialIds(tokenizer);
  const encode = (text: string) => [
    ...tokenizer.encode(text, { special: false }).slice(0, longest - 1),
    endId,
  ];
  return { source: { encode }, target: tokenizer };
}

const writing = (longest: number, tokenizer: Tokenizer, numBeams = flags.numBeams) => {
  const { padId, startId } = specialIds(tokenizer);
  const { lengthPenalty } = flags;
  return { maxNewTokens: longest, numBeams, lengthPenalty, suppressIds: [padId, startId] };
};

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
    writing(longest, tokenizer),
  );
  console.log(flags.json ? JSON.stringify({ input: flags.input, output: texts![0] }) : texts![0]);
}

/** Tokens of pairs, batch by batch. */
function loaderOf(pairs: readonly TextPair[], tokenizer: Tokenizer, forTraining: boolean) {
  const { maxTokens, maxTarget = maxTokens, batch } = flags;
  const { source: { encode } } = tokenizersOf(tokenizer, maxTokens);
  const tokens = pairs.map(({ source, target }): TokenPair => ({
    source: encode(source),
    target: tokenizer.encode(target, { special: false }),
  }));
  return new DataLoader<TokenPair, PairBatch>(tokens, {
    collate: (some) => collatePairs(some, { ...specialIds(tokenizer), maxTarget, multipleOf: 8 }),
    ...(forTraining
      ? {
        batchSize: Math.min(batch, tokens.length),
        shuffle: true,
        seed: flags.seed,
        dropLast: true,
      }
      : { batchSize: batch }),
  });
}

/** Trains a model; undefined if somebody ended it. */
async function learn(
  model: Model,
  tokenizer: Tokenizer,
  { train, held }: { train: TextPair[]; held: TextPair[] },
): Promise<History | undefined> {
  const { out, weightDecay, labelSmoothing } = flags;
  const lr = cosineWithMinLr({
    peak: flags.lr,
    warmup: flags.warmup,
    total: flags.steps,
    minLr: flags.lr / 20,
  });
  using optimizer = new AdamW(model.namedParameters(), { lr, weightDecay });
  const tokenizerJson = JSON.stringify(tokenizer);
  const trainer = new Trainer<Model, PairBatch>(model, {
    optimizer,
    loss: seq2seqWith({ labelSmoothing }),
    maxGradNorm: 1,
    logEvery: 10,
    stopOnInterrupt: true,
    evaluate: { batches: loaderOf(held, tokenizer, false), every: flags.evalEvery },
    ...(out ? { checkpoint: { folder: out, every: flags.evalEvery } } : {}),
    callbacks: [progress(), ...(out ? [jsonl(`${out}/metrics.jsonl`)] : [])],
    files: {
      save: (model, folder) =>
        model instanceof T5
          ? saveT5(model, folder, { tokenizerJson })
          : saveTransformer(model, folder, { tokenizerJson }),
      load: (model, folder) =>
        model instanceof T5 ? loadT5Weights(model, folder) : loadTransformerWeights(model, folder),
    },
  });
  const history = await trainer.fit(loaderOf(train, tokenizer, true), { steps: flags.steps });
  if (history.stopped === "interrupted") {
    console.log(`\ninterrupted after step ${trainer.step}`);
    return undefined;
  }
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
  return history;
}

/** Draws what the decoder looks at while it writes from a text. */
async function drawAlignment(model: Model, tokenizer: Tokenizer, text: string): Promise<void> {
  const { maxTokens, maxTarget = maxTokens } = flags;
  const source = tokenizersOf(tokenizer, maxTokens).source.encode(text);
  const [results] = await generateSeq2Seq(model, [source], writing(maxTarget, tokenizer, 1));
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
  { train, held }: { train: TextPair[]; held: TextPair[] },
  kind: Task["kind"],
  device: string,
  history?: History,
): Promise<void> {
  const { maxTokens, maxTarget = maxTokens, numBeams, out } = flags;
  const validation = loaderOf(held, tokenizer, false);
  const valLoss = (await evaluateLoss(model, validation, { loss: seq2seqWith() })).loss!;
  const sources = held.map(({ source }) => source);
  const targets = held.map(({ target }) => target);
  const write = async (beams: number) =>
    (await generateSeq2SeqText(
      model,
      tokenizersOf(tokenizer, maxTokens),
      sources,
      writing(maxTarget, tokenizer, beams),
    )).map(([best]) => best!);
  const own: Record<string, string[]> = { "the model, greedy": await write(1) };
  if (numBeams > 1) own[`the model, ${numBeams} beams`] = await write(numBeams);
  const written = Object.values(own).at(-1)!;
  const systems = {
    ...baselines(kind, train, sources),
    ...(flags.beside ? { [flags.beside]: await writtenBeside(flags.beside, sources) } : {}),
    ...own,
  };
  const compared = measure(kind, systems, targets, flags.seed);
  console.log(
    `\nof ${held.length} texts never seen: loss ${valLoss.toFixed(4)} nats a token\n\n${compared}`,
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
  const times = history?.slice(3).map(({ millis }) => millis).sort((a, b) => a - b) ?? [];
  console.log(JSON.stringify({
    valLoss,
    exactMatch: exactly(written, targets),
    bleu: bleu(written, targets),
    chrF: chrF(written, targets),
    systems: compared.intervals,
    millisPerStep: times[times.length >> 1] ?? history?.[0]?.millis,
    device,
    steps: history?.length ?? 0,
    parameters: model.numParameters(),
    pairs: { train: train.length, held: held.length },
    firstLoss: history?.[0]?.loss,
    lastLoss: history?.at(-1)?.loss,
    samples,
  }));
}

async function trainOrMeasure(): Promise<void> {
  const { pairs, kind } = await findTask(flags);
  const parts = splitPairs(pairs, flags.held, flags.seed);
  const folder = `${flags.out}/best`;
  const tokenizer = flags.measure ? await loadTokenizer(folder) : makeTokenizer(parts.train);
  const device = await useDevice(flags.device);
  console.log(String(device));
  seed(flags.seed);
  using model = flags.measure
    ? await loadModel(folder, { task: "seq2seq-lm" })
    : makeModel(tokenizer);
  console.log(
    `\n${parts.train.length} + ${parts.held.length} pairs of texts, ${tokenizer.vocabSize} kinds of tokens; ` +
      `${flags.family} of ${model.numParameters().toLocaleString("en-US")} parameters\n`,
  );
  let history: History | undefined;
  if (model instanceof Transformer || model instanceof T5) {
    if (!flags.measure) history = await learn(model, tokenizer, parts);
    if (flags.measure || history) {
      await report(model, tokenizer, parts, kind, device.name, history);
    }
    return;
  }
  throw new TypeError(
    `Cannot measure ${folder} as it must hold a transformer or a T5: current model is a ${model.constructor.name}`,
  );
}

await run(flags.input === undefined ? trainOrMeasure : answer);
