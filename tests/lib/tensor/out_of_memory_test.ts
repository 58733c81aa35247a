import assert from "node:assert/strict";
import { Linear } from "@tome/tome/nn";
import { DeviceError, memory, OutOfMemoryError } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { formatBytes } from "../../../lib/tensor/out_of_memory.ts";
import type { WasmBackend } from "../../../lib/tensor/wasm_heap.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

/** What a call throws for want of memory. */
function refusalOf(call: () => unknown): OutOfMemoryError {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof OutOfMemoryError && error instanceof DeviceError);
    return error;
  }
  throw new assert.AssertionError({ message: "There was room" });
}

testOnDevices("A full heap throws, names the largest tensors, and goes on", async () => {
  using _layer = new Linear(300, 400);
  const backend = tf.backend() as WasmBackend;
  const before = memory();
  // nothing touches these bytes, so that the system gives no pages for them
  const half = tf.engine().makeTensorFromTensorInfo(
    backend.makeOutput([550, 1000, 1000], "float32"),
  );
  assert.ok(backend.wasm.HEAPU8.length > 2.2e9);
  for (const shape of [[550, 1000, 1000], [1100, 1000, 1000]]) { // the heap's end, and beyond all addresses
    const bytes = 4 * shape.reduce((a, b) => a * b);
    const error = refusalOf(() => tf.tidy(() => tf.add(tf.fill(shape, 1), 1)));
    assert.equal(error.name, "OutOfMemoryError");
    assert.equal(error.requested, bytes);
    assert.deepEqual(error.largest.slice(0, 2), [
      { shape: [550, 1000, 1000], dtype: "float32", bytes: 2.2e9, owner: "other" },
      { shape: [400, 300], dtype: "float32", bytes: 480_000, owner: "parameters" },
    ]);
    assert.match(
      error.message,
      new RegExp(
        `^Cannot reserve ${
          formatBytes(bytes)
        } on wasm as its heap of \\S+ GB can grow to 4.29 GB at most, ` +
          "and has no such room; the largest tensors are float32 \\[550,1000,1000\\] \\(2.20 GB, other\\), " +
          "float32 \\[400,300\\] \\(480 kB, parameters\\).*; lower the batch size .*gradientCheckpointing$",
      ),
    );
  }
  half.dispose();
  const { numTensors, numDataBuffers, numBytes } = memory();
  assert.deepEqual(
    { numTensors, numDataBuffers, numBytes },
    {
      numTensors: before.numTensors,
      numDataBuffers: before.numDataBuffers,
      numBytes: before.numBytes,
    },
  );
  await assertClose(tf.add(tf.ones([1000]), 1), new Float32Array(1000).fill(2));
  const again = backend.makeOutput([550, 1000, 1000], "float32"); // what was freed serves again
  backend.disposeData(again.dataId);
}, ["wasm"]);

testOnDevices(
  "A buffer over the GPU's limit throws, names the largest tensors, and goes on",
  async () => {
    using layer = new Linear(300, 400);
    layer.forward(tf.ones([1, 300])); // its weight lies on the GPU now
    const before = memory().numTensors;
    const rows = 2 ** 20;
    const x = tf.ones([rows, 1]); // small, and what comes of it is too large for every adapter
    const error = refusalOf(() => tf.tidy(() => tf.tile(x, [1, 2 ** 12])));
    assert.equal(error.requested, 4 * rows * 2 ** 12);
    assert.match(
      error.message,
      /its buffer may have at most \d+ bytes: current size is 17179869184/,
    );
    assert.ok(error.largest.some(({ owner, shape }) => owner === "parameters" && shape[1] === 300));
    x.dispose();
    assert.equal(memory().numTensors, before);
    await assertClose(tf.add(tf.ones([10]), 1), new Float32Array(10).fill(2));
  },
  ["webgpu"],
);

Deno.test("formatBytes() tells three digits", () => {
  assert.deepEqual([0, 999, 1000, 2_345_678, 4.2e9].map(formatBytes), [
    "0 B",
    "999 B",
    "1.00 kB",
    "2.35 MB",
    "4.20 GB",
  ]);
});
