import assert from "node:assert/strict";
import { decode, encode } from "fast-png";
import { imageGrid, show } from "@tome/tome/display";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

/** Views read values and do the rest by themselves, so that two devices are enough. */
const testOnBoth = (name: string, run: () => void | Promise<void>) =>
  testOnDevices(name, run, ["cpu", "wasm"]);

const pixels = (base64: unknown) => decode(Uint8Array.fromBase64(base64 as string));

testOnBoth("imageGrid() sets a batch in columns with titles", async () => {
  const x = tf.zeros([5, 4, 6, 3]);
  const { bundle } = await imageGrid(x, {
    titles: ["a", "b", "c", "d", "<e>"],
    columns: 3,
    size: 12,
  });
  const html = bundle["text/html"] as string;
  assert.equal(html.match(/<img /g)!.length, 5);
  assert.equal(html.match(/<tr/g)!.length, 2);
  assert.match(html, /&lt;e&gt;/);
  assert.doesNotMatch(html, /<e>/);
  assert.equal(bundle["text/plain"], "5 images of 4 × 6\n0: a\n1: b\n2: c\n3: d\n4: <e>");
  const { width, height } = pixels(bundle["image/png"]);
  assert.deepEqual([width, height], [3 * 12 + 2 * 4, 2 * 8 + 4]);
});

testOnBoth("imageGrid() gives all images one range, so that they can be compared", async () => {
  const x = tf.tensor4d([10, 10, 20, 20], [2, 1, 2, 1]).sub(15);
  const { data } = pixels((await imageGrid(x, { size: 2, columns: 2 })).bundle["image/png"]);
  assert.deepEqual([data[0], data[3 * 6]], [0, 255]);
});

testOnBoth("imageGrid() takes images of several sizes, and tensors among them", async () => {
  const pale = { width: 2, height: 1, data: [0, 255] };
  const view = await imageGrid([pale, tf.fill([3, 3, 4], 100)], { size: 1 });
  assert.match(`${view}`, /^2 images/);
  const { width, height, data } = pixels(view.bundle["image/png"]);
  assert.deepEqual([width, height], [3 + 4 + 3, 3]);
  assert.deepEqual([...data.slice(0, 6)], [0, 0, 0, 255, 255, 255]);
});

testOnBoth("imageGrid() shows no image, and images without pixels", async () => {
  for (const shape of [[0, 4, 4, 1], [2, 0, 4, 3], [0, 0, 3]]) {
    const { bundle } = await imageGrid(tf.zeros(shape));
    assert.ok(pixels(bundle["image/png"]).width >= 1);
    assert.match(bundle["text/plain"], /image/);
  }
  assert.match(`${await imageGrid([])}`, /^0 images/);
});

testOnBoth("imageGrid() refuses what is no image", async () => {
  await assert.rejects(imageGrid(tf.zeros([2, 4, 4, 2])), {
    name: "RangeError",
    message: /1, 3 or 4 channels: current shape is \[2, 4, 4, 2\]/,
  });
  await assert.rejects(imageGrid({ width: 2, height: 2, data: [1, 2, 3] }), /current length is 3/);
  await assert.rejects(
    imageGrid(tf.zeros([2, 4, 4, 1]), { titles: ["one"] }),
    /current length is 1/,
  );
});

testOnBoth("imageGrid() draws the first of many, and stays small", async () => {
  const { bundle } = await imageGrid(tf.randomUniform([100, 64, 64, 3], 0, 1, "float32", 1), {
    limit: 20,
  });
  assert.match(bundle["text/plain"], /100 images of 64 × 64\nthe first 20 of 100/);
  assert.ok(JSON.stringify(bundle).length < 600_000);
});

Deno.test("show() knows a decoded PNG", async () => {
  const file = encode({ width: 2, height: 1, channels: 3, depth: 8, data: new Uint8Array(6) });
  assert.match(`${await show(decode(file))}`, /^1 image of 1 × 2/);
});
