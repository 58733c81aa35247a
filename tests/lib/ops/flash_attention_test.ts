import assert from "node:assert/strict";
import { attention } from "@tome/tome/ops";
import {
  type DeviceName,
  gpuCounters,
  randomNormal,
  randomUniform,
  record,
  Rng,
  seed,
  type Tensor,
  useDevice,
} from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { attentionReference } from "../../../lib/ops/attention.ts";
import { blockAttention } from "../../../lib/ops/block_attention.ts";
import { chooseDrops } from "../../../lib/ops/dropout.ts";
import { flashAttention } from "../../../lib/ops/flash_attention.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose, assertGradient } from "../../_support/numeric.ts";

interface Sizes {
  B: number;
  H: number;
  K: number;
  T: number;
  S: number;
  D: number;
  E: number;
}

interface Options {
  causal: boolean;
  rate?: number;
}

type Attend = (q: Tensor, k: Tensor, v: Tensor, mask?: Tensor) => Tensor;

/** The form of the device that does not store the weights; on the CPU in blocks of few queries. */
function sparing(device: DeviceName, { causal, rate = 0 }: Options): Attend {
  const form = device === "webgpu" ? flashAttention : blockAttention;
  return (q, k, v, mask) => {
    seed(9);
    const scale = 1 / Math.sqrt(q.shape[3]!);
    return form(q, k, v, mask, { causal, scale, drops: chooseDrops(rate), block: 7 });
  };
}

/** The form that stores them, which is the one that can show them. */
function composed({ causal, rate = 0 }: Options): Attend {
  return (q, k, v, mask) => {
    seed(9);
    return attention(q, k, v, { causal, mask, dropout: rate, onWeights: () => {} });
  };
}

function draw({ B, H, K, T, S, D, E }: Sizes): Tensor[] {
  const rng = new Rng(3);
  return [[B, H, T, D], [B, K, S, D], [B, K, S, E]].map((shape) =>
    randomNormal(shape, 0, 1, { rng })
  );
}

const gradients = (f: Attend, inputs: Tensor[]) =>
  tf.grads((...xs: Tensor[]) => {
    const y = f(xs[0]!, xs[1]!, xs[2]!, xs[3]);
    return tf.sum(tf.mul(y, tf.cos(y))) as tf.Scalar;
  })(inputs);

async function assertSame(actual: Attend, expected: Attend, inputs: Tensor[]): Promise<void> {
  const [q, k, v, mask] = inputs as [Tensor, Tensor, Tensor, Tensor?];
  await assertClose(actual(q, k, v, mask), expected(q, k, v, mask), { rtol: 1e-4, atol: 1e-5 });
  const [found, wanted] = [gradients(actual, inputs), gradients(expected, inputs)];
  for (const [i, g] of found.entries()) {
    await assertClose(g, wanted[i]!, { rtol: 1e-3, atol: 1e-4 }); // sums of many terms
  }
}

const SIZES: Record<string, Sizes> = {
  "fewer queries than a block": { B: 1, H: 1, K: 1, T: 3, S: 3, D: 4, E: 4 },
  "no multiple of a block": { B: 2, H: 3, K: 3, T: 70, S: 70, D: 8, E: 8 },
  "grouped queries, T < S, D ≠ E": { B: 2, H: 4, K: 2, T: 37, S: 93, D: 12, E: 4 },
  "one key head, odd sizes": { B: 1, H: 3, K: 1, T: 33, S: 65, D: 7, E: 3 },
  "T > S": { B: 1, H: 2, K: 1, T: 75, S: 9, D: 5, E: 6 },
  "long heads": { B: 1, H: 1, K: 1, T: 17, S: 40, D: 256, E: 130 },
};

for (const [name, sizes] of Object.entries(SIZES)) {
  testOnDevices(`attention without stored weights is attention: ${name}`, async (device) => {
    const inputs = draw(sizes);
    for (const causal of [false, true]) {
      await assertSame(sparing(device, { causal }), composed({ causal }), inputs);
      if (causal && sizes.T > sizes.S) continue; // the reference has no rows that see nothing
      const [q, k, v] = inputs as [Tensor, Tensor, Tensor];
      await assertClose(
        sparing(device, { causal })(q, k, v),
        attentionReference(q, k, v, { causal }),
        { rtol: 1e-4, atol: 1e-5 },
      );
    }
  });
}

