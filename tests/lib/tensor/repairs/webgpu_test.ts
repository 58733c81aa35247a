import { broadcastShapes, DeviceError, Rng, type Tensor } from "@tome/tome/tensor";
import assert from "node:assert/strict";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../_support/devices.ts";
import { assertClose } from "../../../_support/numeric.ts";
import { withBothProducts } from "../../../_support/products.ts";

const ONLY = ["webgpu"] as const;
const EXACT = { rtol: 0, atol: 0 };
/** The first whole number that float32 does not hold. */
const BIG = 2 ** 24 + 1;

const ints = (values: number[], shape: number[] = [values.length]) =>
  tf.tensor(values, shape, "int32");
const bools = (values: number[], shape: number[]) => tf.tensor(values, shape, "bool");

function random(shape: number[], seed: number): Tensor {
  const rng = new Rng(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(Float32Array.from({ length: size }, () => rng.uniform(-1, 1)), shape);
}

/** `a · bᵀ` of two matrices, in double precision. */
async function productByHand(a: Tensor, b: Tensor): Promise<number[]> {
  const [x, y] = [await a.data(), await b.data()];
  const [rows, inner, columns] = [a.shape[0]!, a.shape[1]!, b.shape[0]!];
  const out: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += x[i * inner + k]! * y[j * inner + k]!;
      out.push(sum);
    }
  }
  return out;
}

testOnDevices(
  "matMul() multiplies by a transposed matrix with a long inner axis (W1)",
  withBothProducts(async () => {
    for (const [rows, inner, columns] of [[64, 2048, 64], [16, 2004, 32], [12, 2001, 33]]) {
      const [a, b] = [random([rows!, inner!], 1), random([columns!, inner!], 2)];
      const product = tf.matMul(a, b, false, true);
      await assertClose(product, await productByHand(a, b), { atol: 1e-3 });
    }
  }),
  ONLY,
);

testOnDevices(
  "cumsum() from the end knows each length, and so does its gradient (W2)",
  async () => {
    for (const length of [4, 6, 3]) {
      const down = Array.from({ length }, (_, i) => length - i);
      await assertClose(tf.cumsum(tf.ones([1, length]), 1, false, true), down);
      await assertClose(tf.cumsum(tf.ones([1, length]), 1, true, true), down.map((x) => x - 1));
      await assertClose(tf.grad((x) => tf.cumsum(x, 1))(tf.ones([1, length])), down);
      const powers = down.map((x) => 2 ** x);
      await assertClose(tf.cumprod(tf.fill([length], 2), 0, false, true), powers);
    }
    await assertClose(tf.grad((x) => tf.prod(x, 1))(tf.tensor2d([[1, 2, 3, 4, 5]])), [
      120,
      60,
      40,
      30,
      24,
    ]);
    await assertClose(tf.grad((x) => tf.prod(x, 1))(tf.tensor2d([[2, 3, 4]])), [12, 8, 6]);
    await assertClose(tf.cumsum(tf.ones([1000])), Array.from({ length: 1000 }, (_, i) => i + 1));
  },
  ONLY,
);

