/**
 * Trains a recommender on ratings, and ranks the last item of each user with it and with two baselines.
 *
 *     deno run -A scripts/train_recommender.ts --epochs=10
 *     deno run -A scripts/train_recommender.ts --kind=sasrec --epochs=60 --out=runs/sasrec
 *     deno run -A scripts/train_recommender.ts --ratings=ratings.tsv --kind=bpr --protocol=full
 *
 * --ratings names a file of tab-separated values with the columns movieId, title, year, genres, userId, rating and
 * timestamp, maybe compressed (.gz); without, it is recommender/movielens-dslabs.tsv.gz in the folder that TOME_DATA names.
 * That something was rated counts, and not how.
 *
 * The last item of each user is held out. It is ranked among all items that the user has not met (--protocol=full), or
 * among 99 drawn ones (sampled, as papers often do): numbers of the two cannot be compared. With --export the split and the
 * cases are written as JSON, so that other programs can be measured on the same ones.
 * With --json the last line is an object with the measures of each recommender.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  feedbackBatches,
  genreRows,
  leaveOneOut,
  movieLens,
  preferenceBatches,
  sequenceBatches,
} from "@tome/tome/data";
import {
  evaluateRanking,
  itemNeighbours,
  popularItems,
  type RankingCase,
  rankingCases,
  type RankingReport,
  recommenderScorer,
} from "@tome/tome/evaluate";
import {
  CollaborativeFilter,
  SASRec,
  saveRecommender,
  TwoTower,
} from "@tome/tome/models/recommender";
import type { Module } from "@tome/tome/nn";
import { Adam } from "@tome/tome/optim";
import { seed, table, useDevice } from "@tome/tome/tensor";
import {
  bprLoss,
  implicitFeedback,
  inBatchSoftmax,
  nextItemLoss,
  type Objective,
  progress,
  Trainer,
} from "@tome/tome/train";
import { DEVICE, readFlags, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  ratings: { type: "string", help: "file of ratings (that of TOME_DATA)" },
  kind: {
    type: "string",
    default: "neumf",
    choices: ["neumf", "gmf", "mlp", "bpr", "sasrec", "twotower"],
    help: "the model; bpr is matrix factorisation by pairs",
  },
  protocol: {
    type: "string",
    default: "sampled",
    choices: ["sampled", "full"],
    help: "among what the item is ranked",
  },
  least: {
    type: "integer",
    default: 5,
    min: 2,
    help: "items that a user must have to be measured",
  },
  width: { type: "integer", default: 16, min: 1, help: "width of the vectors" },
  length: {
    type: "integer",
    default: 50,
    min: 1,
    help: "the latest items that are read (sasrec, twotower)",
  },
  negatives: {
    type: "integer",
    default: 4,
    min: 1,
    help: "drawn items for each met one (neumf, gmf, mlp)",
  },
  dropout: { type: "number", default: 0, min: 0, max: 0.99, help: "share dropped in training" },
  batch: { type: "integer", default: 256, min: 1, help: "examples in a step" },
  epochs: { type: "integer", default: 10, min: 1, help: "passes through the data" },
  lr: { type: "number", default: 1e-3, min: 0, help: "learning rate of Adam" },
  decay: { type: "number", default: 0, min: 0, help: "L2 on vectors and matrices" },
  k: { type: "integer", default: 10, min: 1, help: "places that count" },
  seed: { type: "integer", default: 1337, help: "fixes weights, order and drawn items" },
  device: DEVICE,
  out: { type: "string", help: "folder for the model; none writes nothing" },
  export: { type: "string", help: "file for the split and the cases" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

type Data = Awaited<ReturnType<typeof movieLens>>;
type Split = ReturnType<typeof leaveOneOut>;

/** Makes the model that was asked for, and what trains it for some passes. */
function makeModel({ numUsers, numItems, movies }: Data, split: Split) {
  const { width, length, dropout, negatives } = flags;
  const options = { batchSize: flags.batch, seed: flags.seed };
  const fit = async <M extends Module, B>(
    model: M,
    loss: Objective<M, B>,
    batches: AsyncIterable<B>,
  ) => {
    using optimizer = new Adam(model.namedParameters(), { lr: flags.lr, weightDecay: flags.decay });
    const trainer = new Trainer<M, B>(model, {
      optimizer,
      loss,
      logEvery: 50,
      stopOnInterrupt: true,
      callbacks: [progress()],
    });
    return await trainer.fit(batches, { epochs: flags.epochs });
  };
  if (flags.kind === "sasrec") {
    const model = new SASRec({ numItems, contextLength: length, embedDim: width, dropout });
    return {
      model,
      train: () => fit(model, nextItemLoss, sequenceBatches(split, { ...options, length })),
    };
  }
  if (flags.kind === "twotower") {
    const { names, rows } = genreRows(movies);
    const sizes = { numUsers, numItems, numFeatures: names.length, embedDim: width };
    const model = new TwoTower(sizes, rows);
    const batches = preferenceBatches(split, { ...options, length });
    return { model, train: () => fit(model, inBatchSoftmax, batches) };
  }
  const kind = flags.kind === "bpr" ? "mf" : flags.kind;
  const layers = [4 * width, 2 * width, width];
  const model = new CollaborativeFilter({
    kind,
    numUsers,
    numItems,
    embedDim: width,
    layers,
    dropout,
  });
  return {
    model,
    train: () =>
      flags.kind === "bpr"
        ? fit(model, bprLoss, preferenceBatches(split, { ...options, length: 1 }))
        : fit(model, implicitFeedback, feedbackBatches(split, { ...options, negatives })),
  };
}

