import assert from "node:assert/strict";
import { tokenizerFromJSON, type TokenizerPartJSON } from "@tome/tome/text";
import { AlignedText } from "../../../lib/text/aligned_text.ts";
import { normalizerOf } from "../../../lib/text/normalizer.ts";
import golden from "../../golden/text_parts.json" with { type: "json" };

type Answer = [normal: string, offsets: [number, number][], words: number[]];

interface Case {
  normalizer: TokenizerPartJSON | null;
  pre_tokenizer: TokenizerPartJSON | null;
  answers: Answer[];
}

const { texts, cases } = golden as unknown as { texts: string[]; cases: Case[] };

function nameOf(part: TokenizerPartJSON | null): string {
  const text = JSON.stringify(part);
  return text.length > 90 ? `${text.slice(0, 90)}…` : text;
}

for (const { normalizer, pre_tokenizer, answers } of cases) {
  const parts = [normalizer, pre_tokenizer].filter((part) => part !== null).map(nameOf).join(", ");
  Deno.test(`encodeWithOffsets() finds the words of the tokenizers package: ${parts}`, () => {
    const tokenizer = tokenizerFromJSON({
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: [],
      normalizer,
      pre_tokenizer,
      post_processor: null,
      decoder: null,
      model: { type: "WordLevel", vocab: { "[UNK]": 0 }, unk_token: "[UNK]" },
    });
    for (const [i, [normal, offsets, words]] of answers.entries()) {
      const text = texts[i]!;
      assert.equal(normalizerOf(normalizer)(new AlignedText(text)).text, normal);
      const made = tokenizer.encodeWithOffsets(text);
      assert.deepEqual(made.offsets, offsets, JSON.stringify([text, normal]));
      assert.deepEqual(made.words, words, JSON.stringify(text));
    }
  });
}

Deno.test("AlignedText knows where each unit is from, through changes and cuts", () => {
  const text = new AlignedText("a😀b c");
  assert.deepEqual(text.span(1, 3), [1, 3]);
  assert.deepEqual(text.span(2, 3), [1, 3]); // half of a character stands for all of it
  const cut = text.slice(3, 6).map((c) => c === "b" ? "[b]" : c);
  assert.equal(cut.text, "[b] c");
  assert.deepEqual([cut.span(0, 3), cut.span(4, 5), cut.span(0, 5)], [[3, 4], [5, 6], [3, 6]]);
  assert.deepEqual(cut.slice(3, 5).replace(/ /g, "__").span(0, 2), [4, 5]);
  assert.deepEqual(text.prepend(">>").span(0, 3), [0, 1]);
  assert.equal(new AlignedText("").prepend(">").text, "");
});