testOnDevices("transpose() moves int32, bool and cast data (W3)", async () => {
  const x = ints([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
  await assertClose(tf.transpose(x, [2, 0, 1]), [1, 3, 5, 7, 2, 4, 6, 8]);
  await assertClose(tf.transpose(tf.cast(x, "float32"), [2, 0, 1]), [1, 3, 5, 7, 2, 4, 6, 8]);
  await assertClose(tf.transpose(bools([1, 0, 1, 0, 1, 1, 1, 1], [2, 2, 2]), [2, 0, 1]), [
    1,
    1,
    1,
    1,
    0,
    0,
    1,
    1,
  ]);
  await assertClose(tf.sum(x, 1), [4, 6, 12, 14]);
  await assertClose(tf.any(bools([1, 0, 0, 0, 0, 0, 1, 0], [2, 2, 2]), 0), [1, 0, 1, 0]);
  await assertClose(tf.argMax(x, 1), [1, 1, 1, 1]);
}, ONLY);

testOnDevices("pad() takes rank 5 and 6 (W4)", async () => {
  const none: [number, number] = [0, 0];
  const five = tf.tensor([1, 2, 3, 4], [1, 1, 1, 2, 2]);
  await assertClose(
    tf.pad(five, [none, none, none, none, [1, 1]], 9),
    tf.tensor([9, 1, 2, 9, 9, 3, 4, 9], [1, 1, 1, 2, 4]),
  );
  const six = tf.tensor([1, 2, 3, 4], [2, 1, 1, 1, 2, 1]);
  await assertClose(
    tf.pad(six, [none, none, none, none, [0, 1], none]),
    tf.tensor([1, 2, 0, 3, 4, 0], [2, 1, 1, 1, 3, 1]),
  );
  const gradient = tf.grad((x) => tf.slice(x, [0, 0, 0, 1, 0], [1, 1, 1, 1, 2]))(five);
  await assertClose(gradient, tf.tensor([0, 0, 1, 1], [1, 1, 1, 2, 2]));
}, ONLY);

testOnDevices("Reductions and gradients of nothing have values (W8)", async () => {
  const x = tf.zeros([3, 0]);
  await assertClose(tf.sum(x, 1), [0, 0, 0]);
  await assertClose(tf.mean(x, 1), [NaN, NaN, NaN]);
  await assertClose(tf.prod(x, 1, true), tf.ones([3, 1]));
  await assertClose(tf.max(x, 1), [-Infinity, -Infinity, -Infinity]);
  await assertClose(tf.all(tf.cast(x, "bool"), 1), [1, 1, 1]);
  await assertClose(tf.sum(tf.zeros([0])), [0]);
  assert.equal(tf.sum(tf.cast(x, "int32")).dtype, "int32");
  const none = tf.tensor1d([], "int32");
  await assertClose(tf.grad((y) => tf.gather(y, none))(tf.ones([3, 2])), tf.zeros([3, 2]));
  await assertClose(tf.scatterND(tf.zeros([0, 1], "int32"), tf.zeros([0]), [3]), [0, 0, 0]);
}, ONLY);

testOnDevices(
  "Products and convolutions of no batch are none (W8)",
  withBothProducts(async () => {
    assert.deepEqual(tf.matMul(tf.zeros([0, 2, 3]), tf.ones([3, 4])).shape, [0, 2, 4]);
    const images = tf.zeros([0, 4, 4, 2]) as tf.Tensor4D;
    assert.deepEqual(tf.conv2d(images, tf.ones([1, 1, 2, 3]), 1, "same").shape, [0, 4, 4, 3]);
    assert.deepEqual(tf.conv2d(images, tf.ones([3, 3, 2, 3]), 1, "valid").shape, [0, 2, 2, 3]);
    const byFilter = tf.grad((w) => tf.conv2d(images, w as tf.Tensor4D, 1, "same"));
    await assertClose(byFilter(tf.ones([3, 3, 2, 3])), tf.zeros([3, 3, 2, 3]));
    const byMatrix = tf.grad((w) => tf.matMul(tf.zeros([0, 2, 3]), w));
    await assertClose(byMatrix(tf.ones([3, 4])), tf.zeros([3, 4]));
  }),
  ONLY,
);

testOnDevices("argMax() of a vector has no axis (W9)", async () => {
  const index = tf.argMax(tf.tensor1d([1, 5, 2]));
  assert.deepEqual(index.shape, []);
  await assertClose(index, [1]);
  assert.deepEqual(tf.argMin(tf.tensor1d([1, 5, 2])).shape, []);
}, ONLY);

testOnDevices("Rank 5 and 6 work where the GPU program knows four axes (W10)", async () => {
  const x = tf.tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 2, 1, 2]);
  await assertClose(tf.where(tf.greater(x, 4), x, tf.zerosLike(x)), [0, 0, 0, 0, 5, 6, 7, 8]);
  await assertClose(tf.cumsum(x, 2), tf.tensor([1, 2, 4, 6, 5, 6, 12, 14], x.shape));
  await assertClose(tf.cumsum(x, 4, false, true), [3, 2, 7, 4, 11, 6, 15, 8]);
  await assertClose(tf.reverse(x, [0, 4]), tf.tensor([6, 5, 8, 7, 2, 1, 4, 3], x.shape));
  await assertClose(
    tf.tile(x, [1, 2, 1, 1, 2]),
    tf.tensor(
      [
        1,
        2,
        1,
        2,
        3,
        4,
        3,
        4,
        1,
        2,
        1,
        2,
        3,
        4,
        3,
        4,
        5,
        6,
        5,
        6,
        7,
        8,
        7,
        8,
        5,
        6,
        5,
        6,
        7,
        8,
        7,
        8,
      ],
      [2, 2, 2, 1, 4],
    ),
  );
  await assertClose(tf.tile(x, [1, 1, 1, 1, 1]), x);
  await assertClose(
    tf.stridedSlice(x, [0, 0, 0, 0, 1], [2, 1, 2, 1, 2], [1, 1, 1, 1, 2]),
    [2, 4, 6, 8],
  );
}, ONLY);

