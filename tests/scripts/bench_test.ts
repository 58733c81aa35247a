import assert from "node:assert/strict";
import { rowOf, ROWS } from "../../scripts/bench/rows.ts";
import type { Curve } from "../../scripts/bench/scaling.ts";
import type { Limits, Measured } from "../../scripts/bench/table.ts";
import type { Machine } from "../../scripts/bench/machine.ts";
import { assertFails, leastPermissions, runScript, testManual } from "./_run.ts";

testManual("bench");

Deno.test("bench.ts measures every field of every contender, and they compute the same", async () => {
  const { needed, extra } = await leastPermissions("bench");
  assert.deepEqual(needed, ["--allow-read", "--allow-env", "--allow-sys", "--allow-run"]);
  assert.deepEqual(extra, ["--allow-write"]);
  const folder = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await runScript(
      "bench",
      ["gpt-step", "mnist", "--tiny", "--scaling", "--rounds=1", `--report=${folder}/report`],
      { permissions: [...needed, ...extra], env: { TOME_PYTHON: "" } },
    );
    assert.equal(code, 0, stderr);
    const read = (name: string) => Deno.readTextFile(`${folder}/report/bench.${name}`);
    const { machine, rounds, limits, measured, curves } = JSON.parse(await read("json")) as {
      machine: Machine;
      rounds: number;
      limits: Limits;
      measured: Measured[];
      curves: Curve[];
    };
    assert.equal(rounds, 1);
    assert.equal(machine.deno, Deno.version.deno);
    assert.deepEqual(measured.map(({ row }) => row.name), ["matmul", "gpt-step", "mnist"]);
    assert.ok(limits.cpu! > 0);
    const timed = (await navigator.gpu?.requestAdapter())?.features.has("timestamp-query") ?? false;
    for (const { row, results } of measured) {
      assert.deepEqual(results.map(({ name }) => name), row.contenders.map(({ name }) => name));
      for (const [k, { name, notRun, facts, median, apart, results: made }] of results.entries()) {
        const { needs } = row.contenders[k]!;
        if (notRun) {
          assert.ok(needs === "python" || (needs === "adapter" && !machine.adapter), notRun);
          assert.match(stderr, new RegExp(`^${row.name}, ${name}: not run, `, "m"));
          continue;
        }
        assert.ok(facts!.device && facts!.detail && Object.keys(facts!.versions).length > 0);
        assert.ok(median!.wallMillis > 0 && median!.peakBytes >= 0);
        assert.ok(median!.lifePeakBytes >= median!.peakBytes);
        assert.ok(made.length > 0 && made.every(Number.isFinite));
        assert.ok((apart ?? 0) <= row.tolerance!, `${row.name}, ${name}: ${apart} apart`);
        if (needs === "python") continue;
        assert.ok(median!.scriptMillis! > 0 && median!.scriptMillis! <= median!.wallMillis);
        const onGPU = facts!.limit === "webgpu";
        assert.equal(median!.dispatches === undefined, !onGPU);
        if (onGPU) assert.ok(median!.dispatches! > 0 && median!.peakBytes > 0);
        assert.equal(median!.passMillis! > 0, onGPU && timed, `${row.name}, ${name}`);
      }
      assert.ok(stdout.includes(`### ${row.title}`), stdout);
    }
    const names = curves.map(({ name }) => name);
    assert.deepEqual(names, ["parameters", "context", "batch", "vocabulary"]);
    for (const { name, points } of curves) {
      assert.deepEqual(points.map(({ device }) => device), ["wasm", "wasm"]);
      assert.ok(points[0]!.size < points[1]!.size && points[0]!.wallMillis > 0);
      assert.ok(stdout.includes(`### Tome's step by ${name}`));
    }
    assert.match(stdout, /^\| contender +\| device/m);
    assert.equal(await read("md"), stdout.replace(/\n$/, ""));
    assert.match(await read("html"), /<svg[\s\S]*<th>results apart<\/th>/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("bench.ts ends with one line if a row is unknown", async () => {
  const message =
    /there is no row "gpt": the rows are matmul, gpt-step, nanogpt, attention, generation, quantized, mnist/;
  await assertFails("bench", ["gpt"], { code: 2, message });
});

Deno.test("every goal of a row names two contenders that take part", () => {
  for (const name of ROWS) {
    const { contenders, goals } = rowOf(name, false);
    const names = contenders.map((contender) => contender.name);
    assert.equal(new Set(names).size, names.length);
    for (const { of, against } of goals) {
      assert.ok(names.includes(of) && names.includes(against), `${name}: ${of}, ${against}`);
    }
  }
});
