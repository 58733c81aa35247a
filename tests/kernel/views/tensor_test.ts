import assert from "node:assert/strict";
import { decode } from "fast-png";
import { tensorView } from "@tome/tome/display";
import { useDevice } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertSnapshot } from "../../_support/snapshot.ts";

/** Views read values and do the rest by themselves, so that two devices are enough. */
const testOnBoth = (name: string, run: () => void | Promise<void>) =>
  testOnDevices(name, run, ["cpu", "wasm"]);

const snapshot = (name: string) => new URL(`../snapshots/${name}.txt`, import.meta.url);
const pixels = (base64: unknown) => decode(Uint8Array.fromBase64(base64 as string));

testOnBoth("tensorView() tells a matrix in words, numbers and pictures", async () => {
  const x = tf.tensor2d([[1, -2, 0.5], [1e-7, 12345.678, 3]]);
  const { bundle } = await tensorView(x);
  assert.equal(
    bundle["text/plain"],
    "Tensor float32 [2, 3], 6 values, 24 bytes\n" +
      "all finite · min -2 · mean 2058 · std 4601 · max 12346\n" +
      "Heat map of 2 × 3 values\n" +
      "[[    1,    -2,   0.5],\n" +
      " [ 1e-7, 12346,     3]]",
  );
  assert.deepEqual(Object.keys(bundle), ["text/plain", "text/html", "image/png"]);
  await assertSnapshot(snapshot("tensor_view_html"), bundle["text/html"] as string);
});

testOnBoth(
  "tensorView() counts what is not finite and keeps it out of the statistics",
  async () => {
    const x = tf.tensor1d([NaN, 1, Infinity, 3, -Infinity, NaN]);
    const text = `${await tensorView(x)}`;
    assert.match(text, /2 NaN, 2 infinite; of the finite values: min 1 · mean 2 · std 1 · max 3/);
    assert.match(text, /NaN, {9}1, {2}Infinity/);
    const none = await tensorView(tf.tensor1d([NaN, NaN]));
    assert.match(`${none}`, /2 NaN, no finite value/);
    assert.match(none.bundle["image/svg+xml"] as string, /^<svg /);
  },
);

testOnBoth("tensorView() asks for the values at once", async () => {
  const x = tf.tensor1d([1, 2]);
  const view = tensorView(x);
  x.dispose();
  assert.match(`${await view}`, /\[1, 2\]/);
});

testOnBoth("tensorView() says that a tensor is disposed", async () => {
  const x = tf.tensor1d([1, 2]);
  x.dispose();
  assert.equal(`${await tensorView(x)}`, "Tensor float32 [2]\ndisposed: its values are gone");
});

testOnBoth("tensorView() shows an empty tensor of any shape", async () => {
  for (const shape of [[0], [0, 3], [3, 0], [0, 4, 3], [4, 0, 3], [0, 8, 8, 1], [100_000, 0]]) {
    const { bundle } = await tensorView(tf.zeros(shape));
    const [first, values] = bundle["text/plain"].split(/\n(.*)/s);
    assert.equal(first, `Tensor float32 [${shape.join(", ")}], 0 values, 0 bytes`);
    assert.match(values!, /^\[[[\],…\n ]*\]$/);
    assert.ok(values!.length < 100);
    assert.match(bundle["image/svg+xml"] as string, /^<svg /);
  }
});

testOnBoth("tensorView() tells only the ends of a huge tensor, and stays small", async () => {
  const x = tf.range(0, 600_000, 1, "float32").reshape([600, 1000]);
  const { bundle } = await tensorView(x);
  const lines = bundle["text/plain"].split("\n");
  assert.equal(lines.length, 10);
  assert.equal(lines[3], "[[     0,      1,      2, …,    997,    998,    999],");
  assert.equal(lines[2], "Heat map of 600 × 1000 values; drawn 200 × 200");
  assert.ok(JSON.stringify(bundle).length < 300_000);
});

