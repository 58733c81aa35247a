import assert from "node:assert/strict";
import * as ops from "@tome/tome/ops";
import { defineUpdate, Rng, ShapeError, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { batchNormReference } from "../../../lib/ops/batch_norm.ts";
import { type Conv2dOptions, conv2dReference } from "../../../lib/ops/conv2d.ts";
import {
  avgPool2dReference,
  maxPool2dReference,
  type Pool2dOptions,
} from "../../../lib/ops/pool2d.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose, assertGradient } from "../../_support/numeric.ts";

/** Numbers that differ by at least a twentieth, so that no small change makes another one the largest. */
function apart(shape: number[], seed = 1): Tensor {
  const size = tf.util.sizeFromShape(shape);
  const values = new Rng(seed).shuffle(Array.from({ length: size }, (_, i) => i / 15 - size / 30));
  return tf.tensor(values, shape);
}

function random(shape: number[], seed = 1): Tensor {
  const rng = new Rng(seed);
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => rng.normal());
  return tf.tensor(values, shape);
}

/** The gradients of both forms by a random projection of the output. */
async function sameGradients(
  op: (...xs: Tensor[]) => Tensor,
  reference: (...xs: Tensor[]) => Tensor,
  inputs: Tensor[],
): Promise<void> {
  const y = reference(...inputs);
  await assertClose(op(...inputs), y, { rtol: 1e-4, atol: 1e-4 });
  const weights = random(y.shape, 9);
  const of = (f: (...xs: Tensor[]) => Tensor) =>
    tf.grads((...xs: Tensor[]) => tf.sum(tf.mul(f(...xs), weights)) as tf.Scalar)(inputs);
  const [ours, theirs] = [of(op), of(reference)];
  for (const [k, gradient] of ours.entries()) {
    await assertClose(gradient, theirs[k]!, { rtol: 1e-3, atol: 1e-3 });
  }
}

const CONVOLUTIONS: Record<string, [Conv2dOptions, number[], number[]]> = {
  "without options": [{}, [1, 3, 3, 2], [2, 2, 2, 2]],
  "of stride and padding": [{ stride: 2, padding: 1 }, [2, 7, 6, 3], [3, 3, 3, 5]],
  "of unequal sides": [{ stride: [2, 1], padding: [0, 2] }, [2, 7, 6, 3], [3, 5, 3, 4]],
  "of padding that keeps the size": [{ padding: "same" }, [1, 5, 6, 2], [4, 3, 2, 3]],
  "of a dilation": [{ dilation: 2, padding: 2 }, [2, 7, 6, 3], [3, 3, 3, 4]],
  "of a dilation and a stride": [{ dilation: 2, stride: 2 }, [1, 9, 8, 2], [3, 3, 2, 3]],
  "of groups": [{ groups: 2, padding: 1 }, [2, 5, 5, 4], [3, 3, 2, 6]],
  "of a group for each channel": [{ groups: 3, padding: 1, stride: 2 }, [2, 5, 5, 3], [3, 3, 1, 6]],
  "of 1 by 1": [{}, [2, 4, 4, 8], [1, 1, 8, 3]],
};

for (const [name, [options, image, filter]] of Object.entries(CONVOLUTIONS)) {
  testOnDevices(`conv2d() ${name} is a sum over its taps, with its gradient`, async () => {
    await sameGradients(
      (x, w) => ops.conv2d(x!, w!, options),
      (x, w) => conv2dReference(x!, w!, options),
      [random(image), random(filter, 2)],
    );
  });
}

testOnDevices("conv2d() has the gradient of its differences", async () => {
  for (const options of [{ padding: 1, stride: 2 }, { dilation: 2, padding: 2 }]) {
    await assertGradient(
      (x, w) => ops.conv2d(x!, w!, options),
      [random([1, 3, 3, 2]), random([3, 3, 2, 1], 2)],
    );
  }
});

testOnDevices("convTranspose2d() is the gradient of conv2d() by its images", async () => {
  const [x, w] = [random([2, 7, 7, 3]), random([3, 3, 3, 4], 2)];
  const dy = random([2, 4, 4, 4], 3);
  const options = { stride: 2, padding: 1 };
  const dx = tf.grad((x: Tensor) => ops.conv2d(x, w, options))(x, dy);
  await assertClose(ops.convTranspose2d(dy, w, options), dx, { atol: 1e-4 });
  await assertGradient(
    (x, w) => ops.convTranspose2d(x!, w!, { stride: 2 }),
    [random([1, 2, 2, 2]), random([2, 2, 1, 2], 2)],
  );
});

const POOLS: [Parameters<typeof ops.maxPool2d>[1], Pool2dOptions][] = [
  [2, {}],
  [3, { stride: 2, padding: 1 }],
  [[2, 3], { stride: [1, 2] }],
  [3, { stride: 1, padding: 1 }],
];

