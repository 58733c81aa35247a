import assert from "node:assert/strict";
import { encodeWav } from "@tome/tome/audio";
import { inFolder } from "../_support/folder.ts";
import { tarOf } from "../_support/tar.ts";
import { assertFails, leastPermissions, namesIn, runForJson, testManual } from "./_run.ts";

/** What train_speech.ts --json ends with. */
interface Trained {
  systems: Record<string, { value: number; low: number; high: number }>;
  clips: { learnt: number; held: number };
  steps: number;
  firstLoss: number;
  lastLoss: number;
  device: string;
}

/** Clips of digits 0 to 9 by three voices: each digit a tone of its own, each voice with overtones of its own. */
function clips(): Uint8Array {
  const files: Record<string, Uint8Array> = {};
  for (const [v, voice] of ["ann", "bob", "eve"].entries()) {
    for (let digit = 0; digit < 10; digit++) {
      const samples = Float32Array.from({ length: 1400 + 100 * v }, (_, t) => {
        const tone = 2 * Math.PI * (300 + 300 * digit) * t / 8000;
        return (0.6 * Math.sin(tone) + 0.1 * v * Math.sin(1.5 * tone)) *
          Math.sin(Math.PI * t / 1700);
      });
      for (const take of [0, 1]) {
        files[`recordings/${digit}_${voice}_${take}.wav`] = encodeWav(samples, 8000);
      }
    }
  }
  return tarOf(files);
}

const RUN = ["--speaker=eve", "--mels=16", "--batch=8", "--device=wasm", "--hide=0"];

testManual("train_speech");

Deno.test("train_speech.ts hears digits of somebody it never heard, with the least permissions", () =>
  inFolder(async (cwd) => {
    await Deno.writeFile(`${cwd}/fsdd-600.tar`, clips());
    const { needed } = await leastPermissions("train_speech");
    const { systems, clips: counts, ...result } = await runForJson<Trained>(
      "train_speech",
      [...RUN, "--task=keyword", "--steps=40", "--lr=2e-2", "--out=runs/keyword"],
      { cwd, permissions: needed, env: { TOME_DATA: cwd } },
    );
    assert.deepEqual([result.device, result.steps], ["wasm", 40]);
    assert.deepEqual(counts, { learnt: 40, held: 20 });
    assert.ok(result.lastLoss < result.firstLoss / 2, `${result.firstLoss} ${result.lastLoss}`);
    const { value, low, high } = systems["this model"]!;
    assert.ok(value > 0.5 && low <= value && value <= high, `${value}`);
    assert.equal(systems["nearest template"]!.value, 1);
    assert.deepEqual(namesIn(`${cwd}/runs/keyword`), ["metrics.jsonl", "model"]);
  }));

Deno.test("train_speech.ts writes strings, and leaves nothing without --out", () =>
  inFolder(async (cwd) => {
    await Deno.writeFile(`${cwd}/fsdd-600.tar`, clips());
    for (const model of ["rnn", "conformer"]) {
      const { systems, firstLoss, lastLoss } = await runForJson<Trained>(
        "train_speech",
        [...RUN, "--task=ctc", `--model=${model}`, "--steps=12", "--strings=6", "--width=16"],
        { cwd, env: { TOME_DATA: cwd } },
      );
      assert.ok(lastLoss < firstLoss, `${model}: ${firstLoss} ${lastLoss}`);
      assert.ok(systems["this model"]!.value >= 0);
      assert.ok(systems["cut and nearest template"]!.value < 0.5);
    }
    assert.deepEqual(namesIn(cwd), ["fsdd-600.tar"]);
  }));

Deno.test("train_speech.ts says in one line what it lacks", () =>
  inFolder(async (cwd) => {
    const fails = (args: string[], code: number, message: RegExp) =>
      assertFails("train_speech", args, { cwd, code, message, env: { TOME_DATA: cwd } });
    await fails(["--pytorch=python3"], 2, /--pytorch needs --out/);
    await fails([], 1, /^DownloadError: Cannot load spoken digits as they must lie in a file/);
    await Deno.writeFile(`${cwd}/fsdd-600.tar`, clips());
    await fails(["--speaker=tom"], 1, /must be one of ann, bob, eve/);
  }));
