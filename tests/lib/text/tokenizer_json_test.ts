import assert from "node:assert/strict";
import {
  ByteTokenizer,
  CharacterTokenizer,
  loadTokenizer,
  saveTokenizer,
  type Tokenizer,
  tokenizerFromJSON,
  type TokenizerJSON,
  trainBytePair,
} from "@tome/tome/text";
import { findPython, runPython } from "../../_support/python.ts";
import { randomTexts } from "./random_texts.ts";

const texts = randomTexts(150, 5).map((text) => text.toWellFormed());
const whitespace = Array.from({ length: 0x3100 }, (_, code) => String.fromCharCode(code))
  .filter((c) => /[\s\p{White_Space}\p{Cc}\p{Cf}]/u.test(c) || c === "\ufeff");
const probes = [...texts, ...whitespace.map((c) => `a${c}b ${c} ${c}${c}'s`), "\ufeffa \ufeff b"];
const everything = probes.join("");

const tokenizers: Record<string, Tokenizer> = {
  "characters": CharacterTokenizer.fromText(everything),
  "characters, with an unknown": CharacterTokenizer.fromText("abc XYZ", {
    unknown: "<unk>",
    specialTokens: ["<|endoftext|>", "a b"],
  }),
  "bytes": new ByteTokenizer({ specialTokens: ["<|endoftext|>"] }),
  "byte pairs, gpt2": trainBytePair(texts, {
    vocabSize: 400,
    specialTokens: ["<|endoftext|>", "two words"],
  }),
  "byte pairs, gpt4": trainBytePair(texts, { vocabSize: 400, pattern: "gpt4" }),
  "byte pairs, none": trainBytePair(texts, { vocabSize: 400, pattern: "none" }),
};

for (const [name, tokenizer] of Object.entries(tokenizers)) {
  Deno.test(`tokenizerFromJSON() gives equal ids and texts (${name})`, () => {
    const read = tokenizerFromJSON(JSON.stringify(tokenizer));
    assert.equal(read.vocabSize, tokenizer.vocabSize);
    assert.deepEqual([...read.specialTokens], [...tokenizer.specialTokens]);
    for (const text of probes) {
      for (const special of [true, false]) {
        const ids = tokenizer.encode(text, { special });
        assert.deepEqual(read.encode(text, { special }), ids, JSON.stringify(text));
        assert.equal(read.decode(ids), tokenizer.decode(ids));
        assert.equal(
          read.decode(ids, { skipSpecial: true }),
          tokenizer.decode(ids, { skipSpecial: true }),
        );
      }
    }
    for (let id = 0; id <= tokenizer.vocabSize; id++) {
      const token = tokenizer.idToToken(id);
      assert.equal(read.idToToken(id), token);
      if (token !== undefined) assert.equal(read.tokenToId(token), id);
    }
    assert.deepEqual(read.toJSON(), JSON.parse(JSON.stringify(tokenizer)));
    assert.throws(() => read.decode([tokenizer.vocabSize]), { name: "RangeError" });
  });
}

const PROGRAM = `
import json, sys
from tokenizers import Tokenizer
asked = json.load(open(sys.argv[1], encoding="utf-8"))
answers = {}
for name, file in asked["files"].items():
    t = Tokenizer.from_str(file)
    ids = [t.encode(text).ids for text in asked["texts"]]
    answers[name] = {
        "size": t.get_vocab_size(),
        "ids": ids,
        "texts": [t.decode(i, skip_special_tokens=False) for i in ids],
        "plain": [t.decode(i, skip_special_tokens=True) for i in ids],
    }
print(json.dumps(answers))
`;

interface Answer {
  size: number;
  ids: number[][];
  texts: string[];
  plain: string[];
}

