import {
  checkErrors,
  DeviceError,
  gpuCounters,
  memory,
  OutOfMemoryError,
  record,
  resetPeak,
  type Tensor,
  useDevice,
} from "@tome/tome/tensor";
import assert from "node:assert/strict";
import * as tf from "../../../lib/tensor/_tf.ts";
import type { WebGPUOptions } from "../../../lib/tensor/webgpu.ts";
import type { RepairedBackend } from "../../../lib/tensor/repairs/webgpu/backend.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";
import { withBothProducts } from "../../_support/products.ts";

const ONLY = ["webgpu"] as const;
const backend = () => tf.backend() as unknown as RepairedBackend;

/** Runs a test on a device set up otherwise, and leaves it as the other tests expect it. */
async function withOptions(options: WebGPUOptions, run: () => Promise<void>): Promise<void> {
  await useDevice("webgpu", options);
  try {
    await run();
  } finally {
    await useDevice("webgpu", { strict: true });
  }
}

/** Runs a program whose WGSL is invalid. */
function runInvalid(x: Tensor): Tensor {
  const info = backend().runWebGPUProgram(
    {
      variableNames: ["x"],
      outputShape: x.shape,
      shaderKey: "invalid",
      dispatchLayout: { x: [0] },
      dispatch: [1, 1, 1],
      workgroupSize: [64, 1, 1],
      getUserCode: () => "fn main(index : i32) { result[index] = vec2(1.0); }",
    },
    [x],
    "float32",
  );
  return tf.engine().makeTensorFromTensorInfo(info);
}

/** Adds 1 in place. */
function increase(x: Tensor): void {
  backend().runWebGPUProgram(
    {
      variableNames: [],
      outputShape: x.shape,
      shaderKey: "increase",
      dispatchLayout: { x: [0] },
      dispatch: [1, 1, 1],
      workgroupSize: [64, 1, 1],
      size: true,
      getUserCode: () =>
        "fn main(index : i32) { if (index < uniforms.size) { result[index] += 1.0; } }",
    },
    [],
    "float32",
    null,
    x,
  );
}

testOnDevices("useDevice() keeps one GPU and its tensors", async () => {
  const { device } = backend();
  const x = tf.add(tf.tensor1d([1, 2]), 1);
  await useDevice("cpu");
  await assertClose(tf.mul(x, 2), [4, 6]); // it came along
  await useDevice("webgpu", { strict: true });
  assert.equal(backend().device, device);
  await assertClose(tf.mul(x, 3), [6, 9]);
}, ONLY);

testOnDevices("useDevice() brings tensors to a GPU with other limits", async () => {
  const before = backend().device;
  const x = tf.add(tf.tensor1d([1, 2]), 1);
  await withOptions({ limits: "default" }, async () => {
    const now = backend().device;
    assert.notEqual(now, before);
    assert.equal(now.limits.maxStorageBuffersPerShaderStage, 8);
    assert.equal((await before.lost).reason, "destroyed");
    await assertClose(tf.mul(x, 2), [4, 6]);
  });
}, ONLY);

testOnDevices("useDevice() says what to install where no adapter answers (W20)", async () => {
  const gpu = navigator.gpu as { requestAdapter?: unknown };
  const { device } = backend();
  gpu.requestAdapter = () => Promise.resolve(null);
  try {
    await assert.rejects(useDevice("webgpu", { limits: "default" }), {
      name: "DeviceError",
      message: /^Cannot use webgpu as no adapter answers; install a driver .*useDevice\("wasm"\)/,
    });
  } finally {
    delete gpu.requestAdapter; // back to the method
  }
  assert.equal(backend().device, device);
  await assertClose(tf.add(tf.ones([2]), 1), [2, 2]);
}, ONLY);

