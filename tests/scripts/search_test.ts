import assert from "node:assert/strict";
import { saveSentenceEncoder, SentenceEncoder, VectorIndex } from "@tome/tome/models";
import { Bert } from "@tome/tome/models/bert";
import { seed, useDevice } from "@tome/tome/tensor";
import { wordPieceTokenizer } from "@tome/tome/text";
import { inFolder } from "../_support/folder.ts";
import { assertFails, runForJson, testManual } from "./_run.ts";

/** What search.ts --json ends with. */
interface Searched {
  texts: number;
  read: number;
  stopped: boolean;
  answers: { query: string; hits: { file: string; line: number; text: string; score: number }[] }[];
}

testManual("search");

const PIECES = [
  "[PAD]",
  "[UNK]",
  "[CLS]",
  "[SEP]",
  "[MASK]",
  "the",
  "whale",
  "sea",
  "ship",
  "lamp",
];

/** Writes a sentence encoder of random weights. */
async function saveEncoder(folder: string): Promise<void> {
  const vocabSize = PIECES.length;
  const encoder = new Bert({
    vocabSize,
    contextLength: 16,
    numLayers: 1,
    numHeads: 2,
    embedDim: 16,
    dropout: 0,
  });
  const tokenizer = wordPieceTokenizer(PIECES.join("\n"));
  using model = new SentenceEncoder(encoder, { normalize: true, tokenizer });
  await saveSentenceEncoder(model, folder);
}

Deno.test("search.ts finds lines, keeps its index, reads only what is new, and draws a map", () =>
  inFolder(async (cwd) => {
    await useDevice("cpu");
    seed(3);
    await saveEncoder(`${cwd}/encoder`);
    await Deno.mkdir(`${cwd}/texts/more`, { recursive: true });
    await Deno.writeTextFile(`${cwd}/texts/a.txt`, "the whale\n\nthe sea\nthe ship\n");
    await Deno.writeTextFile(`${cwd}/texts/more/b.txt`, "lamp lamp\r\nthe whale\r\n");
    await Deno.writeFile(`${cwd}/texts/picture.bin`, Uint8Array.of(1, 0, 2));
    const common = ["--in=texts", "--model=encoder", "--device=cpu"];
    const first = await runForJson<Searched>("search", [
      ...common,
      "--query=lamp lamp",
      "--map=runs/map.svg",
    ], { cwd });
    assert.deepEqual([first.texts, first.read, first.stopped], [5, 4, false]);
    const [best] = first.answers[0]!.hits;
    assert.deepEqual([best!.file, best!.line, best!.text], ["texts/more/b.txt", 1, "lamp lamp"]);
    assert.ok(Math.abs(best!.score - 1) < 1e-5);
    assert.match(await Deno.readTextFile(`${cwd}/runs/map.svg`), /^<svg[\s\S]*found/);
    const { index } = await VectorIndex.load(`${cwd}/runs/search/index.safetensors`);
    assert.equal(index.size, 5);

    await Deno.writeTextFile(`${cwd}/texts/a.txt`, "the whale\nthe ship\nsea sea sea\n");
    const again = await runForJson<Searched>("search", [...common, "--k=1"], {
      cwd,
      stdin: "sea sea sea\n\nthe whale", // two questions; the last line has no end
    });
    assert.deepEqual([again.texts, again.read], [5, 1]);
    assert.deepEqual(
      again.answers.map(({ query, hits }) => [query, hits.map(({ text, line }) => [text, line])]),
      [["sea sea sea", [["sea sea sea", 3]]], ["the whale", [["the whale", 1]]]],
    );

    seed(4);
    await saveEncoder(`${cwd}/encoder`); // another model in the same folder
    const other = await runForJson<Searched>("search", [...common, "--unit=paragraph"], { cwd });
    assert.deepEqual([other.texts, other.read], [2, 2]);
  }));

Deno.test("search.ts says what it lacks", () =>
  inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/empty.txt`, "\n\n");
    await assertFails("search", ["--in=empty.txt", "--model=nowhere", "--device=cpu"], {
      cwd,
      code: 1,
      message: /must hold text: there is none/,
    });
  }));
