import assert from "node:assert/strict";
import { assertFails, inBookFolder, leastPermissions, runScript, testManual } from "./_run.ts";

testManual("bench");

Deno.test("bench.ts times steps; without a Python that has PyTorch it says so", () =>
  inBookFolder(async (cwd) => {
    const { needed, extra } = await leastPermissions("bench");
    assert.deepEqual(needed, ["--allow-read", "--allow-env"]);
    assert.deepEqual(extra, ["--allow-ffi", "--allow-run"]);
    const { code, stdout, stderr } = await runScript(
      "bench",
      ["--devices=xnnpack", "--steps=3", "--rounds=1", "--json"],
      { cwd, permissions: needed }, // so it may run no Python
    );
    assert.deepEqual([code, stderr], [0, ""]);
    const [said, json] = stdout.trimEnd().split("\n").slice(-2);
    assert.equal(said, "PyTorch: not run, no Python has it (TOME_PYTHON names one)");
    const rows: Record<string, number | string>[] = JSON.parse(json!);
    assert.equal(rows.length, 1);
    const [{ name, detail, medianMillis, minMillis, leakedPerStep, tokensPerSecond } = {}] = rows;
    assert.deepEqual([name, leakedPerStep], ["xnnpack", 0]);
    assert.match(`${detail}`, /^WebAssembly, \d+ threads$/);
    assert.ok(Number(minMillis) > 0 && Number(medianMillis) >= Number(minMillis));
    assert.equal(tokensPerSecond, Math.round(1000 * 12 * 64 / Number(medianMillis)));
  }));

Deno.test("bench.ts ends with one line if a device is unknown", async () => {
  const message = /--devices must be of wasm, xnnpack, cpu, webgpu: one is "tpu"/;
  await assertFails("bench", ["--devices=wasm,tpu"], { code: 2, message });
});
