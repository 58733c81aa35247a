import assert from "node:assert/strict";
import {
  Adam,
  AdamW,
  type AdamWOptions,
  clipByGlobalNorm,
  Lion,
  Muon,
  type Optimizer,
  RMSprop,
  SGD,
} from "@tome/tome/optim";
import { memory, randomNormal, Rng, type Tensor, type Variable } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const EXACT = { rtol: 0, atol: 0 };

/** Named variables, freed at the end of the block. */
function parametersOf(values: Record<string, Tensor>) {
  const made = new Map(Object.entries(values).map(([k, value]) => [k, tf.variable(value)]));
  return Object.assign(made, { [Symbol.dispose]: () => tf.dispose([...made.values()]) });
}

const someParameters = () =>
  parametersOf({
    matrix: randomNormal([5, 7], 0, 1, { rng: new Rng(1) }),
    bias: randomNormal([7], 0, 1, { rng: new Rng(2) }),
    tokens: randomNormal([3, 4], 0, 1, { rng: new Rng(3) }),
  });
const gradientsFor = (parameters: Map<string, Variable>, step: number) =>
  new Map(
    [...parameters].map(([name, { shape }], k) => [
      name,
      randomNormal(shape, 0, 1, { rng: new Rng(10 * step + k) }),
    ]),
  );

type Make = (parameters: Map<string, Variable>) => Optimizer;
const EVERY: [string, Make][] = [
  ["SGD", (p) => new SGD(p, { lr: 0.1, momentum: 0.9, nesterov: true })],
  ["RMSprop", (p) => new RMSprop(p, { lr: 0.02, momentum: 0.3, centered: true })],
  ["Adam", (p) => new Adam(p, { lr: 0.05 })],
  ["AdamW", (p) => new AdamW(p, { lr: 0.05 })],
  ["Lion", (p) => new Lion(p, { lr: 0.05 })],
  ["Muon", (p) => new Muon(p, { lr: 0.05, adamw: { lrScale: 1 } })],
];

for (const [name, make] of EVERY) {
  testOnDevices(`${name} goes on from a saved state bit for bit`, async () => {
    using straight = someParameters();
    using broken = someParameters();
    {
      using a = make(straight);
      for (let step = 1; step <= 8; step++) tf.tidy(() => a.step(gradientsFor(straight, step)));
    }
    let saved;
    {
      using b = make(broken);
      for (let step = 1; step <= 4; step++) tf.tidy(() => b.step(gradientsFor(broken, step)));
      saved = await b.state();
      tf.tidy(() => b.step(new Map([["bias", tf.ones([7])]]), { lr: 0 })); // the state is a copy
    }
    const meta = JSON.parse(JSON.stringify(saved.meta));
    assert.equal(meta.step, 4);
    using c = make(broken);
    c.restore({ meta, tensors: saved.tensors });
    for (let step = 5; step <= 8; step++) tf.tidy(() => c.step(gradientsFor(broken, step)));
    assert.equal(c.steps, 8);
    for (const key of straight.keys()) {
      await assertClose(broken.get(key)!, straight.get(key)!, EXACT);
    }
  });

  testOnDevices(`${name} learns a logistic regression`, async () => {
    const x = randomNormal([64, 5], 0, 1, { rng: new Rng(4) });
    const y = tf.tidy(() => tf.matMul(x, tf.tensor2d([[2], [-3], [1], [0], [0.5]])).greater(0.3))
      .cast("float32");
    using parameters = parametersOf({ weight: tf.zeros([5, 1]), bias: tf.zeros([1]) });
    const [weight, bias] = [parameters.get("weight")!, parameters.get("bias")!];
    using optimizer = make(parameters);
    const loss = () =>
      tf.losses.sigmoidCrossEntropy(
        y,
        tf.add(tf.matMul(x, weight as tf.Tensor2D), bias),
      ) as tf.Scalar;
    for (let step = 0; step < 60; step++) {
      tf.tidy(() => {
        const { grads } = tf.variableGrads(loss, [weight, bias]);
        optimizer.step({ weight: grads[weight.name]!, bias: grads[bias.name]! });
      });
    }
    const final = (await loss().data())[0]!;
    assert.ok(final < 0.25, `the loss fell from 0.693 to ${final}`);
  });
}

