import assert from "node:assert/strict";
import { assertFails, runForJson, testManual } from "./_run.ts";

testManual("train_forecaster");

/** What train_forecaster.ts --json ends with. */
interface Foretold {
  windows: number;
  losses: Record<string, number[]>;
  results: { name: string; mase: number; low: number; high: number }[];
}

Deno.test("train_forecaster.ts walks forward through a file of one's own, beside baselines", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const rows = Array.from(
      { length: 160 },
      (_, t) => `${t},${(10 + 0.02 * t + Math.sin(t * Math.PI / 4)).toFixed(4)}`,
    );
    await Deno.writeTextFile(`${cwd}/wave.csv`, `day,sales\n${rows.join("\n")}\n`);
    const sizes = [
      "--context=8",
      "--horizon=4",
      "--folds=2",
      "--width=8",
      "--steps=60",
      "--lr=3e-2",
      "--batch=16",
    ];
    const found = await runForJson<Foretold>(
      "train_forecaster",
      [
        "--csv=wave.csv",
        "--column=sales",
        "--season=8",
        ...sizes,
        "--device=wasm",
        "--out=runs/wave",
      ],
      { cwd },
    );
    assert.equal(found.windows, 8);
    assert.deepEqual(found.results.map(({ name }) => name), [
      "naive: the last value",
      "seasonal naive: 8 steps ago",
      "linear in the last 8 values",
      "lstm",
      "transformer",
    ]);
    const [naive, seasonal, linear, lstm] = found.results;
    assert.ok(seasonal!.mase < 1.1 && linear!.mase < naive!.mase && lstm!.mase < naive!.mase);
    for (const [first, last] of Object.values(found.losses)) assert.ok(last! < first!);
    await Deno.stat(`${cwd}/runs/wave/model/model.safetensors`);
    await Deno.stat(`${cwd}/runs/wave/forecast.svg`);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("train_forecaster.ts wants the column of a file", async () => {
  await assertFails("train_forecaster", ["--csv=wave.csv"], {
    code: 2,
    message: /^Cannot run train_forecaster.ts as --csv needs --column/,
  });
});
