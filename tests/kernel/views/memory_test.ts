import assert from "node:assert/strict";
import { memoryView, show } from "@tome/tome/display";
import { Linear } from "@tome/tome/nn";
import { memory } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

/** Views read values and do the rest by themselves, so that two devices are enough. */
const testOnBoth = (name: string, run: () => void | Promise<void>) =>
  testOnDevices(name, run, ["cpu", "wasm"]);

testOnBoth("memoryView() counts what is alive, and what has come since", () => {
  const before = memory();
  const x = tf.ones([256, 1024]);
  const text = `${memoryView(memory(), before)}`;
  assert.match(text, /live tensors +[\d,]+ +\+1\n/);
  assert.match(text, /bytes in use +\S+ \S+ +\+1\.00 MiB/);
  x.dispose();
  assert.match(`${memoryView(memory(), before)}`, /live tensors +[\d,]+ +unchanged/);
});

testOnBoth("memoryView() tells for whom the bytes are held", () => {
  using layer = new Linear(64, 64);
  const { bundle } = memoryView(memory());
  assert.match(
    `${bundle["text/plain"]}`,
    /held for .*at the peak\n[^]*parameters +\S+ \S+ +\S+ \S+/,
  );
  assert.match(`${bundle["text/html"]}`, /parameters/);
  layer.eval();
});

Deno.test("show() knows a count of memory", async () => {
  const view = await show({
    numTensors: 1234,
    numDataBuffers: 5,
    numBytes: 512,
    numBytesAllocated: 2 ** 31,
  });
  assert.equal(
    `${view}`,
    "live tensors                       1,234\n" +
      "buffers behind them                    5\n" +
      "bytes in use                   512 bytes\n" +
      "bytes allocated on the device   2.00 GiB",
  );
  assert.match(view.bundle["text/html"] as string, /1,234/);
});
