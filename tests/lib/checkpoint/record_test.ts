import assert from "node:assert/strict";
import {
  fromFloat32,
  permuteRecord,
  type RecordDType,
  type TensorRecord,
  toFloat32,
  toInt32,
} from "@tome/tome/checkpoint";

type Stored = { buffer: ArrayBufferLike; byteOffset: number; byteLength: number; length: number };

function record(dtype: RecordDType, values: Stored): TensorRecord {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name: "w", dtype, shape: [values.length], bytes };
}

Deno.test("toFloat32() converts each dtype", () => {
  const cases: [RecordDType, Stored, number[]][] = [
    ["F64", Float64Array.of(0.1, 1e300), [Math.fround(0.1), Infinity]],
    ["F32", Float32Array.of(0.5, NaN), [0.5, NaN]],
    ["F16", Uint16Array.of(0x3c00, 0xfbff), [1, -65504]],
    ["BF16", Uint16Array.of(0x3f80, 0xff80), [1, -Infinity]],
    ["I64", BigInt64Array.of(-5n, 2n ** 53n), [-5, 2 ** 53]],
    ["U64", BigUint64Array.of(2n ** 64n - 1n), [2 ** 64]],
    ["I32", Int32Array.of(-7), [-7]],
    ["U32", Uint32Array.of(2 ** 31), [2 ** 31]],
    ["I16", Int16Array.of(-300), [-300]],
    ["U16", Uint16Array.of(65535), [65535]],
    ["I8", Int8Array.of(-128), [-128]],
    ["U8", Uint8Array.of(255), [255]],
    ["BOOL", Uint8Array.of(1, 0), [1, 0]],
  ];
  for (const [dtype, values, expected] of cases) {
    assert.deepEqual([...toFloat32(record(dtype, values))], expected, dtype);
  }
});

Deno.test("toFloat32() reads bytes that are not aligned", () => {
  const bytes = new Uint8Array(9);
  new DataView(bytes.buffer).setFloat32(1, 1.5, true);
  new DataView(bytes.buffer).setFloat32(5, -2, true);
  const values = toFloat32({ name: "w", dtype: "F32", shape: [2], bytes: bytes.subarray(1) });
  assert.deepEqual([...values], [1.5, -2]);
});

Deno.test("toFloat32() throws for 8-bit floats and for bytes that do not fit", () => {
  assert.throws(() => toFloat32(record("F8_E4M3", Uint8Array.of(1))), {
    name: "CheckpointError",
    message: /Cannot read "w" as float32 .*: current dtype is F8_E4M3/,
  });
  assert.throws(() => toFloat32({ ...record("F32", Float32Array.of(1)), shape: [2] }), {
    message: /F32 of shape \[2\] has 8 bytes: current number is 4/,
  });
});

Deno.test("toInt32() converts integers that fit, and no others", () => {
  const edge = BigInt64Array.of(-(2n ** 31n), 2n ** 31n - 1n);
  assert.deepEqual([...toInt32(record("I64", edge))], [-(2 ** 31), 2 ** 31 - 1]);
  assert.deepEqual([...toInt32(record("U8", Uint8Array.of(200)))], [200]);
  for (
    const [dtype, values] of [
      ["I64", BigInt64Array.of(0n, 2n ** 31n)],
      ["I64", BigInt64Array.of(0n, -(2n ** 31n) - 1n)],
      ["U64", BigUint64Array.of(0n, 2n ** 63n)],
      ["U32", Uint32Array.of(0, 2 ** 31)],
    ] as const
  ) {
    assert.throws(() => toInt32(record(dtype, values)), {
      name: "CheckpointError",
      message: new RegExp(`current value 1 is ${values[1]}`),
    });
  }
  assert.throws(() => toInt32(record("F16", Uint16Array.of(0))), { message: /must be integers/ });
});

Deno.test("fromFloat32() narrows, and checks the number of values", () => {
  assert.deepEqual([...fromFloat32("w", [1], Float32Array.of(1), "F16").bytes], [0, 0x3c]);
  assert.deepEqual([...fromFloat32("w", [1], Float32Array.of(1), "BF16").bytes], [0x80, 0x3f]);
  assert.throws(() => fromFloat32("w", [2, 2], Float32Array.of(1)), {
    name: "RangeError",
    message: /shape \[2,2\] has 4 values: current number is 1/,
  });
});

Deno.test("permuteRecord() reorders axes as the definition says, and back", () => {
  const shape = [2, 3, 4];
  const values = Uint16Array.from({ length: 24 }, (_, i) => i);
  const w = { ...record("U16", values), shape };
  const moved = permuteRecord(w, [2, 0, 1]);
  assert.deepEqual(moved.shape, [4, 2, 3]);
  const out = toFloat32(moved);
  for (let a = 0; a < 2; a++) {
    for (let b = 0; b < 3; b++) {
      for (let c = 0; c < 4; c++) {
        assert.equal(out[(c * 2 + a) * 3 + b], values[(a * 3 + b) * 4 + c]);
      }
    }
  }
  assert.deepEqual(permuteRecord(moved, [1, 2, 0]), { ...w, bytes: new Uint8Array(values.buffer) });
  const empty = { ...record("F32", new Float32Array(0)), shape: [0, 3] };
  assert.deepEqual(permuteRecord(empty, [1, 0]).shape, [3, 0]);
  assert.throws(() => permuteRecord(w, [0, 1, 1]), { name: "RangeError" });
});