testOnDevices(
  "attention without stored weights adds a mask, and has its gradient",
  async (device) => {
    const sizes = { B: 2, H: 4, K: 2, T: 35, S: 41, D: 6, E: 8 };
    for (const shape of [[2, 4, 35, 41], [35, 41], [4, 1, 41], [2, 1, 35, 1], [1]]) {
      for (const causal of [false, true]) {
        const mask = randomNormal(shape, 0, 2, { rng: new Rng(5) });
        await assertSame(sparing(device, { causal }), composed({ causal }), [...draw(sizes), mask]);
      }
    }
  },
);

testOnDevices("attention without stored weights drops the same weights", async (device) => {
  for (const T of [20, 41]) {
    const inputs = draw({ B: 2, H: 4, K: 2, T, S: 41, D: 4, E: 4 });
    const mask = randomNormal([4, T, 41], 0, 1, { rng: new Rng(6) });
    for (const causal of [false, true]) {
      const options = { causal, rate: 0.3 };
      await assertSame(sparing(device, options), composed(options), inputs);
      await assertSame(sparing(device, options), composed(options), [...inputs, mask]);
    }
  }
  const [q, k, v] = draw({ B: 1, H: 1, K: 1, T: 20, S: 20, D: 4, E: 4 }) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const some = await sparing(device, { causal: false, rate: 0.5 })(q, k, v).data();
  const all = await sparing(device, { causal: false })(q, k, v).data();
  assert.notDeepEqual(some, all, "nothing is dropped");
});

testOnDevices("attention without stored weights has the gradient of its values", async (device) => {
  const inputs = draw({ B: 1, H: 2, K: 1, T: 4, S: 5, D: 2, E: 3 });
  for (const rate of [0, 0.4]) {
    await assertGradient(sparing(device, { causal: true, rate }), inputs);
  }
  const mask = randomUniform([4, 5], -1, 1, { rng: new Rng(1) });
  await assertGradient(sparing(device, { causal: false }), [...inputs, mask]);
});

testOnDevices(
  "attention without stored weights gives 0 where a query sees nothing",
  async (device) => {
    const inputs = draw({ B: 1, H: 2, K: 2, T: 20, S: 11, D: 4, E: 4 });
    const [q, k, v] = inputs as [Tensor, Tensor, Tensor];
    const y = await (sparing(device, { causal: true })(q, k, v)).array() as number[][][][];
    for (const head of y[0]!) {
      for (const [t, row] of head.entries()) {
        assert.equal(
          row.every((x) => x === 0),
          t < 9,
          `row ${t}`,
        );
      }
    }
    const hides = (value: number) =>
      tf.tensor2d(
        Float32Array.from({ length: 220 }, (_, i) => {
          const [t, s] = [Math.floor(i / 11), i % 11];
          return t % 3 === 0 || (t + s) % 4 === 0 ? value : 0;
        }),
        [20, 11],
      );
    for (const value of [-Infinity, -1e9]) {
      const f = sparing(device, { causal: false });
      const mask = hides(value);
      const masked = (g: Attend): Attend => (q, k, v) => g(q, k, v, mask);
      await assertSame(masked(f), masked(composed({ causal: false })), inputs);
      const rows = await f(q, k, v, mask).array() as number[][][][];
      if (value === -Infinity) assert.deepEqual(rows[0]![0]![3], [0, 0, 0, 0]);
    }
  },
);

testOnDevices(
  "attention without stored weights lets NaN through, to its own row only",
  async (device) => {
    const inputs = draw({ B: 1, H: 1, K: 1, T: 20, S: 20, D: 4, E: 4 });
    const poison = await inputs[0]!.data() as Float32Array;
    poison[4 * 6 + 1] = NaN;
    const q = tf.tensor(poison.slice(), inputs[0]!.shape);
    const y = await sparing(device, { causal: true })(q, inputs[1]!, inputs[2]!)
      .array() as number[][][][];
    for (const [t, row] of y[0]![0]!.entries()) {
      assert.ok(row.every((x) => Number.isNaN(x) === (t === 6)), `row ${t} is ${row}`);
    }
  },
);

