/**
 * Trains or fine-tunes a BERT that sorts texts, and measures it beside simple baselines.
 *
 *     deno run -A scripts/train_bert.ts --set=sentiment --from=minilm --out=runs/sentiment
 *     deno run -A scripts/train_bert.ts --set=chinese --tokenizer=wordpiece --layers=2 --width=128 --out=runs/reviews
 *     deno run -A scripts/train_bert.ts --data=mails.csv --text=body --label=kind --from=bert-base-uncased/ --out=runs/mails
 *     deno run -A scripts/train_bert.ts --out=runs/sentiment --input="Not worth the money."
 *
 * The sets are "sentiment" (3,000 sentences of reviews), "spam" (SpamAssassin's mails) and "chinese" (reviews of web
 * shops). --data names a folder with a folder for each class, or a file: .csv, .tsv, .jsonl, maybe packed (.gz).
 * --from=minilm takes the weights of all-MiniLM-L6-v2, 84 MB, fetched once; --from=FOLDER those of any BERT, DistilBERT
 * or RoBERTa; without --from the model starts from scratch, with a tokenizer learned from the texts.
 *
 * A part of the texts is held out and measured at the end only; texts that nearly stand there are not trained on. Another
 * part is for validation: the best weights by its loss are kept, and the run ends early when it no longer falls.
 * With --out there remain: best (config.json, model.safetensors, tokenizer.json), metrics.jsonl, predictions.jsonl,
 * loss.svg, confusion.svg. With --input the model of --out sorts that text, and nothing is trained.
 * With --pytorch=PYTHON the same first weights learn the same batches in PyTorch, which needs torch, transformers and
 * safetensors. With --json the last line is an object with accuracy, intervals, steps and more.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS) --allow-net (for downloads) --allow-run (for --pytorch).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  classBalance,
  collateLabeledTexts,
  DataLoader,
  type LabeledText,
  type LabeledTextBatch,
  writeJsonLines,
} from "@tome/tome/data";
import { confusionMatrixFigure, lineFigure, renderText, saveFigure } from "@tome/tome/display";
import {
  compareSystems,
  logisticRegression,
  majorityClassifier,
  predict,
  predictLabels,
} from "@tome/tome/evaluate";
import { accuracy, classificationReport, f1, matthewsCorrelation } from "@tome/tome/metrics";
import { miniLMFolder } from "@tome/tome/models";
import {
  BertForSequenceClassification,
  loadBert,
  loadBertWeights,
  saveBert,
} from "@tome/tome/models/bert";
import { freeze, trainableParameters } from "@tome/tome/nn";
import { AdamW, linear } from "@tome/tome/optim";
import { seed, useDevice } from "@tome/tome/tensor";
import { encodeBatch, loadTokenizer, type Tokenizer, trainWordPiece } from "@tome/tome/text";
import { classificationWith, type History, jsonl, progress, Trainer } from "@tome/tome/train";
import { DEVICE, readFlags, refuse, run } from "./_flags.ts";
import { divideTexts, findTexts, TEXT_SETS } from "./_labeled_texts.ts";
import { runInPyTorch } from "./_pytorch.ts";
import { millisPerStep } from "./_step_time.ts";

const flags = readFlags(import.meta.url, {
  task: { type: "string", default: "classify", choices: ["classify"], help: "what is learned" },
  set: {
    type: "string",
    choices: TEXT_SETS,
    help: "texts that are at hand",
  },
  data: { type: "string", help: "folder or file of texts" },
  text: { type: "string", default: "text", help: "column of the texts" },
  label: { type: "string", default: "label", help: "column of the classes" },
  maxTexts: { type: "integer", min: 10, help: "the most texts to use, drawn by chance (all)" },
  maxCharacters: { type: "integer", default: 4000, min: 1, help: "the most characters of a text" },
  held: { type: "number", default: 0.2, min: 0.01, max: 0.9, help: "share of texts held out" },
  from: { type: "string", help: "minilm, or a folder with weights; none: from scratch" },
  frozen: {
    type: "string",
    help: "parts that stay as they are, such as encoder.tokens,encoder.blocks.0",
  },
  layers: { type: "integer", default: 2, min: 1, help: "blocks, from scratch" },
  heads: { type: "integer", default: 4, min: 1, help: "heads of attention, from scratch" },
  width: { type: "integer", default: 128, min: 1, help: "width of a token's vector, from scratch" },
  vocab: { type: "integer", default: 4000, min: 64, help: "tokens that are learned, from scratch" },
  dropout: { type: "number", default: 0.1, min: 0, max: 0.99, help: "share dropped in training" },
  maxTokens: { type: "integer", default: 64, min: 4, help: "the most tokens of a text" },
  batch: { type: "integer", default: 16, min: 1, help: "texts in a step" },
  epochs: { type: "integer", default: 2, min: 1, help: "the most passes over the texts" },
  lr: { type: "number", default: 1e-4, min: 0, help: "peak learning rate" },
  weightDecay: { type: "number", default: 0.01, min: 0, help: "of matrices" },
  evalEvery: { type: "integer", default: 50, min: 1, help: "steps between validations" },
  patience: {
    type: "integer",
    default: 4,
    min: 1,
    help: "validations without gain that end the run",
  },
  seed: { type: "integer", default: 1337, help: "fixes weights, dropout, split and order" },
  device: DEVICE,
  out: { type: "string", help: "folder for the model and the log; none writes nothing" },
  input: { type: "string", help: "a text to sort, with the model of --out" },
  pytorch: { type: "string", help: "a Python that does the same with PyTorch" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

const { out } = flags;
if (flags.input === undefined && (flags.data === undefined) === (flags.set === undefined)) {
  refuse(import.meta.url, "it needs one of --set and --data");
}
for (const name of ["input", "pytorch"] as const) {
  if (flags[name] !== undefined && !out) refuse(import.meta.url, `--${name} needs --out`);
}

/** The model before its training, and its tokenizer. */
async function begin(names: readonly string[], texts: string[]) {
  const { dropout, maxTokens } = flags;
  if (flags.from !== undefined) {
    const folder = flags.from === "minilm" ? await miniLMFolder() : flags.from;
    const options = { task: "sequence-classification", labels: names, dropout } as const;
    return { tokenizer: await loadTokenizer(folder), model: await loadBert(folder, options) };
  }
  const tokenizer = trainWordPiece(texts, {
    vocabSize: flags.vocab,
    maxCharacters: flags.vocab >> 1,
  });
  const model = new BertForSequenceClassification({
    vocabSize: tokenizer.vocabSize,
    contextLength: maxTokens,
    numLayers: flags.layers,
    numHeads: flags.heads,
    embedDim: flags.width,
    padId: tokenizer.padId ?? 0,
    dropout,
    labels: names,
  });
  return { tokenizer, model };
}