testOnDevices(
  "matMul() takes more batches, and more rows, than a dispatch (W11)",
  withBothProducts(async () => {
    const batches = 65_600;
    const x = tf.range(0, batches);
    const product = tf.matMul(tf.reshape(x, [batches, 1, 1]), tf.fill([batches, 1, 2], 2));
    const doubled = tf.matMul(tf.reshape(x, [batches, 1]), tf.fill([1, 2], 2));
    await assertClose(tf.sum(tf.abs(tf.sub(tf.reshape(product, [batches, 2]), doubled))), [0]);
    const rows = 65_535 * 32 + 40;
    const tall = tf.matMul(tf.ones([rows, 1]), tf.tensor2d([[2]]));
    await assertClose(tf.slice(tall, [rows - 2, 0], [2, 1]), [2, 2]);
    await assertClose(tf.sum(tf.abs(tf.sub(tall, 2))), [0]);
  }),
  ONLY,
);

testOnDevices("transpose() and conv2d() take more than a dispatch (W11)", async () => {
  const columns = 65_535 * 16 + 20;
  const wide = tf.reshape(tf.range(0, 2 * columns), [2, columns]);
  const turned = tf.transpose(wide);
  await assertClose(tf.slice(turned, [columns - 2, 0], [2, 2]), [
    columns - 2,
    2 * columns - 2,
    columns - 1,
    2 * columns - 1,
  ]);
  await assertClose(tf.sum(tf.abs(tf.sub(tf.transpose(turned), wide))), [0]);
  const images = 65_600;
  const x = tf.reshape(tf.range(0, images), [images, 1, 1, 1]) as tf.Tensor4D;
  const filter = tf.tensor4d([0, 0, 0, 0, 3, 0, 0, 0, 0], [3, 3, 1, 1]);
  const y = tf.conv2d(x, filter, 1, "same");
  await assertClose(tf.sum(tf.abs(tf.sub(y, tf.mul(x, 3)))), [0]);
}, ONLY);

testOnDevices(
  "matMul() broadcasts batches against each other (W12)",
  withBothProducts(async () => {
    const pairs = [[[2, 1], [1, 3]], [[2, 1], [2, 3]], [[3], [2, 1]], [[], [2, 2]], [[1, 2], [
      3,
      2,
    ]]];
    for (const [batchA, batchB] of pairs) {
      const [a, b] = [random([...batchA!, 2, 3], 1), random([...batchB!, 4, 3], 2)];
      const batch = broadcastShapes(batchA!, batchB!);
      const product = tf.matMul(a, b, false, true);
      const [wideA, wideB] = [
        tf.broadcastTo(a, [...batch, 2, 3]),
        tf.broadcastTo(b, [...batch, 4, 3]),
      ];
      const expected = tf.sum(tf.mul(tf.expandDims(wideA, -2), tf.expandDims(wideB, -3)), -1);
      await assertClose(product, expected);
    }
  }),
  ONLY,
);

testOnDevices("Moving int32 beyond 2^24 keeps every bit (W13)", async () => {
  const x = ints([BIG, 3]);
  const is = (y: Tensor, expected: number[]) => assertClose(y, expected, EXACT);
  await is(tf.gather(x, ints([0])), [BIG]);
  await is(tf.gatherND(x, ints([0], [1, 1])), [BIG]);
  await is(tf.slice(x, 0, 1), [BIG]);
  await is(tf.stridedSlice(x, [0], [2], [2]), [BIG]);
  await is(tf.concat([x, x]), [BIG, 3, BIG, 3]);
  await is(tf.stack([x, x], 1), [BIG, BIG, 3, 3]);
  await is(tf.pad(x, [[1, 0]]), [0, BIG, 3]);
  await is(tf.mirrorPad(x, [[0, 1]], "symmetric"), [BIG, 3, 3]);
  await is(tf.tile(x, [2]), [BIG, 3, BIG, 3]);
  await is(tf.reverse(x), [3, BIG]);
  await is(tf.where(bools([1, 0], [2]), x, tf.neg(x)), [BIG, -3]);
  await is(tf.transpose(ints([BIG, 1, 2, 3], [2, 2])), [BIG, 2, 1, 3]);
  await is(tf.transpose(ints([BIG, 1, 2, 3], [2, 1, 2]), [2, 1, 0]), [BIG, 2, 1, 3]);
  await is(tf.fill([2], BIG, "int32"), [BIG, BIG]);
  await is(tf.scatterND(ints([1], [1, 1]), ints([BIG]), [3]), [0, BIG, 0]);
  await is(tf.unsortedSegmentSum(x, tf.tensor1d([1, 1], "int32"), 2), [0, BIG + 3]);
}, ONLY);

