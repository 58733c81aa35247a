import assert from "node:assert/strict";
import { ctcLoss, ctcLossRows } from "@tome/tome/ops";
import { randomNormal, record, Rng, type Scalar, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { ctcLossReference } from "../../../lib/ops/ctc_loss_reference.ts";
import golden from "../../golden/ctc.json" with { type: "json" };
import { countDispatches } from "../../_support/dispatches.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose, assertGradient } from "../../_support/numeric.ts";

/** Labels filled up with -100. */
function filled(rows: readonly (readonly number[])[]): Tensor {
  const width = Math.max(...rows.map((row) => row.length));
  return tf.tensor2d(
    rows.map((row) => Array.from({ length: width }, (_, i) => row[i] ?? -100)),
    [rows.length, width],
    "int32",
  );
}
const int = (values: number[]) => tf.tensor1d(values, "int32") as Tensor;
const draw = (shape: number[], seed = 1) => randomNormal(shape, 0, 1, { rng: new Rng(seed) });

for (const [i, given] of golden.cases.entries()) {
  testOnDevices(`ctcLoss() has PyTorch's values and gradients, case ${i}`, async () => {
    const logits = tf.tensor(given.logits, golden.shape);
    const [targets, steps] = [filled(given.targets), int(given.steps)];
    const { blank, zeroInfinity } = given;
    const options = { steps, blank, zeroInfinity };
    await assertClose(ctcLossRows(logits, targets, options), given.losses);
    await assertClose(ctcLoss(logits, targets, options), given.mean);
    const rows = tf.grad((x: Tensor) => tf.sum(ctcLossRows(x, targets, options)) as Scalar);
    await assertClose(rows(logits), given.gradient, { atol: 1e-5 });
    const mean = tf.grad((x: Tensor) => ctcLoss(x, targets, options));
    await assertClose(mean(logits), given.meanGradient, { atol: 1e-5 });
  });
}

testOnDevices("ctcLossRows() equals its definition, also where states are many", async () => {
  for (const [T, K, labels] of [[1, 2, [1]], [7, 4, [1, 1, 2]], [80, 5, null]] as const) {
    // more than 64 states: more than a workgroup has threads
    const long = Array.from({ length: 35 }, (_, i) => 1 + (i * i) % 4);
    const targets = [labels ?? long, labels ? [] : long.slice(0, 25)];
    const logits = draw([2, T, K], T);
    const options = { steps: int([T, Math.max(1, T - 1)]) };
    const expected = ctcLossReference(logits, targets, [T, Math.max(1, T - 1)]);
    await assertClose(ctcLossRows(logits, filled(targets), options), expected, { rtol: 1e-3 });
    const of = (f: (x: Tensor) => Tensor) =>
      tf.grad((x: Tensor) => tf.sum(tf.mul(f(x), tf.tensor1d([1, -0.5]))) as Scalar)(logits);
    await assertClose(
      of((x) => ctcLossRows(x, filled(targets), options)),
      of((x) => ctcLossReference(x, targets, [T, Math.max(1, T - 1)])),
      { rtol: 1e-3, atol: 1e-4 }, // the definition multiplies 80 probabilities
    );
  }
});

testOnDevices("ctcLossRows() has the gradient of its differences", async () => {
  const targets = filled([[1, 1], [2]]);
  await assertGradient((x) => ctcLossRows(x, targets, { steps: int([4, 2]) }), [draw([2, 4, 3])]);
});

testOnDevices("ctcLossRows() sums over every way to write the target", async () => {
  // three steps of two classes: of the eight sequences, those that leave one label
  const logits = draw([1, 3, 2], 4);
  const y = await tf.softmax(logits).array() as number[][][];
  let sum = 0;
  for (const path of ["100", "010", "001", "110", "011", "111"]) {
    sum += [...path].reduce((product, k, t) => product * y[0]![t]![Number(k)]!, 1);
  }
  await assertClose(ctcLossRows(logits, filled([[1]])), [-Math.log(sum)]);
  const none = y[0]!.reduce((product, step) => product * step[0]!, 1);
  await assertClose(ctcLossRows(logits, tf.zeros([1, 0], "int32")), [-Math.log(none)]);
});

testOnDevices("ctcLossRows() of a target that cannot come is ∞, with a gradient of 0", async () => {
  const logits = draw([2, 2, 3], 2);
  const targets = filled([[1, 1], [1, 2]]); // equal neighbours need a blank between them
  const values = await ctcLossRows(logits, targets).data();
  assert.equal(values[0], Infinity);
  assert.ok(Number.isFinite(values[1]!));
  const gradient = await tf.grad((x: Tensor) =>
    tf.sum(ctcLossRows(x, targets, { zeroInfinity: true })) as Scalar
  )(logits).data();
  assert.deepEqual([...gradient.slice(0, 6)], [0, 0, 0, 0, 0, 0]);
  assert.ok(gradient.slice(6).every((value) => value !== 0));
  const none = ctcLossRows(logits, targets, { steps: int([0, 0]), zeroInfinity: true });
  await assertClose(none, [0, 0]);
});

testOnDevices(
  "ctcLossRows() stays finite where logits are far out, and lets NaN through",
  async () => {
    const targets = filled([[1, 2]]);
    const far = tf.mul(draw([1, 6, 3], 3), 1e4);
    assert.ok((await ctcLossRows(far, targets).data()).every(Number.isFinite));
    const gradient = tf.grad((x: Tensor) => tf.sum(ctcLossRows(x, targets)) as Scalar)(far);
    assert.ok((await gradient.data()).every(Number.isFinite));
    const broken = tf.tensor3d([[[NaN, 0], [0, 0]]]);
    assert.ok(Number.isNaN((await ctcLossRows(broken, filled([[1]])).data())[0]!));
  },
);

testOnDevices("ctcLoss() may be recorded, and then takes new targets and lengths", async () => {
  const step = ({ x, targets, steps }: Record<string, Tensor>) =>
    ctcLossRows(x!, targets!, { steps: steps! });
  using recorded = record(step);
  for (let i = 0; i < 4; i++) {
    const inputs = {
      x: draw([2, 9, 4], i),
      targets: filled([[1, 2, 3], [3].concat(i % 2 ? [3] : [1, 1])]),
      steps: int([9, 5 + i]),
    };
    const made = tf.tidy(() => recorded(inputs)) as Tensor;
    await assertClose(made, tf.tidy(() => step(inputs)));
  }
});

testOnDevices("ctcLoss() launches as many programs for 50 steps as for 5", async () => {
  const count = (T: number) => {
    const [logits, targets] = [draw([2, T, 4]), filled([[1, 2], [3]])];
    return countDispatches(async () => {
      const gradient = tf.tidy(() => tf.grad((x: Tensor) => ctcLoss(x, targets))(logits));
      await gradient.data();
      gradient.dispose();
    });
  };
  const [few, many] = [await count(5), await count(50)];
  assert.equal(many, few);
}, ["webgpu"]);

testOnDevices("ctcLoss() refuses shapes and labels that do not fit", () => {
  const logits = tf.zeros([2, 3, 4]);
  assert.throws(() => ctcLoss(logits, filled([[1]])), { name: "ShapeError" });
  assert.throws(() => ctcLoss(logits, filled([[1], [2]]), { blank: 4 }), /current value is 4/);
  assert.throws(() => ctcLoss(logits, filled([[1], [2]]), { steps: int([3]) }), {
    name: "ShapeError",
  });
});

testOnDevices("ctcLossRows() of a label that is no class is no number", async () => {
  const targets = tf.tensor2d([[1], [4], [0]], undefined, "int32");
  const losses = await ctcLossRows(tf.zeros([3, 3, 4]), targets).data();
  assert.deepEqual([...losses].map(Number.isNaN), [false, true, true]);
}, ["webgpu"]);

testOnDevices("ctcLoss() names a label that is no class", () => {
  const logits = tf.zeros([1, 3, 4]);
  for (const row of [[4], [0], [-100, 1]]) {
    assert.throws(() => ctcLoss(logits, tf.tensor2d([row], undefined, "int32")), {
      name: "RangeError",
      message: /current target of row 0 is/,
    });
  }
}, ["cpu", "wasm"]);
