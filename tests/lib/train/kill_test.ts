import assert from "node:assert/strict";
import { Rng } from "@tome/tome/tensor";
import { DEVICES } from "../../_support/devices.ts";
import { runChild } from "./_child.ts";
import { inFolder } from "./_tiny.ts";

const STEPS = 40;

for (const device of DEVICES.filter((name) => name !== "webgpu")) {
  Deno.test(`Trainer goes on bit for bit after its process was killed, again and again (${device})`, () =>
    inFolder(async (folder) => {
      const whole = await runChild([device, `${folder}/whole`, String(STEPS), "fast"]);
      assert.equal(whole.lines.at(-2), "done steps");

      const random = new Rng(Date.now()); // where it dies is chance; that it goes on is not
      const starts: number[] = [];
      for (let kills = 0;; kills++) {
        const victim = 1 + random.int(12); // steps that it may make; the last kill spares it
        let made = 0;
        const { status, lines } = await runChild(
          [device, `${folder}/killed`, String(STEPS), "fast"],
          (line, child) => {
            if (line.startsWith("step ") && ++made === victim && kills < 5) {
              try {
                child.kill("SIGKILL");
              } catch (error) { // it was faster
                if (!(error instanceof TypeError)) throw error;
              }
            }
          },
        );
        const first = lines.find((line) => line.startsWith("step "));
        if (first) starts.push(Number(first.slice(5)));
        if (status.success) {
          assert.deepEqual(lines.slice(-2), whole.lines.slice(-2));
          break;
        }
        assert.equal(status.signal, "SIGKILL");
      }
      assert.ok(starts.length > 2, "the process was killed and went on");
      assert.ok(starts.every((step, i) => i === 0 || step >= starts[i - 1]!), `starts: ${starts}`);

      for (const kind of ["last", "best"]) {
        for (const file of ["model.safetensors", "optimizer.safetensors"]) {
          const [a, b] = ["killed", "whole"].map((run) =>
            Deno.readFileSync(`${folder}/${run}/${kind}/${file}`)
          );
          assert.deepEqual(a, b, `${kind}/${file}`);
        }
      }
      // no half-written folder is left, and the log of the run, since it last began anew, has each step once
      const names = [...Deno.readDirSync(`${folder}/killed`)].map(({ name }) => name).sort();
      assert.deepEqual(names, ["best", "last", "log.jsonl", "step-39", "step-40"]);
      const log = await Deno.readTextFile(`${folder}/killed/log.jsonl`);
      const lines = log.trim().split("\n").map((line) => JSON.parse(line));
      const began = lines.findLastIndex(({ event, step }) => event === "start" && step === 0);
      const steps = lines.slice(began).filter(({ event }) => event === "step").map(({ step }) =>
        step
      );
      assert.deepEqual(steps, Array.from({ length: STEPS }, (_, i) => i + 1));
    }));
}
