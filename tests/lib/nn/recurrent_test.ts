import assert from "node:assert/strict";
import { assignRecords, fromFloat32, namesInFile } from "@tome/tome/checkpoint";
import {
  glorotUniform,
  GRU,
  KVCache,
  LSTM,
  orthogonal,
  Recurrence,
  RecurrentLayers,
  recurrentNames,
  type RecurrentState,
  RNN,
} from "@tome/tome/nn";
import { carriedState } from "@tome/tome/nn";
import type { RecurrentCell } from "@tome/tome/ops";
import { randomNormal, seed, type Tensor } from "@tome/tome/tensor";
import * as tf from "@tensorflow/tfjs";
import golden from "../../golden/recurrent.json" with { type: "json" };
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const { B, T, I, H, layers: numLayers } = golden.sizes;
type Named = Record<string, { shape: number[]; values: number[] }>;

/** PyTorch's `[L D, B, H]` tensors as a state of ours, and back. */
const toState = (parts: Tensor[]): RecurrentState =>
  tf.tidy(() => tf.unstack(tf.stack(parts, 1)) as Tensor[]);
const fromState = (state: RecurrentState): Tensor[] => tf.unstack(tf.stack([...state], 1));

for (const kind of golden.cases) {
  const { cell, bidirectional, lengths } = kind;
  const name = `${cell}${bidirectional ? " in both directions, of padded rows," : ""}`;
  testOnDevices(`RecurrentLayers of ${name} are PyTorch's`, async () => {
    using model = new RecurrentLayers(cell as RecurrentCell, I, H, { numLayers, bidirectional });
    const pairs = namesInFile(
      { names: recurrentNames("rnn") },
      [...model.namedParameters("rnn")].map(([path]) => path),
    );
    const torch = new Map(pairs.map(({ ours, theirs }) => [ours, theirs.replace("rnn.", "")]));
    const weights = kind.weights as unknown as Named;
    assert.deepEqual([...torch.values()].sort(), Object.keys(weights).sort());
    assignRecords(
      model.namedParameters("rnn"),
      [...torch].map(([ours, theirs]) => {
        const { shape, values } = weights[theirs]!;
        return fromFloat32(ours, shape, Float32Array.from(values));
      }),
    );
    const mask = lengths
      ? tf.tensor2d(
        lengths.map((n) => [...Array(T).keys()].map((t) => t < n ? 1 : 0)),
        [B, T],
        "int32",
      )
      : undefined;
    const shape = [numLayers * (bidirectional ? 2 : 1), B, H];
    const run = (x: Tensor, ...states: Tensor[]) => {
      const made = model.forward(x, { state: toState(states), ...(mask ? { mask } : {}) });
      // PyTorch's packed sequences are 0 where they are filled up
      const counts = mask ? tf.cast(tf.expandDims(mask, 2), "float32") : tf.scalar(1);
      return { output: tf.mul(made.output, counts) as Tensor, last: fromState(made.state) };
    };
    const given = [
      tf.tensor(kind.x, [B, T, I]),
      ...kind.state.map((values) => tf.tensor(values, shape)),
    ] as Tensor[];
    const { output, last } = run(given[0]!, ...given.slice(1));
    await assertClose(output, kind.output, { atol: 2e-6 });
    for (const [i, state] of last.entries()) {
      await assertClose(state, kind.last[i]!, { atol: 2e-6 });
    }

    const loss = (...inputs: Tensor[]) => {
      const { output, last } = run(inputs[0]!, ...inputs.slice(1));
      const states = last.map((s) => tf.mul(tf.sum(tf.square(s)), 0.3));
      return tf.addN([tf.sum(tf.mul(output, tf.cos(output))), ...states]) as tf.Scalar;
    };
    await assertClose(loss(...given), [kind.loss]);
    const dInputs = tf.grads(loss)(given);
    await assertClose(dInputs[0]!, kind.dx, { atol: 1e-5 });
    for (const [i, d] of kind.dstate.entries()) {
      await assertClose(dInputs[i + 1]!, d, { atol: 1e-5 });
    }
    const { value, grads } = tf.variableGrads(() => loss(...given), model.parameters());
    const gradients = kind.gradients as unknown as Record<string, number[]>;
    for (const [path, parameter] of model.namedParameters("rnn")) {
      await assertClose(grads[parameter.name]!, gradients[torch.get(path)!]!, { atol: 2e-5 });
    }
    tf.dispose([value, grads]);
  });
}

testOnDevices("LSTM in Keras' form is the LSTM of Keras", async () => {
  seed(1);
  using ours = new LSTM(5, 6, { init: "keras", bias: "input" });
  const layer = tf.layers.lstm({
    units: 6,
    recurrentActivation: "sigmoid",
    unitForgetBias: true, // as in Keras; TensorFlow.js leaves it out by itself
    returnSequences: true,
  });
  const x = randomNormal([3, 7, 5]);
  layer.apply(x); // makes its weights
  const { weightIh, weightHh, biasIh } = ours.layers[0]!.ahead;
  const before = layer.getWeights();
  const given = [tf.transpose(weightIh), tf.transpose(weightHh), biasIh! as Tensor];
  assert.deepEqual(given.map(({ shape }) => shape), before.map(({ shape }) => shape));
  await assertClose(biasIh!, before[2]!, { rtol: 0, atol: 0 }); // 1 for the forget gate, else 0
  layer.setWeights(given);
  await assertClose(ours.forward(x).output, layer.apply(x) as Tensor);
  layer.dispose();
});