for (const [size, options] of POOLS) {
  const name = `of ${size} with ${JSON.stringify(options)}`;
  testOnDevices(`maxPool2d() ${name} takes the largest, with its gradient`, async () => {
    await sameGradients(
      (x) => ops.maxPool2d(x!, size, options),
      (x) => maxPool2dReference(x!, size, options),
      [apart([2, 7, 6, 3])],
    );
    await assertGradient((x) => ops.maxPool2d(x!, size, options), [apart([1, 4, 4, 1])]);
  });
  testOnDevices(`avgPool2d() ${name} takes the mean, with its gradient`, async () => {
    await sameGradients(
      (x) => ops.avgPool2d(x!, size, options),
      (x) => avgPool2dReference(x!, size, options),
      [random([2, 7, 6, 3])],
    );
    await assertGradient((x) => ops.avgPool2d(x!, size, options), [random([1, 4, 4, 1])]);
  });
}

testOnDevices("adaptiveAvgPool2d() takes windows as PyTorch does", async () => {
  const x = tf.reshape(tf.range(0, 20), [1, 4, 5, 1]);
  // torch.nn.functional.adaptive_avg_pool2d(torch.arange(20.).view(1, 1, 4, 5), (3, 2))
  await assertClose(ops.adaptiveAvgPool2d(x, [3, 2]), [3.5, 5.5, 8.5, 10.5, 13.5, 15.5]);
  await assertClose(ops.adaptiveAvgPool2d(x), [9.5]);
  await assertGradient((x) => ops.adaptiveAvgPool2d(x!, [3, 2]), [random([1, 4, 5, 1])]);
  await assertGradient((x) => ops.adaptiveAvgPool2d(x!), [random([2, 3, 3, 1])]);
});

const vectors = (channels: number) => [random([channels], 3), random([channels], 4)];

testOnDevices("batchNorm() normalises each channel, with its gradient", async () => {
  for (const shape of [[5, 3], [2, 3, 3, 2], [3, 5, 5, 17], [2500, 20], [4, 1]]) {
    await sameGradients(
      (x, g, b) => ops.batchNorm(x!, g!, b!).y,
      (x, g, b) => batchNormReference(x!, g!, b!, 1e-5),
      [random(shape), ...vectors(shape.at(-1)!)],
    );
  }
  await assertGradient(
    (x, g, b) => ops.batchNorm(x!, g!, b!, { eps: 0.1 }).y,
    [random([5, 3]), ...vectors(3)],
  );
});

testOnDevices("batchNorm() is exact for numbers far from 0", async () => {
  const x = tf.add(random([3000, 3]), tf.tensor1d([1000, -300, 0]));
  const { mean, variance } = ops.batchNorm(x, tf.ones([3]), tf.zeros([3]));
  const values = Float32Array.from(await x.data());
  for (let c = 0; c < 3; c++) {
    const column = values.filter((_, i) => i % 3 === c);
    const m = column.reduce((sum, v) => sum + v, 0) / 3000;
    const v = column.reduce((sum, x) => sum + (x - m) ** 2, 0) / 3000;
    await assertClose([(await mean.data())[c]!], [m], { rtol: 1e-5, atol: 1e-4 });
    await assertClose([(await variance.data())[c]!], [v], { rtol: 1e-3 });
  }
});

testOnDevices("normalizeChannels() uses the statistics it is given", async () => {
  const [mean, variance] = [tf.tensor1d([1, -1]), tf.tensor1d([4, 0.25])];
  const y = ops.normalizeChannels(
    tf.tensor2d([[3, 0], [1, -2]]),
    { mean, variance },
    tf.tensor1d([1, 2]),
    tf.tensor1d([0, 1]),
    { eps: 0 },
  );
  await assertClose(y, [1, 5, 0, -3]);
});

testOnDevices("conv2d() and its company name a wrong shape", () => {
  assert.throws(() => ops.conv2d(tf.zeros([1, 4, 4, 3]), tf.zeros([3, 3, 2, 4])), ShapeError);
  assert.throws(() => ops.conv2d(tf.zeros([4, 4, 3]), tf.zeros([3, 3, 3, 4])), ShapeError);
  assert.throws(
    () => ops.conv2d(tf.zeros([1, 4, 4, 4]), tf.zeros([3, 3, 2, 3]), { groups: 2 }),
    ShapeError,
  );
  assert.throws(() => ops.maxPool2d(tf.zeros([4, 4, 3]), 2), ShapeError);
  assert.throws(() => ops.batchNorm(tf.zeros([4, 3]), tf.ones([2]), tf.zeros([3])), ShapeError);
});

testOnDevices("conv2d() sees a filter that was changed in place", async () => {
  const double = defineUpdate({
    name: "double",
    targets: ["w"],
    inputs: [],
    scalars: [],
    wgsl: "fn update(i : u32) { w[i] *= 2.0; }",
    host({ w }, _, size) {
      for (let i = 0; i < size; i++) w[i]! *= 2;
    },
  });
  for (const groups of [1, 2]) {
    const x = random([1, 4, 4, 2]);
    const w = tf.variable(random([3, 3, 2 / groups, 2], 2));
    const before = ops.conv2d(x, w, { groups });
    double({ w }, {}, {});
    await assertClose(ops.conv2d(x, w, { groups }), tf.mul(before, 2));
    w.dispose();
  }
});
