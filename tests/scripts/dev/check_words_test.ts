import assert from "node:assert/strict";
import { faults } from "../../../scripts/dev/check_words.ts";

Deno.test("faults() finds paths of one machine, undone work, skipped tests and secrets", () => {
  const text = [
    "fine: https://example.org/work/home/x, ./home/a, lib/work/x",
    "see /home/ada/tome",
    "// TODO later",
    'Deno.test.only("x")',
    "hf_abcdefghijklmnopqrstuvwxyz0123456789",
    "<<<<<<< ours",
  ].join("\n");
  assert.deepEqual(faults("a.ts", text), [
    "a.ts:2 holds a path of one machine: /home/ada",
    "a.ts:3 holds something undone: TODO",
    "a.ts:4 holds a test that is skipped, or runs alone: Deno.test.only",
    "a.ts:5 holds a secret: hf_abcdefghijklmnopqrstuvwxyz0123456789",
    "a.ts:6 holds an unfinished merge: <<<<<<< ",
  ]);
});
