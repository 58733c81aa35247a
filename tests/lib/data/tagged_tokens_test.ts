import assert from "node:assert/strict";
import { collateQuestions, collateTagged, encodeQuestions, encodeTagged } from "@tome/tome/data";
import { simpleBrownTag } from "@tome/tome/data/brown-corpus";
import { ByteTokenizer, trainBytePair, wordPieceTokenizer } from "@tome/tome/text";
import { dispose } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";

const tokenizer = wordPieceTokenizer(
  "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nwhale\n##s\nswim\n!\n?\nwho\na\nb",
);
const LABELS = ["O", "B-x", "I-x"];

Deno.test("encodeTagged() gives the tag of a word to its first token, and to no other", () => {
  const sentence = { tokens: ["The", "whales", "swim", "!?"], tags: ["O", "B-x", "I-x", "O"] };
  const [row] = encodeTagged(tokenizer, [sentence], { labels: LABELS });
  assert.deepEqual(row!.ids, [2, 5, 6, 7, 8, 9, 10, 3]);
  assert.deepEqual(row!.words, [-1, 0, 1, -1, 2, 3, -1, -1]);
  assert.deepEqual(row!.labels, [-100, 0, 1, -100, 2, 0, -100, -100]);
});

Deno.test("encodeTagged() goes on in further rows, and passes over words of no token", () => {
  const tokens = ["whales", "\u200b", "whales", "swim", "the"];
  const tags = ["B-x", "I-x", "O", "B-x", "O"];
  const rows = encodeTagged(tokenizer, [{ tokens: ["swim"], tags: ["O"] }, { tokens, tags }], {
    labels: LABELS,
    maxLength: 5,
  });
  assert.deepEqual(rows.map(({ index }) => index), [0, 1, 1]);
  assert.deepEqual(rows[1]!.words, [-1, 0, -1, 2, -1]);
  assert.deepEqual(rows[2]!.words, [-1, -1, 3, 4, -1]); // "##s" goes on with word 2
  assert.deepEqual(rows[2]!.labels, [-100, -100, 1, 0, -100]);
});

Deno.test("encodeTagged() finds words behind spaces that are part of their tokens", () => {
  const bytes = trainBytePair("the whale the whale the whale", { vocabSize: 270 });
  const [row] = encodeTagged(bytes, [{ tokens: ["the", "whale"], tags: ["O", "B-x"] }], {
    labels: LABELS,
  });
  const first = row!.words.indexOf(1);
  assert.ok(first > 0);
  assert.match(bytes.decode([row!.ids[first]!]), /^ w/);
  assert.equal(row!.labels.filter((label) => label >= 0).length, 2);
});

Deno.test("encodeTagged() refuses tags that are no labels, and too few", () => {
  const encode = (tokens: string[], tags: string[]) =>
    encodeTagged(tokenizer, [{ tokens, tags }], { labels: LABELS });
  assert.throws(() => encode(["the"], ["B-y"]), { name: "RangeError", message: /B-y is not/ });
  assert.throws(() => encode(["the", "whale"], ["O"]), { message: /2 words and 1 tags/ });
});

const QUESTION = { question: "who?", context: "the whales swim!", answer: "whales", start: 4 };

Deno.test("encodeQuestions() says which tokens are the answer", () => {
  const [row] = encodeQuestions(tokenizer, [QUESTION]);
  assert.deepEqual(row!.ids, [2, 11, 10, 3, 5, 6, 7, 8, 9, 3]);
  assert.deepEqual([row!.start, row!.end], [5, 6]);
  const [unknown] = encodeQuestions(tokenizer, [{ question: "who?", context: "the whales" }]);
  assert.deepEqual([unknown!.start, unknown!.end], [-100, -100]);
});

Deno.test("encodeQuestions() points at the first token where a window lacks a part of the answer", () => {
  const rows = encodeQuestions(tokenizer, [QUESTION], { maxLength: 7, stride: 1 });
  assert.deepEqual(rows.map(({ ids }) => ids.slice(4, -1)), [[5, 6], [6, 7], [7, 8], [8, 9]]);
  assert.deepEqual(rows.map(({ start, end }) => [start, end]), [[0, 0], [4, 5], [0, 0], [0, 0]]);
});

testOnDevices(
  "collateTagged() and collateQuestions() fill rows up with what is not learnt",
  async () => {
    const rows = encodeTagged(new ByteTokenizer(), [
      { tokens: ["ab"], tags: ["B-x"] },
      { tokens: ["a"], tags: ["O"] },
    ], { labels: LABELS });
    const batch = collateTagged(rows, { padding: 4, padId: 9 });
    assert.deepEqual([...await batch.ids.data()], [97, 98, 9, 9, 97, 9, 9, 9]);
    assert.deepEqual([...await batch.labels.data()], [1, -100, -100, -100, 0, -100, -100, -100]);
    assert.deepEqual([...await batch.mask.data()], [1, 1, 0, 0, 1, 0, 0, 0]);
    const asked = collateQuestions(encodeQuestions(tokenizer, [QUESTION, QUESTION]));
    assert.deepEqual(asked.ids.shape, [2, 10]);
    assert.deepEqual([...await asked.starts.data(), ...await asked.ends.data()], [5, 5, 6, 6]);
    dispose([batch.ids, batch.mask, batch.segments, batch.labels]);
    dispose(Object.values(asked));
  },
);

Deno.test("simpleBrownTag() keeps the part of speech alone", () => {
  const given = ["np-tl", "nn-tl-hl", "fw-in-nc", "pps+bez", "md*", "*", "--", "np$", ".-hl", "jj"];
  const wanted = ["np", "nn", "in", "pps", "md", "*", "--", "np$", ".", "jj"];
  assert.deepEqual(given.map(simpleBrownTag), wanted);
});