testOnDevices("addN() adds more tensors than a shader may read", async () => {
  const sum = (count: number) => tf.addN(Array.from({ length: count }, () => tf.ones([5])));
  await withOptions({ limits: "default", strict: true }, async () => {
    await assertClose(sum(7), [7, 7, 7, 7, 7]);
    await assertClose(sum(8), [8, 8, 8, 8, 8]);
    await assertClose(sum(30), [30, 30, 30, 30, 30]);
    await checkErrors();
  });
  await assertClose(sum(8), [8, 8, 8, 8, 8]);
  await assertClose(sum(60), [60, 60, 60, 60, 60]);
}, ONLY);

testOnDevices("A tensor over the limit is refused at the call (W6)", () => {
  const limit = Number(backend().device.limits.maxStorageBufferBindingSize);
  if (limit > 2 ** 28) return; // the host would need as much memory
  const length = limit / 4 + 1;
  assert.throws(() => tf.zeros([length]), {
    name: "OutOfMemoryError",
    message: new RegExp(
      `shape \\[${length}\\] on webgpu as its buffer may have at most ${limit} bytes: current size is ${
        4 * length
      }; split`,
    ),
  });
  assert.throws(() => tf.tile(tf.ones([1, 2]), [length, 1]), DeviceError); // a result
}, ONLY);

testOnDevices("data() throws what an invalid program did to its neighbours (W7)", async () => {
  await withOptions({}, async () => {
    const x = tf.add(tf.ones([64]), 1);
    const before = tf.mul(x, 3);
    runInvalid(x);
    await assert.rejects(before.data(), {
      name: "DeviceError",
      message: /An earlier GPU command failed: [^]*(invalid|error)/,
    });
    await assertClose(tf.mul(tf.ones([2]), 2), [2, 2]); // thrown once
    runInvalid(x);
    await assert.rejects(checkErrors(), DeviceError);
    await checkErrors();
  });
}, ONLY);

testOnDevices(
  "data() names the largest tensors where the GPU has no more memory, and what to lower",
  async () => {
    const large = tf.ones([500, 1000]).add(1);
    const small = tf.ones([2]).add(1);
    const { device } = backend();
    const error = new GPUOutOfMemoryError("Not enough memory left.");
    device.dispatchEvent(new GPUUncapturedErrorEvent("uncapturederror", { error }));
    await assert.rejects(small.data(), (error) => {
      assert.ok(error instanceof OutOfMemoryError && error instanceof DeviceError);
      const { message, largest } = error;
      assert.match(message, /^Cannot go on as the GPU is out of memory: current use is \d.*B, /);
      assert.match(
        message,
        /Not enough memory left\.\); the largest tensors are float32 \[500,1000\]/,
      );
      assert.match(message, /lower the batch size .*gradientCheckpointing$/);
      assert.deepEqual(largest[0], {
        shape: [500, 1000],
        dtype: "float32",
        bytes: 2_000_000,
        owner: "other",
      });
      return true;
    });
    tf.dispose([large, small]);
  },
  ONLY,
);

testOnDevices("Strict mode names the program that failed and spares the others (W7)", async () => {
  const x = tf.add(tf.ones([64]), 1);
  const before = tf.mul(x, 3);
  runInvalid(x);
  const after = tf.add(x, 5);
  await assert.rejects(before.data(), {
    name: "DeviceError",
    message: /^Cannot run invalid on float32 \[64\]: /,
  });
  await assertClose(after, new Float32Array(64).fill(7));
  await assertClose(before, new Float32Array(64).fill(6));
  assert.throws(() => tf.add(tf.ones([1, 1, 1, 1, 1, 1, 2]), 1), {
    name: "DeviceError",
    message:
      /BinaryOpProgram of Add on float32 \[1,1,1,1,1,1,2\].*at most 6 axes: current rank is 7/,
  });
}, ONLY);

