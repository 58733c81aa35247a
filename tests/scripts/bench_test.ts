import assert from "node:assert/strict";
import {
  assertFails,
  inBookFolder,
  leastPermissions,
  runForJson,
  runScript,
  testManual,
} from "./_run.ts";

testManual("bench");

Deno.test("bench.ts times steps; without a Python that has PyTorch it says so", () =>
  inBookFolder(async (cwd) => {
    const { needed, extra } = await leastPermissions("bench");
    assert.deepEqual(needed, ["--allow-read", "--allow-env"]);
    assert.deepEqual(extra, ["--allow-ffi", "--allow-run"]);
    const flags = ["--devices=xnnpack", "--steps=3", "--rounds=1"];
    const rows = await runForJson<Record<string, number | string>[]>("bench", flags, {
      cwd,
      permissions: needed,
    });
    assert.equal(rows.length, 1);
    const [{ name, detail, medianMillis, minMillis, leakedPerStep, tokensPerSecond } = {}] = rows;
    assert.deepEqual([name, leakedPerStep], ["xnnpack", 0]);
    assert.match(`${detail}`, /^XNNPACK, \d+ threads$/);
    assert.ok(Number(minMillis) > 0 && Number(medianMillis) >= Number(minMillis));
    assert.equal(tokensPerSecond, Math.round(1000 * 12 * 64 / Number(medianMillis)));

    const { code, stdout, stderr } = await runScript("bench", flags, {
      cwd,
      env: { TOME_PYTHON: `${cwd}/python-that-is-not-there`, PATH: cwd },
    });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /PyTorch: not run, no Python has it \(TOME_PYTHON names one\)\n$/);
  }));

Deno.test("bench.ts ends with one line if a device is unknown", async () => {
  const message = /--devices must be of wasm, xnnpack, cpu, webgpu: one is "tpu"/;
  await assertFails("bench", ["--devices=wasm,tpu"], { code: 2, message });
});
