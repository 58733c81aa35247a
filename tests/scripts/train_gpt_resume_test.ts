import assert from "node:assert/strict";
import { Rng } from "@tome/tome/tensor";
import { DEVICES } from "../_support/devices.ts";
import { assertFails, inBookFolder, namesIn, runForJson, runScript, TINY } from "./_run.ts";

const RUN = [
  ...[...TINY, "--text=book.txt", "--dropout=0.1", "--steps=100", "--logEvery=1", "--sample=0"],
  ...["--checkpointEvery=4", "--evalEvery=10", "--evalBatches=2", "--warmup=5", "--lr=1e-2"],
];

/** The bytes of what a run ends with. */
const results = (out: string) =>
  ["last/model.safetensors", "last/optimizer.safetensors", "best/model.safetensors"]
    .map((file) => Deno.readFileSync(`${out}/${file}`));

/** The steps in a run's log. */
const loggedSteps = (out: string) =>
  Deno.readTextFileSync(`${out}/metrics.jsonl`).trimEnd().split("\n")
    .map((line) => JSON.parse(line)).filter(({ event }) => event === "step")
    .map(({ step }) => step);

const ALL = Array.from({ length: 100 }, (_, i) => i + 1);

for (const device of DEVICES.filter((name) => name !== "webgpu")) {
  Deno.test(`train_gpt.ts --resume goes on bit for bit after kills and Ctrl-C (${device})`, () =>
    inBookFolder(async (cwd) => {
      const flags = [...RUN, `--device=${device}`];
      const whole = await runForJson<{ valLoss: number }>(
        "train_gpt",
        [...flags, "--out=whole"],
        { cwd },
      );
      const expected = results(`${cwd}/whole`);

      const random = new Rng(20); // which checkpoint is the last, and how long after it the process dies
      let kills = 0;
      for (let run = 0; run < 3; run++) {
        let left = 1 + random.int(3);
        const again = run > 0 ? ["--out=killed", "--resume"] : [...flags, "--out=killed"];
        const { code, signal, stderr } = await runScript("train_gpt", again, {
          cwd,
          onLine(line, child) {
            if (!/ wrote /.test(line) || --left !== 0) return;
            setTimeout(() => kill(child, "SIGKILL"), random.uniform(0, 30));
          },
        });
        if (run > 0) assert.match(stderr, /^goes on from step \d+$/m);
        if (signal === "SIGKILL") kills++;
        else assert.equal(code, 0, stderr); // it was faster
      }
      assert.ok(kills > 0);
      const last = await runForJson<{ valLoss: number; steps: number }>(
        "train_gpt",
        ["--out=killed", "--resume"],
        { cwd },
      );
      assert.deepEqual([last.valLoss, last.steps], [whole.valLoss, 100]);
      assert.deepEqual(results(`${cwd}/killed`), expected);
      assert.deepEqual(loggedSteps(`${cwd}/killed`), ALL);
      const names = namesIn(`${cwd}/killed`).filter((name) => !/^events\.out\./.test(name));
      assert.deepEqual(names, ["best", "last", "metrics.jsonl"], "nothing half-written is left");

      if (Deno.build.os === "windows") return; // where Ctrl-C is no signal
      let asked = false;
      const stopped = await runScript("train_gpt", [...flags, "--out=stopped", "--json"], {
        cwd,
        onLine(line, child) {
          if (/ wrote /.test(line) && !asked) {
            asked = true;
            child.kill("SIGINT");
          }
        },
      });
      assert.equal(stopped.code, 0, stopped.stderr);
      const state = JSON.parse(
        await Deno.readTextFile(`${cwd}/stopped/last/trainer_state.json`),
      );
      assert.ok(state.step < 100, `stopped at step ${state.step}`);
      const [said, json] = stopped.stdout.trimEnd().split("\n").slice(-2);
      assert.equal(
        said,
        `interrupted after step ${state.step}; --out=stopped --resume goes on from there`,
      );
      const { steps, stopped: why } = JSON.parse(json!);
      assert.deepEqual([steps, why], [state.step, "interrupted"]);
      await runForJson("train_gpt", ["--out=stopped", "--resume"], { cwd });
      assert.deepEqual(results(`${cwd}/stopped`), expected);
      assert.deepEqual(loggedSteps(`${cwd}/stopped`), ALL);
    }));
}

/** Ends a process, if it has not ended by itself. */
function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

Deno.test("train_gpt.ts --resume refuses another model, text or tokenizer, and takes more steps", () =>
  inBookFolder(async (cwd) => {
    const flags = [...RUN, "--device=cpu", "--steps=4", "--out=run"];
    await runForJson("train_gpt", flags, { cwd });
    const before = results(`${cwd}/run`);
    const resume = ["--out=run", "--resume"];
    for (
      const [flag, must] of [
        ["--width=32", "embedDim 16: current model has embedDim 32"],
        ["--layers=2", "numLayers 1: current model has numLayers 2"],
        ["--heads=4", "numHeads 2: current model has numHeads 4"],
        ["--context=8", "contextLength 16: current model has contextLength 8"],
      ]
    ) {
      const { code, stderr } = await runScript("train_gpt", [...resume, flag!], { cwd });
      assert.equal(code, 1);
      const message = `Cannot load the weights of run/last as the model must have ${must}`;
      assert.equal(stderr, `CheckpointError: ${message}\n`);
    }
    const fails = (flag: string, message: RegExp, code = 2) =>
      assertFails("train_gpt", [...resume, flag], { code, message, cwd });
    await fails("--tokenizer=bytes", /has --tokenizer=characters, which cannot become bytes/);
    await fails("--batch=5", /has --batch=4, which cannot become 5/);
    await fails("--seed=2", /has --seed=1337, which cannot become 2/);
    await Deno.writeTextFile(`${cwd}/other.txt`, "another text, as long as it may be\n".repeat(99));
    await fails("--text=other.txt", /^RangeError: .*text must be that of the run: other/m, 1);
    assert.deepEqual(results(`${cwd}/run`), before, "a refused run leaves the checkpoint alone");

    const done = await runForJson<{ steps: number; millisPerStep?: number }>(
      "train_gpt",
      resume,
      { cwd },
    );
    assert.deepEqual([done.steps, done.millisPerStep], [4, undefined]);
    const more = await runForJson<{ steps: number; firstLosses: number[] }>(
      "train_gpt",
      [...resume, "--steps=6"],
      { cwd },
    );
    assert.deepEqual([more.steps, more.firstLosses.length], [6, 2]);
  }));
