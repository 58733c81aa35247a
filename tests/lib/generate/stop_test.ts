import assert from "node:assert/strict";
import { Detokenizer, StopStrings, type TextTokenizer } from "@tome/tome/generate";
import { Rng } from "@tome/tome/tensor";

/** Runs the pieces through, and returns what came out of each and at the end. */
function run(strings: string[], pieces: string[]): { out: string[]; found: string | undefined } {
  const stop = new StopStrings(strings);
  const out = pieces.map((piece) => stop.push(piece));
  return { out: [...out, stop.finish()], found: stop.found };
}

Deno.test("StopStrings finds a string that spans pieces, and emits nothing of it", () => {
  assert.deepEqual(run(["\n\n"], ["a\n", "b\n", "\nc", "d"]), {
    out: ["a", "\nb", "", "", ""],
    found: "\n\n",
  });
  assert.deepEqual(run(["END"], ["x E", "N", "Z E"]), {
    out: ["x ", "", "ENZ ", "E"],
    found: undefined,
  });
  assert.deepEqual(run([], ["a", "b"]), { out: ["a", "b", ""], found: undefined });
  assert.deepEqual(run(["aab"], ["a", "a", "a", "b"]).out.join(""), "a");
  assert.throws(() => new StopStrings(["a", ""]), { name: "RangeError" });
});

Deno.test("StopStrings gives the same text however it is cut", () => {
  const random = new Rng(8);
  for (let trial = 0; trial < 2000; trial++) {
    const letters = (n: number) => Array.from({ length: n }, () => "ab"[random.int(2)]).join("");
    const text = letters(12);
    const strings = Array.from({ length: 1 + random.int(3) }, () => letters(1 + random.int(5)));
    const pieces: string[] = [];
    for (let at = 0; at < text.length;) {
      const length = 1 + random.int(4);
      pieces.push(text.slice(at, at += length));
    }
    let expected = text; // by definition: the first character after which the text ends in a stop string
    search: for (let end = 1; end <= text.length; end++) {
      const ends = strings.filter((s) => text.slice(0, end).endsWith(s)).map((s) => s.length);
      if (ends.length > 0) {
        expected = text.slice(0, end - Math.max(...ends));
        break search;
      }
    }
    const cut = run(strings, pieces);
    assert.equal(cut.out.join(""), expected, `${text} by ${strings}`);
    assert.equal(cut.found !== undefined, expected !== text);
  }
});

/** Tokens are bytes. */
const BYTES: TextTokenizer = {
  encode: (text) => [...new TextEncoder().encode(text)],
  decode: (ids) => new TextDecoder().decode(Uint8Array.from(ids)),
};

/** Tokens are bytes; a run of them that is not UTF-8 gives U+FFFD for each, as SentencePiece's byte fallback does. */
const FALLBACK: TextTokenizer = {
  encode: BYTES.encode,
  decode(ids) {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(ids));
    } catch {
      let end = ids.length;
      while (end > 0 && ids[end - 1]! >= 0x80) end--;
      return new TextDecoder().decode(Uint8Array.from(ids.slice(0, end))) +
        "\ufffd".repeat(ids.length - end);
    }
  },
};

/** Tokens are words; the space before the first is dropped. */
const WORDS = ["▁one", "▁two", "▁three", "s", "."];
const PIECES: TextTokenizer = {
  encode: () => [],
  decode: (ids) => ids.map((id) => WORDS[id]).join("").replaceAll("▁", " ").replace(/^ /, ""),
};

const TEXT = "héllo – 日本語 😀👩‍👩‍👧 \ufffd end ".repeat(4);

for (const [name, tokenizer] of [["bytes", BYTES], ["byte fallback", FALLBACK]] as const) {
  Deno.test(`Detokenizer never splits a character and loses none (${name})`, () => {
    const detokenizer = new Detokenizer(tokenizer, tokenizer.encode("é"));
    let text = "";
    for (const id of tokenizer.encode(TEXT)) {
      text += detokenizer.push(id);
      assert.ok(TEXT.startsWith(text));
      assert.ok(text.isWellFormed());
    }
    assert.equal(text + detokenizer.finish(), TEXT);
  });
}

Deno.test("Detokenizer keeps the spaces that a tokenizer drops at the start of a text", () => {
  const ids = Array.from({ length: 60 }, (_, i) => (i * i + 3) % 5);
  const detokenizer = new Detokenizer(PIECES, [0, 1]);
  const text = ids.map((id) => detokenizer.push(id)).join("") + detokenizer.finish();
  assert.equal("one two" + text, PIECES.decode([0, 1, ...ids]));
});

Deno.test("Detokenizer completes a character that the prompt began, and gives up at the end", () => {
  const [a, b, c] = BYTES.encode("€") as [number, number, number];
  const detokenizer = new Detokenizer(BYTES, [65, a]);
  assert.deepEqual([detokenizer.push(b), detokenizer.push(c)], ["", "€"]);
  assert.deepEqual([detokenizer.push(a), detokenizer.finish()], ["", "\ufffd"]);
  const broken = new Detokenizer(BYTES);
  const text = Array.from({ length: 50 }, () => broken.push(0xff)).join("") + broken.finish();
  assert.equal(text, "\ufffd".repeat(50));
});
