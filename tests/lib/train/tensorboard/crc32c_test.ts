import assert from "node:assert/strict";
import { crc32c, maskedCrc32c } from "../../../../lib/train/tensorboard/crc32c.ts";

Deno.test("crc32c() gives the checksums of RFC 3720, appendix B.4", () => {
  const vectors: [Uint8Array, number][] = [
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(255), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    [new TextEncoder().encode("123456789"), 0xe3069283],
    [new Uint8Array(), 0],
  ];
  for (const [bytes, expected] of vectors) assert.equal(crc32c(bytes), expected);
});

Deno.test("maskedCrc32c() turns by 15 bits and adds a constant", () => {
  const turned = (0x46dd794e >>> 15 | 0x46dd794e << 17) >>> 0;
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => i);
  assert.equal(maskedCrc32c(bytes), (turned + 0xa282ead8) % 2 ** 32);
});
