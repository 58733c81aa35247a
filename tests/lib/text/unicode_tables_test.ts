import assert from "node:assert/strict";
import { AlignedText } from "../../../lib/text/aligned_text.ts";
import { normalizerOf } from "../../../lib/text/normalizer.ts";
import { isPunctuation } from "../../../lib/text/unicode_tables.ts";
import { findPython } from "../../_support/python.ts";

const bert = {
  type: "BertNormalizer",
  clean_text: false,
  handle_chinese_chars: false,
  strip_accents: false,
  lowercase: false,
};
const normalizers: Record<string, Record<string, unknown>> = {
  control: { ...bert, clean_text: true },
  chinese: { ...bert, handle_chinese_chars: true },
  nonspacing: { ...bert, strip_accents: true },
  combining: { type: "StripAccents" },
  lowercase: { type: "Lowercase" },
  NFC: { type: "NFC" },
  NFD: { type: "NFD" },
  NFKC: { type: "NFKC" },
  NFKD: { type: "NFKD" },
};

Deno.test("normalizerOf() keeps to the tables of an older Unicode", () => {
  const made = (name: string, text: string) =>
    normalizerOf(normalizers[name]!)(new AlignedText(text)).text;
  assert.equal(made("nonspacing", "e\u0301\u0898"), "e\u0898"); // U+0898 came with Unicode 14
  assert.equal(made("NFKD", "\u{1e030}ﬁ"), "\u{1e030}fi"); // U+1E030 came with Unicode 15
  assert.equal(made("lowercase", "ΣΑΣ\ua7ce"), "σασ\ua7cf"); // U+A7CE came with Unicode 17
  assert.ok(isPunctuation("$") && isPunctuation("·") && !isPunctuation("\u1b7d"));
});

const python = await findPython("tokenizers");
const ALL = "normalizerOf() gives what Python's tokenizers gives for every character";
if (!python) {
  Deno.test(`${ALL}: not run: no Python with tokenizers; TOME_PYTHON may name one`, () => {});
} else {
  Deno.test(ALL, async (t) => {
    const script = new URL("../../../scripts/dev/golden/unicode_tables.py", import.meta.url);
    const { success, stdout } = await new Deno.Command(python, { args: [script.pathname] })
      .output();
    assert.ok(success);
    const answers = JSON.parse(new TextDecoder().decode(stdout)) as Record<
      string,
      Record<string, string | number>
    >;
    const characters = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code))
      .filter((character) => character.isWellFormed());
    for (const [name, part] of Object.entries(normalizers)) {
      await t.step(name, () => {
        const normalize = normalizerOf(part);
        const wrong = characters.filter((character) =>
          normalize(new AlignedText(character)).text !==
            (answers[name]![character.codePointAt(0)!] ?? character)
        );
        assert.deepEqual(wrong.map((character) => character.codePointAt(0)!.toString(16)), []);
      });
    }
    await t.step("punctuation", () => {
      const wrong = characters.filter((character) =>
        isPunctuation(character) !== (answers.words![character.codePointAt(0)!] === 3)
      );
      assert.deepEqual(wrong, []);
    });
  });
}
