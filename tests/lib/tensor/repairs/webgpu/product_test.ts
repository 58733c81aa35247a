import assert from "node:assert/strict";
import { fusedLinear, linear } from "@tome/tome/ops";
import { gpuCounters, Rng, type Tensor, useDevice } from "@tome/tome/tensor";
import * as tf from "../../../../../lib/tensor/_tf.ts";
import { fusedLinearReference } from "../../../../../lib/ops/fused_linear.ts";
import { planProduct } from "../../../../../lib/tensor/repairs/webgpu/product_variants.ts";
import { testOnDevices } from "../../../../_support/devices.ts";
import { assertClose } from "../../../../_support/numeric.ts";
import { variantsHere, withBothProducts, withProduct } from "../../../../_support/products.ts";

const random = new Rng(3);

function uniform(shape: number[]): Tensor {
  const size = shape.reduce((x, y) => x * y, 1);
  return tf.tensor(Float32Array.from({ length: size }, () => random.uniform(-1, 1)), shape);
}

/** The product in float64, with broadcast batches; `[...batch, rows, columns]`, flat. */
async function reference(
  a: Tensor,
  b: Tensor,
  turnA: boolean,
  turnB: boolean,
  bias?: Tensor,
): Promise<Float64Array> {
  const [x, y, added] = [await a.data(), await b.data(), await bias?.data()];
  const [rows, inner] = turnA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
  const columns = b.shape.at(turnB ? -2 : -1)!;
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(
    a.shape.slice(0, -2),
    b.shape.slice(0, -2),
  );
  const matrices = batch.reduce((p, q) => p * q, 1);
  const start = (of: Tensor, z: number) => {
    let at = 0, step = 1;
    for (let axis = batch.length - 1, k = of.rank - 3; axis >= 0; axis--, k--) {
      const here = z % batch[axis]!;
      z = (z - here) / batch[axis]!;
      if (k < 0) continue;
      if (of.shape[k] !== 1) at += here * step;
      step *= of.shape[k]!;
    }
    return at * of.shape.at(-1)! * of.shape.at(-2)!;
  };
  const out = new Float64Array(matrices * rows! * columns);
  for (let z = 0, at = 0; z < matrices; z++) {
    const [p, q] = [start(a, z), start(b, z)];
    for (let i = 0; i < rows!; i++) {
      for (let j = 0; j < columns; j++, at++) {
        let sum = added?.[j] ?? 0;
        for (let k = 0; k < inner!; k++) {
          sum += x[p + (turnA ? k * rows! + i : i * inner! + k)]! *
            y[q + (turnB ? j * inner! + k : k * columns + j)]!;
        }
        out[at] = sum;
      }
    }
  }
  return out;
}

const turn = (shape: number[]) => [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];

/** Compares all four products of matrices that lie straight and turned; without a bias, and with one. */
async function compare(
  a: number[],
  b: number[],
  tolerance = { rtol: 1e-4, atol: 1e-6 * a.at(-1)! + 1e-6 },
  ways = [[false, false], [false, true], [true, false], [true, true]],
): Promise<void> {
  const bias = uniform([b.at(-1)!]);
  for (const [turnA, turnB] of ways as [boolean, boolean][]) {
    const x = uniform(turnA ? turn(a) : a), y = uniform(turnB ? turn(b) : b);
    const expected = await reference(x, y, turnA, turnB);
    await assertClose(await tf.matMul(x, y, turnA, turnB).data(), expected, tolerance);
    if (a.length === b.length && a.slice(0, -2).every((length, k) => length === b[k])) {
      // of other batches TensorFlow.js fuses none
      const fused = tf.fused.matMul({ a: x, b: y, transposeA: turnA, transposeB: turnB, bias });
      const moved = await reference(x, y, turnA, turnB, bias);
      await assertClose(await fused.data(), moved, tolerance);
      fused.dispose();
    }
    tf.dispose([x, y]);
  }
}

testOnDevices("matMul() is right at every edge of a tile, straight and transposed", async () => {
  const lengths = [1, 3, 17, 65];
  for (const [i, rows] of lengths.entries()) {
    for (const [j, columns] of lengths.entries()) {
      const inner = lengths[(i + j) % 4]!;
      await compare([rows, inner], [inner, columns]);
    }
  }
}, ["webgpu"]);