testOnDevices("Even the smallest program runs on the GPU (W14)", async () => {
  tf.env().set("WEBGPU_CPU_FORWARD", true);
  try {
    const { dispatches } = gpuCounters();
    const y = tf.prod(tf.tensor2d([[2, 3]]), 1, true);
    assert.deepEqual(y.shape, [1, 1]);
    await assertClose(y, tf.tensor2d([[6]]));
    assert.equal(gpuCounters().dispatches, dispatches + 1);
  } finally {
    tf.env().set("WEBGPU_CPU_FORWARD", false);
  }
}, ONLY);

testOnDevices("dataSync() and toString() say what to await (W17)", async () => {
  const x = tf.add(tf.ones([3]), 1);
  const advice = {
    name: "DeviceError",
    message: /shape \[3\] at once[^]*await its data\(\) first/,
  };
  assert.throws(() => x.dataSync(), advice);
  assert.throws(() => x.arraySync(), advice);
  assert.throws(() => x.toString(), advice);
  await x.data();
  assert.match(x.toString(), /2, 2, 2/);
}, ONLY);

testOnDevices("data() gives what the tensor held at the call", async () => {
  const x = tf.add(tf.ones([3]), 1);
  const first = x.data();
  increase(x);
  await assertClose(await first, [2, 2, 2]);
  await assertClose(x, [3, 3, 3]); // and nothing stale is kept
  increase(x);
  await assertClose(x, [4, 4, 4]);
  const gone = tf.add(tf.ones([2]), 1);
  const values = gone.data();
  gone.dispose();
  await assertClose(await values, [2, 2]);
}, ONLY);

testOnDevices("A lost GPU is told by data() and by the next program, and replaced", async () => {
  const x = tf.add(tf.ones([3]), 1);
  const home = tf.tensor1d([7]);
  const lost = { name: "DeviceError", message: /^Cannot use the GPU as it was lost: .*useDevice/ };
  await backend().queue.onSubmittedWorkDone(); // some drivers crash when a device goes amid its work
  backend().device.destroy();
  await assert.rejects(x.data(), lost);
  assert.throws(() => tf.add(home, 1), lost);
  await assert.rejects(checkErrors(), lost);
  const { device } = backend();
  await useDevice("webgpu", { strict: true });
  assert.notEqual(backend().device, device);
  await assertClose(tf.add(home, 1), [8]); // its values were on the CPU
  assert.throws(() => tf.add(x, 1), lost);
  await assertClose(tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])), [2, 2, 2, 2]);
}, ONLY);

testOnDevices("Free buffers stay within poolBytes", async () => {
  const run = async (from: number) => {
    let most = 0;
    for (let n = 0; n < 40; n++) {
      tf.tidy(() => tf.sum(tf.mul(tf.add(tf.ones([50_000 + 1_000 * (from + n)]), 1), 2)));
      most = Math.max(most, gpuCounters().bytesAllocated);
    }
    await checkErrors();
    return most;
  };
  await withOptions({ poolBytes: 2 ** 20, strict: true }, async () => {
    const first = await run(0);
    const second = await run(40);
    // each round needs some 1.5 MB at once; without a budget it leaves some 28 MB behind
    assert.ok(second <= first + 2 ** 21, `${second} bytes after ${first}`);
    const { numBytesAllocated } = memory();
    assert.equal(numBytesAllocated, gpuCounters().bytesAllocated);
  });
  await withOptions({ poolBytes: 0, strict: true }, async () => {
    const before = backend().bufferManager.getNumFreeBuffers();
    const y = tf.add(tf.ones([1000]), 1);
    await y.data();
    y.dispose();
    const z = tf.add(tf.ones([1000]), 1); // of buffers that are kept
    await assertClose(await z.data(), new Float32Array(1000).fill(2));
    assert.ok(backend().bufferManager.getNumFreeBuffers() <= before + 8);
  });
}, ONLY);

