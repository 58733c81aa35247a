/**
 * Predicts a disease from measures of patients: by logistic regression, naive Bayes, nearest neighbours and a network, with intervals,
 * calibration, and the threshold that costs least.
 *
 *     deno run -A scripts/predict_disease.ts
 *     TOME_DATA=data deno run -A scripts/predict_disease.ts --table=diabetes --miss=5
 *     deno run -A scripts/predict_disease.ts --csv=patients.csv --label=ill --positive=yes
 *
 * --table is "breast-cancer" (569 tumours, from a package of PyPI), or, from the folder that TOME_DATA names, "diabetes" (768 women) or
 * "alzheimer" (333 people); or --csv names a file with a head, --label its column of the class and --positive what stands there for the
 * disease. The patients are cut into --folds parts of equal shares; each part is predicted by models that learned from the others, so that
 * all are held out once. With --out the curves stay as roc.svg. With --json the last line is an object with the measures.
 *
 * Least permissions: --allow-read --allow-write --allow-env --allow-ffi (for BLAS) --allow-net (for the tumours).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { type ClassTable, DataLoader, parseClassTable, TablePreparation } from "@tome/tome/data";
import { medicalTable } from "@tome/tome/data/medical-tables";
import { rocFigure, saveFigure } from "@tome/tome/display";
import {
  gaussianNaiveBayes,
  nearestNeighbours,
  type TableClassifier,
  tableLogisticRegression,
} from "@tome/tome/evaluate";
import {
  accuracy,
  bestThreshold,
  bootstrap,
  brierScore,
  decisionCost,
  expectedCalibrationError,
  rocAuc,
} from "@tome/tome/metrics";
import { MLPClassifier } from "@tome/tome/models/mlp";
import { AdamW } from "@tome/tome/optim";
import { Rng, seed, table, tidy, useDevice } from "@tome/tome/tensor";
import { imageClassificationLoss, Trainer } from "@tome/tome/train";
import { softmax, tensor1d, tensor2d } from "@tensorflow/tfjs";
import { DEVICE, readFlags, refuse, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  table: {
    type: "string",
    default: "breast-cancer",
    choices: ["breast-cancer", "diabetes", "alzheimer"],
    help: "whose measures",
  },
  csv: { type: "string", help: "a file of one's own in place of --table" },
  label: { type: "string", help: "its column of the class" },
  positive: { type: "string", help: "what stands there for the disease" },
  folds: { type: "integer", default: 5, min: 2, help: "parts that are held out in turn" },
  strength: { type: "number", default: 1, min: 1e-6, help: "C of logistic regression" },
  width: { type: "integer", default: 32, min: 1, help: "units of the network" },
  dropout: { type: "number", default: 0.2, min: 0, max: 0.9, help: "share dropped in training" },
  weightDecay: { type: "number", default: 0.05, min: 0, help: "of the network's matrices" },
  steps: { type: "integer", default: 200, min: 1, help: "steps of the network for each part" },
  lr: { type: "number", default: 3e-3, min: 0, help: "learning rate of the network" },
  miss: { type: "number", default: 10, min: 0, help: "cost of a disease that is overlooked" },
  alarm: { type: "number", default: 1, min: 0, help: "cost of a healthy one who is called in" },
  seed: { type: "integer", default: 1, help: "fixes parts, weights and order" },
  device: DEVICE,
  out: { type: "string", help: "folder for the picture; none writes nothing" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

async function readTable(): Promise<ClassTable> {
  const { csv, label, positive } = flags;
  if (csv === undefined) return await medicalTable(flags.table);
  if (label === undefined || positive === undefined) {
    refuse(import.meta.url, "--csv needs --label and --positive");
  }
  return parseClassTable(csv, await Deno.readTextFile(csv), { label: label!, positive: positive! });
}

type Rows = readonly number[][];

/** What answers for patients, now or later. */
type Answering = Pick<TableClassifier, "name"> & {
  probabilities(rows: Rows): Float64Array[] | Promise<Float64Array[]>;
};

/** A network, trained. */
async function network(rows: Rows, labels: readonly number[]): Promise<Answering & Disposable> {
  seed(flags.seed);
  const model = new MLPClassifier({
    inFeatures: rows[0]!.length,
    hiddenDims: [flags.width],
    numLabels: 2,
    dropout: flags.dropout,
  });
  using optimizer = new AdamW(model.namedParameters(), {
    lr: flags.lr,
    weightDecay: flags.weightDecay,
  });
  const examples = rows.map((row, i) => ({ row, label: labels[i]! }));
  const batches = new DataLoader(examples, {
    batchSize: Math.min(32, rows.length),
    shuffle: true,
    seed: flags.seed,
    dropLast: true,
    collate: (batch) => ({
      images: tensor2d(batch.map(({ row }) => row)),
      labels: tensor1d(batch.map(({ label }) => label), "int32"),
    }),
  });
  const trainer = new Trainer(model, { optimizer, loss: imageClassificationLoss, logEvery: 20 });
  await trainer.fit(batches, { steps: flags.steps });
  model.eval();
  return {
    name: "network",
    async probabilities(asked) {
      const shares = tidy(() => softmax(model.forward(tensor2d([...asked]))));
      const values = await shares.data();
      shares.dispose();
      return asked.map((_, i) => Float64Array.from(values.subarray(2 * i, 2 * i + 2)));
    },
    [Symbol.dispose]: () => model[Symbol.dispose](),
  };
}