testOnDevices("matMul() is right for batches that broadcast along any axis", async () => {
  for (
    const [a, b] of [
      [[5], [5]],
      [[1], [5]],
      [[5], [1]],
      [[2, 3], [2, 3]],
      [[2, 3], [3]],
      [[2, 1], [1, 3]],
      [[2, 1], [2, 3]],
      [[1, 3], [2, 3]],
      [[2, 1, 3], [2, 2, 1]],
      [[2, 1, 3, 1], [1, 2, 1, 2]], // more axes than a program takes: the stock one
    ] as [number[], number[]][]
  ) await compare([...a, 9, 7], [...b, 7, 10]);
}, ["webgpu"]);

testOnDevices("matMul() cuts a long inner axis into parts, and loses nothing", async () => {
  assert.ok(planProduct(3, 2500, 5, 1).parts > 1);
  await compare([3, 2500], [2500, 5]);
  await compare([2, 1, 1031], [2, 1031, 33]);
}, ["webgpu"]);

testOnDevices(
  "matMul() is right by every variant for hardware, at every edge of a tile",
  async () => {
    for (const name of variantsHere()) {
      await withProduct(name, async () => {
        // half precision rounds each factor by 2⁻¹¹
        const half = name.includes("half") ? { rtol: 2e-3, atol: 2e-2 } : undefined;
        const [rows, more] = name.startsWith("few") ? [3, 4] : [67, 132];
        const all = name === "tiles 32×32" || name === "few rows";
        await compare([rows, 21], [21, 69], half, all ? undefined : [[false, true]]);
        await compare([more, 36], [36, 136], half, all ? undefined : [[true, false]]); // whole vectors
      });
    }
    await withProduct("tiles 32×32", () => compare([2, 1, 9, 8], [1, 3, 8, 12]));
  },
  ["webgpu"],
);

testOnDevices("matMul() by every variant cuts a long inner axis right", async () => {
  for (const name of variantsHere().filter((name) => /split|few/.test(name))) {
    await withProduct(name, async () => {
      const before = gpuCounters().dispatches;
      await compare([3, 2501], [2501, 5]);
      await compare([6, 1028], [1028, 40]);
      assert.ok(gpuCounters().dispatches > before);
    });
  }
}, ["webgpu"]);

testOnDevices(
  "matMul() over an inner axis of length 0 is zero (W5)",
  withBothProducts(async () => {
    for (const [rows, columns] of [[2, 3], [20, 30], [1, 400], [160, 320]] as const) {
      const zeros = new Float32Array(rows * columns);
      for (const turned of [false, true]) {
        tf.dispose([tf.fill([4], NaN), tf.fill([4], NaN)]); // what reused buffers may hold
        const b = tf.zeros(turned ? [columns, 0] : [0, columns]);
        await assertClose(tf.matMul(tf.zeros([rows, 0]), b, false, turned), zeros);
      }
    }
    const [a, b] = [tf.zeros([2, 0]), tf.zeros([0, 3])] as [tf.Tensor2D, tf.Tensor2D];
    const bias = tf.tensor1d([1, -2, 3]);
    await assertClose(tf.fused.matMul({ a, b, bias }), [1, -2, 3, 1, -2, 3]);
    await assertClose(tf.fused.matMul({ a, b, bias, activation: "relu" }), [1, 0, 3, 1, 0, 3]);
  }),
  ["webgpu"],
);

testOnDevices("matMul() of whole numbers, and with an activation, is right too", async () => {
  const a = tf.tensor2d([[1, -2], [3, 4]], undefined, "int32");
  const b = tf.tensor2d([[5, 6], [7, 8]], undefined, "int32");
  await assertClose(tf.matMul(a, b), tf.tensor2d([[-9, -10], [43, 50]], undefined, "int32"));
  const [x, y] = [tf.cast(a, "float32"), tf.cast(b, "float32")]; // the buffers hold integers
  await assertClose(tf.matMul(x, y), tf.tensor2d([[-9, -10], [43, 50]]));
  const relu = tf.fused.matMul({ a: tf.mul(x, 1), b: tf.mul(y, 1), activation: "relu" });
  await assertClose(relu, tf.tensor2d([[0, 0], [43, 50]]));
}, ["webgpu"]);

