import assert from "node:assert/strict";
import { dequantizeRows, quantizedLinear, type QuantizedRows, quantizeRows } from "@tome/tome/ops";
import { dispose, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { quantizedLinearReference } from "../../../lib/ops/quantized_linear.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose, assertGradient } from "../../_support/numeric.ts";

const randomOf = (shape: number[], seed: number) =>
  tf.randomNormal(shape, 0, 1, "float32", seed) as Tensor;

/** Runs a test with a quantized matrix. */
async function withRows(
  shape: [number, number],
  options: Parameters<typeof quantizeRows>[1],
  test: (rows: QuantizedRows, weight: Tensor) => void | Promise<void>,
): Promise<void> {
  const weight = randomOf(shape, 5);
  const rows = await quantizeRows(weight, options);
  try {
    await test(rows, weight);
  } finally {
    dispose([weight, rows.codes, rows.scales]);
  }
}

/** What rounding x to 16 bits changes a result by at most: half a step for each weight. Other devices round nothing. */
async function roundingOf(x: Tensor, rows: QuantizedRows): Promise<number> {
  if (tf.getBackend() !== "wasm" || x.size === 0) return 0;
  const bound = tf.tidy(() => {
    const step = tf.div(tf.max(tf.abs(x)), 32767);
    return tf.mul(tf.mul(step, 0.5), tf.max(tf.sum(tf.abs(dequantizeRows(rows)), 1)));
  });
  const [value] = await bound.data();
  bound.dispose();
  return value!;
}

const FORMS = [{ bits: 8 }, { bits: 4 }, { bits: 8, groupSize: 32 }, {
  bits: 4,
  groupSize: 128,
}] as const;
/** Columns of part of a group, one, several; outputs of no multiple of a workgroup. */
const SHAPES: [number, number][] = [[1, 1], [5, 32], [7, 64], [3, 100], [66, 193], [2, 512]];

for (const form of FORMS) {
  const named = JSON.stringify(form);
  testOnDevices(
    `quantizeRows(${named}) errs by half a step of a group's scale at most`,
    async () => {
      for (const shape of SHAPES) {
        await withRows(shape, form, async (rows, weight) => {
          const back = dequantizeRows(rows);
          assert.deepEqual(back.shape, shape);
          const [actual, expected] = [await back.data(), await weight.data()];
          const scales = await rows.scales.data();
          const groups = rows.scales.shape[1]!,
            group = rows.codes.shape[1]! * 32 / form.bits / groups;
          for (let i = 0; i < actual.length; i++) {
            const place = Math.floor(i / shape[1]) * groups + Math.floor(i % shape[1] / group);
            const step = Math.abs(scales[place]!);
            // of 4 bits there is no integer 8, so that the largest of the other sign may err by a whole step
            const limit = form.bits === 8 ? 0.5001 * step : 1.0001 * step;
            assert.ok(Math.abs(actual[i]! - expected[i]!) <= limit, `number ${i}`);
          }
          back.dispose();
        });
      }
    },
  );

  testOnDevices(`quantizedLinear(${named}) is linear() of the unpacked weights`, async () => {
    for (const [outs, ins] of SHAPES) {
      await withRows([outs, ins], form, async (rows) => {
        const bias = randomOf([outs], 6);
        for (const lead of [[1], [2, 3], [9], [0]]) {
          const x = randomOf([...lead, ins], 7);
          for (const b of [undefined, bias]) {
            const [y, expected] = [
              quantizedLinear(x, rows, b),
              quantizedLinearReference(x, rows, b),
            ];
            assert.deepEqual(y.shape, [...lead, outs]);
            await assertClose(y, expected, { atol: 1e-5 + await roundingOf(x, rows) });
            dispose([y, expected]);
          }
          x.dispose();
        }
        bias.dispose();
      });
    }
  });
}

for (const bits of [8, 4] as const) {
  testOnDevices(`quantizedLinear(${bits} bits) has the right gradients`, async () => {
    await withRows([3, 2], { bits }, async (rows) => {
      for (const count of [2, 9]) {
        await assertGradient(
          (x: Tensor, bias: Tensor) => quantizedLinear(x, rows, bias),
          [randomOf([count, 2], 1), randomOf([3], 2)],
          { step: 0.5 }, // the function is linear
        );
      }
      await assertGradient((x) => quantizedLinear(x, rows), [randomOf([2, 2], 1)], { step: 0.5 });
    });
  });
}

testOnDevices("quantizedLinear() refuses what does not fit", async () => {
  await assert.rejects(quantizeRows(tf.ones([2, 4]) as Tensor, { groupSize: 48 }), {
    name: "RangeError",
    message: "Cannot quantize as bits must be 8 or 4 and groupSize a multiple of 32 up to 1024: " +
      "current bits are 8, groupSize 48",
  });
  await withRows([3, 40], {}, (rows) => {
    assert.throws(() => quantizedLinear(tf.ones([2, 39]) as Tensor, rows), { name: "ShapeError" });
    assert.throws(
      () => quantizedLinear(tf.ones([2, 40]) as Tensor, rows, tf.ones([4]) as Tensor),
      { name: "ShapeError" },
    );
    assert.throws(() => dequantizeRows({ ...rows, bits: 4, columns: 999 }), {
      name: "RangeError",
    });
  });
});
