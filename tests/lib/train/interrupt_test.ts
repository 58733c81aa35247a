import assert from "node:assert/strict";
import { runChild } from "./_child.ts";
import { inFolder } from "./_tiny.ts";

const unix = Deno.build.os !== "windows"; // where Ctrl-C is a signal

if (unix) {
  Deno.test("stopOnInterrupt() finishes the step, writes a checkpoint, and lets fit() return", () =>
    inFolder(async (folder) => {
      const { status, lines } = await runChild(["cpu", folder, "1000", "fast"], (line, child) => {
        if (line === "step 8") child.kill("SIGINT");
      });
      assert.deepEqual([status.success, status.code], [true, 0]);
      assert.equal(lines.at(-2), "done interrupted");
      const state = JSON.parse(await Deno.readTextFile(`${folder}/last/trainer_state.json`));
      const last = lines.filter((line) => line.startsWith("step ")).at(-1);
      assert.equal(`step ${state.step}`, last);
      assert.ok(state.step >= 8 && state.step < 1000);
    }));

  Deno.test("stopOnInterrupt() ends the process at the second Ctrl-C", () =>
    inFolder(async (folder) => {
      const { status, lines } = await runChild(["cpu", folder, "1000", "linger"], (line, child) => {
        if (line === "step 3" || line === "stopping") child.kill("SIGINT");
      });
      assert.equal(lines.at(-1), "stopping");
      assert.deepEqual([status.success, status.code], [false, 130]);
    }));
}
