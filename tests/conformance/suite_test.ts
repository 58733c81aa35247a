import assert from "node:assert/strict";
import * as tf from "../../lib/tensor/_tf.ts";
import { enter } from "../_support/devices.ts";
import { type Case, values } from "./case.ts";
import { map, nd } from "./oracle/nd.ts";
import { Suite } from "./suite.ts";

const base: Case = {
  name: "double",
  inputs: [values([3], [1, -2, 3])],
  run: (x) => tf.mul(x, 2),
  reference: (x) => map(x, (v) => 2 * v),
};

/** The faults that the suite finds in a case on the cpu device. */
async function faults(change: Partial<Case>): Promise<string> {
  await enter("cpu");
  return (await new Suite().check({ ...base, ...change }, "cpu")).faults.join("; ");
}

Deno.test("Suite.check() passes what is right", async () => {
  assert.equal(await faults({}), "");
});

Deno.test("Suite.check() finds a wrong number, at each scale", async () => {
  assert.match(await faults({ run: (x) => tf.mul(x, 2.001) }), /forward, .*element/);
  for (const scale of [1e-6, 1e4]) {
    const found = await faults({
      run: (x) => tf.mul(x, scale * 1.001),
      reference: (x) => map(x, (v) => v * scale),
    });
    assert.match(found, /forward, .*element/, `scale ${scale}`);
  }
});

Deno.test("Suite.check() finds a wrong gradient of a right value", async () => {
  const halved = tf.customGrad((x, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor]);
    return { value: tf.mul(x as tf.Tensor, 2), gradFunc: (dy) => dy };
  });
  assert.match(
    await faults({ run: (x) => halved(x) }),
    /gradient by input 0, by finite differences/,
  );
});

Deno.test("Suite.check() finds a gradient that throws", async () => {
  const run = (x: tf.Tensor) => tf.image.flipLeftRight(tf.reshape(x, [1, 1, 3, 1]) as tf.Tensor4D);
  const reference = (x: ReturnType<typeof nd>) => nd([1, 1, 3, 1], [...x.data].reverse());
  assert.match(await faults({ run, reference }), /the gradient throws/);
});

Deno.test("Suite.check() finds NaN, dtypes and shapes that differ", async () => {
  assert.match(await faults({ run: (x) => tf.mul(x, NaN), gradient: false }), /NaN/);
  assert.match(await faults({ run: (x) => tf.cast(tf.mul(x, 2), "int32") }), /dtype is int32/);
  assert.match(await faults({ run: (x) => tf.mul(tf.expandDims(x), 2) }), /shape is \[1,3\]/);
});

Deno.test("Suite.check() finds an integer that is off by one, beyond what float32 tells apart", async () => {
  const large = values([1], [123456789], "int32");
  const found = await faults({
    inputs: [large],
    run: (x) => tf.add(x, tf.scalar(1, "int32")),
    reference: (x) => x,
  });
  assert.match(found, /element 0 of 1 is 123456790/);
});

Deno.test("Suite.check() finds a leak", async () => {
  const kept: tf.Tensor[] = [];
  const found = await faults({
    run: (x) => {
      kept.push(tf.keep(tf.mul(x, 3)));
      return tf.mul(x, 2);
    },
  });
  tf.dispose(kept);
  assert.match(found, /leaks/);
});

Deno.test("Suite.check() holds a case that must throw to its message", async () => {
  const wrong = { expect: "error", message: /axis/ } as const;
  assert.match(await faults(wrong), /gives numbers, and should throw/);
  const run = () => {
    throw new Error("something else");
  };
  assert.match(await faults({ ...wrong, run }), /should match/);
  assert.equal(await faults({ ...wrong, message: /something/, run }), "");
});

Deno.test("Suite.check() compares a device with the first that ran", async () => {
  const suite = new Suite();
  const drift: Case = { ...base, run: (x) => tf.mul(x, tf.getBackend() === "cpu" ? 2 : 2.00008) };
  await enter("cpu");
  assert.deepEqual((await suite.check(drift, "cpu")).faults, []);
  await enter("wasm");
  const { faults } = await suite.check(
    { ...drift, reference: (x) => map(x, (v) => v * 2.00016) },
    "wasm",
  );
  assert.deepEqual(faults, [], "4e-5 from both lies within the bounds");
  const far: Case = { ...drift, run: (x) => tf.mul(x, 3), reference: (x) => map(x, (v) => v * 3) };
  assert.match((await suite.check(far, "wasm")).faults.join(), /by cpu/);
});