testOnDevices("matMul() on a software adapter repeats bit for bit", async () => {
  const { report } = await useDevice("webgpu"); // neither strict nor deterministic
  try {
    if (report.adapter?.software !== true) return; // hardware keeps the stock programs
    const [a, b] = [uniform([8, 4096]), uniform([4096, 12])];
    const before = gpuCounters().dispatches;
    const [first, second] = [tf.matMul(a, b), tf.matMul(a, b)];
    const bits = async (x: Tensor) => new Uint32Array((await x.data() as Float32Array).buffer);
    assert.deepEqual(await bits(first), await bits(second));
    assert.equal(gpuCounters().dispatches - before, 4, "two in parts, and two that add them up");
  } finally {
    await useDevice("webgpu", { strict: true });
  }
}, ["webgpu"]);

testOnDevices(
  "linear() has the gradients of its weight and bias in one program",
  withBothProducts(async () => {
    for (const [rows, ins, outs] of [[5, 3, 2], [70, 65, 17], [1, 100, 9]] as const) {
      const [x, w, bias, dy] = [[rows, ins], [outs, ins], [outs], [rows, outs]].map(uniform);
      const gradient = tf.grads((weight, bias) => linear(x!, weight!, bias!));
      const [byWeight, byBias] = gradient([w!, bias!], dy);
      const expected = await reference(dy!, x!, true, false);
      await assertClose(await byWeight!.data(), expected, { atol: 1e-4 });
      const column = await reference(dy!, tf.ones([rows, 1]), true, false);
      await assertClose(await byBias!.data(), column, { atol: 1e-4 });
    }
  }),
  ["webgpu"],
);

testOnDevices(
  "fusedLinear() is one dispatch by each kind of program, or two in parts, and is right",
  async () => {
    const check = async (rows: number, ins: number, outs: number, dispatches?: number) => {
      const [x, w, bias, residual] = [[rows, ins], [outs, ins], [outs], [rows, outs]].map(uniform);
      const options = { activation: "gelu", residual: residual! } as const;
      const before = gpuCounters().dispatches;
      const y = fusedLinear(x!, w!, bias!, options);
      const count = gpuCounters().dispatches - before;
      if (dispatches !== undefined) assert.equal(count, dispatches);
      const expected = fusedLinearReference(x!, w!, bias!, options);
      await assertClose(y, await expected.data(), { atol: 1e-4 });
    };
    const { software } = tf.backend() as unknown as { software: boolean };
    if (software) {
      await check(37, 20, 70, 1); // in registers
      await check(5, 2000, 9, 2);
    }
    await withProduct("tiles 32×32", () => check(37, 20, 70, 1));
    await withProduct("tiles 32×32, split", () => check(37, 1030, 70, 2));
    await withProduct("few rows", () => check(2, 20, 70, 1));
    await withProduct("few rows", () => check(70, 20, 2, 1)); // turned
    await withBothProducts(() => check(37, 20, 70))();
  },
  ["webgpu"],
);

Deno.test("planProduct() puts the lanes along the axis that wastes less", () => {
  assert.deepEqual(planProduct(512, 64, 256, 1), { tile: 0, turned: false, parts: 1 });
  assert.equal(planProduct(512, 64, 65, 1).turned, true);
  assert.equal(planProduct(64, 64, 16, 32).turned, true);
  assert.equal(planProduct(1, 768, 2304, 1).turned, false);
  assert.equal(planProduct(2304, 768, 1, 1).turned, true);
});

Deno.test("planProduct() cuts the inner axis only where few workgroups would run", () => {
  assert.equal(planProduct(1024, 1024, 1024, 1).parts, 1);
  assert.equal(planProduct(8, 8192, 8, 1).parts, 8);
  assert.equal(planProduct(8, 8192, 8, 64).parts, 1);
  assert.equal(planProduct(8, 100, 8, 1).parts, 1);
});