const python = await findPython("tokenizers");
const WITH_PYTHON = "Tokenizer.toJSON() is read by Python's tokenizers with equal ids and texts";
if (!python) {
  Deno.test(`${WITH_PYTHON}: not run: no Python with tokenizers; TOME_PYTHON may name one`, () => {});
} else {
  Deno.test(WITH_PYTHON, async (t) => {
    const file = await Deno.makeTempFile();
    try {
      const files = Object.fromEntries(
        Object.entries(tokenizers).map(([name, tokenizer]) => [name, JSON.stringify(tokenizer)]),
      );
      await Deno.writeTextFile(file, JSON.stringify({ files, texts: probes }));
      const answers = await runPython(python, PROGRAM, [file]) as Record<string, Answer>;
      for (const [name, tokenizer] of Object.entries(tokenizers)) {
        await t.step(name, () => {
          const { size, ids, texts, plain } = answers[name]!;
          assert.equal(size, tokenizer.vocabSize);
          for (const [i, probe] of probes.entries()) {
            const own = tokenizer.encode(probe);
            assert.deepEqual(ids[i], own, JSON.stringify(probe));
            assert.equal(texts[i], tokenizer.decode(own));
            assert.equal(plain[i], tokenizer.decode(own, { skipSpecial: true }));
          }
        });
      }
    } finally {
      await Deno.remove(file);
    }
  });
}

Deno.test("tokenizerFromJSON() splits at white space as Python does, where the file asks for GPT-2's way", () => {
  const tokenizer = tokenizers["byte pairs, gpt2"]!;
  const json = tokenizer.toJSON();
  const level = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  for (
    const pre_tokenizer of [level, {
      type: "Sequence",
      pretokenizers: [{ ...level, use_regex: true }],
    }]
  ) {
    const read = tokenizerFromJSON({ ...json, pre_tokenizer });
    for (const text of probes) assert.deepEqual(read.encode(text), tokenizer.encode(text));
  }
});

Deno.test("tokenizerFromJSON() adds what the file's template says, if asked to", () => {
  const json = CharacterTokenizer.fromText("ab", { specialTokens: ["[CLS]"] }).toJSON();
  const read = tokenizerFromJSON({
    ...json,
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "[CLS]", type_id: 0 } }, {
        Sequence: { id: "A", type_id: 0 },
      }],
      pair: [],
      special_tokens: { "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] } },
    },
  });
  assert.deepEqual(read.encode("ba"), [2, 1, 0]);
  assert.deepEqual(read.encode("ba", { template: false }), [1, 0]);
});

Deno.test("tokenizerFromJSON() names the character that it does not know", () => {
  const read = tokenizerFromJSON(JSON.stringify(CharacterTokenizer.fromText("ab")));
  assert.throws(() => read.encode("abc"), {
    name: "RangeError",
    message:
      'Cannot encode the text as each part must be in the vocabulary: current token 2 is "c"',
  });
  assert.equal(read.decode([]), "");
});

Deno.test("tokenizerFromJSON() refuses what it would get wrong", () => {
  const json = new ByteTokenizer().toJSON();
  const split = { type: "Split", pattern: { String: "a" }, behavior: "Mixed" };
  const cases: [Partial<TokenizerJSON>, RegExp][] = [
    [{ pre_tokenizer: split }, /the behaviour Mixed of Split is not supported/],
    [{ pre_tokenizer: { type: "Sequence", pretokenizers: [split] } }, /Mixed/],
    [
      { model: { ...json.model, continuing_subword_prefix: "##" } },
      /continuing_subword_prefix "##"/,
    ],
    [{ model: { ...json.model, dropout: 0.1 } }, /a dropout of 0.1/],
  ];
  for (const [change, message] of cases) {
    assert.throws(() => tokenizerFromJSON({ ...json, ...change }), { name: "TypeError", message });
  }
  for (const text of ["", "{", "[]", "null", "{}", '{"model":1}']) {
    assert.throws(() => tokenizerFromJSON(text), {
      name: "SyntaxError",
      message: /^Cannot read tokenizer.json as it must be/,
    });
  }
});

Deno.test("saveTokenizer() and loadTokenizer() keep a tokenizer", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const tokenizer = tokenizers["byte pairs, gpt4"]!;
    await saveTokenizer(folder, tokenizer);
    await saveTokenizer(`${folder}/other.json`, tokenizer);
    const names = [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
    assert.deepEqual(names, ["other.json", "tokenizer.json", "tokenizer_config.json"]);
    for (const path of [folder, `${folder}/tokenizer.json`, `${folder}/other.json`]) {
      const read = await loadTokenizer(path);
      assert.deepEqual(read.encode("Call me Ishmael."), tokenizer.encode("Call me Ishmael."));
    }
    await assert.rejects(loadTokenizer(`${folder}/none`), {
      name: "NotFound",
      message: `Cannot load the tokenizer as there is no file ${folder}/none/tokenizer.json`,
    });
    await assert.rejects(saveTokenizer(`${folder}/none`, tokenizer), { name: "NotFound" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
