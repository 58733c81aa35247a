// deno-lint-ignore-file no-console
import assert from "node:assert/strict";
import { datePairs } from "@tome/tome/data";
import { findPython } from "../_support/python.ts";
import {
  assertFails,
  leastPermissions,
  namesIn,
  runForJson,
  runScript,
  testManual,
} from "./_run.ts";

/** What train_seq2seq.ts --json ends with. */
interface Trained {
  heldLoss: number;
  valLoss?: number;
  exactMatch: number;
  bleu: number;
  chrF: number;
  device: string;
  steps: number;
  parameters: number;
  pairs: { train: number; validation: number; held: number };
  firstLoss: number;
  lastLoss: number;
  systems: Record<string, Record<string, { value: number; low: number; high: number }>>;
  samples: { source: string; target: string; written: string }[];
}

const TINY = ["--layers=1", "--heads=2", "--width=16", "--batch=8", "--steps=20", "--lr=1e-2"];
const RUN = [...TINY, "--evalEvery=10", "--warmup=2", "--device=wasm"];

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testManual("train_seq2seq");

Deno.test("train_seq2seq.ts learns dates, with the least permissions, and writes with what it leaves", () =>
  inFolder(async (cwd) => {
    const { needed } = await leastPermissions("train_seq2seq");
    const options = { cwd, permissions: needed };
    const flags = [...RUN, "--set=dates", "--maxPairs=100", "--out=runs/dates"];
    const result = await runForJson<Trained>("train_seq2seq", flags, options);
    assert.deepEqual([result.device, result.steps], ["wasm", 20]);
    const { train, validation, held } = result.pairs;
    assert.ok(held >= 9 && validation === Math.ceil(held / 2) && train + validation + held <= 100);
    assert.ok(result.lastLoss < result.firstLoss - 0.5, `${result.firstLoss} ${result.lastLoss}`);
    assert.ok(result.exactMatch >= 0 && result.exactMatch <= 1 && result.bleu <= 100);
    assert.equal(result.samples.length, 3);
    const best = namesIn(`${cwd}/runs/dates/best`);
    for (const file of ["config.json", "model.safetensors", "tokenizer.json"]) {
      assert.ok(best.includes(file), file);
    }
    assert.deepEqual(Object.keys(result.systems), [
      "source as it is",
      "word for word",
      "the model, greedy",
    ]);
    assert.equal(result.systems["the model, greedy"]!.BLEU!.value, result.bleu);
    const left = namesIn(`${cwd}/runs/dates`);
    for (const file of ["written.jsonl", "loss.svg", "alignment.svg"]) {
      assert.ok(left.includes(file), file);
    }
    const asked = ["--out=runs/dates", "--device=wasm", "--input=3 March 2011"];
    const { input, output } = await runForJson<{ input: string; output: string }>(
      "train_seq2seq",
      [...asked, "--numBeams=2"],
      { cwd, permissions: needed },
    );
    assert.equal(input, "3 March 2011");
    assert.match(output, /^[^<]*$/);

    const lines = (await Deno.readTextFile(`${cwd}/runs/dates/written.jsonl`)).trim().split("\n");
    assert.equal(lines.length, result.pairs.held);
    const right = lines.map((line) => {
      const { source, target } = JSON.parse(line);
      return JSON.stringify({ source, written: target });
    });
    await Deno.writeTextFile(`${cwd}/perfect.jsonl`, right.join("\n"));
    const again = await runForJson<Trained>(
      "train_seq2seq",
      [...flags, "--measure", "--numBeams=2", "--beside=perfect.jsonl"],
      options,
    );
    assert.equal(again.steps, 0);
    assert.equal(again.systems["perfect.jsonl"]!["exact share"]!.value, 1);
    assert.ok("the model, 2 beams" in again.systems);
    assert.ok(Math.abs(again.heldLoss - result.heldLoss) < 1e-4, "the best model is measured");
  }));

