import assert from "node:assert/strict";
import { exitCode, tally, testArguments } from "../../../scripts/dev/test.ts";

Deno.test("tally() reads the summary, coloured or not", () => {
  assert.deepEqual(tally("a ... ok (1ms)\n\nok | 12 passed | 0 failed (3s)\n"), {
    passed: 12,
    failed: 0,
  });
  assert.deepEqual(
    tally(
      "\x1b[0m\x1b[31mFAILED\x1b[0m | 9 passed (4 steps) | 2 failed (1 step) \x1b[38;5;245m(1s)",
    ),
    { passed: 9, failed: 2 },
  );
});

Deno.test("tally() counts a run that broke off as failed", () => {
  const cut = "a ... ok (1ms)\nb ... FAILED (2ms)\nc ... ok (1ms)\npanicked";
  assert.deepEqual(tally(cut), { passed: 2, failed: 2 });
  assert.deepEqual(tally("error: Module not found"), { passed: 0, failed: 1 });
});

Deno.test("testArguments() runs everything unless files are named", () => {
  const all = testArguments([]);
  assert.deepEqual([...all.slice(0, 3), all.at(-1)], ["test", "-A", "--parallel", "tests/"]);
  for (const file of all.slice(3, -1)) assert.ok(Deno.statSync(file).isFile, file);
  assert.deepEqual(testArguments(["tests/lib/ops", "--fail-fast"]), [
    "test",
    "-A",
    "--parallel",
    "tests/lib/ops",
    "--fail-fast",
  ]);
  assert.deepEqual(testArguments(["--doc"]).slice(-3), ["lib/", "kernel/", "mod.ts"]);
});

Deno.test("exitCode() forgives an abort after the last test, and nothing else", () => {
  const aborted = { passed: 5, failed: 0, code: 134, signal: "SIGABRT", whole: true };
  assert.equal(exitCode(aborted), 0);
  assert.equal(exitCode({ ...aborted, failed: 1 }), 134);
  assert.equal(exitCode({ ...aborted, whole: false }), 134);
  assert.equal(exitCode({ ...aborted, passed: 0 }), 134);
  assert.equal(exitCode({ ...aborted, signal: "SIGKILL", code: 137 }), 137);
  assert.equal(exitCode({ ...aborted, signal: null, code: 1 }), 1);
});