testOnDevices("gpuCounters() counts programs, dispatches and uploads", async () => {
  const step = () => tf.tidy(() => tf.sum(tf.mul(tf.tensor1d([1, 2, 3, 4, 5, 6, 7]), 2)));
  const first = step();
  const before = gpuCounters();
  const second = step();
  const after = gpuCounters();
  assert.equal(after.dispatches - before.dispatches, 2);
  assert.equal(after.programs, before.programs); // compiled before
  assert.equal(after.uploads - before.uploads, 2);
  assert.equal(after.bytesUploaded - before.bytesUploaded, 4 * (7 + 1));
  assert.ok(after.bytesAllocated > 0);
  await assertClose(first, second);
}, ONLY);

testOnDevices(
  "gpuCounters() knows the most bytes held at once, those of recordings too",
  async () => {
    await withOptions({ poolBytes: 0 }, async () => {
      resetPeak();
      const { bytesAllocated } = gpuCounters();
      assert.equal(gpuCounters().bytesPeak, bytesAllocated);
      const x = tf.range(0, 500_000);
      const f = record((x: Tensor) => tf.tidy(() => tf.sum(tf.mul(tf.exp(x), tf.add(x, 1)))));
      for (let k = 0; k < 5; k++) f(x).dispose();
      const { bytesPeak } = gpuCounters();
      assert.ok(bytesPeak >= bytesAllocated + 6e6, `${bytesPeak - bytesAllocated} bytes more`); // x, and two of its size
      assert.ok(gpuCounters().bytesAllocated <= bytesPeak);
      for (let k = 0; k < 20; k++) f(x).dispose();
      assert.equal(gpuCounters().bytesPeak, bytesPeak, "replays take more");
      f[Symbol.dispose]();
      x.dispose();
      await checkErrors();
      resetPeak();
      assert.ok(gpuCounters().bytesPeak <= bytesPeak);
    });
  },
  ONLY,
);

testOnDevices("Deterministic results repeat bit for bit (W19)", async () => {
  await withOptions(
    { deterministic: true },
    withBothProducts(async () => {
      const a = tf.randomUniform([40, 5003], -1, 1, "float32", 1) as tf.Tensor2D;
      const b = tf.randomUniform([5003, 40], -1, 1, "float32", 2) as tf.Tensor2D;
      const bits = async (x: Tensor) => String(new Uint32Array((await x.data()).slice().buffer));
      const first = await bits(tf.matMul(a, b));
      for (let i = 0; i < 7; i++) assert.equal(await bits(tf.matMul(a, b)), first);
      const [x, y] = [await a.data(), await b.data()];
      let expected = 0;
      for (let k = 0; k < 5003; k++) expected += x[k]! * y[k * 40]!;
      await assertClose([(await tf.matMul(a, b).data())[0]!], [expected], { atol: 1e-3 });

      const rows = [...await tf.randomUniform([5000, 1], -1, 1, "float32", 3).data()];
      const ids = Array.from(rows, (_, i) => i % 3 - 1); // -1 is nowhere
      const sums = [0, 1].map((id) =>
        rows.reduce((sum, row, i) => ids[i] === id ? Math.fround(sum + row) : sum, 0) // in order
      );
      const given = tf.tensor2d(rows, [5000, 1]);
      await assertClose(tf.unsortedSegmentSum(given, tf.tensor1d(ids, "int32"), 2), sums, {
        atol: 0,
        rtol: 0,
      });
      const wide = tf.tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2], "int32");
      const segments = tf.unsortedSegmentSum(wide, tf.tensor1d([1, 1], "int32"), 2);
      assert.deepEqual(segments.shape, [2, 2, 2]);
      await assertClose(segments, [0, 0, 0, 0, 6, 8, 10, 12]);
      const places = tf.tensor2d([[0, 1], [1, 0], [0, 1]], [3, 2], "int32");
      await assertClose(
        tf.scatterND(places, tf.tensor2d([[1, 2], [3, 4], [5, 6]]), [2, 2, 2]),
        [0, 0, 6, 8, 3, 4, 0, 0],
      );
    }),
  );
}, ONLY);