Deno.test("train_seq2seq.ts sums up, beside first sentences", () =>
  inFolder(async (cwd) => {
    const words = ["red", "green", "small", "large", "fast"];
    const lines = Array.from({ length: 60 }, (_, i) => {
      const name = `${words[i % 5]} ${words[(i * 3 + 1) % 5]} tool ${i}`;
      return JSON.stringify({ source: `It is a ${name}. It works.`, target: name });
    });
    await Deno.writeTextFile(`${cwd}/texts.jsonl`, lines.join("\n"));
    const asked = ["--pairs=texts.jsonl", "--task=summary", "--maxTarget=20"];
    const { systems } = await runForJson<Trained>("train_seq2seq", [...RUN, ...asked], { cwd });
    assert.deepEqual(Object.keys(systems), ["first sentence", "the model, greedy"]);
    assert.deepEqual(Object.keys(systems["first sentence"]!), ["ROUGE-1", "ROUGE-2", "ROUGE-L"]);
    assert.ok(systems["first sentence"]!["ROUGE-1"]!.value > 0.5);
  }));

Deno.test("train_seq2seq.ts trains a T5 on pieces of words from a file", () =>
  inFolder(async (cwd) => {
    const lines = datePairs(60, 1).map(({ source, target }) =>
      JSON.stringify({ from: source, to: target })
    );
    await Deno.writeTextFile(`${cwd}/pairs.jsonl`, lines.join("\n"));
    const columns = ["--pairs=pairs.jsonl", "--source=from", "--target=to"];
    const kind = [
      "--family=t5",
      "--tokenizer=bpe",
      "--vocab=270",
      "--numBeams=2",
      "--maxTokens=24",
    ];
    const result = await runForJson<Trained>("train_seq2seq", [...RUN, ...columns, ...kind], {
      cwd,
    });
    assert.ok(result.lastLoss < result.firstLoss - 0.5, `${result.firstLoss} ${result.lastLoss}`);
    assert.deepEqual(namesIn(cwd), ["pairs.jsonl"]);
  }));

for (const family of ["transformer", "t5"]) {
  Deno.test(`train_seq2seq.ts learns as PyTorch does, from the same weights and batches, a ${family}`, () =>
    inFolder(async (cwd) => {
      const python = await findPython("torch", "transformers");
      if (!python) {
        return console.log(
          "train_seq2seq.ts beside PyTorch: not run, no Python has it (TOME_PYTHON names one)",
        );
      }
      const set = [`--family=${family}`, "--set=dates", "--maxPairs=120", "--maxTokens=24"];
      const more = ["--dropout=0", "--labelSmoothing=0.1", "--numBeams=2", "--noRepeat=8"];
      const { systems } = await runForJson<Trained>("train_seq2seq", [
        ...RUN,
        ...set,
        ...more,
        "--out=runs/dates",
        `--pytorch=${python}`,
      ], { cwd, env: { OMP_NUM_THREADS: "1" } });
      const value = (system: string) => systems[system]!.chrF!.value;
      const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1, `${a} and ${b}`);
      near(value("the model, 2 beams"), value("PyTorch's weights, 2 beams"));
      assert.ok("PyTorch, greedy" in systems);
    }));
}

Deno.test("train_seq2seq.ts says in one line what it lacks", async () => {
  await assertFails("train_seq2seq", ["--input=a"], { code: 2, message: /--input needs --out/ });
  await assertFails("train_seq2seq", ["--measure", "--set=dates"], {
    code: 2,
    message: /--measure needs --out/,
  });
  await assertFails("train_seq2seq", [], { code: 2, message: /it needs one of --pairs and --set/ });
  const { code, stderr } = await runScript("train_seq2seq", ["--set=verses"], {
    env: { TOME_DATA: "" },
  });
  assert.equal(code, 1);
  assert.match(stderr, /it must lie in the folder that TOME_DATA names/);
});
