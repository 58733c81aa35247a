/**
 * An epoch of a small Keras network in TensorFlow.js as it is published: layers and `model.fit`.
 *
 * @module
 */
import type { SetUp } from "../contender.ts";
import { firstLayers, type MnistTask, pictures } from "../mnist.ts";
import { startTfjs, tf } from "./tfjs.ts";

/** On WebAssembly, as its guides write it. */
export const wasm: SetUp<MnistTask> = async (task) => {
  const facts = await startTfjs("wasm");
  const { examples, batch, inputs, hidden, classes, dropout, lr } = task;
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: hidden, activation: "relu", inputShape: [inputs] }),
      tf.layers.dropout({ rate: dropout, seed: 1 }),
      tf.layers.dense({ units: classes, activation: "softmax" }),
    ],
  });
  const { first, second } = firstLayers(task);
  model.layers[0]!.setWeights([tf.tensor2d(first, [inputs, hidden]), tf.zeros([hidden])]);
  model.layers[2]!.setWeights([tf.tensor2d(second, [hidden, classes]), tf.zeros([classes])]);
  model.compile({ optimizer: tf.train.adam(lr), loss: "categoricalCrossentropy" });
  const data = pictures(task);
  const xs = tf.tensor2d(data.xs, [examples, inputs]);
  const ys = tf.tidy(() => tf.oneHot(tf.tensor1d(data.ys, "int32"), classes));
  return {
    facts,
    async run(epochs) {
      const { history } = await model.fit(xs, ys, {
        epochs,
        batchSize: batch,
        shuffle: false,
        verbose: 0,
        yieldEvery: "never",
      });
      return history.loss as number[];
    },
  };
};
