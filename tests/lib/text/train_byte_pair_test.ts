import assert from "node:assert/strict";
import { type BytePairProgress, trainBytePair } from "@tome/tome/text";
import golden from "../../golden/text_byte_pair.json" with { type: "json" };

Deno.test("trainBytePair() reproduces minbpe's published example", () => {
  const tokenizer = trainBytePair("aaabdaaabac", { vocabSize: 256 + 3, pattern: "none" });
  assert.deepEqual(tokenizer.encode("aaabdaaabac"), [258, 100, 258, 97, 99]);
  assert.equal(tokenizer.decode([258, 100, 258, 97, 99]), "aaabdaaabac");
  assert.deepEqual(tokenizer.merges, [[97, 97], [97, 98], [256, 257]]); // Z = aa, Y = ab, X = ZY
});

for (const pattern of ["gpt2", "gpt4", "none"] as const) {
  Deno.test(`trainBytePair() makes the merges of the tokenizers package (${pattern})`, () => {
    const { merges, tokens } = golden[pattern];
    const tokenizer = trainBytePair(golden.text, { vocabSize: 256 + merges.length, pattern });
    assert.deepEqual(
      tokenizer.merges.map((pair) => pair.map((id) => tokenizer.idToToken(id))),
      merges,
    );
    for (const [text, expected] of tokens as [string, string[]][]) {
      const actual = tokenizer.encode(text).map((id) => tokenizer.idToToken(id));
      assert.deepEqual(actual, expected, JSON.stringify(text));
    }
  });
}

Deno.test("trainBytePair() makes the same merges as counting anew each time", () => {
  const text = "the cat sat on the mat, the rat ate the fat cat; aaaa aaaaa banana bananas ".repeat(
    2,
  );
  const tokenizer = trainBytePair(text, { vocabSize: 310, pattern: "none" });
  let ids = [...new TextEncoder().encode(text)];
  for (const [n, [left, right]] of tokenizer.merges.entries()) {
    const counts = new Map<string, number>();
    for (let i = 0; i + 1 < ids.length; i++) {
      const pair = `${ids[i]} ${ids[i + 1]}`;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    assert.equal(counts.get(`${left} ${right}`), Math.max(...counts.values()), `merge ${n}`);
    const merged = tokenizer.tokenToId(tokenizer.idToToken(left)! + tokenizer.idToToken(right)!)!;
    const next: number[] = [];
    for (let i = 0; i < ids.length; i++) {
      const here = ids[i] === left && ids[i + 1] === right;
      next.push(here ? merged : ids[i]!);
      if (here) i++;
    }
    ids = next;
  }
  assert.ok(tokenizer.merges.length > 30, `${tokenizer.merges.length} merges`);
});

Deno.test("trainBytePair() reports each merge", () => {
  const seen: BytePairProgress[] = [];
  trainBytePair("aaabdaaabac", {
    vocabSize: 258,
    pattern: "none",
    onMerge: (merge) => seen.push(merge),
  });
  assert.deepEqual(seen, [
    { merges: 1, vocabSize: 257, token: "aa", count: 4 },
    { merges: 2, vocabSize: 258, token: "ab", count: 2 },
  ]);
});

Deno.test("trainBytePair() stops where pairs become too rare", () => {
  assert.equal(trainBytePair("abcabc", { vocabSize: 300, pattern: "none" }).vocabSize, 258);
  assert.equal(trainBytePair("abcd", { vocabSize: 300, pattern: "none" }).vocabSize, 256);
  const once = trainBytePair("abcd", { vocabSize: 300, pattern: "none", minCount: 1 });
  assert.deepEqual(once.encode("abcd"), [258]);
  assert.equal(trainBytePair("", { vocabSize: 300 }).vocabSize, 256);
});

Deno.test("trainBytePair() makes no token across texts, words or special tokens", () => {
  const options = { vocabSize: 400, specialTokens: ["<end>"] };
  const tokenizer = trainBytePair(["ab", "ab", "cd<end>ab", "cd<end>ab"], options);
  const tokens = tokenizer.merges.map(([a, b]) => tokenizer.idToToken(a)! + tokenizer.idToToken(b));
  assert.deepEqual(tokens, ["ab", "cd"]);
  assert.deepEqual([...tokenizer.specialTokens], [["<end>", 258]]);
  assert.deepEqual(tokenizer.encode("cd<end>"), [257, 258]);
  const spaced = trainBytePair("x y x y x y", { vocabSize: 400 });
  assert.ok(spaced.merges.every(([a, b]) => `${a}${b}` !== "12032"));
});

Deno.test("trainBytePair() makes equal merges of equal texts", () => {
  const [a, b] = [1, 2].map(() => JSON.stringify(trainBytePair(golden.text, { vocabSize: 400 })));
  assert.equal(a, b);
});

Deno.test("trainBytePair() throws if the vocabulary has no room", () => {
  assert.throws(() => trainBytePair("a", { vocabSize: 256, specialTokens: ["<end>"] }), {
    name: "RangeError",
    message:
      /whole number from 257, for 256 bytes and 1 special tokens, .*: current vocabSize is 256/,
  });
  assert.throws(() => trainBytePair("a", { vocabSize: 256.5 }), /current vocabSize is 256.5/);
  assert.throws(
    () => trainBytePair("a", { vocabSize: 300, pattern: "gpt3" as "gpt2" }),
    /pattern must be "gpt2", "gpt4" or "none": current pattern is "gpt3"/,
  );
});
