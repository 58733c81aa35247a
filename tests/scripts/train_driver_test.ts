import assert from "node:assert/strict";
import { runForJson, runScript, testManual } from "./_run.ts";

testManual("train_driver");

/** What train_driver.ts --json ends with. */
interface Taught {
  moments: number;
  losses: number[];
  results: { name: string; drives: number; laps: number; finished: number; offset: number }[];
}

Deno.test("train_driver.ts clones, goes on by DAgger, and measures beside the expert", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const flags = [
      "--train=1",
      "--held=2",
      "--rounds=1",
      "--steps=250",
      "--roundSteps=100",
      "--width=16",
    ];
    const found = await runForJson<Taught>(
      "train_driver",
      [...flags, "--laps=0.3", "--batch=32", "--device=wasm", "--out=runs/driver"],
      { cwd },
    );
    const names = ["the expert", "cloned", "DAgger, round 1"];
    assert.deepEqual(found.results.map(({ name }) => name), names);
    assert.ok(found.results.every(({ drives }) => drives === 2) && found.moments > 80);
    const [expert, ...learners] = found.results;
    assert.ok(expert!.finished === 1 && expert!.laps >= 0.3 && expert!.offset < 0.5);
    assert.ok(
      learners.every(({ laps }) => laps > 0.02) && found.losses.every((loss) => loss < 0.5),
    );
    await Deno.stat(`${cwd}/runs/driver/model/model.safetensors`);
    assert.match(await Deno.readTextFile(`${cwd}/runs/driver/drive.svg`), /metres driven/);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("train_driver.ts says in one line that it has no tracks of TORCS", async () => {
  const { code, stderr } = await runScript("train_driver", ["--tracks=torcs", "--device=cpu"], {
    env: { TOME_DATA: "" },
  });
  assert.equal(code, 1);
  assert.match(stderr, /^DownloadError: Cannot load the tracks of TORCS as torcs-tracks.tar.gz/);
});