Deno.test("LSTM(128) on 28 symbols, and a layer on it, have as many parameters as in Keras", () => {
  using lstm = new LSTM(28, 128, { init: "keras", bias: "input" });
  assert.equal(lstm.numParameters() + 28 * 128 + 28, 83_996);
  using gru = new GRU(28, 128, { init: "keras" }); // reset_after has both biases
  assert.equal(gru.numParameters(), 3 * (28 * 128 + 128 * 128 + 2 * 128));
});

testOnDevices("LSTM.forward() in two parts is the whole, with the state handed on", async () => {
  seed(2);
  for (
    const make of [() => new LSTM(3, 5, { numLayers: 2 }), () => new GRU(3, 5), () => new RNN(3, 5)]
  ) {
    using model = make();
    const x = randomNormal([2, 6, 3]);
    const whole = model.forward(x);
    const first = model.forward(tf.slice(x, [0, 0, 0], [2, 4, 3]));
    const second = model.forward(tf.slice(x, [0, 4, 0], [2, 2, 3]), { state: first.state });
    await assertClose(tf.concat([first.output, second.output], 1), whole.output);
    for (const [i, state] of second.state.entries()) await assertClose(state, whole.state[i]!);
    const turned = model.forward(tf.transpose(x, [1, 0, 2]), { timeMajor: true }).output;
    await assertClose(tf.transpose(turned, [1, 0, 2]), whole.output, { rtol: 0, atol: 0 });
  }
});

testOnDevices("Recurrence.step() makes the steps of forward()", async () => {
  seed(3);
  using cell = new Recurrence("lstm", 3, 4, { bias: false });
  const x = randomNormal([5, 2, 3]);
  const { state } = cell.forward(x);
  let now = cell.zeroState(2);
  for (const step of tf.unstack(x)) now = cell.step(step, now);
  await assertClose(now, state);
  assert.deepEqual([...cell.namedParameters()].map(([name]) => name), ["weightIh", "weightHh"]);
});

testOnDevices("RecurrentLayers drop between layers, in training only", async () => {
  seed(4);
  using model = new GRU(3, 8, { numLayers: 2, dropout: 0.5 });
  const x = randomNormal([2, 4, 3]);
  const moved = tf.sum(tf.abs(tf.sub(model.forward(x).output, model.forward(x).output)));
  assert.ok((await moved.data())[0]! > 1e-3);
  model.eval();
  await assertClose(model.forward(x).output, model.forward(x).output, { rtol: 0, atol: 0 });
  using single = new GRU(3, 8, { dropout: 0.5 });
  await assertClose(single.forward(x).output, single.forward(x).output, { rtol: 0, atol: 0 });
});

testOnDevices(
  "carriedState() hands a state on in place, and chooses rows with its cache",
  async () => {
    for (const states of [1, 2]) {
      using cache = new KVCache();
      const first = () => [tf.zeros([states, 3, 2])] as Tensor[];
      const next = tf.reshape(tf.range(0, states * 6), [states, 3, 2]);
      const { state, keep } = carriedState(cache, "rnn", first);
      keep([next]);
      await assertClose(state[0]!, first()[0]!, { rtol: 0, atol: 0 }); // the copy stays
      await assertClose(carriedState(cache, "rnn", first).state[0]!, next, { rtol: 0, atol: 0 });
      cache.select([2, 0]);
      const chosen = carriedState(cache, "rnn", first).state[0]!;
      await assertClose(chosen, tf.gather(next, [2, 0], 1), { rtol: 0, atol: 0 });
    }
  },
);

testOnDevices("orthogonal() gives vectors of length 1 at right angles", async () => {
  seed(5);
  const [tall, wide] = [orthogonal([8, 3]), orthogonal([3, 8])];
  await assertClose(tf.matMul(tall, tall, true, false), tf.eye(3), { atol: 1e-6 });
  await assertClose(tf.matMul(wide, wide, false, true), tf.eye(3), { atol: 1e-6 });
}, ["cpu"]);

testOnDevices("glorotUniform() stays within its limit, and reaches it", async () => {
  seed(6);
  const values = await glorotUniform([40, 60]).data();
  const limit = Math.sqrt(6 / 100);
  assert.ok(Math.max(...values) <= limit && Math.max(...values) > 0.99 * limit);
}, ["cpu"]);

Deno.test("RecurrentLayers refuse sizes that are none", () => {
  assert.throws(() => new LSTM(3, 0), {
    name: "RangeError",
    message: /hiddenSize must be a positive integer: current value is 0/,
  });
  assert.throws(() => new GRU(3, 2, { numLayers: 1.5 }), {
    message: /numLayers must be a positive/,
  });
});
