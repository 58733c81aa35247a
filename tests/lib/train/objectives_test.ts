import assert from "node:assert/strict";
import { GPT } from "@tome/tome/models/gpt";
import { type CausalLM, Module } from "@tome/tome/nn";
import { Rng, seed, type Tensor } from "@tome/tome/tensor";
import { nextToken, nextTokenWith } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";
import { countingBatch, TinyLM } from "./_tiny.ts";

/** Gives the same logits whatever it sees. */
class Fixed extends Module implements CausalLM {
  readonly vocabSize = 3;
  readonly contextLength = 2;
  constructor(readonly logits: number[][][]) {
    super();
  }
  forward(): Tensor {
    return tf.tensor(this.logits);
  }
}

const LOGITS = [[[1, 2, 3], [0, 0, 0]]];

function batch(targets: number[]) {
  return {
    inputs: tf.tensor2d([[0, 0]], [1, 2], "int32"),
    targets: tf.tensor2d([targets], [1, 2], "int32"),
  };
}

testOnDevices("nextToken() is the mean of −log p of the targets", async () => {
  const row = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3));
  const loss = nextToken(new Fixed(LOGITS), batch([2, 0]));
  await assertClose(loss, [(row - 3 + Math.log(3)) / 2]);
});

testOnDevices("nextToken() leaves out targets of -100", async () => {
  const ignored = batch([-100, 1]);
  await assertClose(nextToken(new Fixed(LOGITS), ignored), [Math.log(3)]);
  await assertClose(nextToken.count!(ignored) as Tensor, [1]);
  assert.equal(nextToken.tokens!(ignored), 2);
});

testOnDevices("nextTokenWith() takes another ignoreIndex and label smoothing", async () => {
  const objective = nextTokenWith({ ignoreIndex: 0, labelSmoothing: 0.3 });
  const row = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3));
  const smoothed = 0.7 * (row - 2) + 0.3 * (row - 2); // the mean of 1, 2 and 3 is the target's 2
  await assertClose(objective(new Fixed(LOGITS), batch([1, 0])), [smoothed]);
});

testOnDevices("nextToken.sum() over nextToken.count() is nextToken()", async () => {
  using model = new TinyLM(0);
  const tokens = countingBatch(new Rng(1));
  const count = nextToken.count!(tokens) as Tensor;
  await assertClose(tf.div(nextToken.sum!(model, tokens), count), nextToken(model, tokens));
});

testOnDevices("nextTokenWith() is the same with few logits at a time", async () => {
  seed(2);
  const sizes = { contextLength: 8, numLayers: 1, numHeads: 2, embedDim: 8, dropout: 0 };
  using model = new GPT({ vocabSize: 11, ...sizes });
  const tokens = countingBatch(new Rng(1));
  const of = (objective: typeof nextToken) => {
    const { value, grads } = tf.variableGrads(() => objective(model, tokens), model.parameters());
    return [value, objective.sum!(model, tokens), ...Object.values(grads)];
  };
  const [whole, chunked] = [of(nextToken), of(nextTokenWith({ maxLogits: 55 }))];
  for (const [i, part] of chunked.entries()) await assertClose(part, whole[i]!);
});
