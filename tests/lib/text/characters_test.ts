import assert from "node:assert/strict";
import { CharacterTokenizer } from "@tome/tome/text";
import { randomTexts } from "./random_texts.ts";

Deno.test("CharacterTokenizer sorts the characters of a text by code point", () => {
  const tokenizer = CharacterTokenizer.fromText("b😀aﬀb\n");
  assert.equal(tokenizer.vocabSize, 5);
  assert.deepEqual([0, 1, 2, 3, 4].map((id) => tokenizer.idToToken(id)), [
    ..."\nab",
    "ﬀ", // U+FB00, whose UTF-16 unit lies above those of 😀
    "😀",
  ]);
  assert.deepEqual(tokenizer.encode("😀ab"), [4, 1, 2]);
  assert.equal(tokenizer.tokenToId("b"), 2);
  assert.equal(tokenizer.tokenToId("c"), undefined);
});

Deno.test("CharacterTokenizer brings back any text", () => {
  const texts = randomTexts(300, 2);
  const tokenizer = CharacterTokenizer.fromText(texts.join(""));
  for (const text of texts) {
    assert.equal(tokenizer.decode(tokenizer.encode(text)), text.toWellFormed());
  }
});

Deno.test("CharacterTokenizer of an empty text has an empty vocabulary", () => {
  const tokenizer = CharacterTokenizer.fromText("");
  assert.equal(tokenizer.vocabSize, 0);
  assert.deepEqual(tokenizer.encode(""), []);
  assert.equal(tokenizer.decode([]), "");
});

Deno.test("CharacterTokenizer.encode() names the character that it does not know", () => {
  assert.throws(() => CharacterTokenizer.fromText("a😀").encode("a😀é"), {
    name: "RangeError",
    message:
      'Cannot encode the text as each character must be in the vocabulary: current character 2 is "é" (U+00E9); ' +
      'make the tokenizer from all of the text, or with { unknown: "<unk>" }',
  });
});

Deno.test("CharacterTokenizer gives unknown characters a token if asked to", () => {
  const tokenizer = CharacterTokenizer.fromText("ab", {
    unknown: "<unk>",
    specialTokens: ["<end>"],
  });
  assert.deepEqual(tokenizer.encode("xa<end>"), [2, 0, 3]);
  assert.equal(tokenizer.decode([2, 0, 3]), "<unk>a<end>");
  assert.equal(tokenizer.decode([2, 0, 3], { skipSpecial: true }), "a");
  assert.deepEqual([...tokenizer.specialTokens], [["<unk>", 2], ["<end>", 3]]);
  assert.deepEqual(tokenizer.encode("<end>", { special: false }), [2, 2, 2, 2, 2]);
});

Deno.test("CharacterTokenizer refuses entries that are no characters, or appear twice", () => {
  assert.throws(() => new CharacterTokenizer(["a", "bc"]), /current entry 1 is "bc"/);
  assert.throws(() => new CharacterTokenizer(["\ud800"]), /must be one character/);
  assert.throws(() => new CharacterTokenizer(["a", "b", "a"]), /"a" appears twice/);
  assert.throws(() => new CharacterTokenizer(["a"], { unknown: "a" }), /"a" appears twice/);
});

Deno.test("CharacterTokenizer.decode() throws if an id is not in the vocabulary", () => {
  assert.throws(() => CharacterTokenizer.fromText("ab").decode([0, 2]), {
    name: "RangeError",
    message:
      "Cannot decode as each id must be a whole number in 0…1: current id at position 1 is 2",
  });
});
