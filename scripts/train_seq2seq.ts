/**
 * Trains a model that reads one text and writes another, and translates with it.
 *
 *     deno run -A scripts/train_seq2seq.ts --set=dates --steps=600 --out=runs/dates
 *     deno run -A scripts/train_seq2seq.ts --out=runs/dates --input="3 March 2011"
 *     deno run -A scripts/train_seq2seq.ts --pairs=en-es.tsv --tokenizer=bpe --steps=5000 --out=runs/en-es
 *     deno run -A scripts/train_seq2seq.ts --set=verses --family=t5 --width=256 --layers=3 --numBeams=4 --out=runs/verses
 *
 * --pairs names a file of tab-separated values or JSON Lines, maybe compressed (.tsv, .jsonl, .gz). The set "dates" is
 * made on the spot; "verses" is the New Testament in English and Spanish, translation/bible-nt-en-es.tsv.gz in the folder
 * that TOME_DATA names. A tenth of the pairs, at most --held, is kept for validation: no source of it is trained on.
 *
 * With --out the model of the lowest validation loss stays as a folder, best: config.json, model.safetensors,
 * tokenizer.json. With --input the model of --out writes from that text, and nothing is trained.
 * With --json the last line is an object with valLoss, exactMatch, bleu, chrF, millisPerStep, samples and more.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  collatePairs,
  DataLoader,
  datePairs,
  type PairBatch,
  readPairs,
  type TextPair,
  type TokenPair,
} from "@tome/tome/data";
import { generateSeq2SeqText, type Seq2SeqTokenizers } from "@tome/tome/generate";
import { bleu, chrF } from "@tome/tome/metrics";
import { loadModel } from "@tome/tome/models";
import { loadT5Weights, saveT5, T5 } from "@tome/tome/models/t5";
import {
  loadTransformerWeights,
  saveTransformer,
  Transformer,
} from "@tome/tome/models/transformer";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { Rng, seed, useDevice } from "@tome/tome/tensor";
import { CharacterTokenizer, loadTokenizer, type Tokenizer, trainBytePair } from "@tome/tome/text";
import { evaluateLoss, jsonl, progress, seq2seqWith, Trainer } from "@tome/tome/train";
import { readFlags, refuse, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  pairs: { type: "string", help: "file of sources and targets" },
  set: { type: "string", choices: ["dates", "verses"], help: "pairs that are at hand" },
  source: { type: "string", help: "column of the sources, a number from 0 or a name (the first)" },
  target: { type: "string", help: "column of the targets (the second)" },
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
  device: {
    type: "string",
    default: "auto",
    choices: ["auto", "webgpu", "wasm", "cpu"],
    help: "where to compute",
  },
  out: { type: "string", help: "folder for the model and the log; none writes nothing" },
  input: { type: "string", help: "a text to write from, with the model of --out" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

const SPECIAL = ["<pad>", "<s>", "</s>"] as const;
type Model = Transformer | T5;

if (flags.input !== undefined && !flags.out) {
  refuse(import.meta.url, "--input needs --out, the folder of a trained model");
}
if (flags.input === undefined && (flags.pairs === undefined) === (flags.set === undefined)) {
  refuse(import.meta.url, "it needs one of --pairs and --set");
}

/** The pairs that were asked for. */
async function findPairs(): Promise<TextPair[]> {
  if (flags.set === "dates") return datePairs(flags.maxPairs ?? 4000, flags.seed);
  let path = flags.pairs;
  if (flags.set === "verses") {
    const folder = Deno.env.get("TOME_DATA");
    if (!folder) {
      throw new Deno.errors.NotFound(
        "Cannot find the verses as TOME_DATA must name the folder with translation/bible-nt-en-es.tsv.gz; " +
          "or pass a file with --pairs",
      );
    }
    path = `${folder}/translation/bible-nt-en-es.tsv.gz`;
  }
  const column = (name?: string) =>
    name === undefined ? {} : { column: /^\d+$/.test(name) ? Number(name) : name };
  const [source, target] = [column(flags.source).column, column(flags.target).column];
  const pairs = await readPairs(path!, {
    ...(source === undefined ? {} : { source }),
    ...(target === undefined ? {} : { target }),
  });
  return pairs.slice(0, flags.maxPairs);
}

