import assert from "node:assert/strict";
import { Rng, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../_support/devices.ts";
import { assertClose, assertGradient } from "../../../_support/numeric.ts";

/** Distinct numbers of both signs, at least 0.1 from 0 and from each other, in a fixed disorder. */
function mixed(shape: number[], seed = 1): Tensor {
  const size = shape.reduce((n, length) => n * length, 1);
  const values = Array.from({ length: size }, (_, i) => 0.15 * (i % 2 ? i + 1 : -i - 1));
  return tf.tensor(new Rng(seed).shuffle(values), shape);
}

/** The gradient of the sum of `f`. */
function slope(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  return tf.grad((y: Tensor) => tf.sum(f(y)))(x);
}

testOnDevices("mirrorPad() folds the gradient of its margins back (C2)", async () => {
  const g = slope((x) => tf.mirrorPad(x, [[1, 1]], "reflect"), tf.ones([3]));
  await assertClose(g, [1, 3, 1]);
  await assertGradient((x) => tf.mirrorPad(x, [[2, 1], [0, 2]], "symmetric"), [mixed([3, 3])]);
  await assertGradient((x) => tf.mirrorPad(x, [[2, 1], [0, 2]], "reflect"), [mixed([3, 3])]);
});

testOnDevices("maximum() and minimum() sum the gradient over broadcast axes (C3)", async () => {
  const g = slope((b) => tf.maximum(tf.zeros([2, 2]), b), tf.tensor1d([1, -1]));
  await assertClose(g, [2, 0]);
  for (const f of [tf.maximum, tf.minimum]) {
    await assertGradient((a, b) => f(a, b), [mixed([2, 1, 3], 1), tf.add(mixed([2, 1], 2), 0.04)]);
  }
});

testOnDevices("maximum() passes the gradient of a tie to the first (C3)", async () => {
  const [a, b] = tf.grads((a: Tensor, b: Tensor) => tf.maximum(a, b))([tf.ones([2]), tf.ones([2])]);
  await assertClose(a!, [1, 1]);
  await assertClose(b!, [0, 0]);
});

testOnDevices("squaredDifference() sums the gradient over broadcast axes (C3)", async () => {
  await assertGradient(
    (a, b) => tf.squaredDifference(a, b),
    [mixed([2, 1, 3], 1), mixed([2, 1], 2)],
  );
});

testOnDevices("prelu() sums both gradients over broadcast axes (C3)", async () => {
  await assertGradient((x, a) => tf.prelu(x, a), [mixed([2, 3], 1), mixed([3], 2)]);
  await assertGradient((x, a) => tf.prelu(x, a), [mixed([2, 3], 1), mixed([2, 1], 2)]);
});

testOnDevices("matMul() sums the gradient over a broadcast batch (C4)", async () => {
  const g = slope((b) => tf.matMul(tf.ones([2, 3, 4]), b), tf.ones([4, 2]));
  await assertClose(g, new Float32Array(8).fill(6));
  const shapes: [number[], number[], boolean, boolean][] = [
    [[2, 2, 3], [3, 2], false, false],
    [[2, 2, 3], [2, 3], false, true],
    [[2, 3, 2], [3, 2], true, false],
    [[2, 3, 2], [2, 3], true, true],
    [[2, 3], [2, 3, 2], false, false],
    [[2, 1, 2, 2], [1, 3, 2, 1], false, false],
  ];
  for (const [a, b, transposeA, transposeB] of shapes) {
    await assertGradient(
      (x, y) => tf.matMul(x, y, transposeA, transposeB),
      [mixed(a, 1), mixed(b, 2)],
    );
  }
});

testOnDevices("cumsum() has its gradient along every axis (C5)", async () => {
  await assertClose(slope((x) => tf.cumsum(x, 0), tf.ones([2, 3])), [2, 2, 2, 1, 1, 1]);
  for (const axis of [0, 1, -2]) {
    await assertGradient((x) => tf.cumsum(x, axis, true), [mixed([2, 3, 2])]);
    await assertGradient((x) => tf.cumsum(x, axis, false, true), [mixed([2, 3, 2])]);
  }
});

testOnDevices("where() takes a mask from what is differentiated (C6)", async () => {
  const x = tf.tensor1d([-1, 2]);
  await assertClose(slope((x) => tf.where(tf.greater(x, 0), x, tf.mul(x, .1)), x), [.1, 1]);
  const masks: ((x: Tensor) => Tensor)[] = [
    (x) => tf.equal(x, 2),
    (x) => tf.notEqual(x, 2),
    (x) => tf.greaterEqual(x, 0),
    (x) => tf.less(x, 0),
    (x) => tf.lessEqual(x, 0),
    (x) => tf.logicalAnd(tf.greater(x, 0), tf.less(x, 1)),
    (x) => tf.logicalOr(tf.greater(x, 0), tf.less(x, 1)),
    (x) => tf.logicalXor(tf.greater(x, 0), tf.less(x, 1)),
    (x) => tf.logicalNot(tf.greater(x, 0)),
    (x) => tf.all(tf.greater(x, 0)),
    (x) => tf.any(tf.greater(x, 0)),
    (x) => tf.equal(tf.argMax(x), 0),
  ];
  for (const mask of masks) {
    const weight = tf.cast(mask(x), "float32");
    const expected = tf.mul(tf.onesLike(x), tf.add(1, weight));
    const g = slope((x) => tf.mul(x, tf.add(1, tf.cast(mask(x), "float32"))), x);
    await assertClose(g, expected);
  }
});

testOnDevices("where() drops an infinite gradient of what was not chosen (C6)", async () => {
  const f = (x: Tensor) => tf.where(tf.greater(x, 0), tf.sqrt(x), tf.mul(x, 3));
  // the slope of sqrt at 4 is 1/4; at 0, it is infinite, and must not meet the gradient 0
  await assertClose(slope((x) => tf.div(1, f(x)), tf.tensor1d([4])), [-1 / 16]);
  const g = tf.grad((t: Tensor) => tf.div(1, tf.where(tf.tensor1d([false], "bool"), t, 0)))(
    tf.tensor1d([0]),
  );
  await assertClose(g, [0]);
});

testOnDevices("divNoNan() has a gradient for its divisor (C6)", async () => {
  await assertGradient((a, b) => tf.divNoNan(a, b), [mixed([3], 1), mixed([3], 2)]);
});

testOnDevices("einsum() has a gradient (C7)", async () => {
  const cases: [string, ...number[][]][] = [
    ["ij,jk->ik", [2, 3], [3, 2]],
    ["ij,j->i", [2, 3], [3]],
    ["ij->ji", [2, 3]],
    ["ij->i", [2, 3]],
    ["i,i->", [3], [3]],
    ["i,j->ij", [3], [2]],
    ["bhtd,bhsd->bhts", [1, 2, 2, 2], [1, 2, 3, 2]],
    ["abc,cd->bd", [2, 2, 2], [2, 3]],
  ];
  for (const [equation, ...shapes] of cases) {
    await assertGradient(
      (...xs) => tf.einsum(equation, ...xs),
      shapes.map((shape, i) => mixed(shape, i + 1)),
    );
  }
});

testOnDevices(
  "gatherND() and scatterND() have gradients, also for repeated indices (C7)",
  async () => {
    const at = tf.tensor2d([[0, 1], [1, 2], [0, 1]], [3, 2], "int32");
    await assertGradient((x) => tf.gatherND(x, at), [mixed([2, 3])]);
    await assertGradient((x) => tf.gatherND(x, tf.tensor2d([[1], [1]], [2, 1], "int32")), [
      mixed([2, 3]),
    ]);
    await assertGradient((u) => tf.scatterND(at, u, [2, 3]), [mixed([3])]);
  },
);

testOnDevices("topk() has a gradient for its values (C8)", async () => {
  await assertClose(slope((x) => tf.topk(x, 1).values, tf.tensor1d([1, 3, 2])), [0, 1, 0]);
  await assertGradient((x) => tf.topk(x, 2).values, [mixed([2, 2, 3])]);
});

testOnDevices("stridedSlice() has a gradient (C8)", async () => {
  await assertClose(slope((x) => tf.stridedSlice(x, [0], [4], [2]), tf.ones([4])), [1, 0, 1, 0]);
  await assertGradient((x) => tf.stridedSlice(x, [1, 4], [3, 0], [1, -2]), [mixed([3, 5])]);
  await assertGradient((x) => tf.stridedSlice(x, [0, 1], [0, 5], [1, 3], 1, 1), [mixed([3, 5])]);
  await assertGradient((x) => tf.stridedSlice(x, [1], [2], [1], 0, 0, 0, 0, 1), [mixed([3, 5])]);
});

testOnDevices("depthToSpace() has a gradient (C8)", async () => {
  await assertGradient((x) => tf.depthToSpace(x as tf.Tensor4D, 2, "NHWC"), [mixed([1, 2, 1, 8])]);
});

testOnDevices("cumprod() has a gradient, also at zeros (C8)", async () => {
  // y = x0, x0 x1, x0 x1 x2 at (2, 0, 3): dx0 = 1 + 0 + 0, dx1 = 2 + 6, dx2 = 0
  await assertClose(slope((x) => tf.cumprod(x), tf.tensor1d([2, 0, 3])), [1, 8, 0]);
  for (const [exclusive, reverse] of [[false, false], [true, false], [false, true], [true, true]]) {
    for (const values of [[1, 2, .5, -1], [1, 0, 2, 3], [0, 2, 0, 3]]) {
      await assertGradient((x) => tf.cumprod(x, 1, exclusive, reverse), [tf.tensor2d([values])]);
    }
  }
  await assertGradient((x) => tf.cumprod(x, 0), [mixed([3, 2])]);
});

testOnDevices("linalg.bandPart() is differentiable (C19)", async () => {
  await assertGradient((x) => tf.linalg.bandPart(x, 1, 0), [mixed([3, 3])]);
  await assertGradient((x) => tf.linalg.bandPart(x, 0, 1), [mixed([2, 2, 3])]);
});

testOnDevices("unstack() and split() into one part are differentiable (C19)", async () => {
  await assertGradient((x) => tf.unstack(x)[0]!, [mixed([1, 3])]);
  await assertGradient((x) => tf.split(x, 1)[0]!, [mixed([2, 3])]);
  await assertGradient((x) => tf.split(x, 2)[1]!, [mixed([2, 3])]);
});

testOnDevices("tile() is differentiable at every rank (C8)", async () => {
  await assertGradient((x) => tf.tile(x, [2, 3]), [mixed([2, 2])]);
  await assertGradient((x) => tf.tile(x, [1, 2, 1, 1, 2]), [mixed([2, 1, 1, 1, 2])]);
});

testOnDevices("tensorScatterUpdate() is differentiable (C8)", async () => {
  const at = tf.tensor2d([[2], [0]], [2, 1], "int32");
  await assertGradient(
    (x, u) => tf.tensorScatterUpdate(x, at, u),
    [mixed([3, 2], 1), mixed([2, 2], 2)],
  );
});

testOnDevices("sparseToDense() is differentiable (C8)", async () => {
  const at = tf.tensor2d([[0, 1], [1, 0]], [2, 2], "int32");
  await assertGradient(
    (v, d) => tf.sparseToDense(at, v, [2, 2], d as tf.Scalar),
    [mixed([2], 1), tf.scalar(.5)],
  );
});

testOnDevices(
  "gather() is differentiable with batchDims, and by repeated indices (C8)",
  async () => {
    const ids = tf.tensor2d([[1, 1, 0], [2, 0, 2]], [2, 3], "int32");
    await assertGradient((x) => tf.gather(x, ids.slice([0, 0], [1, 3]).flatten()), [mixed([3, 2])]);
    await assertGradient((x) => tf.gather(x, ids as unknown as tf.Tensor1D, 0), [mixed([3, 2])]);
    await assertGradient((x) => tf.gather(x, ids as unknown as tf.Tensor1D, 1), [mixed([2, 3, 2])]);
    await assertGradient(
      (x) => tf.gather(x, ids as unknown as tf.Tensor1D, 1, 1),
      [mixed([2, 3, 2])],
    );
    await assertGradient(
      (x) => tf.gather(x, ids as unknown as tf.Tensor1D, 2, 1),
      [mixed([2, 2, 3])],
    );
  },
);

testOnDevices("gather() takes indices from what is differentiated (C8)", async () => {
  const f = (x: Tensor) => tf.gather(x, tf.argMax(tf.reshape(x, [-1])) as unknown as tf.Tensor1D);
  await assertClose(slope(f, tf.tensor1d([1, 3, 2])), [0, 1, 0]);
});

testOnDevices(
  "unsortedSegmentSum() is differentiable, and drops ids out of range (C8)",
  async () => {
    const ids = tf.tensor1d([1, 0, 1], "int32");
    await assertGradient((x) => tf.unsortedSegmentSum(x, ids, 2), [mixed([3, 2])]);
    const outside = tf.tensor1d([0, -1, 5], "int32");
    const g = slope((x) => tf.unsortedSegmentSum(x, outside, 2), tf.ones([3, 1]));
    await assertClose(g, [1, 0, 0]);
  },
);

testOnDevices("bincount() is differentiable by its weights (C8)", async () => {
  const x = tf.tensor1d([1, 0, 1, 3], "int32");
  await assertGradient((w) => tf.bincount(x, w as tf.Tensor1D, 3), [mixed([4])]);
  const rows = tf.tensor2d([[1, 0], [1, 3]], [2, 2], "int32");
  await assertGradient((w) => tf.denseBincount(rows, w as tf.Tensor2D, 3), [mixed([2, 2])]);
});

testOnDevices("sparseSegmentSum() and sparseSegmentMean() are differentiable (C8)", async () => {
  const [rows, ids] = [tf.tensor1d([2, 0, 2], "int32"), tf.tensor1d([0, 0, 1], "int32")];
  for (const f of [tf.sparse.sparseSegmentSum, tf.sparse.sparseSegmentMean]) {
    await assertGradient((x) => f(x, rows, ids), [mixed([3, 2])]);
  }
}, ["cpu", "wasm"]);

testOnDevices("floorDiv() has the gradient 0 (C9)", async () => {
  const [a, b] = tf.grads((a: Tensor, b: Tensor) => tf.floorDiv(a, b))([
    tf.tensor1d([7, 8]),
    tf.tensor1d([2]),
  ]);
  await assertClose(a!, [0, 0]);
  await assertClose(b!, [0]);
});

testOnDevices("norm() takes several axes, and has the gradient 0 at 0 (C10)", async () => {
  const x = tf.tensor3d([1, 2, 2, 4, 0, 3, 0, 4], [2, 2, 2]);
  await assertClose(tf.norm(x, 2, [1, 2]), [5, 5]);
  await assertClose(x.norm(2, [0, 1, 2], true), [Math.sqrt(50)]);
  await assertClose(tf.norm(x, 1, [1, 2]), [6, 7]); // columns: |1| + |2|, |2| + |4|; 0, 3 + 4
  await assertClose(tf.norm(x, Infinity, [1, 2]), [6, 4]);
  await assertGradient((x) => tf.norm(x, 2, [0, 2]), [mixed([2, 2, 3])]);
  await assertClose(slope((x) => tf.norm(x), tf.zeros([3])), [0, 0, 0]);
  assert.throws(() => tf.norm(x, 3), { name: "RangeError", message: /current ord is 3/ });
});

testOnDevices("abs() has the gradient 0 at 0 (C13)", async () => {
  await assertClose(slope((x) => tf.abs(x), tf.tensor1d([-2, 0, 3])), [-1, 0, 1]);
});

testOnDevices("pow() has the gradient 0 where the exponent is 0 (C14)", async () => {
  const x = tf.tensor1d([0, 2]);
  await assertClose(slope((x) => tf.pow(x, tf.scalar(0)), x), [0, 0]);
  await assertGradient((a, b) => tf.pow(tf.abs(a), b), [mixed([2, 3], 1), mixed([3], 2)]);
});

testOnDevices("cast() to integers has the gradient 0 (C15)", async () => {
  const f = (x: Tensor) => tf.add(x, tf.cast(tf.cast(x, "int32"), "float32"));
  await assertClose(slope(f, tf.tensor1d([1.5, 2.5])), [1, 1]);
});

testOnDevices("max() and min() share the gradient among equal elements (C16)", async () => {
  const x = tf.tensor2d([[1, 3, 3], [2, 1, 1]]);
  await assertClose(slope((x) => tf.max(x, 1), x), [0, .5, .5, 1, 0, 0]);
  await assertClose(slope((x) => tf.min(x, 1), x), [1, 0, 0, 0, .5, .5]);
  await assertGradient((x) => tf.max(x, [0, -1], true), [mixed([2, 2, 3])]);
});

testOnDevices("prod() is differentiable along all axes, also at zeros (C18)", async () => {
  await assertClose(slope((x) => tf.prod(x), tf.tensor1d([2, 0, 3])), [0, 6, 0]);
  for (const axis of [undefined, -1, [2, 0], [-3, 1]]) {
    await assertGradient((x) => tf.prod(x, axis), [mixed([2, 2, 2])]);
  }
  await assertGradient((x) => tf.prod(x, [0], true), [mixed([3, 2])]);
});

testOnDevices("softmaxCrossEntropy() is differentiable by its labels (C27)", async () => {
  const f = (labels: Tensor, logits: Tensor) =>
    tf.losses.softmaxCrossEntropy(labels, logits, undefined, .1) as Tensor;
  await assertGradient(f, [tf.tensor2d([[.2, .5, .9], [.1, .3, .2]]), mixed([2, 3])]);
  const one = tf.losses.softmaxCrossEntropy(tf.tensor2d([[0, 1]]), tf.tensor2d([[0, Math.log(3)]]));
  await assertClose(one as Tensor, [Math.log(4 / 3)]); // −log(3 / (1 + 3))
});

testOnDevices("a gradient may be taken on the way back of another one (C31)", async () => {
  const cube = tf.customGrad((x) => ({
    value: tf.mul(x as Tensor, tf.square(x as Tensor)),
    gradFunc: (dy) => tf.mul(dy, tf.grad((x: Tensor) => tf.pow(x, 3))(x as Tensor)),
  }));
  const x = tf.tensor1d([1, 2]);
  const { value, grad } = tf.valueAndGrad((x: Tensor) => tf.sum(tf.mul(2, cube(x))))(x);
  assert.deepEqual([...await value.data()], [18]);
  await assertClose(grad, [6, 24]);
});

testOnDevices("grad() leaves no tensor behind where it throws (C28)", () => {
  const before = tf.memory().numTensors;
  const f = (x: Tensor) => {
    tf.exp(tf.square(x));
    throw new RangeError("on the way forward");
  };
  assert.throws(() => tf.tidy(() => tf.grad(f)(tf.ones([2]))), /on the way forward/);
  const g = (x: Tensor) =>
    tf.image.cropAndResize(
      tf.reshape(tf.square(x), [1, 2, 2, 1]),
      tf.reshape(tf.square(x), [1, 4]) as tf.Tensor2D,
      tf.tensor1d([0], "int32"),
      [1, 1],
    );
  assert.throws(() => tf.tidy(() => tf.grad(g)(tf.ones([4]))), {
    name: "TypeError",
    message: /Cannot differentiate cropAndResize by its boxes/,
  });
  assert.equal(tf.memory().numTensors, before);
});

testOnDevices("add() and sub() of bools give int32 (C29)", async () => {
  const [a, b] = [tf.tensor1d([1, 0], "bool"), tf.tensor1d([1, 1], "bool")];
  assert.deepEqual([tf.add(a, b).dtype, tf.sub(a, b).dtype], ["int32", "int32"]);
  await assertClose(tf.add(a, b), [2, 1]);
  await assertClose(tf.sub(a, b), [0, -1]);
});

Deno.test("fft() says that it has no gradient, and what to use (C8)", async () => {
  await tf.setBackend("cpu");
  const f = (x: Tensor) => tf.sum(tf.real(tf.spectral.rfft(x)));
  assert.throws(() => tf.tidy(() => tf.grad(f)(tf.ones([4]))), {
    name: "TypeError",
    message: /Cannot differentiate Real as .*; express it by cos, sin and matMul/,
  });
});
