import assert from "node:assert/strict";
import * as ops from "@tome/tome/ops";
import { AdamW } from "@tome/tome/optim";
import { Rng, sumOfSquares, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { simdFor, startSimd } from "../../../lib/tensor/simd.ts";
import type { WasmBackend } from "../../../lib/tensor/wasm_heap.ts";
import { testOnDevices } from "../../_support/devices.ts";

/** Lengths about those of one vector, several, and a block. */
const LENGTHS = [1, 2, 3, 4, 5, 7, 8, 31, 64, 65, 130];

/** Numbers whose bits depend on nothing but their place; every `every`th is not finite, or as large as `most`. */
function numbers(shape: number[], every = Infinity, most = 1e30): Tensor {
  const random = new Rng(7), strange = [NaN, Infinity, -Infinity, most, -most, 0, -0];
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from(
    { length: size },
    (_, i) => i % every === every - 1 ? strange[(i + 1) / every % 7]! : 3 * random.normal(),
  );
  return tf.tensor(values, shape);
}

/** The outputs of a function of tensors, and its gradients for all of them. */
function outputsAndGradients(f: (...inputs: Tensor[]) => Tensor, inputs: Tensor[]): Tensor[] {
  const y = f(...inputs);
  return [y, ...tf.grads(f as (...x: tf.Tensor[]) => tf.Tensor)(inputs, numbers(y.shape))];
}

const targets = (rows: number, classes: number) =>
  tf.tensor1d(Int32Array.from({ length: rows }, (_, i) => i % 5 === 3 ? -100 : (i * 3) % classes));

/** The vectors hold squares in float32, as GPUs do, where plain numbers hold them in float64: larger ones overflow. */
const SQUARABLE = 1e18;

/** What is computed on both devices, by name. */
const CASES: Record<string, () => Tensor[]> = {};
for (const approximate of ["none", "tanh"] as const) {
  CASES[`gelu(${approximate})`] = () =>
    LENGTHS.flatMap((length) =>
      outputsAndGradients((x) => ops.gelu(x!, { approximate }), [numbers([length], 3)])
    );
}
CASES["layerNorm()"] = () =>
  LENGTHS.flatMap((length) =>
    outputsAndGradients(
      (x, gamma, beta) => ops.layerNorm(x!, gamma!, beta!),
      [numbers([5, length]), numbers([length]), numbers([length])],
    )
  );
CASES["layerNorm() of what is not finite"] = () =>
  LENGTHS.map((length) =>
    ops.layerNorm(numbers([9, length], 11, SQUARABLE), numbers([length]), numbers([length]))
  );
CASES["rmsNorm()"] = () =>
  LENGTHS.flatMap((length) =>
    outputsAndGradients((x, gamma) => ops.rmsNorm(x!, gamma!), [
      numbers([5, length]),
      numbers([length]),
    ])
  );
for (const causal of [false, true]) {
  CASES[`maskedSoftmax(${causal ? "causal" : ""})`] = () =>
    LENGTHS.flatMap((length) =>
      [Infinity, 23].flatMap((every) =>
        outputsAndGradients(
          (x) => ops.maskedSoftmax(x!, { causal, scale: 0.7 }),
          [numbers([2, 7, length], every)],
        )
      )
    );
}
CASES["maskedSoftmax() of rows that see nothing"] = () =>
  LENGTHS.map((length) => ops.maskedSoftmax(tf.fill([3, length], -Infinity)));
for (const labelSmoothing of [0, 0.1]) {
  CASES[`softmaxCrossEntropy(${labelSmoothing})`] = () =>
    LENGTHS.flatMap((length) =>
      [Infinity, 29].flatMap((every) => [
        ...outputsAndGradients(
          (x) => ops.softmaxCrossEntropyRows(x!, targets(9, length), { labelSmoothing }),
          [numbers([9, length], every)],
        ),
        ...outputsAndGradients(
          (x) => ops.softmaxCrossEntropy(x!, targets(9, length), { labelSmoothing }),
          [numbers([9, length], every)],
        ),
      ])
    );
}
CASES["dropout()"] = () =>
  LENGTHS.flatMap((length) =>
    [0.1, 0.5].flatMap((rate) =>
      outputsAndGradients((x) => ops.dropout(x!, rate, { seed: -5 }), [numbers([3, length], 11)])
    )
  );
CASES["linear()"] = () =>
  LENGTHS.flatMap((length) =>
    outputsAndGradients(
      (x, w, b) => ops.linear(x!, w!, b!),
      [numbers([6, 3]), numbers([length, 3]), numbers([length])],
    )
  );
CASES["splitHeads() and joinHeads()"] = () =>
  [1, 3, 4, 9].flatMap((depth) =>
    outputsAndGradients(
      (x) => {
        const [q, k, v] = ops.splitHeads(x!, 2, 1);
        return ops.joinHeads(q!.mul(2), k!.mul(3), v!.mul(4));
      },
      [numbers([2, 5, 4 * depth])],
    )
  );
CASES["AdamW"] = () =>
  LENGTHS.map((length) => {
    const w = tf.variable(numbers([length]));
    using optimizer = new AdamW([["w", w]], { lr: 0.1, weightDecay: 0.1 });
    for (let step = 1; step <= 3; step++) {
      optimizer.step({ w: numbers([length], 5 + step, SQUARABLE) });
    }
    const changed = tf.clone(w);
    w.dispose();
    return changed;
  });
CASES["sumOfSquares()"] = () =>
  LENGTHS.flatMap((length) => [
    sumOfSquares([numbers([length])]),
    sumOfSquares([numbers([length], 5)]),
  ]);

for (const [name, run] of Object.entries(CASES)) {
  testOnDevices(
    `${name}: WebAssembly's loops equal TypeScript's, at odd sizes and beyond the finite`,
    async () => {
      const values = async (device: string) => {
        await tf.setBackend(device);
        const tensors = tf.tidy(run);
        const arrays = tensors.map((tensor) => tensor.dataSync<"float32">().slice());
        tf.dispose(tensors);
        return arrays;
      };
      const [expected, actual] = [await values("cpu"), await values("wasm")];
      assert.equal(actual.length, expected.length);
      for (const [k, array] of actual.entries()) {
        const scale = Math.max(1, ...expected[k]!.map((x) => Number.isFinite(x) ? Math.abs(x) : 0));
        const limit = scale > 1e20 ? 1e-5 * scale : 1e-5 * Math.min(scale, 100);
        for (const [i, is] of array.entries()) {
          const wanted = expected[k]![i]!;
          const same = Object.is(is, wanted) || Math.abs(is - wanted) <= limit;
          assert.ok(same, `result ${k}, element ${i} is ${is}, not ${wanted}`);
        }
      }
    },
    ["wasm"],
  );
}

testOnDevices(
  "simdFor() takes float32 on the heap only, also after the heap has grown",
  async () => {
    const backend = tf.backend() as WasmBackend;
    const kernels = await startSimd(backend);
    const heap = (x: tf.Tensor) => backend.typedArrayFromHeap(x);
    const [floats, integers] = [tf.tensor1d([3, 4]), tf.tensor1d([3, 4], "int32")];
    const before = heap(floats);
    assert.equal(simdFor(before), kernels);
    assert.equal(simdFor(before, heap(integers)), undefined);
    assert.equal(simdFor(before, new Float32Array(2)), undefined);
    const large = tf.zeros([backend.wasm.HEAPU8.length / 4]); // does not fit
    assert.notEqual(heap(floats).buffer, before.buffer);
    assert.equal(simdFor(before), undefined);
    const after = heap(floats);
    assert.equal(simdFor(after)!.sumOfSquares(after.byteOffset, 2), 25);
    tf.dispose([floats, integers, large]);
  },
  ["wasm"],
);
