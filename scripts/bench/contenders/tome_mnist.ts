/**
 * An epoch of a small network in Tome: modules and the trainer.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { Dropout, Linear, Module } from "@tome/tome/nn";
import { softmaxCrossEntropy } from "@tome/tome/ops";
import { AdamW } from "@tome/tome/optim";
import { type Objective, Trainer } from "@tome/tome/train";
import type { SetUp } from "../contender.ts";
import { firstLayers, type MnistTask, pictures } from "../mnist.ts";
import { startTome, type TomeDevice } from "./tome.ts";

/** 784-128-10, with dropout. */
class Network extends Module {
  readonly first: Linear;
  readonly drop: Dropout;
  readonly second: Linear;

  constructor({ inputs, hidden, classes, dropout }: MnistTask) {
    super();
    this.first = new Linear(inputs, hidden);
    this.drop = new Dropout(dropout);
    this.second = new Linear(hidden, classes);
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.second.forward(this.drop.forward(tf.relu(this.first.forward(x))));
  }
}

type Pictures = { xs: tf.Tensor; ys: tf.Tensor };

/** Tome. */
export const tome: SetUp<MnistTask & { device: TomeDevice }> = async (task) => {
  const facts = await startTome(task.device);
  const { examples, batch, inputs, hidden, classes, lr } = task;
  const model = new Network(task);
  const { first, second } = firstLayers(task);
  tf.tidy(() => {
    model.first.weight.assign(tf.transpose(tf.tensor2d(first, [inputs, hidden])));
    model.second.weight.assign(tf.transpose(tf.tensor2d(second, [hidden, classes])));
  });
  const optimizer = new AdamW(model.namedParameters(), { lr, weightDecay: 0, eps: 1e-7 });
  const data = pictures(task);
  const loss: Objective<Network, Pictures> = (net, { xs, ys }) =>
    softmaxCrossEntropy(net.forward(xs), ys);
  const steps = Math.ceil(examples / batch);
  function* epoch(): Generator<Pictures> {
    for (let at = 0; at < examples; at += batch) {
      const rows = Math.min(batch, examples - at);
      yield {
        xs: tf.tensor2d(data.xs.subarray(at * inputs, (at + rows) * inputs), [rows, inputs]),
        ys: tf.tensor1d(data.ys.subarray(at, at + rows), "int32"),
      };
    }
  }
  const trainer = new Trainer(model, { optimizer, loss, logEvery: steps });
  return {
    facts,
    async run(epochs) {
      const means: number[] = [];
      for (let i = 0; i < epochs; i++) {
        const history = await trainer.fit(epoch(), { steps });
        means.push(history.reduce((sum, record) => sum + record.loss, 0) / history.length);
      }
      return means;
    },
  };
};
