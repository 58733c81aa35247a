import assert from "node:assert/strict";
import { encodeMessage } from "../../../../lib/train/tensorboard/protobuf.ts";

const hex = (bytes: Uint8Array) => bytes.toHex();

Deno.test("encodeMessage() gives the bytes of the Protocol Buffers documentation", () => {
  // https://protobuf.dev/programming-guides/encoding/: Test1 { a = 150 }, Test2 { b = "testing" }, Test3 { c = Test1 }
  assert.equal(hex(encodeMessage((m) => m.int(1, 150))), "089601");
  assert.equal(hex(encodeMessage((m) => m.string(2, "testing"))), "120774657374696e67");
  assert.equal(hex(encodeMessage((m) => m.message(3, (c) => c.int(1, 150)))), "1a03089601");
});

Deno.test("encodeMessage() writes numbers of every width", () => {
  assert.equal(hex(encodeMessage((m) => m.double(1, 1))), "09000000000000f03f");
  assert.equal(hex(encodeMessage((m) => m.float(2, 1))), "150000803f");
  assert.equal(hex(encodeMessage((m) => m.bool(3, true))), "1801");
  assert.equal(hex(encodeMessage((m) => m.doubles(4, [1]))), "2208000000000000f03f");
  assert.equal(
    hex(encodeMessage((m) => m.int(1, Number.MAX_SAFE_INTEGER))), // 53 bits: seven groups of 7, and 4 more
    "08ffffffffffffff0f",
  );
});

Deno.test("encodeMessage() grows past its first buffer", () => {
  const long = "x".repeat(1000);
  const bytes = encodeMessage((m) => m.int(1, 1).string(2, long));
  assert.equal(new TextDecoder().decode(bytes.subarray(-1000)), long);
  assert.equal(bytes.length, 2 + 1 + 2 + 1000);
  const many = encodeMessage((m) => {
    for (let i = 0; i < 500; i++) m.int(1, 300); // wherever the buffer ends, a byte comes next
  });
  assert.equal(hex(many), "08ac02".repeat(500));
});

Deno.test("encodeMessage() throws if an integer is negative or not whole", () => {
  assert.throws(() => encodeMessage((m) => m.int(1, -1)), RangeError);
  assert.throws(() => encodeMessage((m) => m.int(1, 0.5)), RangeError);
});
