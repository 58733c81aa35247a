import assert from "node:assert/strict";
import { BytePairTokenizer, trainBytePair } from "@tome/tome/text";
import gpt2 from "../../golden/text_gpt2.json" with { type: "json" };
import { randomTexts } from "./random_texts.ts";

const published = new BytePairTokenizer({
  vocab: gpt2.vocab,
  merges: gpt2.merges as [string, string][],
  specialTokens: { "<|endoftext|>": 50256 },
});

Deno.test("BytePairTokenizer.encode() gives the ids of GPT-2's published vocabulary", () => {
  for (const [text, ids] of gpt2.ids as [string, number[]][]) {
    assert.deepEqual(published.encode(text), ids, JSON.stringify(text));
    assert.equal(published.decode(ids), text);
  }
  assert.equal(published.vocabSize, 50257);
});

Deno.test("BytePairTokenizer.fromFiles() reads vocab.bpe, and finds the special token", () => {
  const lines = ["#version: 0.2", ...gpt2.merges.map((pair) => pair.join(" ")), ""];
  for (const end of ["\n", "\r\n"]) {
    const tokenizer = BytePairTokenizer.fromFiles(gpt2.vocab, lines.join(end));
    assert.deepEqual([...tokenizer.specialTokens], [["<|endoftext|>", 50256]]);
    assert.deepEqual(tokenizer.merges, published.merges);
    const [text, ids] = gpt2.ids.at(-2) as [string, number[]];
    assert.deepEqual(tokenizer.encode(text), ids);
  }
  assert.throws(() => BytePairTokenizer.fromFiles(gpt2.vocab, "#version: 0.2\na b c"), {
    name: "SyntaxError",
    message: 'Cannot read the merges as each line must hold two tokens: current line 2 is "a b c"',
  });
});

Deno.test("BytePairTokenizer brings back any text, whatever the pattern", () => {
  const texts = randomTexts(200, 3);
  for (const pattern of ["gpt2", "gpt4", "none"] as const) {
    const tokenizer = trainBytePair(texts, {
      vocabSize: 500,
      pattern,
      specialTokens: ["<|endoftext|>"],
    });
    for (const text of [...texts, ...randomTexts(200, 4)]) {
      for (const special of [true, false]) {
        assert.equal(tokenizer.decode(tokenizer.encode(text, { special })), text.toWellFormed());
      }
    }
  }
});

Deno.test("BytePairTokenizer.encode() gives long words the ids that short ones get", () => {
  const tokenizer = trainBytePair("aaab aab abab bbb aabb".repeat(3), {
    vocabSize: 270,
    pattern: "none",
  });
  for (let n = 30; n < 60; n++) { // the way changes at 48 bytes
    const text = "abaabbbab".repeat(9).slice(0, n);
    assert.deepEqual(tokenizer.encode(text), byHand(tokenizer, text));
  }
});

/** The definition, without a heap or a cache: merge the leftmost pair of lowest rank until there is none. */
function byHand(tokenizer: BytePairTokenizer, text: string): number[] {
  const ids = [...new TextEncoder().encode(text)];
  for (;;) {
    let [best, at] = [Infinity, -1];
    for (let i = 0; i + 1 < ids.length; i++) {
      const rank = tokenizer.merges.findIndex(([a, b]) => a === ids[i] && b === ids[i + 1]);
      if (rank >= 0 && rank < best) [best, at] = [rank, i];
    }
    if (at < 0) return ids;
    const pair = tokenizer.merges[best]!;
    const merged = pair.map((id) => tokenizer.idToToken(id)).join("");
    ids.splice(at, 2, tokenizer.tokenToId(merged)!);
  }
}

Deno.test("BytePairTokenizer reads special tokens as text if asked to", () => {
  const ids = published.encode("<|endoftext|>", { special: false });
  assert.ok(!ids.includes(50256) && ids.length > 1);
  assert.equal(published.decode(ids), "<|endoftext|>");
  assert.equal(published.decode([...ids, 50256], { skipSpecial: true }), "<|endoftext|>");
});

Deno.test("BytePairTokenizer.decode() throws if an id is not in the vocabulary", () => {
  for (const id of [50257, 50255, -1]) { // 50255 is not among the tokens kept here
    assert.throws(() => published.decode([id]), /current id at position 0 is/);
  }
});

Deno.test("BytePairTokenizer refuses a vocabulary that lacks a token", () => {
  const { "!": _, ...without } = gpt2.vocab;
  assert.throws(() => new BytePairTokenizer({ vocab: without, merges: [] }), /"!" is missing/);
  const { "<|endoftext|>": end, ...vocab } = gpt2.vocab;
  assert.equal(end, 50256);
  assert.throws(
    () => new BytePairTokenizer({ vocab, merges: [["!", "!"]] }),
    /"!!" is missing/,
  );
  assert.throws(() => new BytePairTokenizer({ vocab: { ...vocab, "<s>": 0 }, merges: [] }), {
    name: "RangeError",
    message: /have an id of its own: current token is "<s>", with id 0/,
  });
  assert.throws(() => new BytePairTokenizer({ vocab: { ...vocab, "a b": 60000 }, merges: [] }), {
    name: "RangeError",
    message: /written in GPT-2's alphabet .* "a b"/,
  });
});
