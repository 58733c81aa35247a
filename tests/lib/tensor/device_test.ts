import assert from "node:assert/strict";
import { currentDevice, DeviceError, table, useDevice } from "@tome/tome/tensor";
import { DEVICES, enter, testOnDevices } from "../../_support/devices.ts";

testOnDevices("useDevice() says what it chose and why, as text and as a table", async (name) => {
  const device = await useDevice(name, { strict: name === "webgpu" });
  assert.equal(device.name, name);
  assert.equal(currentDevice(), device);
  assert.match(String(device), new RegExp(`^device +${name}\nchosen because +it was asked for\n`));
  assert.match(String(device), /measured +\d+\.\d GFLOP\/s/);
  const display = Symbol.for("Jupyter.display") as unknown as "display";
  const bundle = (device as unknown as { display(): Record<string, string> })[display]();
  assert.match(bundle["text/html"]!, /^<table><tr><th>device<\/th><td>/);
  if (name === "webgpu") assert.match(String(device), /adapter +\S/);
});

Deno.test('useDevice("auto") takes a software adapter only on request', async () => {
  const device = await useDevice("auto");
  if (device.name === "webgpu") assert.equal(device.report.adapter!.software, false);
  else assert.match(device.report.reason, /WebGPU adapter/);
  if (DEVICES.includes("webgpu")) {
    assert.equal((await useDevice("auto", { software: true })).name, "webgpu");
  }
  await enter("cpu");
});

Deno.test("useDevice() refuses a device that does not exist", async () => {
  await assert.rejects(() => useDevice("tpu" as "cpu"), (error: Error) => {
    assert.ok(error instanceof DeviceError);
    assert.match(error.message, /choose "auto", "webgpu", "wasm" or "cpu"/);
    return true;
  });
});

Deno.test("table() aligns columns, and escapes HTML", () => {
  const { "text/plain": text, "text/html": html } = table([["a<b", "5"], ["c", "10"]], {
    head: ["name", "n"],
    numbersFrom: 1,
  });
  assert.equal(text, "name   n\n────  ──\na<b    5\nc     10");
  assert.equal(
    html,
    "<table><tr><th>name</th><th>n</th></tr><tr><td>a&lt;b</td><td>5</td></tr><tr><td>c</td><td>10</td></tr></table>",
  );
});