Deno.test("tensorView() keeps the noisiest picture small enough for a notebook", async () => {
  await useDevice("cpu");
  const x = tf.randomUniform([500, 700, 3], 0, 256, "int32", 1);
  const { bundle } = await tensorView(x);
  x.dispose();
  assert.ok(JSON.stringify(bundle).length < 500_000);
});

testOnBoth("tensorView() draws [Y, X, 3] in its own colours", async () => {
  const x = tf.tensor3d([[[1, 0, 0], [0, 1, 0]], [[0, 0, 1], [1, 1, 1]]]);
  const { width, height, data, channels } = pixels((await tensorView(x)).bundle["image/png"]);
  assert.deepEqual([width, height, channels], [256, 256, 3]);
  const at = (x: number, y: number) => [...data.slice((y * 256 + x) * 3, (y * 256 + x) * 3 + 3)];
  assert.deepEqual(
    [at(0, 0), at(255, 0), at(0, 255), at(255, 255)],
    [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]],
  );
});

testOnBoth(
  "tensorView() takes whole pictures from 0 to 255, and any other range by its ends",
  async () => {
    const whole = await tensorView(tf.tensor3d([0, 51, 255, 102], [2, 2, 1], "int32"));
    assert.match(`${whole}`, /Image 2 × 2; black 0, white 255/);
    assert.deepEqual(
      [...pixels(whole.bundle["image/png"]).data.slice(0, 256)].filter((_, i) => i % 128 === 0),
      [0, 51],
    );
    const any = await tensorView(tf.tensor3d([-3, 0, 1, 5], [2, 2, 1]));
    assert.match(`${any}`, /Image 2 × 2; black -3, white 5/);
    assert.equal(pixels(any.bundle["image/png"]).data[0], 0);
  },
);

testOnBoth("tensorView() draws a batch of images, but no filters", async () => {
  assert.match(`${await tensorView(tf.zeros([3, 8, 9, 1]))}`, /3 images, each 8 × 9/);
  assert.match(`${await tensorView(tf.zeros([70, 8, 8, 3]))}`, /the first 64 of 70 images/);
  assert.doesNotMatch(`${await tensorView(tf.zeros([3, 3, 3, 4]))}`, /images/);
});

testOnBoth(
  "tensorView() draws a heat map that is dark below, bright above and grey at NaN",
  async () => {
    const { bundle } = await tensorView(tf.tensor2d([[0, 1], [NaN, 0.5]]));
    const { data, width } = pixels(bundle["image/png"]);
    const at = (
      x: number,
      y: number,
    ) => [...data.slice((y * width + x) * 3, (y * width + x) * 3 + 3)];
    assert.deepEqual(at(0, 0), [68, 1, 84]);
    assert.deepEqual(at(width - 1, 0), [253, 231, 37]);
    assert.deepEqual(at(0, width - 1), [150, 150, 150]);
  },
);

testOnBoth("tensorView() takes no text of a tensor for HTML", async () => {
  const { bundle } = await tensorView(tf.tensor1d(["<img src=x>", `"&'`]), { title: "<b>" });
  const html = bundle["text/html"] as string;
  assert.doesNotMatch(html, /<img|<b>/);
  assert.match(html, /&lt;img src=x&gt;/);
  assert.match(bundle["text/plain"], /"<img src=x>"/);
});

testOnBoth("tensorView() tells scalars, booleans, complex numbers and variables", async () => {
  assert.equal(`${await tensorView(tf.scalar(NaN))}`, "Tensor float32 [], 1 value, 4 bytes\nNaN");
  assert.match(`${await tensorView(tf.tensor1d([true, false], "bool"))}`, /2 bytes[^]*\[1, 0\]/);
  assert.match(`${await tensorView(tf.complex([1, 2], [3, -4]))}`, /\[1\+3i, 2-4i\]/);
  const variable = tf.variable(tf.scalar(2), true, "gain");
  assert.match(`${await tensorView(variable)}`, /^Variable gain float32 \[\]/);
  variable.dispose();
});
