import assert from "node:assert/strict";
import { randomNormal, Rng, type Tensor, useDevice } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { DEVICES, testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

/** Shapes of A and B, before transposing, and what is special about them. */
const SHAPES: [number[], number[]][] = [
  [[3, 5], [5, 7]],
  [[1, 1], [1, 1]],
  [[4, 3, 5], [4, 5, 2]],
  [[4, 3, 5], [5, 2]], // one B for the whole batch
  [[3, 5], [2, 5, 4]],
  [[2, 1, 3, 4], [1, 3, 4, 2]], // both batches broadcast
  [[0, 4], [4, 3]],
  [[2, 0], [0, 3]],
  [[33, 65], [65, 17]],
  [[1, 65], [65, 17]], // one row
  [[3, 1, 65], [3, 65, 17]],
  [[67, 259], [259, 21]], // more terms, rows and columns than a block has
  [[5, 9], [9, 517]],
];

/** The product by three plain loops, in float64. */
function reference(a: Tensor, b: Tensor): Tensor {
  return tf.tidy(() => {
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(
      a.shape.slice(0, -2),
      b.shape.slice(0, -2),
    );
    const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
    const [x, y] = [a.broadcastTo([...batch, m, k]), b.broadcastTo([...batch, k, n])];
    const [p, q] = [x.dataSync(), y.dataSync()];
    const size = batch.reduce((s, d) => s * d, 1);
    const out = new Float32Array(size * m * n);
    for (let i = 0, at = 0; i < size; i++) {
      for (let r = 0; r < m; r++) {
        for (let c = 0; c < n; c++, at++) {
          let sum = 0;
          for (let j = 0; j < k; j++) sum += p[(i * m + r) * k + j]! * q[(i * k + j) * n + c]!;
          out[at] = sum;
        }
      }
    }
    return tf.tensor(out, [...batch, m, n]);
  });
}

function flip(x: Tensor): Tensor {
  const axes = x.shape.map((_, i) => i);
  axes.push(...axes.splice(-2).reverse());
  return x.transpose(axes);
}

for (const blas of [true, false]) {
  testOnDevices(
    `matMul() equals plain loops for every transpose and batch, ${blas ? "BLAS" : "WebAssembly"}`,
    async () => {
      await useDevice("wasm", { blas });
      try {
        const random = new Rng(2);
        for (const [shapeA, shapeB] of SHAPES) {
          const [a, b] = [shapeA, shapeB].map((s) => randomNormal(s, 0, 1, { rng: random }));
          const expected = reference(a!, b!);
          for (const [tA, tB] of [[false, false], [true, false], [false, true], [true, true]]) {
            const actual = tf.tidy(() =>
              tf.matMul(tA ? flip(a!) : a!, tB ? flip(b!) : b!, tA, tB) as Tensor
            );
            await assertClose(actual, expected);
          }
        }
      } finally {
        await useDevice("wasm");
      }
    },
    ["wasm"],
  );

  testOnDevices(
    `fused.matMul() adds the bias and applies the activation, ${blas ? "BLAS" : "WebAssembly"}`,
    async () => {
      await useDevice("wasm", { blas });
      try {
        const [a, b] = [tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[1, -1], [0, 1]])];
        const bias = tf.tensor1d([0.5, -3]);
        const expected = { linear: [1.5, -2, 3.5, -2], relu: [1.5, 0, 3.5, 0] };
        for (const [activation, values] of Object.entries(expected)) {
          await assertClose(
            tf.fused.matMul({ a, b, bias, activation: activation as "relu" }),
            values,
          );
        }
      } finally {
        await useDevice("wasm");
      }
    },
    ["wasm"],
  );
}

testOnDevices("useDevice() says which library multiplies matrices", async () => {
  const plain = await useDevice("wasm", { blas: false });
  assert.equal(plain.report.wasm!.matmul, "WebAssembly");
  const best = await useDevice("wasm");
  assert.match(best.toString(), /matrix products {2}\S+/);
}, DEVICES.filter((d) => d === "wasm"));