/** Sorts --input with the model of --out. */
async function answer(): Promise<void> {
  await useDevice(flags.device);
  const folder = `${out}/best`;
  using model = await loadBert(folder, { task: "sequence-classification" });
  const tokenizer = await loadTokenizer(folder);
  const maxLength = Math.min(flags.maxTokens, model.config.contextLength);
  const batch = encodeBatch(tokenizer, [flags.input!], { maxLength });
  const { probabilities: [row] } = await predict(model, [batch]);
  const ranked = model.config.labels!.map((name, k) => ({ name, probability: row![k]! }))
    .sort((a, b) => b.probability - a.probability);
  if (flags.json) return console.log(JSON.stringify({ input: flags.input, classes: ranked }));
  for (const { name, probability } of ranked) {
    console.log(`${(100 * probability).toFixed(1).padStart(5)} %  ${name}`);
  }
}

/** Trains, and gives what happened; nothing if it was interrupted. */
async function learn(
  model: BertForSequenceClassification,
  tokenizer: Tokenizer,
  batches: DataLoader<LabeledText, LabeledTextBatch>,
  validation: DataLoader<LabeledText, LabeledTextBatch>,
  steps: number,
): Promise<History | undefined> {
  if (flags.frozen) freeze(model, flags.frozen.split(","));
  const { lr: peak, weightDecay, evalEvery: every } = flags;
  using optimizer = new AdamW(trainableParameters(model), {
    lr: linear({ peak, warmup: Math.floor(steps / 10), total: steps }),
    weightDecay,
  });
  const tokenizerJson = JSON.stringify(tokenizer);
  const trainer = new Trainer<BertForSequenceClassification, LabeledTextBatch>(model, {
    optimizer,
    loss: classificationWith(),
    maxGradNorm: 1,
    logEvery: 5,
    spikes: "continue", // a few texts that are hard make one: batches are small, and losses near 0
    stopOnInterrupt: true,
    evaluate: { batches: validation, every },
    earlyStopping: { patience: flags.patience },
    ...(out ? { checkpoint: { folder: out } } : {}),
    callbacks: [progress(), ...(out ? [jsonl(`${out}/metrics.jsonl`)] : [])],
    files: {
      save: (model, folder) => saveBert(model, folder, { tokenizerJson }),
      load: loadBertWeights,
    },
  });
  const history = await trainer.fit(batches, { steps });
  if (history.stopped === "interrupted") {
    console.log(`\ninterrupted after step ${trainer.step}`);
    return undefined;
  }
  if (out && history.checkpoints.some(({ best }) => best)) {
    await loadBertWeights(model, `${out}/best`);
  }
  return history;
}

