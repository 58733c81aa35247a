import assert from "node:assert/strict";
import { type DeviceName, Rng, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { enter, testOnDevices } from "../../../_support/devices.ts";
import { assertClose, assertGradient } from "../../../_support/numeric.ts";

/** The devices on which a claim about wasm is compared; the GPU has corner cases of its own. */
const HOST: DeviceName[] = ["cpu", "wasm"];

function random(shape: number[], seed = 1): Tensor {
  const rng = new Rng(seed);
  const size = shape.reduce((n, length) => n * length, 1);
  return tf.tensor(Float32Array.from({ length: size }, () => rng.uniform(-1, 1)), shape);
}

function slope(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  return tf.grad((y: Tensor) => tf.sum(f(y)))(x);
}

testOnDevices("every kernel of the cpu device is there on wasm (M1)", () => {
  const wasm = new Set(tf.getKernelsForBackend("wasm").map((kernel) => kernel.kernelName));
  const missing = tf.getKernelsForBackend("cpu").filter(({ kernelName }) => !wasm.has(kernelName));
  assert.deepEqual(missing.map(({ kernelName }) => kernelName), []);
}, ["wasm"]);

testOnDevices(
  "raggedRange() and staticRegexReplace() run on strings and numbers (M1)",
  async () => {
    const { rtNestedSplits, rtDenseValues } = tf.raggedRange(
      tf.tensor1d([0, 5], "int32"),
      tf.tensor1d([3, 7], "int32"),
      tf.tensor1d([1, 1], "int32"),
    ) as unknown as { rtNestedSplits: Tensor; rtDenseValues: Tensor };
    await assertClose(rtNestedSplits, [0, 3, 5]);
    await assertClose(rtDenseValues, [0, 1, 2, 5, 6]);
    const words = tf.string.staticRegexReplace(tf.tensor1d(["tom", "tome"]), "o", "a");
    assert.deepEqual(await words.data(), ["tam", "tame"] as unknown);
  },
  HOST,
);

testOnDevices("fft() of a wave has two peaks (M2)", async () => {
  const wave = tf.tensor1d([0, 1, 0, -1]); // sin(2π t / 4)
  const y = tf.spectral.rfft(wave);
  await assertClose(tf.real(y), [0, 0, 0]);
  await assertClose(tf.imag(y), [0, -2, 0]);
  await assertClose(tf.abs(y), [0, 2, 0]);
  await assertClose(tf.spectral.irfft(y), [0, 1, 0, -1]);
  assert.deepEqual(y.shape, [3]);
  await assertClose(await y.data() as Float32Array, [0, 0, 0, -2, 0, 0]); // pairs
});

testOnDevices("complex numbers are added, multiplied and joined (M2)", async () => {
  const a = tf.complex(tf.tensor1d([1, 2]), tf.tensor1d([3, 4]));
  const product = tf.mul(a, a); // (1 + 3i)² = −8 + 6i, (2 + 4i)² = −12 + 16i
  await assertClose(tf.real(product), [-8, -12]);
  await assertClose(tf.imag(product), [6, 16]);
  await assertClose(tf.imag(tf.concat([tf.add(a, a), a])), [6, 8, 3, 4]);
}, HOST);

testOnDevices("other operations refuse complex numbers (M2)", () => {
  const a = tf.complex(tf.tensor1d([1, 2]), tf.tensor1d([3, 4]));
  assert.throws(() => tf.slice(a, [1], [1]), { name: "TypeError", message: /take it apart/ });
}, ["wasm"]);

testOnDevices("conv2d() is differentiable (M3)", async () => {
  const cases: ["same" | "valid" | number, number | [number, number]][] = [
    ["same", 1],
    ["valid", [2, 1]],
    [1, 2],
  ];
  for (const [pad, strides] of cases) {
    await assertGradient(
      (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad),
      [random([2, 4, 3, 1], 1), random([3, 2, 1, 2], 2)],
    );
  }
});

testOnDevices("conv2d() takes channels that come first, and is differentiable (M3)", async () => {
  const [x, w] = [random([1, 2, 4, 3], 1), random([3, 2, 2, 2], 2)];
  const first = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same", "NCHW");
  const last = tf.conv2d(tf.transpose(x, [0, 2, 3, 1]) as tf.Tensor4D, w as tf.Tensor4D, 1, "same");
  await assertClose(first, tf.transpose(last, [0, 3, 1, 2]));
  await assertGradient(
    (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, [1, 2], "same", "NCHW"),
    [x, w],
  );
});

Deno.test("conv2d() has the same gradients in parts as at once (M3) (wasm)", async () => {
  // 2 · 96 · 96 positions of 3 · 3 · 64 numbers are more than are unfolded at a time
  const gradients = async (device: DeviceName) => {
    await enter(device);
    const [dx, dw] = tf.tidy(() => {
      const f = (x: Tensor, w: Tensor) =>
        tf.sum(tf.square(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same")));
      return tf.grads(f)([random([2, 96, 96, 64], 1), random([3, 3, 64, 1], 2)]) as [
        Tensor,
        Tensor,
      ];
    });
    const values = [await dx.data(), await dw.data()] as [Float32Array, Float32Array];
    tf.dispose([dx, dw]);
    return values;
  };
  const [dx, dw] = await gradients("wasm");
  const expected = await gradients("cpu");
  await assertClose(dx, expected[0], { rtol: 1e-3, atol: 1e-3 });
  await assertClose(dw, expected[1], { rtol: 1e-3, atol: 1e-1 }); // sums of 18,432 terms of size 10
});

testOnDevices("depthwiseConv2d() is differentiable (M4)", async () => {
  const cases: ["same" | "valid", number | [number, number]][] = [["same", 1], ["valid", 2]];
  for (const [pad, strides] of cases) {
    await assertGradient(
      (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad),
      [random([1, 4, 3, 2], 1), random([2, 2, 2, 2], 2)],
    );
  }
});

testOnDevices("conv3d() is differentiable in dirty memory (M5)", async () => {
  tf.fill([1, 4, 4, 4, 1], 7).dispose();
  const cases: ["same" | "valid", number | [number, number, number]][] = [
    ["same", 1],
    ["valid", [1, 2, 1]],
  ];
  for (const [pad, strides] of cases) {
    await assertGradient(
      (x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, strides, pad),
      [random([1, 2, 3, 3, 1], 1), random([2, 2, 1, 1, 2], 2)],
    );
  }
});

testOnDevices("conv3dTranspose() of ones is ones (M5)", async () => {
  tf.fill([1, 2, 2, 2, 1], 7).dispose();
  const y = tf.conv3dTranspose(
    tf.ones([1, 2, 2, 2, 1]) as tf.Tensor5D,
    tf.ones([1, 1, 1, 1, 1]) as tf.Tensor5D,
    [1, 2, 2, 2, 1],
    1,
    "same",
  );
  await assertClose(y, tf.ones([1, 2, 2, 2, 1]));
});

testOnDevices("maxPool() passes its gradient to the largest of negative numbers (M6)", async () => {
  const x = tf.tensor4d([-4, -1, -2, -3], [1, 2, 2, 1]);
  await assertClose(slope((x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid"), x), [0, 1, 0, 0]);
  await assertGradient(
    (x) => tf.maxPool(x as tf.Tensor4D, [2, 3], 1, "same"),
    [tf.sub(random([1, 3, 4, 1]), 2)],
    { step: 1e-3, rtol: 2e-2 },
  );
});

testOnDevices("maxPool3d() takes negative numbers (M6)", async () => {
  const x = tf.tensor5d([-4, -3, -2, -1, -5, -6, -7, -8], [1, 2, 2, 2, 1]);
  const pool = (x: Tensor) => tf.maxPool3d(x as tf.Tensor5D, 2, 2, "valid");
  await assertClose(pool(x), [-1]);
  await assertClose(slope(pool, x), [0, 0, 0, 1, 0, 0, 0, 0]);
});

testOnDevices("gather() has the sum of its rows' gradients (M7)", async () => {
  const ids = tf.tensor1d([1, 1], "int32");
  await assertClose(slope((x) => tf.gather(x, ids), tf.ones([2, 2])), [0, 0, 2, 2]);
});

testOnDevices(
  "gather() takes batchDims, any axis, any dtype and short and long rows (M8)",
  async () => {
    const x = tf.reshape(tf.range(0, 12), [2, 3, 2]);
    const ids = tf.tensor2d([[1], [2]], [2, 1], "int32") as unknown as tf.Tensor1D;
    await assertClose(tf.gather(x, ids, 1, 1), [2, 3, 10, 11]);
    await assertClose(
      tf.gather(x, tf.tensor1d([2, 0], "int32"), -2),
      tf.tensor3d([4, 5, 0, 1, 10, 11, 6, 7], [2, 2, 2]),
    );
    const wide = tf.reshape(tf.range(0, 60, 1, "int32"), [3, 20]);
    await assertClose(
      tf.gather(wide, tf.tensor1d([2], "int32")),
      Array.from({ length: 20 }, (_, i) => 40 + i),
    );
    const bools = tf.gather(tf.tensor1d([1, 0], "bool"), tf.tensor1d([1, 0, 0], "int32"));
    assert.deepEqual([bools.dtype, ...await bools.data()], ["bool", 0, 1, 1]);
  },
);

testOnDevices("gather() refuses an index out of range (M8)", () => {
  assert.throws(() => tf.gather(tf.ones([2]), tf.tensor1d([2], "int32")), /2/);
}, HOST);

testOnDevices("oneHot() gives the dtype that was asked for (M9)", async () => {
  const y = tf.oneHot(tf.tensor1d([1, -1], "int32"), 2, 1, 0, "float32");
  assert.equal(y.dtype, "float32");
  await assertClose(y, tf.tensor2d([[0, 1], [0, 0]]));
  await assertClose(tf.oneHot(tf.tensor1d([0], "int32"), 3, 5, 2), [5, 2, 2]);
});

testOnDevices("cast() to bool gives 0 or 1 (M10)", async () => {
  await assertClose(tf.cast(tf.tensor1d([2.5, 0, .25, -1, 256]), "bool"), [1, 0, 1, 1, 1]);
  await assertClose(tf.cast(tf.tensor1d([-1, 256, 0], "int32"), "bool"), [1, 1, 0]);
});

testOnDevices("prelu() broadcasts alpha along any axis (M11)", async () => {
  const x = tf.fill([2, 2], -1);
  await assertClose(tf.prelu(x, tf.tensor2d([[1], [2]])), [-1, -1, -2, -2]);
  await assertClose(tf.prelu(x, tf.tensor1d([1, 2])), [-1, -2, -1, -2]);
  await assertClose(tf.prelu(x, tf.scalar(3)), [-3, -3, -3, -3]);
  await assertClose(tf.prelu(x, tf.tensor2d([[1, 2], [3, 4]])), [-1, -2, -3, -4]);
});

testOnDevices("floorDiv() gives int32 and survives a division by 0 (M12)", async () => {
  const y = tf.floorDiv(tf.tensor1d([7.5, -7.5]), 2);
  assert.equal(y.dtype, "int32");
  await assertClose(y, [3, -4]);
  const zero = tf.floorDiv(tf.tensor1d([-7, 7], "int32"), tf.tensor1d([0, 2], "int32"));
  assert.equal((await zero.data())[1], 3);
}, HOST);

testOnDevices(
  "maximum(), minimum(), relu6(), clipByValue() and sign() pass NaN on (M13)",
  async () => {
    const x = tf.tensor1d([NaN, 1]);
    const zeros = tf.zeros([2, 2]);
    for (const f of [tf.maximum, tf.minimum]) {
      for (const y of [f(x, zeros), f(zeros, x)]) {
        const values = await y.data();
        assert.deepEqual([0, 1, 2, 3].map((i) => Number.isNaN(values[i])), [
          true,
          false,
          true,
          false,
        ]);
      }
    }
    await assertClose(tf.relu6(x), [NaN, 1]);
    await assertClose(tf.clipByValue(x, 0, .5), [NaN, .5]);
  },
  HOST,
);

testOnDevices("clipByValue() takes integers (M14)", async () => {
  await assertClose(tf.clipByValue(tf.tensor1d([5, -3, 2], "int32"), 0, 3), [3, 0, 2]);
});

testOnDevices("add() takes seven axes (M15)", async () => {
  const [a, b] = [
    tf.tensor([1, 2], [2, 1, 1, 1, 1, 1, 1]),
    tf.tensor([10, 20], [1, 1, 1, 1, 1, 1, 2]),
  ];
  const y = tf.add(a, b);
  assert.deepEqual(y.shape, [2, 1, 1, 1, 1, 1, 2]);
  await assertClose(y, [11, 21, 12, 22]);
  const [c, d] = [[2, 1, 2, 1, 2, 1, 2], [1, 2, 1, 2, 1, 2, 1]].map((s) => tf.ones(s));
  assert.throws(() => tf.mul(c!, d!), /at most 6 axes may alternate/);
}, ["wasm"]);

testOnDevices("reductions over nothing give their neutral element (M16)", async () => {
  tf.fill([2], 9).dispose();
  const nothing = tf.zeros([2, 0]);
  await assertClose(tf.sum(nothing, 1), tf.tensor1d([0, 0]));
  await assertClose(tf.prod(nothing, 1, true), tf.tensor2d([[1], [1]]));
  await assertClose(tf.mean(nothing, 1), [NaN, NaN]);
  await assertClose(tf.max(nothing, 1), [-Infinity, -Infinity]);
  await assertClose(tf.any(tf.zeros([2, 0], "bool"), 1), [0, 0]);
  await assertClose(tf.all(tf.zeros([2, 0], "bool"), 1), [1, 1]);
}, HOST);

testOnDevices("dilation2d() takes negative numbers (M17)", async () => {
  const x = tf.fill([1, 1, 1, 1], -1) as tf.Tensor4D;
  const y = tf.dilation2d(x, tf.zeros([1, 1, 1]) as tf.Tensor3D, 1, "same");
  await assertClose(y, [-1]);
});

testOnDevices("maxPool() and avgPool() round up (M18)", async () => {
  const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
  await assertClose(tf.maxPool(x, 2, 2, 0, "ceil"), [5, 6, 8, 9]);
  await assertClose(tf.avgPool(x, 2, 2, 0, "ceil"), [3, 4.5, 7.5, 9]);
  await assertClose(tf.maxPool(tf.cast(x, "int32"), 3, 3, "valid"), [9]);
}, HOST);

testOnDevices("conv2d() pads by a number with a filter that is not square (C25)", async () => {
  const x = tf.ones([1, 4, 3, 1]) as tf.Tensor4D;
  const y = tf.conv2d(x, tf.ones([3, 2, 1, 1]) as tf.Tensor4D, 1, 1);
  assert.deepEqual(y.shape, [1, 4, 4, 1]);
  await assertClose(y, [2, 4, 4, 2, 3, 6, 6, 3, 3, 6, 6, 3, 2, 4, 4, 2]);
  await assertClose(
    tf.maxPool(x, [3, 1], 1, 1),
    tf.tensor4d(
      [-Infinity, 1, 1, 1, -Infinity].concat(...Array(3).fill([-Infinity, 1, 1, 1, -Infinity])),
      [1, 4, 5, 1],
    ),
  );
}, HOST);

testOnDevices(
  "slice() refuses what is beyond the end, and cuts at every rank and dtype (M19)",
  async () => {
    assert.throws(() => tf.slice(tf.ones([3]), [2], [3]), /would overflow/);
    const x = tf.reshape(tf.range(0, 48), [2, 3, 2, 2, 2]);
    await assertClose(tf.slice(x, [1, 1, 0, 1, 0], [1, 2, 1, 1, 2]), [34, 35, 42, 43]);
    await assertClose(
      tf.slice(x, [0, 2]),
      tf.concat([
        tf.reshape(tf.range(16, 24), [1, 1, 2, 2, 2]),
        tf.reshape(tf.range(40, 48), [1, 1, 2, 2, 2]),
      ]),
    );
    const bools = tf.slice(tf.tensor1d([1, 0, 1], "bool"), [1], [2]);
    assert.deepEqual([bools.dtype, ...await bools.data()], ["bool", 0, 1]);
    const words = tf.slice(tf.tensor1d(["a", "b"]), [1], [1]);
    assert.deepEqual(await words.data(), ["b"] as unknown);
  },
  HOST,
);

testOnDevices("reverse() takes bools (M20)", async () => {
  const y = tf.reverse(tf.tensor2d([[1, 0, 0], [0, 1, 1]], [2, 3], "bool"), 1);
  assert.equal(y.dtype, "bool");
  await assertClose(y, [0, 0, 1, 1, 1, 0]);
});

testOnDevices("sin() and log1p() keep the digits of small numbers (M21)", async () => {
  const x = tf.tensor1d([1e-6, -3e-5, .04, 2]);
  const at = [1e-6, -3e-5, .04, 2];
  await assertClose(tf.sin(x), at.map(Math.sin), { rtol: 1e-5, atol: 1e-12 });
  await assertClose(tf.log1p(x), at.map(Math.log1p), { rtol: 1e-5, atol: 1e-12 });
}, HOST);

testOnDevices("pad() takes seven axes, integers and bools (M22)", async () => {
  const x = tf.ones([1, 1, 1, 1, 1, 1, 2]);
  const y = tf.pad(x, [[0, 1], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [1, 0]], 7);
  await assertClose(y, tf.tensor([7, 1, 1, 7, 7, 7], [2, 1, 1, 1, 1, 1, 3]));
  await assertClose(tf.pad(tf.tensor1d([3, 4], "int32"), [[1, 1]]), [0, 3, 4, 0]);
  await assertClose(tf.pad(tf.tensor1d([1, 0], "bool"), [[0, 1]], 1), [1, 0, 1]);
}, HOST);