testOnDevices("Optimizer.step() follows the schedule, the scale and the multipliers", async () => {
  using parameters = parametersOf({ a: tf.zeros([2]), b: tf.zeros([2]) });
  using optimizer = new SGD(parameters, {
    lr: (step) => step,
    lrScale: (name) => name === "b" ? 0.5 : 1,
  });
  const gradients = { a: tf.ones([2]), b: tf.ones([2]) };
  assert.equal(optimizer.lrAt(), 1);
  optimizer.step(gradients); // 1
  optimizer.step(gradients, { scale: 10 }); // 20
  optimizer.step(gradients, { lr: 100 }); // 100
  optimizer.step(gradients, { scale: tf.scalar(0.25) }); // 1
  assert.equal(optimizer.steps, 4);
  await assertClose(parameters.get("a")!, [-122, -122], EXACT);
  await assertClose(parameters.get("b")!, [-61, -61], EXACT);
});

testOnDevices("Optimizer decays matrices alone unless told otherwise", async () => {
  const values = () => ({ matrix: tf.ones([1, 2]), bias: tf.ones([2]) });
  const zeros = { matrix: tf.zeros([1, 2]), bias: tf.zeros([2]) };
  const options: AdamWOptions = { lr: 0.5, weightDecay: 0.5 };
  using usual = parametersOf(values());
  using optimizer = new AdamW(usual, options);
  optimizer.step(zeros);
  await assertClose(usual.get("matrix")!.flatten(), [0.75, 0.75], EXACT);
  await assertClose(usual.get("bias")!, [1, 1], EXACT);
  using chosen = parametersOf(values());
  using other = new AdamW(chosen, { ...options, decay: (name) => name === "bias" });
  other.step(zeros);
  await assertClose(chosen.get("matrix")!.flatten(), [1, 1], EXACT);
  await assertClose(chosen.get("bias")!, [0.75, 0.75], EXACT);
});

testOnDevices("Optimizer.step() leaves frozen parameters and those without gradient", async () => {
  using parameters = parametersOf({ a: tf.ones([2]), frozen: tf.ones([2]), unused: tf.ones([2]) });
  parameters.get("frozen")!.trainable = false;
  using optimizer = new AdamW(parameters, { lr: 0.1 });
  optimizer.step({ a: tf.ones([2]), frozen: tf.ones([2]) });
  await assertClose(parameters.get("a")!, [0.9, 0.9]);
  await assertClose(parameters.get("frozen")!, [1, 1], EXACT);
  await assertClose(parameters.get("unused")!, [1, 1], EXACT);
  assert.deepEqual((await optimizer.state()).meta.steps, { a: 1 });
});

testOnDevices(
  "AdamW costs one dispatch for as many parameters as can be bound, and no new bytes in 100 steps",
  async () => {
    const values: Record<string, Tensor> = {};
    for (let k = 0; k < 12; k++) values[`layer.${k}`] = tf.ones([k + 1, 37]);
    using parameters = parametersOf(values);
    const gradients = gradientsFor(parameters, 1);
    using optimizer = new AdamW(parameters, { lr: 1e-3 });
    const step = () => {
      tf.tidy(() => {
        const { coefficient } = clipByGlobalNorm(gradients, 1);
        optimizer.step(gradients, { scale: coefficient });
      });
    };
    const batch = "WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE";
    if (tf.getBackend() === "webgpu") tf.env().set(batch, 15); // as outside of strict mode
    for (let k = 0; k < 30; k++) step();
    await parameters.get("layer.3")!.data();
    const before = memory();
    for (let k = 0; k < 100; k++) step();
    await parameters.get("layer.3")!.data();
    assert.deepEqual(memory(), before);

    if (tf.getBackend() !== "webgpu") return;
    tf.env().set(batch, 1);
    const prototype = GPUComputePassEncoder.prototype;
    const original = prototype.dispatchWorkgroups;
    let count = 0;
    prototype.dispatchWorkgroups = function (...groups) {
      count++;
      return original.apply(this, groups);
    };
    const dispatchesOf = (f: () => void) => {
      count = 0;
      f();
      return count;
    };
    try {
      const { device } = tf.backend() as unknown as { device: GPUDevice };
      const buffers = Number(device.limits.maxStorageBuffersPerShaderStage);
      const together = Math.min(16, Math.floor((buffers - 9) / 4)); // 9 numbers might lie on the device
      assert.equal(
        dispatchesOf(() => optimizer.step(gradients)),
        Math.ceil(12 / Math.max(1, together)),
      );
      const summed = Math.ceil(12 / Math.min(32, buffers - 1));
      const clipped = dispatchesOf(() => tf.tidy(() => void clipByGlobalNorm(gradients, 1)));
      assert.equal(clipped, summed + 1 + 4);
    } finally {
      prototype.dispatchWorkgroups = original;
    }
  },
);

