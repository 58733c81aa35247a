import assert from "node:assert/strict";
import {
  convertTags,
  parseCsv,
  readClassFolders,
  readConll,
  readCsv,
  readJsonLines,
  readLines,
  spansOfTags,
  tagsOfSpans,
  writeJsonLines,
} from "@tome/tome/data";
import { Rng } from "@tome/tome/tensor";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function gzip(text: string): Promise<Uint8Array> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

Deno.test("readLines() reads lines of any length and end, packed or not, and names the line that is not UTF-8", () =>
  inFolder(async (folder) => {
    const long = "é中😀".repeat(40_000);
    const text = `\ufeffone\r\n\n${long}\nlast`;
    await Deno.writeTextFile(`${folder}/a.txt`, text);
    await Deno.writeFile(`${folder}/a.txt.gz`, await gzip(text));
    for (const name of ["a.txt", "a.txt.gz"]) {
      const lines = await Array.fromAsync(readLines(`${folder}/${name}`));
      assert.deepEqual(lines.map((line) => line.text), ["one", "", long, "last"]);
      assert.deepEqual(lines.map((line) => line.number), [1, 2, 3, 4]);
    }
    await Deno.writeFile(`${folder}/b.txt`, Uint8Array.of(0x61, 0x0a, 0xff, 0x0a));
    await assert.rejects(Array.fromAsync(readLines(`${folder}/b.txt`)), {
      name: "SyntaxError",
      message: /b\.txt, line 2 as it must be UTF-8: current byte at offset 0 is 0xff/,
    });
    await assert.rejects(Array.fromAsync(readLines(`${folder}/none`)), { name: "NotFound" });
    for await (const { text } of readLines(`${folder}/a.txt`)) {
      assert.equal(text, "one");
      break; // the file is closed, or this test leaks it
    }
  }));

Deno.test("readJsonLines() gives back what writeJsonLines() wrote, and names the line that is wrong", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.jsonl`;
    const examples = [{ text: "a\nb\u2028c", label: 0 }, { text: "", label: 1 }];
    await writeJsonLines(path, examples);
    assert.deepEqual(await Array.fromAsync(readJsonLines(path)), examples);
    await Deno.writeTextFile(path, '{"a":1}\n\n{"a":2,}\n');
    await assert.rejects(Array.fromAsync(readJsonLines(path)), {
      name: "SyntaxError",
      message: /a\.jsonl, line 3, column \d+ as it must be JSON: /,
    });
    await Deno.writeTextFile(path, "[1]");
    await assert.rejects(
      Array.fromAsync(readJsonLines(path)),
      /line 1 as it must be an example: current value is \[1\]/,
    );
    const label = (value: unknown) => {
      const { label } = value as { label?: number };
      if (label === undefined) throw new TypeError("it has no label");
      return label;
    };
    await writeJsonLines(path, [...examples, {}]);
    const seen: number[] = [];
    await assert.rejects(async () => {
      for await (const one of readJsonLines(path, label)) seen.push(one);
    }, /line 3 as it must be an example: it has no label/);
    assert.deepEqual(seen, [0, 1]);
  }));

Deno.test("parseCsv() reads quotes, line ends and empty fields as RFC 4180 has them", () => {
  assert.deepEqual(parseCsv('a,b\r\n"x, ""y""\r\nz",\n\n,2', {}), [
    { a: 'x, "y"\r\nz', b: "" },
    { a: "", b: "2" },
  ]);
  assert.deepEqual(parseCsv('1\t"2\n', { delimiter: "\t", quote: null, header: false }), [
    { 0: "1", 1: '"2' },
  ]);
  assert.deepEqual(parseCsv('a,b\rc,""', { header: ["x", "y"] }), [
    { x: "a", y: "b" },
    { x: "c", y: "" },
  ]);
  assert.deepEqual(parseCsv(""), []);
  assert.deepEqual(parseCsv("\ufeffa\n1"), [{ a: "1" }]);
});

Deno.test("parseCsv() names the line and the column of what is malformed", () => {
  const cases: [string, string][] = [
    ["a,b\n1,2,3", "line 2 as each row must have 2 fields: current row has 3"],
    ['a\n"b"c', "line 2, column 4 as nothing may stand between a closing quote and the delimiter"],
    ['a\nb"', "line 2, column 2 as a field with a quote must begin with one"],
    ['a,b\n"1\n2\n3', "line 2, column 1 as a quoted field must end"],
    ["a,b,a\n", "field 3 as its columns must have names that differ"],
    ['a,b\n"1\n2",3\n4', "line 4 as each row must have 2 fields: current row has 1"],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parseCsv(text), (error: Error) => {
      assert.equal(error.name, "SyntaxError");
      assert.ok(error.message.includes(message), error.message);
      return true;
    });
  }
  assert.throws(() => parseCsv("", { delimiter: "::" }), { name: "RangeError" });
});

Deno.test("readCsv() gives any fields back, however the file is cut into pieces", () =>
  inFolder(async (folder) => {
    const random = new Rng(5);
    const parts = ["a", '"', ",", "\n", "\r\n", "é", "😀", " ", ""];
    const rows = Array.from(
      { length: 3000 },
      () =>
        Array.from(
          { length: 3 },
          () =>
            Array.from({ length: random.int(12) }, () => parts[random.int(parts.length)]!).join(""),
        ),
    );
    const quoted = rows.map((row) =>
      row.map((f) => `"${f.replaceAll('"', '""')}"`).join(",") + "\r\n"
    );
    await Deno.writeFile(`${folder}/a.csv.gz`, await gzip(quoted.join("")));
    const read = await Array.fromAsync(readCsv(`${folder}/a.csv.gz`, { header: false }));
    assert.deepEqual(read.map((row) => Object.values(row)), rows);
    await Deno.writeFile(`${folder}/b.csv`, Uint8Array.of(0x61, 0x0a, 0xff));
    await assert.rejects(Array.fromAsync(readCsv(`${folder}/b.csv`)), {
      name: "SyntaxError",
      message: /b\.csv as it must be UTF-8/,
    });
  }));

