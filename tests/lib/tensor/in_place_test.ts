import assert from "node:assert/strict";
import { defineUpdate, memory, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const EXACT = { rtol: 0, atol: 0 };

/** v ← v/2 + g, w ← w − lr · v */
const descend = defineUpdate({
  name: "descend",
  targets: ["w", "v"],
  inputs: ["g"],
  scalars: ["lr", "scale"],
  wgsl: `fn update(i : u32) {
    v[i] = 0.5 * v[i] + scale() * g[i];
    w[i] -= lr() * v[i];
  }`,
  host({ w, v, g }, { lr, scale }, size) {
    for (let i = 0; i < size; i++) {
      v[i] = 0.5 * v[i]! + scale * g[i]!;
      w[i]! -= lr * v[i]!;
    }
  },
});

/** Variables with data of their own, freed at the end of the block. */
function variables(...values: (number[] | Float32Array)[]) {
  const made = values.map((x) => {
    const value = tf.tensor1d(x);
    const variable = tf.variable(value, false);
    value.dispose();
    return variable;
  });
  return Object.assign(made, { [Symbol.dispose]: () => tf.dispose(made) });
}

/** Lets the GPU's commands gather as they do outside of strict mode, where each is sent alone. */
async function gathering(run: () => Promise<void>): Promise<void> {
  const batch = "WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE";
  const before = tf.env().getNumber(batch);
  tf.env().set(batch, 15);
  try {
    await run();
  } finally {
    tf.env().set(batch, before);
  }
}

testOnDevices("defineUpdate() changes several variables, step after step", async () => {
  using made = variables([1, 2, 3], [0, 0, 0]);
  const [w, v] = [made[0]!, made[1]!];
  for (let step = 0; step < 20; step++) { // more than one submit of the GPU's commands
    descend({ w, v }, { g: tf.tensor1d([1, 0, -2]) }, { lr: step === 0 ? 1 : 0, scale: 4 });
  }
  await assertClose(w, [-3, 2, 11], EXACT);
  const sum = 8 * (1 - 0.5 ** 20);
  await assertClose(v, [sum, 0, -2 * sum], { rtol: 1e-6, atol: 0 });
});

testOnDevices("defineUpdate() takes a scalar that is computed on the device", async () => {
  using made = variables([1, 2], [0, 0]);
  const [w, v] = [made[0]!, made[1]!];
  const scale = tf.sum(tf.tensor1d([1.5, 0.5]));
  descend({ w, v }, { g: tf.tensor1d([1, 10]) }, { lr: tf.tensor2d([[0.5]]), scale });
  await assertClose(w, [0, -8], EXACT);
  await assertClose(v, [2, 20], EXACT);
});

testOnDevices(
  "defineUpdate() leaves clones, reshapes and arrays that were read as they were",
  async () => {
    const given = Float32Array.of(1, 2, 3, 4);
    const init = tf.tensor1d(given);
    const w = tf.variable(init, false);
    using made = variables([0, 0, 0, 0]);
    const [clone, reshaped, read] = [w.clone(), w.reshape([2, 2]), await w.data()];
    const sumBefore = tf.sum(w);
    descend({ w, v: made[0]! }, { g: tf.ones([4]) }, { lr: 1, scale: 1 });
    await assertClose(w, [0, 1, 2, 3], EXACT);
    tf.dispose([clone.reshape([4])]);
    const again = await w.data(); // cached on the CPU from here on
    descend({ w, v: made[0]! }, { g: tf.zeros([4]) }, { lr: 2, scale: 1 });
    await assertClose(w, [-1, 0, 1, 2], EXACT);
    for (const kept of [clone, reshaped, init, read as Float32Array, given]) {
      await assertClose(kept instanceof tf.Tensor ? kept.reshape([4]) : kept, [1, 2, 3, 4], EXACT);
    }
    assert.deepEqual([...again], [0, 1, 2, 3]);
    await assertClose(sumBefore, [10], EXACT);
    w.dispose();
  },
);

testOnDevices("defineUpdate() is in order with the operations around it", async () => {
  using made = variables([1, 2], [0, 0]);
  const [w, v] = [made[0]!, made[1]!];
  await gathering(async () => {
    const seen: Tensor[] = [];
    for (let k = 0; k < 8; k++) {
      seen.push(tf.mul(w, 256));
      const g = tf.mul(w, 1);
      descend({ w, v }, { g }, { lr: 0.5, scale: 1 }); // halves w, with uniforms of its own
      descend({ w, v }, { g }, { lr: 0, scale: 3 });
      g.dispose(); // before the GPU has run
      v.assign(tf.zeros([2]));
    }
    const expected = seen.flatMap((_, k) => [256 / 2 ** k, 512 / 2 ** k]);
    await assertClose(tf.concat(seen), expected, EXACT);
    await assertClose(w, [1 / 256, 2 / 256], EXACT);
  });
});

testOnDevices(
  "defineUpdate() holds the buffer of a disposed input until the GPU has its commands",
  () =>
    gathering(async () => {
      using made = variables([1, 2], [3, 4]);
      const [w, v] = [made[0]!, made[1]!];
      const inUse = () => (tf.memory() as { numBytesInGPU?: number }).numBytesInGPU!;
      const g = tf.mul(tf.ones([1234]), 1).slice([0], [2]);
      await tf.neg(w).data(); // submits what was recorded so far
      descend({ w, v }, { g }, { lr: 1, scale: 1 });
      const bytes = inUse();
      g.dispose();
      assert.equal(inUse(), bytes);
      await w.data();
      assert.ok(inUse() < bytes);
    }),
  ["webgpu"],
);

testOnDevices("defineUpdate() names a GPU program that is wrong, in strict mode", async () => {
  using made = variables([1, 2]);
  const ruin = defineUpdate({
    name: "ruin",
    targets: ["w"],
    inputs: [],
    scalars: [],
    wgsl: "fn update(i : u32) { w[i] = i; }",
    host() {},
  });
  ruin({ w: made[0]! }, {}, {});
  await assert.rejects(() => made[0]!.data(), { name: "DeviceError", message: /^Cannot ruin: / });
}, ["webgpu"]);

testOnDevices("defineUpdate() may read the variable that it changes", async () => {
  using made = variables([1, 2], [3, 4]);
  const [w, v] = [made[0]!, made[1]!];
  descend({ w, v }, { g: v }, { lr: 1, scale: 1 });
  await assertClose(v, [4.5, 6], EXACT);
  await assertClose(w, [-3.5, -4], EXACT);
});

testOnDevices("defineUpdate() reaches every element of more than a million", async () => {
  const size = 4096 * 256 + 77;
  using made = variables(new Float32Array(size).fill(1), new Float32Array(size));
  const [w, v] = [made[0]!, made[1]!];
  descend({ w, v }, { g: tf.ones([size]) }, { lr: 3, scale: 1 });
  const values = await w.data();
  assert.ok(values.every((x) => x === -2));
});

testOnDevices(
  "defineUpdate() moves what lies on another device, and still spares its clones",
  async (device) => {
    await tf.setBackend("cpu");
    using made = variables([1, 2], [3, 4]);
    const [w, v] = [made[0]!, made[1]!];
    const [clone, g] = [w.clone(), tf.tensor1d([1, 1])];
    await tf.setBackend(device);
    descend({ w, v }, { g }, { lr: 2, scale: 1 });
    await assertClose(w, [-4, -4], EXACT);
    await assertClose(clone, [1, 2], EXACT);
  },
);

testOnDevices("defineUpdate() takes what was cast from integers", async () => {
  const init = tf.tensor1d([1, 2], "int32").cast("float32");
  const w = tf.variable(init, false);
  init.dispose();
  using made = variables([0, 0]);
  const g = tf.tensor1d([1, 3], "int32").cast("float32");
  const scale = tf.scalar(2, "int32").cast("float32");
  descend({ w, v: made[0]! }, { g }, { lr: 0.25, scale });
  await assertClose(w, [0.5, 0.5], EXACT);
  w.dispose();
});

testOnDevices("defineUpdate() does nothing to variables of no elements", async () => {
  using made = variables([], []);
  const before = made[0]!.dataId;
  descend({ w: made[0]!, v: made[1]! }, { g: tf.tensor1d([]) }, { lr: 1, scale: 1 });
  assert.equal(made[0]!.dataId, before);
  assert.equal((await made[0]!.data()).length, 0);
});

testOnDevices("defineUpdate() keeps no buffer of its own", async () => {
  using made = variables(new Float32Array(1000), new Float32Array(1000));
  const g = tf.ones([1000]);
  const step = () => descend({ w: made[0]!, v: made[1]! }, { g }, { lr: 1, scale: 1 });
  for (let k = 0; k < 40; k++) step();
  await made[0]!.data();
  const before = memory();
  for (let k = 0; k < 200; k++) step();
  await made[0]!.data();
  assert.deepEqual(memory(), before);
});

testOnDevices("defineUpdate() refuses what does not fit", () => {
  using made = variables([1, 2], [3, 4], [1, 2, 3]);
  const [w, v, long] = [made[0]!, made[1]!, made[2]!];
  const g = tf.ones([2]);
  const scalars = { lr: 1, scale: 1 };
  assert.throws(() => descend({ w, v: long }, { g }, scalars), {
    name: "RangeError",
    message: "Cannot descend as v must have 2 elements: current shape is [3]",
  });
  assert.throws(() => descend({ w, v }, { g: tf.ones([1]) }, scalars), /g must have 2 elements/);
  assert.throws(() => descend({ w, v }, { g: tf.ones([2], "int32") }, scalars), {
    name: "TypeError",
    message: "Cannot descend as g must be float32: current dtype is int32",
  });
  assert.throws(() => descend({ w, v: w }, { g }, scalars), /must be different variables/);
  assert.throws(() => descend({ w, v }, { g }, { lr: g, scale: 1 }), /lr must be one float32/);
});
