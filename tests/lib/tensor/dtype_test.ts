import assert from "node:assert/strict";
import {
  packBFloat16,
  packFloat16,
  packInt8,
  Rng,
  unpackBFloat16,
  unpackFloat16,
  unpackInt8,
} from "@tome/tome/tensor";

const EVERY = Uint16Array.from({ length: 65_536 }, (_, i) => i);

/** The value of 16 bits by the definition of the format. */
function define(bits: number, exponentBits: number): number {
  const fractionBits = 15 - exponentBits;
  const sign = bits >>> 15 ? -1 : 1;
  const exponent = (bits >>> fractionBits) & ((1 << exponentBits) - 1);
  const fraction = (bits & ((1 << fractionBits) - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === (1 << exponentBits) - 1) return fraction ? NaN : sign * Infinity;
  return exponent === 0
    ? sign * fraction * 2 ** (1 - bias)
    : sign * (1 + fraction) * 2 ** (exponent - bias);
}

const FORMATS = [
  { name: "Float16", exponentBits: 5, pack: packFloat16, unpack: unpackFloat16 },
  { name: "BFloat16", exponentBits: 8, pack: packBFloat16, unpack: unpackBFloat16 },
];

for (const { name, exponentBits, pack, unpack } of FORMATS) {
  Deno.test(`unpack${name}() gives each of the 65,536 values of the definition`, () => {
    const values = unpack(EVERY);
    for (const bits of EVERY) {
      assert.ok(Object.is(values[bits], define(bits, exponentBits)), `pattern ${bits}`);
    }
  });

  Deno.test(`pack${name}() gives back each of the 65,536 patterns`, () => {
    const back = pack(unpack(EVERY));
    for (const bits of EVERY) {
      if (Number.isNaN(define(bits, exponentBits))) {
        assert.ok(Number.isNaN(unpack(back.subarray(bits, bits + 1))[0]), `pattern ${bits}`);
      } else assert.equal(back[bits], bits);
    }
  });

  Deno.test(`pack${name}() rounds to the nearest, ties to even, between all neighbours`, () => {
    const infinity = ((1 << exponentBits) - 1) << (15 - exponentBits);
    const below = new Float32Array(infinity), tie = below.slice(), above = below.slice();
    for (let bits = 0; bits < infinity; bits++) {
      const a = define(bits, exponentBits);
      const b = bits + 1 === infinity // overflow: where the next value would lie
        ? 2 * a - define(bits - 1, exponentBits)
        : define(bits + 1, exponentBits);
      tie[bits] = (a + b) / 2; // exact in float32
      const word = new Uint32Array(tie.buffer, bits * 4, 1)[0]!;
      new Uint32Array(below.buffer)[bits] = word - 1;
      new Uint32Array(above.buffer)[bits] = word + 1;
    }
    const [packedBelow, packedTie, packedAbove] = [pack(below), pack(tie), pack(above)];
    const negative = pack(tie.map((x) => -x));
    for (let bits = 0; bits < infinity; bits++) {
      assert.equal(packedBelow[bits], bits, `below the tie over ${bits}`);
      assert.equal(packedTie[bits], bits + bits % 2, `the tie over ${bits}`);
      assert.equal(packedAbove[bits], bits + 1, `above the tie over ${bits}`);
      assert.equal(negative[bits], 0x8000 | (bits + bits % 2), `the tie under −${bits}`);
    }
  });
}

Deno.test("packBFloat16() keeps every NaN a NaN", () => {
  const words = Uint32Array.of(0x7f800001, 0x7fffffff, 0xff800001, 0xffffffff, 0x7fc00000);
  assert.ok(unpackBFloat16(packBFloat16(new Float32Array(words.buffer))).every(Number.isNaN));
});

Deno.test("unpackFloat16() and unpackBFloat16() read a part of a buffer", () => {
  const bits = Uint16Array.of(7, 0x3c00, 0x3f80).subarray(1);
  assert.equal(unpackFloat16(bits)[0], 1);
  assert.equal(unpackBFloat16(bits)[1], 1);
  assert.equal(unpackFloat16(new Uint16Array(0)).length, 0);
});

Deno.test("packInt8() moves no value by more than half a scale", () => {
  const random = new Rng(1);
  const values = Float32Array.from({ length: 512 }, () => random.normal());
  const packed = packInt8(values, { groupSize: 64 });
  assert.equal(packed.scales.length, 8);
  unpackInt8(packed).forEach((x, i) => {
    const scale = packed.scales[Math.floor(i / 64)]!;
    assert.ok(Math.abs(x - values[i]!) <= scale * 0.5 * (1 + 1e-5));
  });
  assert.deepEqual([...packInt8(Float32Array.of(-2, 1, 0, 2)).values], [-127, 64, 0, 127]);
  assert.deepEqual([...unpackInt8(packInt8(new Float32Array(3)))], [0, 0, 0]);
});

Deno.test("packInt8() throws if groups do not fit or a value is not finite", () => {
  assert.throws(() => packInt8(new Float32Array(6), { groupSize: 4 }), {
    name: "RangeError",
    message: /must divide the number of values, 6: current groupSize is 4/,
  });
  assert.throws(() => packInt8(Float32Array.of(1, NaN)), { message: /current value 1 is NaN/ });
});