testOnDevices("Whole-number arithmetic beyond 2^24 is exact (W13)", async () => {
  const x = ints([BIG, -BIG, 3, 4]);
  const is = (y: Tensor, expected: number[]) => assertClose(y, expected, EXACT);
  await is(tf.add(x, tf.scalar(2, "int32")), [BIG + 2, 2 - BIG, 5, 6]); // vectors of 4
  await is(tf.add(ints([BIG]), ints([2])), [BIG + 2]);
  await is(tf.add(ints([BIG, 1, 2], [1, 3]), ints([2, 3, 4])), [BIG + 2, 4, 6]); // through shared memory
  await is(tf.sub(x, ints([1, 1, 1, 1])), [BIG - 1, -BIG - 1, 2, 3]);
  await is(tf.mul(ints([4097]), ints([4097])), [4097 ** 2]);
  await is(tf.equal(x, ints([BIG - 1, -BIG, 3, 5])), [0, 1, 1, 0]);
  await is(tf.less(ints([BIG - 1]), ints([BIG])), [1]);
  await is(tf.notEqual(ints([BIG - 1]), ints([BIG])), [1]);
  await is(tf.maximum(ints([BIG]), ints([BIG - 1])), [BIG]);
  await is(tf.minimum(ints([-BIG]), ints([1 - BIG])), [-BIG]);
  const [top, bottom] = [ints([-7, 7, -7, 7, BIG, 5]), ints([2, 2, -2, -2, 1, 0])];
  await is(tf.floorDiv(top, bottom), [-4, 3, 3, -4, BIG, 0]);
  await is(tf.mod(top, bottom), [1, 1, -1, -1, 0, 0]);
  await is(tf.sum(ints([BIG, BIG, -1])), [2 * BIG - 1]);
  await is(tf.max(ints([3, BIG, BIG - 1])), [BIG]);
  await is(tf.min(ints([3, -BIG, 1 - BIG])), [-BIG]);
  await is(tf.prod(ints([4097, 4097])), [4097 ** 2]);
  await is(tf.cumsum(ints([BIG, 1, 1])), [BIG, BIG + 1, BIG + 2]);
  await is(tf.cumsum(ints([BIG, 1, 1]), 0, true), [0, BIG, BIG + 1]);
  await is(tf.addN([x, x]), [2 * BIG, -2 * BIG, 6, 8]);
  await is(tf.neg(x), [-BIG, BIG, -3, -4]);
  await is(tf.abs(x), [BIG, BIG, 3, 4]);
  await is(tf.square(ints([4097])), [4097 ** 2]);
}, ONLY);

