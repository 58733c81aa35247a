/**
 * The GPT step in Tome: its `GPT`, `AdamW` and `Trainer`, as any program uses them.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { TokenBatch } from "@tome/tome/data";
import { GPT } from "@tome/tome/models/gpt";
import { AdamW } from "@tome/tome/optim";
import { nextToken, Trainer } from "@tome/tome/train";
import type { SetUp } from "../contender.ts";
import { batches, firstWeights, type GPTTask } from "../gpt.ts";
import { startTome, type TomeDevice } from "./tome.ts";

/** A task, and where and how Tome does it. */
export type TomeGPTTask = GPTTask & {
  /** The device. */
  device: TomeDevice;
  /** Whether steps are recorded. */
  record?: boolean;
};

/** The model with the weights that all contenders begin with. */
export function makeGPT(task: GPTTask): GPT {
  const { layers, heads, width, context, vocab, bias, gelu } = task;
  const model = new GPT({
    vocabSize: vocab,
    contextLength: context,
    numLayers: layers,
    numHeads: heads,
    embedDim: width,
    dropout: 0,
    bias,
    gelu,
  });
  const weights = firstWeights(task);
  for (const [name, parameter] of model.namedParameters()) {
    const { shape, values } = weights.get(name)!;
    tf.tidy(() => parameter.assign(tf.tensor(values, shape)));
  }
  return model;
}

/** A trainer of the task, and a function that makes steps and gives their losses. */
export const train: SetUp<TomeGPTTask> = async (task) => {
  const facts = await startTome(task.device);
  const model = makeGPT(task);
  const { lr, beta1, beta2, eps, decay, clip } = task.recipe;
  const optimizer = new AdamW(model.namedParameters(), {
    lr,
    betas: [beta1, beta2],
    eps,
    weightDecay: decay,
    decay: () => true, // gains too, as the others do
  });
  const source = batches(task);
  const shape: [number, number] = [task.batch, task.context];
  function* tensors(): Generator<TokenBatch> {
    for (const { inputs, targets } of source) {
      yield {
        inputs: tf.tensor2d(inputs, shape, "int32"),
        targets: tf.tensor2d(targets, shape, "int32"),
      };
    }
  }
  let wanted = 0;
  let loop: AsyncGenerator<{ loss: number }> | undefined;
  const begin = (units: number) => {
    wanted = units;
    return new Trainer(model, {
      optimizer,
      loss: nextToken,
      logEvery: units, // one read of the losses a round
      ...(clip === undefined ? {} : { maxGradNorm: clip }),
      ...(task.record === undefined ? {} : { record: task.record }),
    }).steps(tensors());
  };
  return {
    facts,
    async run(units) {
      if (!loop || wanted !== units) {
        await loop?.return(undefined);
        loop = begin(units);
      }
      const losses: number[] = [];
      while (losses.length < units) losses.push((await loop.next()).value.loss);
      return losses;
    },
  };
};