/** Parts of equal shares of both classes. */
function foldsOf(labels: readonly number[]): number[] {
  const random = new Rng(flags.seed);
  const fold = labels.map(() => 0);
  for (const label of [0, 1]) {
    const own = random.shuffle([...labels.keys()].filter((i) => labels[i] === label));
    own.forEach((i, n) => fold[i] = n % flags.folds);
  }
  return fold;
}

async function predict(): Promise<void> {
  const { name, rows, labels, features, classes } = await readTable();
  const device = await useDevice(flags.device);
  console.log(String(device));
  const sick = labels.reduce((sum, label) => sum + label, 0);
  console.log(
    `\n${name}: ${rows.length} patients, ${features.length} measures, ${sick} ${classes[1]}\n`,
  );
  const fold = foldsOf(labels);
  const found = new Map<string, Float64Array[]>();
  const thresholds = new Map<string, number[]>();
  const costs = { miss: flags.miss, alarm: flags.alarm };
  for (let k = 0; k < flags.folds; k++) {
    const known = [...rows.keys()].filter((i) => fold[i] !== k);
    const asked = [...rows.keys()].filter((i) => fold[i] === k);
    const ready = new TablePreparation(known.map((i) => rows[i]!));
    const train = known.map((i) => ready.apply(rows[i]!));
    const own = known.map((i) => labels[i]!);
    using mlp = await network(train, own);
    const models: Answering[] = [
      tableLogisticRegression(train, own, { strength: flags.strength }),
      gaussianNaiveBayes(train, own),
      nearestNeighbours(train, own),
      mlp,
    ];
    for (const model of models) {
      const all = found.get(model.name) ?? new Array<Float64Array>(rows.length);
      const answers = await model.probabilities(asked.map((i) => ready.apply(rows[i]!)));
      asked.forEach((i, n) => all[i] = answers[n]!);
      found.set(model.name, all);
      const scores = (await model.probabilities(train)).map(([, p]) => p!);
      const { threshold } = bestThreshold(scores, own, costs);
      // a bound between two patients, or beyond them all
      thresholds.set(model.name, [...thresholds.get(model.name) ?? [], Math.min(threshold, 1.01)]);
    }
  }
  report(labels, fold, found, thresholds, device.name);
  if (flags.out) {
    await Deno.mkdir(flags.out, { recursive: true });
    const curves = [...found].map(([model, p]) => [
      model,
      { scores: p.map(([, yes]) => yes!), targets: labels },
    ]);
    await saveFigure(
      `${flags.out}/roc.svg`,
      rocFigure(Object.fromEntries(curves), { title: `${name}: ${classes[1]}` }),
    );
  }
}

/** What decisions by thresholds of each part cost. */
function costOf(
  scores: readonly number[],
  labels: readonly number[],
  fold: readonly number[],
  thresholds: readonly number[],
): number {
  const costs = { miss: flags.miss, alarm: flags.alarm };
  return thresholds.reduce((sum, threshold, k) => {
    const part = [...labels.keys()].filter((i) => fold[i] === k);
    const { cost } = decisionCost(
      part.map((i) => scores[i]!),
      part.map((i) => labels[i]!),
      threshold,
      costs,
    );
    return sum + cost * part.length / labels.length;
  }, 0);
}

function report(
  labels: readonly number[],
  fold: readonly number[],
  found: ReadonlyMap<string, Float64Array[]>,
  thresholds: ReadonlyMap<string, number[]>,
  device: string,
): void {
  const right = flags.alarm / (flags.alarm + flags.miss);
  const results = [...found].map(([name, p]) => {
    const scores = p.map(([, yes]) => yes!);
    const auc = bootstrap(rocAuc, [scores, labels]);
    return {
      name,
      auc,
      accuracy: bootstrap(accuracy, [scores.map((yes) => Number(yes >= 0.5)), labels]),
      brier: brierScore(p, labels),
      calibration: expectedCalibrationError(p, labels),
      costHalf: costOf(scores, labels, fold, fold.map(() => 0.5).slice(0, flags.folds)),
      costRight: costOf(scores, labels, fold, fold.map(() => right).slice(0, flags.folds)),
      costChosen: costOf(scores, labels, fold, thresholds.get(name)!),
    };
  });
  const rows = results.map((one) => [
    one.name,
    String(one.auc),
    String(one.accuracy),
    one.brier.toFixed(4),
    one.calibration.toFixed(4),
    one.costHalf.toFixed(3),
    one.costRight.toFixed(3),
    one.costChosen.toFixed(3),
  ]);
  const head = ["", "ROC-AUC", "accuracy at ½", "Brier", "calibration error", "cost at ½"];
  head.push(`cost at ${right.toFixed(3)}`, "cost at a chosen one");
  console.log(table(rows, { head, numbersFrom: 3 })["text/plain"]);
  if (!flags.json) return;
  const plain = results.map(({ auc, accuracy, ...rest }) => ({
    ...rest,
    auc: auc.value,
    low: auc.low,
    high: auc.high,
    accuracy: accuracy.value,
  }));
  console.log(JSON.stringify({ device, patients: labels.length, results: plain }));
}

await run(predict);