testOnDevices("NaN, infinities and zeros give what JavaScript gives (W15)", async () => {
  await assertClose(tf.relu6(tf.tensor1d([NaN, -1, 7])), [NaN, 0, 6]);
  const a = [NaN, 1, 2, Infinity, -Infinity, NaN, 0, -2];
  const b = [NaN, 1, 3, Infinity, Infinity, 1, -0, NaN];
  const forms = [[8], [2, 4], [8, 1]]; // vectors of 4, and one by one
  for (const shape of forms) {
    const [x, y] = [tf.tensor(a, shape), tf.tensor(b, shape)];
    const is = (z: Tensor, f: (x: number, y: number) => boolean) =>
      assertClose(z, a.map((x, i) => Number(f(x, b[i]!))), EXACT);
    await is(tf.equal(x, y), (x, y) => x === y);
    await is(tf.notEqual(x, y), (x, y) => x !== y);
    await is(tf.greater(x, y), (x, y) => x > y);
    await is(tf.greaterEqual(x, y), (x, y) => x >= y);
    await is(tf.less(x, y), (x, y) => x < y);
    await is(tf.lessEqual(x, y), (x, y) => x <= y);
  }
  const base = [0, 0, -2, -2, NaN, 2, 0.5, -Infinity, -1.5, 2];
  const power = [-1, 3, 3, 0.5, 0, Infinity, Infinity, 3, 2, -Infinity];
  await assertClose(
    tf.pow(tf.tensor1d(base), tf.tensor1d(power)),
    base.map((x, i) => x ** power[i]!),
  );
  const [top, bottom] = [[5, -5, 5, NaN, -7.5, -7, 6], [Infinity, 3, 0, 1, 2, -2, -4]];
  await assertClose(tf.mod(tf.tensor1d(top), tf.tensor1d(bottom)), [5, 1, NaN, NaN, 0.5, -1, -2]);
  const [up, right] = [[0, Infinity, 1, -1, 0, -Infinity, NaN], [
    0,
    Infinity,
    -Infinity,
    0,
    -1,
    -Infinity,
    1,
  ]];
  await assertClose(
    tf.atan2(tf.tensor1d(up), tf.tensor1d(right)),
    up.map((y, i) => Math.atan2(y, right[i]!)),
  );
  await assertClose(
    tf.floorDiv(tf.tensor1d([5, -5, 5.5, -7, 0]), tf.tensor1d([0, 2, 2, 2, 0])),
    [0, -3, 2, -4, 0],
  );
}, ONLY);

testOnDevices("Elementwise functions keep their digits near 0 (W16)", async () => {
  const x = [1e-7, -1e-5, 1e-3, 0.3, -0.4, 0.9, -0.97, 1.5, -3, 30].map(Math.fround);
  const precise: [string, (x: Tensor) => Tensor, (x: number) => number][] = [
    ["expm1", tf.expm1, Math.expm1],
    ["log1p", tf.log1p, Math.log1p],
    ["tanh", tf.tanh, Math.tanh],
    ["sinh", tf.sinh, Math.sinh],
    ["asinh", tf.asinh, Math.asinh],
    ["atanh", tf.atanh, Math.atanh],
    ["elu", tf.elu, (x) => x >= 0 ? x : Math.expm1(x)],
    [
      "selu",
      tf.selu,
      (x) => 1.0507009873554805 * (x >= 0 ? x : 1.6732632423543772 * Math.expm1(x)),
    ],
    ["softplus", tf.softplus, (x) => Math.log1p(Math.exp(x))],
  ];
  for (const [name, f, exact] of precise) {
    const y = await f(tf.tensor1d(x)).data();
    for (const [i, value] of x.entries()) {
      const expected = exact(value);
      const error = Math.abs(y[i]! - expected) / Math.abs(expected);
      // a hundred units in the last place: the hardware's exp and log have some of their own
      assert.ok(
        Number.isNaN(expected) ? Number.isNaN(y[i]) : error < 6e-6,
        `${name}(${value}) is ${y[i]}`,
      );
    }
  }
  await assertClose(tf.sinh(tf.tensor1d([89, -89])), [2.2448e38, -2.2448e38], { rtol: 1e-3 });
  const small = Math.fround(1e-6);
  await assertClose([(await tf.erf(tf.tensor1d([small])).data())[0]! / small], [1.1283791671]);
  await assertClose([(await tf.softplus(tf.tensor1d([-13])).data())[0]! * 1e6], [2.26032685]);
  for (const columns of [3, 64]) { // as part of a product: one by one, and vectors of 4
    const a = tf.tensor2d([[-1e-6], [NaN]]);
    const b = tf.ones([1, columns]) as tf.Tensor2D;
    const elu = await tf.fused.matMul({ a, b, activation: "elu" }).data();
    await assertClose([elu[0]! * 1e6, elu[columns]!], [-1, NaN]);
    const relu6 = await tf.fused.matMul({ a, b, activation: "relu6" }).data();
    await assertClose([relu6[0]!, relu6[columns]!], [0, NaN]);
  }
}, ONLY);