/** Pairs for training and for validation, which have no source in common. */
function split(pairs: TextPair[]): { train: TextPair[]; held: TextPair[] } {
  const bySource = Map.groupBy(pairs, ({ source }) => source);
  const groups = new Rng(flags.seed).shuffle([...bySource.values()]);
  const count = Math.min(flags.held, Math.floor(groups.length / 10));
  if (count === 0) {
    throw new RangeError(
      `Cannot train as there must be at least 10 different sources: current number is ${groups.length}`,
    );
  }
  return {
    held: groups.slice(0, count).map(([first]) => first!),
    train: groups.slice(count).flat(),
  };
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

const writing = (longest: number, tokenizer: Tokenizer) => {
  const { padId, startId } = specialIds(tokenizer);
  const { numBeams, lengthPenalty } = flags;
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

async function train(): Promise<void> {
  const { train, held } = split(await findPairs());
  const tokenizer = makeTokenizer(train);
  const ids = specialIds(tokenizer);
  const { maxTokens, out, batch: batchSize } = flags;
  const device = await useDevice(flags.device);
  console.log(String(device));
  seed(flags.seed);
  const { source: { encode } } = tokenizersOf(tokenizer, maxTokens);
  const tokens = (pairs: TextPair[]) =>
    pairs.map(({ source, target }): TokenPair => ({
      source: encode(source),
      target: tokenizer.encode(target, { special: false }),
    }));
  const collate = (pairs: TokenPair[]) =>
    collatePairs(pairs, { ...ids, maxTarget: maxTokens, multipleOf: 8 });
  const loader = new DataLoader<TokenPair, PairBatch>(tokens(train), {
    batchSize: Math.min(batchSize, train.length),
    shuffle: true,
    seed: flags.seed,
    dropLast: true,
    collate,
  });
  const validation = new DataLoader<TokenPair, PairBatch>(tokens(held), { batchSize, collate });

  using model = makeModel(tokenizer);
  console.log(
    `\n${train.length} + ${held.length} pairs of texts, ${tokenizer.vocabSize} kinds of tokens; ` +
      `${flags.family} of ${model.numParameters().toLocaleString("en-US")} parameters\n`,
  );
  const lr = cosineWithMinLr({
    peak: flags.lr,
    warmup: flags.warmup,
    total: flags.steps,
    minLr: flags.lr / 20,
  });
  const { weightDecay, labelSmoothing } = flags;
  using optimizer = new AdamW(model.namedParameters(), { lr, weightDecay });
  const measured = seq2seqWith();
  const tokenizerJson = JSON.stringify(tokenizer);
  const trainer = new Trainer<Model, PairBatch>(model, {
    optimizer,
    loss: seq2seqWith({ labelSmoothing }),
    maxGradNorm: 1,
    logEvery: 10,
    stopOnInterrupt: true,
    evaluate: { batches: validation, every: flags.evalEvery },
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
  const history = await trainer.fit(loader, { steps: flags.steps });
  if (history.stopped === "interrupted") {
    console.log(`\ninterrupted after step ${trainer.step}`);
    return;
  }

  const valLoss = (await evaluateLoss(model, validation, { loss: measured })).loss!;
  const written = (await generateSeq2SeqText(
    model,
    tokenizersOf(tokenizer, maxTokens),
    held.map(({ source }) => source),
    writing(maxTokens, tokenizer),
  )).map(([best]) => best!);
  const targets = held.map(({ target }) => target);
  const exactMatch = written.filter((text, i) => text === targets[i]).length / held.length;
  const scores = {
    valLoss,
    exactMatch,
    bleu: bleu(written, targets),
    chrF: chrF(written, targets),
  };
  console.log(
    `\nof ${held.length} texts never seen: loss ${valLoss.toFixed(4)} nats a token, ` +
      `${(100 * exactMatch).toFixed(1)} % word for word, BLEU ${scores.bleu.toFixed(2)}, ` +
      `chrF ${scores.chrF.toFixed(2)}`,
  );
  const samples = held.slice(0, 3).map(({ source, target }, i) => ({
    source,
    target,
    written: written[i]!,
  }));
  for (const { source, target, written } of samples) {
    console.log(`\n  ${source}\n  = ${target}\n  > ${written}`);
  }
  if (!flags.json) return;
  const times = history.slice(3).map(({ millis }) => millis).sort((a, b) => a - b);
  console.log(JSON.stringify({
    ...scores,
    millisPerStep: times[times.length >> 1] ?? history[0]?.millis,
    device: device.name,
    steps: trainer.step,
    parameters: model.numParameters(),
    pairs: { train: train.length, held: held.length },
    firstLoss: history[0]?.loss,
    lastLoss: history.at(-1)?.loss,
    samples,
  }));
}

await run(flags.input === undefined ? train : answer);
