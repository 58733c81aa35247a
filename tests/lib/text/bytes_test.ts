import assert from "node:assert/strict";
import { ByteTokenizer } from "@tome/tome/text";
import { randomTexts } from "./random_texts.ts";

Deno.test("ByteTokenizer gives the bytes of UTF-8", () => {
  const tokenizer = new ByteTokenizer();
  assert.equal(tokenizer.vocabSize, 256);
  assert.deepEqual(tokenizer.encode("aé€😀"), [
    ...[0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80],
  ]);
  assert.deepEqual(tokenizer.encode(""), []);
  assert.equal(tokenizer.decode([]), "");
});

Deno.test("ByteTokenizer brings back any text", () => {
  const tokenizer = new ByteTokenizer();
  for (const text of randomTexts(300)) {
    assert.equal(tokenizer.decode(tokenizer.encode(text)), text.toWellFormed());
  }
});

Deno.test("ByteTokenizer.decode() replaces what is not UTF-8", () => {
  assert.equal(new ByteTokenizer().decode([0x61, 0xe2, 0x82, 0x62, 0xff]), "a\ufffdb\ufffd");
  assert.equal(new ByteTokenizer().decode(Int32Array.of(0xef, 0xbb, 0xbf, 0x61)), "\ufeffa");
});

Deno.test("ByteTokenizer gives special tokens the ids from 256 on", () => {
  const tokenizer = new ByteTokenizer({ specialTokens: ["<a>", "<a><b>"] });
  assert.equal(tokenizer.vocabSize, 258);
  assert.deepEqual(tokenizer.encode("x<a><b><a>"), [0x78, 257, 256]);
  assert.equal(tokenizer.decode([0x78, 257, 256]), "x<a><b><a>");
  assert.equal(tokenizer.decode([0x78, 257, 256], { skipSpecial: true }), "x");
  assert.deepEqual(tokenizer.encode("<a>", { special: false }), [0x3c, 0x61, 0x3e]);
  assert.equal(tokenizer.tokenToId("Ġ"), 32);
  assert.equal(tokenizer.idToToken(32), "Ġ");
  assert.equal(tokenizer.tokenToId("<a><b>"), 257);
  assert.equal(tokenizer.idToToken(256), "<a>");
  assert.equal(tokenizer.idToToken(258), undefined);
});

Deno.test("ByteTokenizer.decode() throws if an id is not in the vocabulary", () => {
  for (const id of [256, -1, 1.5, NaN]) {
    assert.throws(() => new ByteTokenizer().decode([0, id]), {
      name: "RangeError",
      message:
        `Cannot decode as each id must be a whole number in 0…255: current id at position 1 is ${id}`,
    });
  }
});

Deno.test("ByteTokenizer refuses special tokens that are empty or alike", () => {
  assert.throws(() => new ByteTokenizer({ specialTokens: [""] }), /not empty/);
  assert.throws(() => new ByteTokenizer({ specialTokens: ["<a>", "<a>"] }), /must differ/);
});
