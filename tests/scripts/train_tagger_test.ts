import assert from "node:assert/strict";
import { inFolder } from "../_support/folder.ts";
import {
  assertFails,
  leastPermissions,
  namesIn,
  runForJson,
  runScript,
  testManual,
} from "./_run.ts";

/** What train_tagger.ts --json ends with. */
interface Trained {
  measures: Record<string, Record<string, { value: number; low: number; high: number }>>;
  device: string;
  steps: number;
  parameters: number;
  sentences: { train: number; test: number };
  firstLoss: number;
  lastLoss: number;
}

const NAMES = ["Ahab", "Starbuck", "Stubb", "Flask", "Ishmael", "Queequeg"];
const VERBS = ["saw", "met", "heard", "left"];

/** Sentences of four words, in CoNLL's layout; tags are kinds of names, or parts of speech. */
function sentences(names: boolean): string {
  const tags = names ? ["B-person", "O", "O", "O"] : ["np", "vbd", "at", "nn"];
  return Array.from({ length: 60 }, (_, i) => {
    const words = [NAMES[i % 6]!, VERBS[(i >> 1) % 4]!, "the", i % 3 ? "whale" : "ship"];
    return words.map((word, w) => `${word}\t${tags[w]}`).join("\n");
  }).join("\n\n");
}

const RUN = [
  "--width=16",
  "--heads=2",
  "--layers=1",
  "--vocab=120",
  "--batch=8",
  "--steps=40",
  "--lr=2e-2",
  "--device=wasm",
];

testManual("train_tagger");

Deno.test("train_tagger.ts finds names, with the least permissions, and tags with what it leaves", () =>
  inFolder(async (cwd) => {
    const { needed } = await leastPermissions("train_tagger");
    const options = { cwd, permissions: needed };
    await Deno.writeTextFile(`${cwd}/names.conll`, sentences(true));
    const flags = [...RUN, "--data=names.conll", "--out=runs/names"];
    const { measures, ...result } = await runForJson<Trained>("train_tagger", flags, options);
    assert.deepEqual([result.device, result.steps], ["wasm", 40]);
    assert.deepEqual(result.sentences, { train: 54, test: 6 });
    assert.ok(result.lastLoss < result.firstLoss / 2, `${result.firstLoss} ${result.lastLoss}`);
    const model = measures["this model"]!["F1 of names"]!;
    assert.ok(model.value > 0.8 && model.low <= model.value && model.value <= model.high);
    assert.equal(measures["most frequent tag"]!["right words"]!.value, 1);
    assert.deepEqual(namesIn(`${cwd}/runs/names`), [
      "loss.svg",
      "metrics.jsonl",
      "model",
      "tagged.svg",
    ]);
    const tag = ["--out=runs/names", "--device=wasm", "--input=Stubb saw the whale."];
    const { words, tags } = await runForJson<{ words: string[]; tags: string[] }>(
      "train_tagger",
      tag,
      options,
    );
    assert.deepEqual(words, ["Stubb", "saw", "the", "whale", "."]);
    assert.deepEqual(tags.slice(0, 4), ["B-person", "O", "O", "O"]);
    const { stdout } = await runScript("train_tagger", tag, options);
    assert.match(stdout, /^\[Stubb person\] saw the whale/);
  }));

Deno.test("train_tagger.ts trains a recurrent tagger on parts of speech, and leaves nothing without --out", () =>
  inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/tags.conll`, sentences(false));
    const flags = [...RUN, "--data=tags.conll", "--test=tags.conll", "--family=bilstm"];
    const { measures, sentences: counts } = await runForJson<Trained>("train_tagger", flags, {
      cwd,
    });
    assert.deepEqual(counts, { train: 60, test: 60 });
    assert.deepEqual(Object.keys(measures["this model"]!), ["right words"]);
    assert.ok(measures["this model"]!["right words"]!.value > 0.8);
    assert.deepEqual(namesIn(cwd), ["tags.conll"]);
  }));

Deno.test("train_tagger.ts says in one line what it lacks", async () => {
  const fails = (args: string[], message: RegExp) =>
    assertFails("train_tagger", args, { code: 2, message });
  await fails([], /it needs one of --data and --set/);
  await fails(["--input=a"], /--input needs --out/);
  await fails(["--set=brown", "--family=bilstm", "--from=minilm"], /--from needs --family=bert/);
});
