import assert from "node:assert/strict";
import type { TokenBatch } from "@tome/tome/data";
import { Rng, type Tensor } from "@tome/tome/tensor";
import { computeGradients, nextToken, type Objective } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";
import { countingBatch, TinyLM } from "./_tiny.ts";

const parametersOf = (model: TinyLM) => new Map(model.namedParameters());

/** Marks the first `count` targets of each row as not to be learnt. */
function hide({ inputs, targets }: TokenBatch, count: number): TokenBatch {
  const [rows, length] = targets.shape as [number, number];
  const hidden = tf.fill([rows, count], -100, "int32");
  return {
    inputs,
    targets: tf.concat([hidden, targets.slice([0, count], [rows, length - count])], 1),
  };
}

function join(batches: TokenBatch[]): TokenBatch {
  return {
    inputs: tf.concat(batches.map((b) => b.inputs)),
    targets: tf.concat(batches.map((b) => b.targets)),
  };
}

testOnDevices("computeGradients() of several batches is that of one large batch", async () => {
  using model = new TinyLM(0);
  const random = new Rng(4);
  const parts = [0, 3, 8].map((count) => hide(countingBatch(random, 2), count)); // the last has nothing to learn
  const many = computeGradients(model, nextToken, parts, parametersOf(model));
  const one = computeGradients(model, nextToken, [join(parts)], parametersOf(model));
  await assertClose(many.loss, one.loss, { rtol: 1e-5, atol: 1e-6 });
  assert.deepEqual(Object.keys(many.gradients), [...parametersOf(model).keys()]);
  for (const [name, gradient] of Object.entries(one.gradients)) {
    await assertClose(many.gradients[name]!, gradient, { rtol: 1e-4, atol: 1e-6 });
  }
});

testOnDevices("computeGradients() of the mean of equal batches needs no counts", async () => {
  using model = new TinyLM(0);
  const random = new Rng(4);
  const parts = [countingBatch(random), countingBatch(random)];
  const plain: Objective<TinyLM, TokenBatch> = (m, b) => nextToken(m, b);
  const many = computeGradients(model, plain, parts, parametersOf(model));
  const one = computeGradients(model, plain, [join(parts)], parametersOf(model));
  for (const [name, gradient] of Object.entries(one.gradients)) {
    await assertClose(many.gradients[name]!, gradient, { rtol: 1e-4, atol: 1e-6 });
  }
});

testOnDevices("computeGradients() gives gradients of the parameters it is given only", () => {
  using model = new TinyLM(0);
  const some = new Map([...model.namedParameters()].filter(([name]) => name.startsWith("head")));
  const { gradients } = computeGradients(model, nextToken, [countingBatch(new Rng(1))], some);
  assert.deepEqual(Object.keys(gradients), ["head.weight", "head.bias"]);
});

testOnDevices("computeGradients() frees everything if the second batch fails", () => {
  using model = new TinyLM(0);
  let calls = 0;
  const failing: Objective<TinyLM, TokenBatch> = (m, b) => {
    const loss = nextToken(m, b);
    if (++calls === 2) throw new Error("no more");
    return loss;
  };
  const batches = [countingBatch(new Rng(1)), countingBatch(new Rng(2))];
  const before = tf.memory().numTensors;
  assert.throws(() => computeGradients(model, failing, batches, parametersOf(model)), /no more/);
  assert.equal(tf.memory().numTensors, before);
});

testOnDevices("computeGradients() throws if the loss is no scalar", () => {
  using model = new TinyLM(0);
  const logits = ((m: TinyLM, { inputs }: TokenBatch) => m.forward(inputs) as Tensor) as Objective<
    TinyLM,
    TokenBatch
  >;
  assert.throws(
    () => computeGradients(model, logits, [countingBatch(new Rng(1))], parametersOf(model)),
    { name: "RangeError", message: /must be a scalar: current shape is \[4,8,11\]/ },
  );
});
