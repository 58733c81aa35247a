/**
 * The recommenders that `train_recommender.ts` trains: how each is made, and what teaches it.
 *
 * @module
 */
import {
  feedbackBatches,
  genreRows,
  type leaveOneOut,
  type MovieLens,
  preferenceBatches,
  sequenceBatches,
} from "@tome/tome/data";
import { CollaborativeFilter, SASRec, TwoTower } from "@tome/tome/models/recommender";
import type { Module } from "@tome/tome/nn";
import { Adam } from "@tome/tome/optim";
import {
  bprLoss,
  type History,
  implicitFeedback,
  inBatchSoftmax,
  nextItemLoss,
  type Objective,
  progress,
  Trainer,
} from "@tome/tome/train";

/** How a recommender learns. */
export interface Settings {
  /** Width of the vectors. */
  width: number;
  /** The latest items that are read, where a history is. */
  length: number;
  /** Drawn items for each met one, where pairs are told apart. */
  negatives: number;
  /** The share dropped in training. */
  dropout: number;
  /** Examples in a step, users for SASRec. */
  batch: number;
  /** Passes through the data. */
  epochs: number;
  /** Learning rate of Adam. */
  lr: number;
  /** L2 on vectors and matrices. */
  decay: number;
  /** Fixes order and drawn items. */
  seed: number;
}

/** What suits each kind. */
export const KINDS = {
  mf: { width: 16, batch: 2048, epochs: 5, lr: 1e-2, decay: 0, dropout: 0 },
  gmf: { width: 16, batch: 2048, epochs: 5, lr: 1e-2, decay: 0, dropout: 0 },
  mlp: { width: 16, batch: 2048, epochs: 5, lr: 6e-3, decay: 0, dropout: 0 },
  neumf: { width: 16, batch: 2048, epochs: 5, lr: 6e-3, decay: 0, dropout: 0 },
  bpr: { width: 32, batch: 1024, epochs: 15, lr: 5e-3, decay: 0, dropout: 0 },
  sasrec: { width: 48, batch: 64, epochs: 50, lr: 3e-3, decay: 0, dropout: 0.2 },
  twotower: { width: 32, batch: 512, epochs: 8, lr: 2e-3, decay: 0, dropout: 0 },
} as const;

/** A kind of recommender; `bpr` is matrix factorisation by pairs. */
export type Kind = keyof typeof KINDS;

type Split = ReturnType<typeof leaveOneOut>;

/** Makes a model, and what trains it. */
export function makeRecommender(
  kind: Kind,
  { numUsers, numItems, movies }: MovieLens,
  split: Split,
  settings: Settings,
) {
  const { width, length, dropout, negatives, batch: batchSize, seed } = settings;
  const options = { batchSize, seed };
  const fit = <M extends Module, B>(
    model: M,
    loss: Objective<M, B>,
    batches: AsyncIterable<B>,
  ) => ({ model, train: () => fitModel(model, loss, batches, settings) });
  if (kind === "sasrec") {
    const model = new SASRec({ numItems, contextLength: length, embedDim: width, dropout });
    return fit(model, nextItemLoss, sequenceBatches(split, { ...options, length }));
  }
  if (kind === "twotower") {
    const { names, rows } = genreRows(movies);
    const sizes = { numUsers, numItems, numFeatures: names.length, embedDim: width };
    const model = new TwoTower(sizes, rows);
    return fit(model, inBatchSoftmax, preferenceBatches(split, { ...options, length }));
  }
  const model = new CollaborativeFilter({
    kind: kind === "bpr" ? "mf" : kind,
    ...{ numUsers, numItems, embedDim: width, dropout },
    layers: [4 * width, 2 * width, width],
  });
  return kind === "bpr"
    ? fit(model, bprLoss, preferenceBatches(split, { ...options, length: 1 }))
    : fit(model, implicitFeedback, feedbackBatches(split, { ...options, negatives }));
}

async function fitModel<M extends Module, B>(
  model: M,
  loss: Objective<M, B>,
  batches: AsyncIterable<B>,
  { lr, decay, epochs }: Settings,
): Promise<History> {
  using optimizer = new Adam(model.namedParameters(), { lr, weightDecay: decay });
  const trainer = new Trainer<M, B>(model, {
    optimizer,
    loss,
    logEvery: 50,
    stopOnInterrupt: true,
    callbacks: [progress()],
  });
  return await trainer.fit(batches, { epochs });
}
