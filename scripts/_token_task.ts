/**
 * What the scripts that train on rows of tokens have in common: sizes, the tokenizer, the run, and the same run in PyTorch.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { DataLoader } from "@tome/tome/data";
import { lineFigure, renderSvg, renderText } from "@tome/tome/display";
import { loadModel, miniLMFolder } from "@tome/tome/models";
import type { Module, TokenClassifier, TokenInputs } from "@tome/tome/nn";
import { AdamW, linear } from "@tome/tome/optim";
import { Rng } from "@tome/tome/tensor";
import { loadTokenizer, type Tokenizer, trainWordPiece } from "@tome/tome/text";
import { type History, jsonl, type Objective, progress, Trainer } from "@tome/tome/train";
import { DEVICE } from "./_flags.ts";
import { runInPyTorch } from "./_pytorch.ts";

/** Flags of the model's sizes and of the run. */
export const RUN_FLAGS = {
  from: { type: "string", help: "weights to start from: minilm, or a folder (none: from scratch)" },
  vocab: { type: "integer", default: 4000, min: 100, help: "tokens that a new tokenizer learns" },
  cased: { type: "boolean", help: "a new tokenizer keeps capitals" },
  layers: { type: "integer", default: 2, min: 1, help: "layers of a new model" },
  heads: { type: "integer", default: 4, min: 1, help: "heads of attention in a layer" },
  width: { type: "integer", default: 128, min: 1, help: "width of a token's vector" },
  dropout: { type: "number", default: 0.1, min: 0, max: 0.99, help: "share dropped in training" },
  steps: { type: "integer", default: 300, min: 1, help: "optimizer steps" },
  batch: { type: "integer", default: 16, min: 1, help: "rows in a step" },
  lr: { type: "number", default: 5e-4, min: 0, help: "peak learning rate" },
  seed: { type: "integer", default: 1337, help: "fixes weights, dropout and order" },
  device: DEVICE,
  out: { type: "string", help: "folder for the model and the log; none writes nothing" },
  pytorch: { type: "string", help: "a Python that does the same with PyTorch; needs --out" },
  json: { type: "boolean", help: "end with one line of JSON" },
} as const;

/** The values of those flags that a run reads. */
export interface RunValues {
  /** Optimizer steps. */
  steps: number;
  /** Rows in a step. */
  batch: number;
  /** Peak learning rate. */
  lr: number;
  /** Share dropped in training. */
  dropout: number;
  /** Fixes the order. */
  seed: number;
  /** Folder for the model and the log. */
  out: string | undefined;
}

const WEIGHT_DECAY = 0.01;

/** The folder that --from names. */
export async function startFolder(from: string): Promise<string> {
  return from === "minilm" ? await miniLMFolder() : from;
}

/** The tokenizer of the folder, or one that learns from the texts. */
export async function makeTokenizer(
  folder: string | undefined,
  texts: string[],
  { vocab, cased }: { vocab: number; cased: boolean },
): Promise<Tokenizer> {
  if (folder !== undefined) return await loadTokenizer(folder);
  return trainWordPiece(texts, { vocabSize: vocab, lowercase: !cased, maxCharacters: 400 });
}

/** Rows in the order in which they are learnt: pass after pass, each in an order of its own. */
export function inTrainingOrder<T>(rows: readonly T[], { steps, batch, seed }: RunValues): T[] {
  const rng = new Rng(seed);
  const ordered: T[] = [];
  while (ordered.length < steps * batch) ordered.push(...rng.shuffle([...rows]));
  return ordered.slice(0, steps * batch);
}

/** How {@link learn} learns. */
export interface LearnOptions<M extends Module, T, B> {
  /** The rows, as {@link inTrainingOrder} gives them. */
  rows: T[];
  /** Makes a batch. */
  collate: (rows: T[]) => B;
  /** The loss. */
  loss: Objective<M, B>;
  /** The flags. */
  flags: RunValues;
}

/** Trains a model; Ctrl-C ends the run after the step in progress. */
export async function learn<M extends Module, T, B extends TokenInputs>(
  model: M,
  { rows, collate, loss, flags }: LearnOptions<M, T, B>,
): Promise<History> {
  const { steps, batch: batchSize, lr, out } = flags;
  const loader = new DataLoader<T, B>(rows, { batchSize, collate });
  using optimizer = new AdamW(model.namedParameters(), {
    lr: linear({ peak: lr, warmup: Math.min(50, steps >> 3), total: steps }),
    weightDecay: WEIGHT_DECAY,
  });
  const trainer = new Trainer<M, B>(model, {
    optimizer,
    loss,
    maxGradNorm: 1,
    logEvery: 10,
    stopOnInterrupt: true,
    callbacks: [progress(), ...(out ? [jsonl(`${out}/metrics.jsonl`)] : [])],
  });
  const history = await trainer.fit(loader, { steps });
  if (history.stopped === "interrupted") console.log(`\ninterrupted after step ${trainer.step}`);
  return history;
}

/** Draws the loss into the terminal, and into `loss.svg` of the folder. */
export async function drawLoss(history: History, out: string | undefined): Promise<void> {
  const points = history.map(({ step, loss }) => [step, loss] as const);
  const figure = lineFigure({ loss: points }, { title: "Loss", x: "step", y: "loss (nats)" });
  console.log(`\n${renderText(figure)}`);
  if (out) await Deno.writeTextFile(`${out}/loss.svg`, renderSvg(figure));
}

/** What {@link inPyTorch} hands over; rows have ids, segments, and `labels`, or `start` and `end`. */
export interface PyTorchRun {
  /** What the model is for; the script has a network for each. */
  task: "token-classification" | "question-answering" | "rnn-tagger";
  /** The rows that are learnt, in their order. */
  train: readonly object[];
  /** The rows that are predicted. */
  test: readonly object[];
  /** What rows are filled up with. */
  padId: number;
  /** What rows are filled up to a multiple of. */
  multiple: number;
}

/**
 * Does the same run in PyTorch, from the weights in `OUT/pytorch/init`.
 *
 * @returns For each row that is predicted the class of each token; or its logits of being the first and the last.
 */
export async function inPyTorch<T>(
  python: string,
  data: PyTorchRun,
  { steps, batch, lr, dropout, seed, out }: RunValues,
): Promise<T[]> {
  const settings = { steps, batch, lr, dropout, seed, weightDecay: WEIGHT_DECAY };
  const warmup = Math.min(50, steps >> 3);
  return await runInPyTorch<T[]>(python, "token_tasks", `${out}/pytorch`, {
    ...settings,
    warmup,
    ...data,
  });
}

/** A tagger of the folder, whose classes are in its configuration. */
export async function loadTagger(
  folder: string,
): Promise<TokenClassifier & { config: { labels: readonly string[] } }> {
  const model = await loadModel(folder, { task: "token-classification" });
  return model as unknown as TokenClassifier & { config: { labels: readonly string[] } };
}
