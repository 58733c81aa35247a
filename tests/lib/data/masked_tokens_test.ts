import assert from "node:assert/strict";
import { type MaskableText, maskedBatch, maskTokens, nextSentencePairs } from "@tome/tome/data";
import { Rng } from "@tome/tome/tensor";
import { encodeTexts, wordPieceTokenizer } from "@tome/tome/text";
import { testOnDevices } from "../../_support/devices.ts";

/** A row of `[CLS]`, words of two tokens each, and `[SEP]`. */
function row(words: number): MaskableText & { segments: number[] } {
  const places = Array.from({ length: 2 * words }, (_, i) => i);
  return {
    ids: [1, ...places.map((i) => 5 + i % 90), 2],
    words: [-1, ...places.map((i) => i >> 1), -1],
    texts: [-1, ...places.map(() => 0), -1],
    specialMask: [1, ...places.map(() => 0), 1],
    segments: [0, ...places.map(() => 0), 0],
  };
}

const OPTIONS = { maskId: 3, vocabSize: 100 };

/** Fails unless a count is within five standard deviations of what chance gives. */
function assertShare(count: number, of: number, share: number, what: string): void {
  const spread = 5 * Math.sqrt(of * share * (1 - share));
  assert.ok(Math.abs(count - of * share) < spread, `${what}: ${count} of ${of}, not ${share}`);
}

Deno.test("maskTokens() chooses 15 of 100 tokens; 8 of 10 become the mask, one another, one stays", () => {
  const given = row(20_000);
  const { ids, labels } = maskTokens(given, { ...OPTIONS, rng: new Rng(1) });
  const chosen = labels.flatMap((label, t) => label === -100 ? [] : [t]);
  for (const t of chosen) assert.equal(labels[t], given.ids[t]);
  for (const [t, id] of ids.entries()) if (labels[t] === -100) assert.equal(id, given.ids[t]);
  assertShare(chosen.length, 40_000, 0.15, "chosen");
  const masked = chosen.filter((t) => ids[t] === 3).length;
  const same = chosen.filter((t) => ids[t] === given.ids[t]).length;
  assertShare(masked, chosen.length, 0.8 + 0.1 / 100, "masked");
  assertShare(same, chosen.length, 0.1 + 0.1 / 100, "the same");
  assert.equal(labels[0], -100);
  assert.equal(labels.at(-1), -100);
});

Deno.test("maskTokens() gives the same for the same seed, and others the next time", () => {
  const rng = new Rng(7);
  const [first, second] = [1, 2].map(() => maskTokens(row(50), { ...OPTIONS, rng }));
  assert.notDeepEqual(first, second);
  assert.deepEqual(maskTokens(row(50), { ...OPTIONS, rng: new Rng(7) }), first);
});

Deno.test("maskTokens() chooses whole words, if asked to", () => {
  const given = row(20_000);
  const { labels } = maskTokens(given, { ...OPTIONS, wholeWords: true, rng: new Rng(2) });
  let words = 0;
  for (let t = 1; t < labels.length - 1; t += 2) {
    assert.equal(labels[t] === -100, labels[t + 1] === -100);
    if (labels[t] !== -100) words++;
  }
  assertShare(words, 20_000, 0.15, "words");
  const apart = maskTokens(given, { ...OPTIONS, rng: new Rng(2) }).labels;
  assert.ok(apart.some((label, t) => t % 2 && (label === -100) !== (apart[t + 1] === -100)));
});

Deno.test("maskTokens() tells a word of the first text from the same word of the second", () => {
  const two = { ids: [8, 9], words: [0, 0], texts: [0, 1], specialMask: [0, 0] };
  const rng = new Rng(3);
  const rows = Array.from(
    { length: 200 },
    () => maskTokens(two, { ...OPTIONS, wholeWords: true, probability: 0.5, rng }).labels,
  );
  assert.ok(rows.some(([a, b]) => a === 8 && b === -100));
});

Deno.test("maskTokens() refuses shares out of range", () => {
  assert.throws(() => maskTokens(row(1), { ...OPTIONS, shares: [0.8, 0.3] }), {
    name: "RangeError",
    message: /must be in 0…1: current probability is 0.15, shares are \[0.8,0.3\]/,
  });
  assert.throws(() => maskTokens(row(1), { ...OPTIONS, probability: 2 }), { name: "RangeError" });
});

testOnDevices("maskedBatch() fills rows up, whose labels do not count there", async () => {
  const tokenizer = wordPieceTokenizer("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nwhale\n##s");
  const rows = encodeTexts(tokenizer, [["the", "whales"], "the"]);
  const options = { maskId: 4, vocabSize: 8, probability: 1, shares: [1, 0] } as const;
  const batch = maskedBatch(rows, { ...options, padding: 7, padId: 0, rng: new Rng(1) });
  const values = async (name: keyof typeof batch) => await batch[name].array();
  assert.deepEqual(await values("ids"), [[2, 4, 3, 4, 4, 3, 0], [2, 4, 3, 0, 0, 0, 0]]);
  assert.deepEqual(await values("mask"), [[1, 1, 1, 1, 1, 1, 0], [1, 1, 1, 0, 0, 0, 0]]);
  assert.deepEqual(await values("segments"), [[0, 0, 0, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0, 0]]);
  const no = -100;
  assert.deepEqual(await values("labels"), [
    [no, 5, no, 6, 7, no, no],
    [no, 5, no, no, no, no, no],
  ]);
  const left = maskedBatch(rows, { ...options, paddingSide: "left", rng: new Rng(1) });
  assert.deepEqual(await left.labels.array(), [
    [no, 5, no, 6, 7, no],
    [no, no, no, no, 5, no],
  ]);
});

Deno.test("nextSentencePairs() takes what follows, or a sentence of another text, one for one", () => {
  const texts = Array.from(
    { length: 40 },
    (_, n) => Array.from({ length: 101 }, (_, i) => `${n} ${i}`),
  );
  const pairs = [...nextSentencePairs([...texts, [], ["alone"]], { rng: new Rng(1) })];
  assert.equal(pairs.length, 4000);
  for (const { pair: [a, b], nextLabel } of pairs) {
    const [textA, i] = a.split(" "), [textB, j] = b.split(" ");
    if (nextLabel === 0) assert.deepEqual([textB, Number(j)], [textA, Number(i) + 1]);
    else assert.notEqual(textB, textA);
  }
  const others = pairs.filter(({ nextLabel }) => nextLabel === 1);
  assertShare(others.length, 4000, 0.5, "others");
  const from = new Set(others.map(({ pair }) => pair[1].split(" ")[0]));
  assert.ok(from.size >= 40, `${from.size} texts`);
  assert.throws(() => [...nextSentencePairs([["a", "b"]])], {
    name: "RangeError",
    message: /there must be 2 texts.*current number is 1/,
  });
});
