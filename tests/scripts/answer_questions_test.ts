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

/** What answer_questions.ts --json ends with. */
interface Trained {
  measures: Record<string, Record<string, { value: number; low: number; high: number }>>;
  device: string;
  steps: number;
  questions: { train: number; test: number };
  firstLoss: number;
  lastLoss: number;
}

/** Questions on short texts, in SQuAD's layout. */
function squad(): string {
  const names = ["Ahab", "Starbuck", "Stubb", "Flask"];
  const paragraphs = Array.from({ length: 20 }, (_, i) => {
    const context = `On day ${i} ${names[i % 4]} steered the ship.`;
    const answer = names[i % 4]!;
    const answers = [{ text: answer, answer_start: context.indexOf(answer) }];
    return { context, qas: [{ id: `${i}`, question: "Who steered the ship?", answers }] };
  });
  return JSON.stringify({ version: "1.1", data: [{ title: "ship", paragraphs }] });
}

const RUN = [
  "--width=16",
  "--heads=2",
  "--layers=1",
  "--vocab=120",
  "--batch=8",
  "--steps=60",
  "--lr=1e-2",
  "--device=wasm",
];

testManual("answer_questions");

Deno.test("answer_questions.ts learns to answer, with the least permissions, and answers with what it leaves", () =>
  inFolder(async (cwd) => {
    const { needed } = await leastPermissions("answer_questions");
    const options = { cwd, permissions: needed };
    await Deno.writeTextFile(`${cwd}/ship.json`, squad());
    const flags = [...RUN, "--data=ship.json", "--maxTokens=32", "--out=runs/ship"];
    const { measures, ...result } = await runForJson<Trained>("answer_questions", flags, options);
    assert.deepEqual([result.device, result.steps], ["wasm", 60]);
    assert.deepEqual(result.questions, { train: 16, test: 4 });
    assert.ok(result.lastLoss < result.firstLoss / 2, `${result.firstLoss} ${result.lastLoss}`);
    assert.ok(measures["this model"]!["F1"]!.value > 50);
    assert.deepEqual(Object.keys(measures), ["overlapping words", "this model"]);
    const files = ["answered.svg", "answers.jsonl", "loss.svg", "metrics.jsonl", "model"];
    assert.deepEqual(namesIn(`${cwd}/runs/ship`), files);
    const context = "On day 3 Flask steered the ship.";
    const asked = [
      "--out=runs/ship",
      "--device=wasm",
      "--question=Who steered the ship?",
      `--context=${context}`,
      "--maxTokens=32",
    ];
    const found = await runForJson<{ answer: string; start: number }>(
      "answer_questions",
      asked,
      options,
    );
    assert.ok(found.answer !== "" && context.startsWith(found.answer, found.start));
    const { stdout } = await runScript("answer_questions", asked, options);
    assert.match(stdout, /^Who steered the ship\?\n.*\[.+ answer\]/);
  }));

Deno.test("answer_questions.ts says in one line what it lacks", async () => {
  const fails = (args: string[], message: RegExp) =>
    assertFails("answer_questions", args, { code: 2, message });
  await fails([], /it needs one of --data and --set/);
  await fails(["--question=a", "--out=runs/x"], /--question and --context need each other/);
});