testOnDevices("Operations that read at once say what to await (W18)", async () => {
  const boxes = tf.add(tf.ones([3, 4]), 1) as tf.Tensor2D;
  const scores = tf.add(tf.ones([3]), 1) as tf.Tensor1D;
  assert.throws(() => tf.image.nonMaxSuppression(boxes, scores, 3), {
    name: "DeviceError",
    message: /NonMaxSuppressionV3 on webgpu as it reads boxes .*nonMaxSuppressionAsync/,
  });
  assert.throws(() => tf.unique(tf.ones([3])), DeviceError);
  const ids = tf.cast(tf.add(tf.zeros([2]), 0.2), "int32") as tf.Tensor1D;
  const rows = tf.fill([3, 2], 2) as tf.Tensor2D;
  const sum = () => tf.sparse.sparseSegmentSum(rows, tf.tensor1d([0, 1], "int32"), ids);
  assert.throws(sum, { name: "DeviceError", message: /await segmentIds\.data\(\) first/ });
  await ids.data();
  await assertClose(sum(), [4, 4]);
}, ONLY);

testOnDevices("The stock factory never makes a device (W20)", () => {
  const { backend } = tf.engine() as unknown as { backend: object };
  assert.equal(backend.constructor.name, "RepairedBackend");
  assert.equal(tf.findBackendFactory("webgpu")(), backend);
}, ONLY);

testOnDevices(
  "matMul() keeps a NaN in the matrix that it stands in (W21)",
  withBothProducts(async () => {
    for (const rows of [2, 70]) {
      const b = tf.tensor3d([1, 1, 1, 1, 1, 1, NaN, 1, 1, 1, 1, 1], [2, 3, 2]);
      const product = tf.matMul(tf.ones([2, rows, 3]), b);
      const clean = await tf.slice(product, [0, 0, 0], [1, rows, 2]).data();
      await assertClose(clean, new Float32Array(2 * rows).fill(3));
      await assertClose(tf.slice(product, [1, 0, 0], [1, 1, 2]), [NaN, 3]);
    }
    const column = tf.tensor2d([1, 1, 1, NaN, 1, 1], [2, 3]);
    await assertClose(tf.matMul(tf.ones([1, 3]), column, false, true), [3, NaN]);
  }),
  ONLY,
);

testOnDevices("gather() refuses an index outside the axis that is still on the CPU", () => {
  assert.throws(() => tf.gather(tf.ones([3]), ints([0, 3])), {
    name: "RangeError",
    message: /each index must be at least 0 and below 3: current index is 3/,
  });
  assert.throws(() => tf.gather(tf.ones([3, 2]), ints([-1]), 1), RangeError);
}, ONLY);

testOnDevices("unsortedSegmentSum() drops ids outside the segments", async () => {
  await assertClose(
    tf.unsortedSegmentSum(tf.tensor1d([1, 2, 4]), tf.tensor1d([0, 2, -1], "int32"), 2),
    [
      1,
      0,
    ],
  );
}, ONLY);

testOnDevices("Complex tensors are freed with their parts (W22)", async () => {
  const before = tf.memory().numDataBuffers;
  const z = tf.complex(tf.ones([4]), tf.add(tf.ones([4]), 1));
  await assertClose(z, [1, 2, 1, 2, 1, 2, 1, 2]);
  await assertClose(tf.real(tf.spectral.rfft(tf.tensor1d([1, 2, 3, 4]))), [10, -2, -2]);
  tf.engine().endScope();
  assert.equal(tf.memory().numDataBuffers, before);
  tf.engine().startScope();
}, ONLY);

testOnDevices("The parts of a Fourier transform have its shape (W23)", () => {
  const z = tf.spectral.fft(tf.complex(tf.ones([8]), tf.zeros([8])));
  assert.deepEqual([tf.real(z).shape, tf.imag(z).shape], [[8], [8]]);
}, ONLY);

testOnDevices("topk() of an axis of length 1 has its gradient once (W24)", async () => {
  const x = tf.tensor2d([[3], [5]]);
  const { values, indices } = tf.topk(x, 1);
  assert.notEqual(values, x);
  await assertClose(values, [3, 5]);
  await assertClose(indices, [0, 0]);
  await assertClose(tf.grad((y) => tf.mul(tf.topk(y, 1).values, 2))(x), [2, 2]);
  assert.deepEqual(tf.topk(tf.ones([2, 3]), 0).values.shape, [2, 0]);
}, ONLY);

testOnDevices("image.transform() takes halves to the next cell (W25)", async () => {
  const image = tf.tensor4d([1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1], [2, 1, 6, 1]);
  const shift = tf.tensor2d([[1, 0, 0.5, 0, 1, 0, 0, 0]]);
  await assertClose(tf.image.transform(image, shift, "nearest"), [
    2,
    3,
    4,
    5,
    6,
    0,
    5,
    4,
    3,
    2,
    1,
    0,
  ]);
}, ONLY);