/** Writes what other programs need to be measured on the same cases. */
async function exportCases(file: string, data: Data, split: Split, cases: RankingCase[]) {
  const { numUsers, numItems } = data;
  const { history } = split;
  await Deno.writeTextFile(file, JSON.stringify({ numUsers, numItems, history, cases }));
}

async function train(): Promise<void> {
  const device = await useDevice(flags.device);
  seed(flags.seed);
  const data = await movieLens(flags.ratings);
  const split = leaveOneOut(data, flags.least);
  const cases = rankingCases(split, flags.protocol, { seed: flags.seed });
  console.log(
    `${data.interactions.length.toLocaleString("en-US")} ratings of ${
      data.numItems.toLocaleString("en-US")
    } items by ` +
      `${data.numUsers} users; the last items of ${cases.length} are held out`,
  );
  if (flags.export) await exportCases(flags.export, data, split, cases);

  const { model, train } = makeModel(data, split);
  using _ = model;
  const parameters = model.numParameters();
  console.log(
    `${flags.kind} of ${parameters.toLocaleString("en-US")} parameters on ${device.name}\n`,
  );
  const history = await train();
  if (flags.out) await saveRecommender(model, flags.out);

  const scorers = [
    popularItems(split.history, data.numItems),
    itemNeighbours(split.history, data.numItems),
    recommenderScorer(model, { name: flags.kind, history: split.history, length: flags.length }),
  ];
  const { k } = flags;
  const reports: RankingReport[] = [];
  for (const scorer of scorers) reports.push(await evaluateRanking(scorer, cases, { k }));
  const rows = reports.map(({ name, hitRate, ndcg, mrr }) => [
    name,
    `${hitRate}`,
    `${ndcg}`,
    mrr.toFixed(4),
  ]);
  const among = flags.protocol === "full" ? "all items" : "99 drawn items";
  console.log(`\nranked among ${among}, with intervals of 95 %`);
  console.log(table(rows, { head: ["", `HR@${k}`, `NDCG@${k}`, "MRR"] })["text/plain"]);
  if (!flags.json) return;
  const results = reports.map(({ name, hitRate, ndcg, map, mrr }) => ({
    name,
    hitRate: hitRate.value,
    ndcg: ndcg.value,
    map,
    mrr,
  }));
  console.log(JSON.stringify({
    kind: flags.kind,
    protocol: flags.protocol,
    k,
    device: device.name,
    parameters,
    users: cases.length,
    firstLoss: history[0]?.loss,
    lastLoss: history.at(-1)?.loss,
    steps: history.length,
    results,
  }));
}

await run(train);