async function train(): Promise<void> {
  const found = await findTexts(flags);
  const { names } = found;
  const { train, validation, held, leaks } = divideTexts(found, flags);
  const device = await useDevice(flags.device);
  console.log(`${device}\n`);
  const balance = Object.entries({ train, validation, held }).map(([part, examples]) =>
    [part, examples.map(({ label }) => names[label]!)] as const
  );
  console.log(String(classBalance(Object.fromEntries(balance))));
  if (leaks) console.log(`${leaks} texts that nearly stand among the held-out ones are left out`);
  seed(flags.seed);
  const begun = await begin(names, train.map(({ text }) => text));
  using model: BertForSequenceClassification = begun.model;
  const { tokenizer } = begun;
  console.log(
    `\n${model.numParameters().toLocaleString("en-US")} parameters, ${
      flags.from ?? "from scratch"
    }\n`,
  );

  const maxLength = Math.min(flags.maxTokens, model.config.contextLength);
  const collate = collateLabeledTexts(tokenizer, { maxLength, padding: Math.min(16, maxLength) });
  const batchSize = Math.min(flags.batch, train.length);
  const order: number[][] = [];
  const places = new Map(train.map((example, i) => [example, i]));
  const loader = new DataLoader(train, {
    batchSize,
    shuffle: true,
    seed: flags.seed,
    dropLast: true,
    collate(examples) {
      order.push(examples.map((example) => places.get(example)!));
      return collate(examples);
    },
  });
  const unseen = (examples: LabeledText[]) => new DataLoader(examples, { batchSize: 32, collate });
  const steps = flags.epochs * Math.floor(train.length / batchSize);
  const tokenizerJson = JSON.stringify(tokenizer);
  if (flags.pytorch) await saveBert(model, `${out}/replay/init`, { tokenizerJson });
  const history = await learn(model, tokenizer, loader, unseen(validation), steps);
  if (!history) return;

  const { classes, probabilities } = await predict(model, unseen(held));
  const labels = held.map(({ label }) => label);
  const [seen, theirs] = [train, held].map((some) => some.map(({ text }) => text));
  const targets = train.map(({ label }) => label);
  const systems: Record<string, number[]> = {};
  for (const learned of [majorityClassifier, logisticRegression]) {
    const baseline = learned(seen!, targets);
    systems[baseline.name] = predictLabels(baseline, theirs!);
  }
  systems["this BERT"] = classes;
  if (flags.pytorch) {
    const { lr, weightDecay, dropout, frozen = "", evalEvery, seed } = flags;
    const settings = { total: steps, lr, weightDecay, dropout, frozen, evalEvery, seed, maxLength };
    const batches = order.slice(0, history.length); // those prepared ahead were never learned
    systems["this BERT in PyTorch"] = await runInPyTorch(
      flags.pytorch,
      "classify",
      `${out}/replay`,
      { ...settings, train, validation, held, order: batches },
    );
  }
  const compared = compareSystems(systems, labels, {
    accuracy,
    F1: f1("macro"),
    MCC: matthewsCorrelation,
  });
  const report = classificationReport(classes, labels, { names });
  console.log(
    `\n${held.length} texts never seen, with 95 % intervals\n\n${compared}\n\n${report}\n`,
  );
  const beside = Object.keys(systems).filter((name) => name !== "this BERT")
    .map((name) => [name, compared.difference("this BERT", name, "accuracy")] as const);
  for (const [name, { difference, pValue }] of beside) {
    console.log(`accuracy above ${name}: ${difference}, p = ${pValue.toPrecision(2)}`);
  }
  const losses = lineFigure({
    training: history.map(({ step, loss }) => [step, loss]),
    validation: history.evaluations.map(({ step, metrics }) => [step, metrics.loss!]),
  }, { x: "step", y: "loss (nats)", marked: ["validation"] });
  console.log(`\n${renderText(losses)}`);
  if (out) {
    await writeJsonLines(
      `${out}/predictions.jsonl`,
      held.map(({ text, label }, i) => ({
        text,
        label: names[label],
        prediction: names[classes[i]!],
        probabilities: Array.from(probabilities[i]!),
      })),
    );
    await saveFigure(`${out}/loss.svg`, losses);
    const { counts } = report.matrix;
    await saveFigure(
      `${out}/confusion.svg`,
      confusionMatrixFigure(counts.map((row) => [...row]), { classes: names }),
    );
  }
  if (!flags.json) return;
  console.log(JSON.stringify({
    systems: compared.intervals,
    above: Object.fromEntries(beside),
    millisPerStep: millisPerStep(history),
    device: device.name,
    steps: history.length,
    stopped: history.stopped,
    parameters: model.numParameters(),
    texts: { train: train.length, validation: validation.length, held: held.length },
    firstLoss: history[0]?.loss,
    lastLoss: history.at(-1)?.loss,
    valLoss: history.evaluations.at(-1)?.metrics.loss,
  }));
}

await run(flags.input === undefined ? train : answer);