testOnDevices(
  "Optimizer.step() refuses gradients that do not fit, and changes nothing",
  async () => {
    using parameters = parametersOf({ a: tf.ones([2]), b: tf.ones([2]) });
    using optimizer = new SGD(parameters, { lr: (step) => 1 / (2 - step) });
    assert.throws(() => optimizer.step({ a: tf.ones([2]), c: tf.ones([2]) }), {
      name: "RangeError",
      message: 'Cannot find a parameter of the optimizer: current name is "c"',
    });
    assert.throws(() => optimizer.step({ a: tf.ones([2]), b: tf.ones([3]) }), {
      name: "ShapeError",
      message: "Cannot step as the gradient of b must have shape [2]: current shape is [3]",
    });
    assert.equal(optimizer.steps, 0);
    optimizer.step({});
    assert.throws(
      () => optimizer.step({ a: tf.ones([2]) }),
      /must be finite: current value is Inf/,
    );
    await assertClose(parameters.get("a")!, [1, 1], EXACT);
  },
);

testOnDevices(
  "Optimizer.restore() refuses a state that does not fit, and changes nothing",
  async () => {
    using parameters = parametersOf({ a: tf.ones([2]) });
    using optimizer = new Adam(parameters);
    optimizer.step({ a: tf.ones([2]) });
    const state = await optimizer.state();
    using other = new AdamW(parameters);
    assert.throws(() => other.restore(state), /of another algorithm: current one is Adam/);
    assert.throws(
      () => optimizer.restore({ ...state, tensors: new Map() }),
      /has no a\/firstMoment/,
    );
    const steps = { a: 1, b: 1 };
    assert.throws(
      () => optimizer.restore({ ...state, meta: { ...state.meta, steps } }),
      /name is "b"/,
    );
    const tensors = new Map(state.tensors).set("a/firstMoment", {
      shape: [3],
      values: new Float32Array(3),
    });
    assert.throws(() => optimizer.restore({ ...state, tensors }), /must have shape \[2\]/);
    assert.deepEqual(await optimizer.state(), state);
  },
);

testOnDevices("optimizers refuse numbers that make no sense", () => {
  using parameters = parametersOf({ a: tf.ones([2]) });
  const a = parameters.get("a")!;
  assert.throws(() => new SGD([]), /as there are no parameters/);
  assert.throws(() => new SGD([["a", a], ["a", a]]), /two parameters are named "a"/);
  assert.throws(() => new SGD(parameters, { lr: -1 }), {
    name: "RangeError",
    message: "Cannot optimize as lr must lie in 0…Infinity: current value is -1",
  });
  assert.throws(() => new SGD(parameters, { nesterov: true }), /needs a momentum/);
  assert.throws(() => new AdamW(parameters, { betas: [0.9, 1] }), /betas\[1\] must lie in/);
  assert.throws(() => new AdamW(parameters, { weightDecay: NaN }), /weightDecay must lie in/);
});