Deno.test("readClassFolders() reads a folder for each class", () =>
  inFolder(async (folder) => {
    for (
      const [path, text] of [["pos/1_9.txt", "good"], ["neg/0_2.txt", "bad"], [
        "neg/1_1.txt",
        "worse",
      ], ["unsup/0.txt", "?"]]
    ) {
      await Deno.mkdir(`${folder}/${path!.split("/")[0]}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text!);
    }
    await Deno.writeTextFile(`${folder}/README`, "no class");
    assert.deepEqual(await readClassFolders(folder, { classes: ["neg", "pos"] }), {
      names: ["neg", "pos"],
      examples: [{ text: "bad", label: 0 }, { text: "worse", label: 0 }, {
        text: "good",
        label: 1,
      }],
    });
    assert.deepEqual((await readClassFolders(folder)).names, ["neg", "pos", "unsup"]);
    await assert.rejects(readClassFolders(`${folder}/pos`), {
      name: "RangeError",
      message: /two classes/,
    });
    await assert.rejects(readClassFolders(folder, { classes: ["neg", "no"] }), {
      name: "NotFound",
      message: `Cannot read the texts as there is no folder ${folder}/no`,
    });
  }));

Deno.test("readConll() reads columns, whatever parts the sentences", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.conll`;
    const read = async (text: string, options = {}) => {
      await Deno.writeTextFile(path, text);
      return Array.fromAsync(readConll(path, options));
    };
    assert.deepEqual(await read("a\tO\nb c\tB-x\n\t\nd\tO\r\n\r\n\n"), [
      { tokens: ["a", "b c"], tags: ["O", "B-x"] },
      { tokens: ["d"], tags: ["O"] },
    ]);
    assert.deepEqual(await read("-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\n. . O O", { tag: 1 }), [
      { tokens: ["EU", "."], tags: ["NNP", "."] },
    ]);
    await assert.rejects(read("a\tO\nb\n"), {
      name: "SyntaxError",
      message: /a\.conll, line 2, column 2 as each line must have 2 columns: current line is "b"$/,
    });
    await assert.rejects(read("a\tO\n\tO\n"), /line 2, column 1 as it must not be empty/);
    await assert.rejects(read("a\t \n"), /line 1, column 2 as it must not be empty/);
  }));

Deno.test("convertTags() keeps the stretches, whatever the schemes", () => {
  const random = new Rng(2);
  for (let n = 0; n < 300; n++) {
    const length = 1 + random.int(9);
    const spans = [];
    for (let at = random.int(3); at < length;) {
      const end = Math.min(length, at + 1 + random.int(3));
      spans.push({ kind: random.int(2) ? "PER" : "LOC", start: at, end });
      at = end + random.int(2);
    }
    for (const from of ["IOB1", "IOB2", "BIOES"] as const) {
      const tags = tagsOfSpans(spans, length, from);
      assert.deepEqual(spansOfTags(tags, from), spans);
      for (const to of ["IOB1", "IOB2", "BIOES"] as const) {
        assert.deepEqual(convertTags(tags, from, to), tagsOfSpans(spans, length, to));
      }
    }
  }
  assert.deepEqual(convertTags(["I-A", "B-A", "I-B"], "IOB1", "IOB2"), ["B-A", "B-A", "B-B"]);
  assert.throws(() => spansOfTags(["O", "I-A"], "IOB2"), {
    name: "SyntaxError",
    message:
      'Cannot read the tags as IOB2 as a stretch must begin with B-: current tag 1 is "I-A", after "O"',
  });
  assert.throws(() => spansOfTags(["B-A", "O"], "BIOES"), /must end with E-/);
  assert.throws(() => spansOfTags(["B-A"], "BIOES"), /must end with E-/);
  assert.throws(() => spansOfTags(["S-A"], "IOB2"), /a tag must be O, or B- or I- and a name/);
  assert.throws(() => spansOfTags(["B"], "IOB1"), /current tag 0 is "B"$/);
});
