import assert from "node:assert/strict";
import { collateLabeledTexts, readLabeledTexts } from "@tome/tome/data";
import { ByteTokenizer } from "@tome/tome/text";
import { testOnDevices } from "../../_support/devices.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const WANTED = {
  names: ["2", "10"], // by size, not as "10" before "2"
  examples: [{ text: 'a "b", c', label: 1 }, { text: "d", label: 0 }],
};

Deno.test("readLabeledTexts() reads the same of CSV, TSV, JSON Lines and folders", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.csv`, 'kind,body\n10,"a ""b"", c"\n2,d\n');
    await Deno.writeTextFile(`${folder}/a.tsv`, 'body\tkind\na "b", c\t10\nd\t2\n');
    await Deno.writeTextFile(
      `${folder}/a.jsonl`,
      '{"body":"a \\"b\\", c","kind":10}\n{"body":"d","kind":2}\n',
    );
    for (const end of ["csv", "tsv", "jsonl"]) {
      const read = await readLabeledTexts(`${folder}/a.${end}`, { text: "body", label: "kind" });
      assert.deepEqual(read, WANTED, end);
    }
    for (const [name, text] of [["no", "bad"], ["yes", "good"]]) {
      await Deno.mkdir(`${folder}/set/${name}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/set/${name}/1.txt`, text!);
    }
    assert.deepEqual(await readLabeledTexts(`${folder}/set`), {
      names: ["no", "yes"],
      examples: [{ text: "bad", label: 0 }, { text: "good", label: 1 }],
    });
  }));

Deno.test("readLabeledTexts() says what is wrong", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.txt`, "");
    await assert.rejects(
      readLabeledTexts(`${folder}/a.txt`),
      /must end in \.csv, \.tsv or \.jsonl/,
    );
    await Deno.writeTextFile(`${folder}/a.csv`, "text,label\na,1\nb,1\n");
    await assert.rejects(readLabeledTexts(`${folder}/a.csv`), /two classes or more.*\["1"\]/);
    await Deno.writeTextFile(`${folder}/b.csv`, "words,label\na,1\n");
    await assert.rejects(
      readLabeledTexts(`${folder}/b.csv`),
      /example 1 .*current columns are words, label/,
    );
    await assert.rejects(readLabeledTexts(`${folder}/none`), Deno.errors.NotFound);
  }));

testOnDevices("collateLabeledTexts() gives tokens and classes", async () => {
  const collate = collateLabeledTexts(new ByteTokenizer(), { padding: 4, maxLength: 4 });
  const batch = collate([{ text: "ab", label: 1 }, { text: "abcdef", label: 0 }]);
  assert.deepEqual(batch.ids.shape, [2, 4]);
  assert.deepEqual([...await batch.labels.data()], [1, 0]);
  assert.deepEqual([...await batch.mask.data()], [1, 1, 0, 0, 1, 1, 1, 1]);
  for (const tensor of Object.values(batch)) tensor.dispose();
});
