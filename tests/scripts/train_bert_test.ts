// deno-lint-ignore-file no-console
import assert from "node:assert/strict";
import { Rng } from "@tome/tome/tensor";
import { findPython } from "../_support/python.ts";
import {
  assertFails,
  leastPermissions,
  namesIn,
  runForJson,
  runScript,
  testManual,
} from "./_run.ts";

interface Interval {
  value: number;
  low: number;
  high: number;
}

/** What train_bert.ts --json ends with. */
interface Trained {
  systems: Record<string, { accuracy: Interval; F1: Interval; MCC: Interval }>;
  device: string;
  steps: number;
  stopped: string;
  texts: { train: number; validation: number; held: number };
  firstLoss: number;
  lastLoss: number;
}

const TINY = ["--layers=1", "--heads=2", "--width=16", "--vocab=90", "--batch=8", "--maxTokens=16"];
const RUN = [
  ...TINY,
  "--lr=1e-2",
  "--dropout=0",
  "--evalEvery=20",
  "--patience=9",
  "--device=wasm",
];

/** Texts of two classes, each with a word or two that only its class has. */
function table(count: number): string {
  const random = new Rng(5);
  const words = [["awful", "bad"], ["fine", "great"]];
  const filler = ["the", "soup", "was", "here", "and", "now", "very", "quite", "soon", "some"];
  const rows = Array.from({ length: count }, (_, i) => {
    const draw = Array.from({ length: 5 }, () => filler[random.int(filler.length)]!);
    draw.splice(random.int(6), 0, words[i % 2]![random.int(2)]!);
    return `${draw.join(" ")},${["no", "yes"][i % 2]}`;
  });
  return `text,label\n${rows.join("\n")}\n`;
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/texts.csv`, table(240));
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testManual("train_bert");

Deno.test("train_bert.ts learns to sort, with the least permissions, and sorts with what it leaves", () =>
  inFolder(async (cwd) => {
    const { needed } = await leastPermissions("train_bert");
    const options = { cwd, permissions: needed };
    const flags = [...RUN, "--data=texts.csv", "--epochs=8", "--out=runs/a"];
    const { systems, texts, ...rest } = await runForJson<Trained>("train_bert", flags, options);
    assert.equal(rest.device, "wasm");
    assert.equal(texts.held, 48);
    assert.ok(texts.train + texts.validation <= 192 && texts.train > 100);
    assert.ok(rest.lastLoss < rest.firstLoss / 2, `${rest.firstLoss} ${rest.lastLoss}`);
    const { value, low, high } = systems["this BERT"]!.accuracy;
    assert.ok(value > 0.8 && low <= value && value <= high, `${value}`);
    assert.equal(systems["majority"]!.accuracy.value, 0.5);
    assert.ok(systems["bag of words, logistic regression"]!.accuracy.value > 0.9);
    assert.deepEqual(namesIn(`${cwd}/runs/a`), [
      "best",
      "confusion.svg",
      "last",
      "loss.svg",
      "metrics.jsonl",
      "predictions.jsonl",
    ]);
    const asked = await runForJson<{ classes: { name: string; probability: number }[] }>(
      "train_bert",
      ["--out=runs/a", "--input=the soup was great", "--maxTokens=16", "--device=wasm"],
      options,
    );
    assert.equal(asked.classes[0]!.name, "yes");
    assert.ok(Math.abs(asked.classes[0]!.probability + asked.classes[1]!.probability - 1) < 1e-5);
    // what it leaves is a beginning too
    const again = await runForJson<Trained>("train_bert", [
      ...RUN,
      "--data=texts.csv",
      "--from=runs/a/best",
      "--frozen=encoder.tokens",
      "--epochs=1",
    ], options);
    assert.ok(again.firstLoss < rest.firstLoss / 2);
  }));

Deno.test("train_bert.ts sorts as PyTorch does, from the same weights and batches", () =>
  inFolder(async (cwd) => {
    const python = await findPython("torch", "transformers");
    if (!python) {
      return console.log(
        "train_bert.ts beside PyTorch: not run, no Python has it (TOME_PYTHON names one)",
      );
    }
    const flags = [...RUN, "--data=texts.csv", "--epochs=4", "--out=runs/a", `--pytorch=${python}`];
    const { systems } = await runForJson<Trained>("train_bert", flags, {
      cwd,
      env: { OMP_NUM_THREADS: "1" },
    });
    const apart = systems["this BERT"]!.accuracy.value -
      systems["this BERT in PyTorch"]!.accuracy.value;
    assert.ok(Math.abs(apart) < 0.1, `${apart}`);
  }));

Deno.test("train_bert.ts says in one line what is wrong", async () => {
  await assertFails("train_bert", [], { code: 2, message: /it needs one of --set and --data/ });
  await assertFails("train_bert", ["--input=a"], { code: 2, message: /--input needs --out/ });
  const { code, stderr } = await runScript("train_bert", ["--data=none.csv"]);
  assert.equal(code, 1);
  assert.match(stderr, /^NotFound: .*none\.csv/);
});
