import assert from "node:assert/strict";
import {
  ByteTokenizer,
  CharacterTokenizer,
  encodeBatch,
  encodeTexts,
  stackTexts,
  type TextOrPair,
  trainBytePair,
  type Truncation,
  wordPieceTokenizer,
} from "@tome/tome/text";
import golden from "../../golden/text_batches.json" with { type: "json" };
import { testOnDevices } from "../../_support/devices.ts";
import { randomTexts } from "./random_texts.ts";

const bert = wordPieceTokenizer(golden.vocab);

for (const { texts, maxLength, truncation, stride, index, ...rows } of golden.cases) {
  const name = `${maxLength} tokens, ${truncation}, ${typeof texts[0]}, stride ${stride}`;
  Deno.test(`encodeTexts() cuts as transformers does (${name})`, () => {
    const made = encodeTexts(bert, texts as TextOrPair[], {
      maxLength,
      truncation: truncation as Truncation,
      stride: stride ?? undefined,
    });
    assert.deepEqual(made.map((row) => row.index), index);
    for (const [i, row] of made.entries()) {
      const length = rows.mask[i]!.reduce((a, b) => a + b);
      assert.deepEqual(row.ids, rows.ids[i]!.slice(0, length));
      assert.deepEqual(row.segments, rows.segments[i]!.slice(0, length));
      assert.deepEqual(row.offsets, rows.offsets[i]!.slice(0, length));
      assert.deepEqual(row.words, rows.words[i]!.slice(0, length));
      assert.deepEqual(row.specialMask, rows.special[i]!.slice(0, length));
      assert.deepEqual(row.texts.map((text) => text < 0 ? 1 : 0), row.specialMask);
    }
  });
}

testOnDevices("encodeBatch() gives the tensors of transformers", async () => {
  for (const { texts, maxLength, truncation, stride, ids, mask, segments } of golden.cases) {
    const batch = encodeBatch(bert, texts as TextOrPair[], {
      maxLength,
      truncation: truncation as Truncation,
      stride: stride ?? undefined,
    });
    assert.deepEqual(Object.keys(batch), ["ids", "mask", "segments"]);
    assert.deepEqual(await batch.ids.array(), ids);
    assert.deepEqual(await batch.mask.array(), mask);
    assert.deepEqual(await batch.segments.array(), segments);
    for (const tensor of Object.values(batch)) {
      assert.equal(tensor.dtype, "int32");
      tensor.dispose();
    }
  }
});

testOnDevices("stackTexts() fills rows up to a length, on either side", async () => {
  const rows = encodeTexts(new ByteTokenizer(), ["a", "abc"]);
  const arrays = async (options: Parameters<typeof stackTexts>[1]) => {
    const { ids, mask } = stackTexts(rows, options);
    return [await ids.array(), await mask.array()];
  };
  assert.deepEqual(await arrays({ padding: 4, padId: 9 }), [
    [[97, 9, 9, 9], [97, 98, 99, 9]],
    [[1, 0, 0, 0], [1, 1, 1, 0]],
  ]);
  assert.deepEqual(await arrays({ padding: "max", maxLength: 5, paddingSide: "left" }), [
    [[0, 0, 0, 0, 97], [0, 0, 97, 98, 99]],
    [[0, 0, 0, 0, 1], [0, 0, 1, 1, 1]],
  ]);
  assert.throws(() => stackTexts(rows, { padding: "max", maxLength: 2 }), {
    name: "RangeError",
    message:
      "Cannot fill rows up to maxLength as it must be at least the longest row, of 3 tokens: current maxLength is 2",
  });
  for (const padding of [0, 1.5, -1]) {
    assert.throws(() => stackTexts(rows, { padding }), { name: "RangeError", message: /padding/ });
  }
  assert.throws(() => stackTexts([]), /must have a row with a token: current number of rows is 0/);
});

Deno.test("encodeTexts() refuses cuts that leave no text", () => {
  const pairs: TextOrPair[] = [["the whale", "the sea and the old man"]];
  assert.throws(() => encodeTexts(bert, pairs, { maxLength: 3 }), {
    name: "RangeError",
    message: /^Cannot cut to maxLength as it must be a whole number above 3/,
  });
  assert.throws(
    () => encodeTexts(bert, pairs, { maxLength: 8, truncation: "first" }),
    /^RangeError: Cannot cut the first text as the other must leave room for it: current maxLength is 8, the other text has 6/,
  );
  assert.throws(() => encodeTexts(bert, pairs, { maxLength: 8, stride: 1 }), {
    name: "TypeError",
    message: /pass "first" or "second"$/,
  });
  assert.throws(
    () => encodeTexts(bert, ["the whale said to him"], { maxLength: 5, stride: 3 }),
    /stride must be a whole number below their 3 tokens: current stride is 3/,
  );
});

Deno.test("encodeWithOffsets() gives the ids of encode(), and offsets that make up the text", () => {
  const texts = randomTexts(120, 11);
  const all = [
    CharacterTokenizer.fromText(texts.join(""), { specialTokens: ["<|endoftext|>"] }),
    new ByteTokenizer({ specialTokens: ["<|endoftext|>"] }),
    trainBytePair(texts, { vocabSize: 400, specialTokens: ["<|endoftext|>"] }),
  ];
  for (const tokenizer of all) {
    for (const text of texts) {
      for (const special of [true, false]) {
        const { ids, offsets, words } = tokenizer.encodeWithOffsets(text, { special });
        assert.deepEqual(ids, tokenizer.encode(text, { special }));
        let [at, word] = [0, -1];
        for (const [i, [start, end]] of offsets.entries()) {
          assert.ok(start <= at && end >= at && end > start, `${[start, end, at]}`); // nothing is left out
          at = end;
          assert.ok(words[i] === word || words[i] === word + 1);
          word = words[i]!;
        }
        assert.equal(at, text.length);
      }
    }
  }
});
