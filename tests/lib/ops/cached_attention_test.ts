import assert from "node:assert/strict";
import { attention, cachedAttention } from "@tome/tome/ops";
import { live, record, type Tensor, type Variable, writeRows } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { attentionReference } from "../../../lib/ops/attention.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

/** A buffer of `[B, K, capacity, D]`, filled with numbers that nobody must see beyond its first rows. */
function bufferOf(used: Tensor, capacity: number): Variable {
  const [B, K, S, D] = used.shape as [number, number, number, number];
  const rest = tf.fill([B, K, capacity - S, D], 1e6);
  const whole = tf.concat([used, rest], 2);
  const made = tf.variable(whole, false);
  tf.dispose([rest, whole]);
  return made;
}

const SHAPES = [
  { B: 1, H: 1, K: 1, T: 1, S: 1, C: 4, D: 2, E: 2 },
  { B: 2, H: 3, K: 3, T: 1, S: 7, C: 9, D: 4, E: 4 },
  { B: 2, H: 4, K: 2, T: 3, S: 70, C: 80, D: 8, E: 5 },
  { B: 1, H: 6, K: 1, T: 2, S: 130, C: 130, D: 3, E: 70 },
];
for (const shape of SHAPES) {
  testOnDevices(
    `cachedAttention() is causal attention to the first rows: ${JSON.stringify(shape)}`,
    async () => {
      const { B, H, K, T, S, C, D, E } = shape;
      const q = tf.randomNormal([B, H, T, D], 0, 1, "float32", 1);
      const k = tf.randomNormal([B, K, S, D], 0, 1, "float32", 2);
      const v = tf.randomNormal([B, K, S, E], 0, 1, "float32", 3);
      const [keys, values] = [bufferOf(k, C), bufferOf(v, C)];
      const y = cachedAttention(q, keys, values, { length: S, scale: 0.3 });
      await assertClose(y, attention(q, k, v, { causal: true, scale: 0.3 }));
      tf.dispose([keys, values]);
    },
  );
}

testOnDevices("cachedAttention() sees the keys of its window only", async () => {
  for (const { T, S, window } of [{ T: 1, S: 70, window: 5 }, { T: 3, S: 9, window: 4 }]) {
    const q = tf.randomNormal([2, 4, T, 8], 0, 1, "float32", 1);
    const k = tf.randomNormal([2, 2, S, 8], 0, 1, "float32", 2);
    const v = tf.randomNormal([2, 2, S, 3], 0, 1, "float32", 3);
    const [keys, values] = [bufferOf(k, S + 4), bufferOf(v, S + 4)];
    const y = cachedAttention(q, keys, values, { length: S, window });
    await assertClose(y, attentionReference(q, k, v, { causal: true, window }));
    tf.dispose([keys, values]);
  }
});

testOnDevices("cachedAttention() refuses what does not fit", () => {
  const q = tf.ones([1, 2, 2, 4]), keys = tf.ones([1, 2, 8, 4]);
  const message = /length must be in 2…8: current value is 9/;
  assert.throws(() => cachedAttention(q, keys, keys, { length: 9 }), {
    name: "RangeError",
    message,
  });
  assert.throws(() => cachedAttention(q, keys, keys, { length: 1 }), { name: "RangeError" });
  const other = tf.ones([1, 2, 8, 3]);
  assert.throws(() => cachedAttention(q, other, keys, { length: 3 }), { name: "ShapeError" });
  const three = tf.ones([1, 3, 2, 4]);
  assert.throws(() => cachedAttention(three, keys, keys, { length: 3 }), { name: "ShapeError" });
});

testOnDevices(
  "writeRows() writes where it is told, in place, and refuses what lies beyond",
  async () => {
    const buffer = bufferOf(tf.zeros([2, 1, 1, 3]), 4);
    const before = buffer.dataId;
    await buffer.data(); // what was read must not stay
    writeRows(buffer, tf.range(0, 12).reshape([2, 1, 2, 3]), () => 1);
    assert.equal(buffer.dataId, before);
    const M = 1e6;
    await assertClose(buffer, [
      ...[0, 0, 0, 0, 1, 2, 3, 4, 5, M, M, M],
      ...[0, 0, 0, 6, 7, 8, 9, 10, 11, M, M, M],
    ]);
    assert.throws(() => writeRows(buffer, tf.ones([2, 1, 2, 3]), 3), {
      name: "RangeError",
      message: "Cannot write rows 3…4 as there are 4 rows",
    });
    assert.throws(() => writeRows(buffer, tf.ones([2, 1, 2, 2]), 0), { name: "ShapeError" });
    buffer.dispose();
  },
);

testOnDevices(
  "writeRows() and cachedAttention() follow a length that grows from call to call",
  async () => {
    const [B, H, D, C] = [1, 2, 4, 16];
    const [keys, values] = [0, 1].map(() => bufferOf(tf.zeros([B, H, 1, D]), C)) as [
      Variable,
      Variable,
    ];
    let length = 0;
    using step = record((x: Tensor) => {
      const start = live(() => length);
      const end = live(() => length += 1);
      writeRows(keys, x, start);
      writeRows(values, tf.mul(x, 2), start);
      return cachedAttention(x, keys, values, { length: end });
    });
    const all: Tensor[] = [];
    for (let t = 0; t < 8; t++) {
      const x = tf.randomNormal([B, H, 1, D], 0, 1, "float32", t);
      all.push(x);
      const y = step(x);
      const k = tf.concat(all, 2);
      await assertClose(y, attention(x, k, tf.mul(k, 2), { causal: true }));
    }
    tf.dispose([keys, values]);
  },
);
