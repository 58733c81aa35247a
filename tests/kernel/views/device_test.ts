import assert from "node:assert/strict";
import { deviceView, show } from "@tome/tome/display";
import { currentDevice, Device } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";

/** Views read values and do the rest by themselves, so that two devices are enough. */
const testOnBoth = (name: string, run: () => void | Promise<void>) =>
  testOnDevices(name, run, ["cpu", "wasm"]);

testOnBoth("deviceView() tells the table of the device", async () => {
  const device = currentDevice();
  const view = await show(device);
  assert.equal(`${view}`, device.toString());
  assert.match(view.bundle["image/svg+xml"] as string, /GFLOP/);
});

Deno.test("deviceView() takes no text for HTML", () => {
  const device = new Device({ name: "cpu", reason: "a <script> & more", gflops: 1 });
  const { bundle } = deviceView(device);
  assert.match(bundle["text/html"] as string, /a &lt;script&gt; &amp; more/);
  assert.match(bundle["text/plain"], /a <script> & more/);
});
