import assert from "node:assert/strict";
import type { Row } from "../../../scripts/bench/contender.ts";
import { medianOf, type Result, runRow } from "../../../scripts/bench/harness.ts";
import {
  goalsOf,
  grid,
  limitsOf,
  short,
  tableOf,
  verdictsOf,
} from "../../../scripts/bench/table.ts";

const ROW: Row = {
  name: "work",
  title: "Work",
  unit: "step",
  shape: "float32",
  flops: 2e9,
  warmUp: 1,
  units: 1,
  settings: {},
  contenders: [],
  goals: [
    { of: "own", against: "other", measure: "wallMillis", ratio: 3 },
    { of: "own", against: "absent", measure: "peakBytes", ratio: 2 },
  ],
};

function result(name: string, millis: number[]): Result {
  const rounds = millis.map((wallMillis) => ({
    wallMillis,
    scriptMillis: wallMillis / 2,
    passMillis: wallMillis * 0.4,
    peakBytes: 1e6 * wallMillis,
    lifePeakBytes: 2e6 * wallMillis,
  }));
  return {
    name,
    facts: { device: "wasm", detail: "a library", versions: { tfjs: "4.22.0" }, limit: "cpu" },
    rounds,
    median: medianOf(rounds)!,
    results: [],
  };
}

const RESULTS = [
  result("own", [20, 10, 90]),
  result("other", [50, 40]),
  { name: "absent", notRun: "no Python", rounds: [], results: [] },
];

Deno.test("medianOf takes the middle of times and the most of bytes", () => {
  const { wallMillis, scriptMillis, peakBytes } = RESULTS[0]!.median!;
  assert.deepEqual([wallMillis, scriptMillis, peakBytes], [20, 10, 90e6]);
  assert.equal(RESULTS[1]!.median!.wallMillis, 45);
  assert.equal(medianOf([]), undefined);
});

Deno.test("limitsOf is the fastest round of any contender", () => {
  assert.deepEqual(limitsOf({ row: ROW, results: RESULTS }), { cpu: 200 });
});

Deno.test("verdictsOf divides the other's number by its own, and says what was not measured", () => {
  const verdicts = verdictsOf({ row: ROW, results: RESULTS });
  assert.deepEqual(verdicts.map(({ measured }) => measured), [2.25, undefined]);
  assert.deepEqual(goalsOf(verdicts).map((cells) => cells.slice(1)), [
    ["3×", "2.25×", "not reached"],
    ["2×", "not measured", ""],
  ]);
});

Deno.test("tableOf has a cell for each head, also of who did not run", () => {
  const [head, own, , absent] = tableOf({ row: ROW, results: RESULTS }, { cpu: 200 });
  assert.equal(head![2], "ms a step");
  assert.deepEqual(own!.slice(2), ["20", "10", "8", "", "90", "180", "100", "50 %", ""]);
  assert.equal(absent![1], "not run, no Python");
  assert.equal(absent!.length, head!.length);
});

Deno.test("grid makes a Markdown table of equal columns; short gives three digits", () => {
  assert.equal(grid([["a", "b"], ["long", ""]]), "| a    | b   |\n| ---- | --- |\n| long |     |");
  assert.deepEqual([0, 1234.5, 0.012345, 56.78, undefined].map(short), [
    "0",
    "1235",
    "0.0123",
    "56.8",
    "",
  ]);
});

Deno.test("runRow goes on without a contender that cannot be set up, and says why", async () => {
  const said: string[] = [];
  const row: Row = {
    ...ROW,
    settings: { size: 8 },
    contenders: [
      { name: "lost", entry: "no_such_file.ts#nobody" },
      { name: "gpu", entry: "tome_matmul.ts#tome", needs: "adapter" },
      { name: "python", entry: "matmul", needs: "python" },
      { name: "plain", entry: "tome_matmul.ts#tome", settings: { device: "cpu" } },
    ],
  };
  const results = await runRow(row, {
    rounds: 2,
    adapter: false,
    say: (line) => said.push(line),
  });
  assert.match(results[0]!.notRun!, /^Module not found .*no_such_file\.ts/);
  assert.equal(results[1]!.notRun, "no WebGPU adapter answers");
  assert.equal(results[2]!.notRun, "no Python has PyTorch (TOME_PYTHON names one)");
  assert.equal(results[3]!.rounds.length, 2);
  assert.equal(results[3]!.results.length, 3);
  assert.match(said[0]!, /^work, lost: not run, Module not found/);
  assert.deepEqual(said.slice(-2), ["work: round 1 of 2", "work: round 2 of 2"]);
});