testOnDevices("attention() takes one dispatch on the GPU, and two for its gradient", () => {
  const inputs = draw({ B: 2, H: 4, K: 4, T: 64, S: 64, D: 16, E: 16 });
  const dy = tf.ones([2, 4, 64, 16]);
  tf.dispose(tf.grads((q, k, v) => attention(q!, k!, v!, { causal: true }))(inputs, dy));
  const before = gpuCounters().dispatches;
  tf.dispose(tf.grads((q, k, v) => attention(q!, k!, v!, { causal: true }))(inputs, dy));
  assert.equal(gpuCounters().dispatches - before, 3);
}, ["webgpu"]);

testOnDevices("attention() draws anew what it drops when it is replayed", async () => {
  await useDevice("webgpu"); // not in strict mode, in which nothing is recorded
  try {
    const inputs = draw({ B: 1, H: 2, K: 1, T: 20, S: 20, D: 4, E: 4 });
    const step = ([q, k, v]: Tensor[]) =>
      tf.grads((q, k, v) => attention(q!, k!, v!, { causal: true, dropout: 0.5 }))([q!, k!, v!]);
    const all = async (f: typeof step) => {
      seed(4);
      const found: Float32Array[] = [];
      for (let i = 0; i < 6; i++) {
        const made = f(inputs);
        for (const x of made) found.push(await x.data() as Float32Array);
        tf.dispose(made);
      }
      return found;
    };
    const eager = await all(step);
    using recorded = record(step);
    assert.deepEqual(await all(recorded), eager);
    assert.ok(recorded.report.replays >= 3);
    assert.equal(recorded.report.dispatches, 3); // the ones of dy are a constant
    assert.notDeepEqual(eager[12], eager[15]);
  } finally {
    await useDevice("webgpu", { strict: true });
  }
}, ["webgpu"]);

/** The most bytes in use at once while a function runs, beyond those at its start. */
async function peakOf(device: DeviceName, run: () => Tensor[]): Promise<number> {
  if (device !== "webgpu") {
    const before = tf.memory().numBytes;
    const { peakBytes } = await tf.profile(() =>
      tf.dispose(run()) as unknown as tf.TensorContainer
    );
    return peakBytes - before;
  }
  const { bufferManager } = tf.backend() as unknown as {
    bufferManager: { numBytesUsed: number; acquireBuffer: (...given: unknown[]) => GPUBuffer };
  };
  const acquire = bufferManager.acquireBuffer;
  const before = bufferManager.numBytesUsed;
  let peak = before;
  bufferManager.acquireBuffer = function (...given) {
    const buffer = acquire.apply(this, given);
    peak = Math.max(peak, this.numBytesUsed);
    return buffer;
  };
  try {
    const made = run();
    await made[0]!.data();
    tf.dispose(made);
  } finally {
    bufferManager.acquireBuffer = acquire;
  }
  return peak - before;
}

testOnDevices("attention() needs memory that is linear in the context", async (device) => {
  const peak = async (T: number, options: object) => {
    const inputs = draw({ B: 1, H: 2, K: 2, T, S: T, D: 8, E: 8 });
    return await peakOf(
      device,
      () =>
        tf.grads((q, k, v) =>
          tf.sum(attention(q!, k!, v!, { causal: true, ...options })) as tf.Scalar
        )(inputs),
    );
  };
  const [short, long] = [await peak(1024, {}), await peak(2048, {})];
  const stored = await peak(2048, { onWeights: () => {} });
  assert.ok(stored >= 2 * 4 * 2 * 2048 ** 2, `the weights alone have more than ${stored} bytes`);
  assert.ok(3 * long <= stored, `${long} bytes, and ${stored} if the weights are stored`);
  assert.ok(long <= 2.2 * short, `${short} bytes at 1,024 tokens, ${long} at 2,048`);
}, ["wasm", "webgpu"]);
