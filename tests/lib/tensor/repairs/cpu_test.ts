import assert from "node:assert/strict";
import { Rng, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../_support/devices.ts";
import { assertClose, assertGradient } from "../../../_support/numeric.ts";

function random(shape: number[], seed = 1): Tensor {
  const rng = new Rng(seed);
  const size = shape.reduce((n, length) => n * length, 1);
  return tf.tensor(Float32Array.from({ length: size }, () => rng.uniform(-1, 1)), shape);
}

testOnDevices("resizeNearestNeighbor() has its gradient in every image (C11)", async () => {
  const weights = tf.reshape(tf.range(0, 32), [2, 4, 4, 1]);
  const f = (x: Tensor) =>
    tf.sum(tf.mul(tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [4, 4]), weights));
  const g = tf.grad(f)(tf.ones([2, 2, 2, 1]));
  await assertClose(g, [10, 18, 42, 50, 74, 82, 106, 114]);
  for (const alignCorners of [false, true]) {
    await assertGradient(
      (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [3, 5], alignCorners),
      [random([2, 2, 3, 1])],
    );
  }
});

testOnDevices("resizeBilinear() has its gradient when not square (C11)", async () => {
  for (const alignCorners of [false, true]) {
    for (const size of [[4, 6], [1, 2]] as [number, number][]) {
      await assertGradient(
        (x) => tf.image.resizeBilinear(x as tf.Tensor4D, size, alignCorners),
        [random([2, 2, 3, 1])],
      );
    }
  }
});

testOnDevices("unsortedSegmentSum() sums rows by segment (C12)", async () => {
  const x = tf.tensor2d([[1, 2], [3, 4], [5, 6], [7, 8]]);
  const ids = tf.tensor1d([2, 0, 2, -1], "int32");
  await assertClose(tf.unsortedSegmentSum(x, ids, 3), tf.tensor2d([[3, 4], [0, 0], [6, 8]]));
});

Deno.test("unsortedSegmentSum() takes one pass for all segments (C12) (cpu)", async () => {
  await tf.setBackend("cpu");
  tf.tidy(() => {
    const ids = tf.cast(tf.randomUniform([512], 0, 5000), "int32") as tf.Tensor1D;
    const x = tf.ones([512, 64]);
    const start = performance.now();
    tf.unsortedSegmentSum(x, ids, 5000);
    // one pass takes some milliseconds; one pass for each segment, half a minute
    assert.ok(performance.now() - start < 2000);
  });
});

testOnDevices("image.transform() transforms every image (C21)", async () => {
  const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 4, 1]);
  const left = tf.tensor2d([[1, 0, 1, 0, 1, 0, 0, 0]]); // reads one pixel to the right
  await assertClose(
    tf.image.transform(x, left, "nearest", "constant", 9),
    tf.tensor4d([2, 3, 4, 9, 6, 7, 8, 9], [2, 1, 4, 1]),
  );
  const both = tf.tensor2d([[1, 0, 1, 0, 1, 0, 0, 0], [1, 0, 2, 0, 1, 0, 0, 0]]);
  await assertClose(
    tf.image.transform(x, both, "bilinear", "constant", 0, [1, 3]),
    tf.tensor4d([2, 3, 4, 7, 8, 0], [2, 1, 3, 1]),
  );
});

testOnDevices("tensorScatterUpdate() leaves its input alone (C23)", async () => {
  const x = tf.tensor1d([1, 2, 3]);
  const y = tf.tensorScatterUpdate(x, tf.tensor2d([[1]], [1, 1], "int32"), tf.tensor1d([9]));
  await assertClose(y, [1, 9, 3]);
  await assertClose(x, [1, 2, 3]);
});

testOnDevices("cumsum() and cumprod() count an axis from the end (C24)", async () => {
  const x = tf.tensor2d([[1, 2], [3, 4]]);
  await assertClose(tf.cumsum(x, -2), [1, 2, 4, 6]);
  await assertClose(tf.cumprod(x, -1), [1, 2, 3, 12]);
});

testOnDevices("matMul() gives a product for each pair of a broadcast batch (W12)", async () => {
  const [a, b] = [random([2, 1, 2, 3], 1), random([1, 3, 3, 2], 2)];
  const y = tf.matMul(a, b);
  assert.deepEqual(y.shape, [2, 3, 2, 2]);
  const parts = [0, 1].flatMap((i) =>
    [0, 1, 2].map((j) =>
      tf.matMul(
        tf.reshape(tf.slice(a, [i, 0, 0, 0], [1, 1, 2, 3]), [2, 3]),
        tf.reshape(tf.slice(b, [0, j, 0, 0], [1, 1, 3, 2]), [3, 2]),
      )
    )
  );
  await assertClose(y, tf.reshape(tf.stack(parts), [2, 3, 2, 2]));
});

testOnDevices("matMul() agrees with sums of products, transposed and not (W12)", async () => {
  for (
    const [transposeA, transposeB] of [[false, false], [true, false], [false, true], [true, true]]
  ) {
    const a = random(transposeA ? [2, 5, 4] : [2, 4, 5], 1);
    const b = random(transposeB ? [2, 3, 5] : [2, 5, 3], 2);
    const rows = transposeA ? tf.transpose(a, [0, 2, 1]) : a;
    const columns = transposeB ? b : tf.transpose(b, [0, 2, 1]);
    const expected = tf.sum(tf.mul(tf.expandDims(rows, 2), tf.expandDims(columns, 1)), -1);
    await assertClose(tf.matMul(a, b, transposeA, transposeB), expected);
  }
  const i = tf.tensor2d([[1, 2], [3, 4]], [2, 2], "int32");
  await assertClose(tf.matMul(i, i), [7, 10, 15, 22]);
});

testOnDevices("einsum() sums letters away in both operands (C22)", async () => {
  const a = tf.tensor2d([[1, 2], [3, 4]]);
  const b = tf.tensor2d([[1, 10], [100, 1000]]);
  // Σ_a a[a, c] = (4, 6); Σ_d b[c, d] = (11, 1100)
  await assertClose(tf.einsum("ac,cd->c", a, b), [44, 6600]);
  await assertClose(tf.einsum("ac,cd->", a, b), [6644]);
  assert.throws(() => tf.einsum("ij,jk->ik", a, tf.ones([3, 2])), /Expected dimension 2/);
});

testOnDevices("reductions over nothing give their neutral element (C26)", async () => {
  const nothing = tf.zeros([2, 0]);
  await assertClose(tf.mean(nothing, 1), [NaN, NaN]);
  await assertClose(tf.max(nothing, 1), [-Infinity, -Infinity]);
  await assertClose(tf.min(nothing, 1), [Infinity, Infinity]);
  await assertClose(tf.all(tf.cast(nothing, "bool"), 1), [1, 1]);
});

testOnDevices("sum() over an axis that does not exist leaves nothing behind (C30)", () => {
  for (const f of [tf.sum, tf.mean, tf.max]) {
    assert.throws(() => f(tf.ones([2, 3]), 2), /axis|axes/);
  }
});
