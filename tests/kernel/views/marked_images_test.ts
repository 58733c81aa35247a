import assert from "node:assert/strict";
import { decode } from "fast-png";
import { markedImages, show } from "@tome/tome/display";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

const image = { width: 8, height: 6, channels: 1, data: new Uint8Array(48).fill(128) };
const objects = [
  { box: [1, 1, 4, 5] as const, label: 1, score: 0.875 },
  { box: [5, 0, 8, 3] as const, track: 7 },
];

const svgOf = ({ bundle }: { bundle: Record<string, unknown> }) =>
  bundle["image/svg+xml"] as string;

/** The pictures inside a drawing. */
const pictures = (drawing: string) =>
  [...drawing.matchAll(/href="data:image\/png;base64,([^"]+)"/g)]
    .map(([, base64]) => decode(Uint8Array.fromBase64(base64!)));

Deno.test("markedImages() draws boxes where they are, with their names", async () => {
  const view = await markedImages({ image, objects }, { classes: ["<cat>", "dog"], size: 80 });
  assert.equal(
    view.bundle["text/plain"],
    "1 image of 6 × 8\n0: dog 0.88 1, 1 to 4, 5; #7 5, 0 to 8, 3",
  );
  const drawing = svgOf(view);
  assert.match(drawing, /<rect x="10" y="10" width="30" height="40" fill="none"/); // ten times as large
  assert.match(drawing, />dog 0\.88</);
  assert.match(drawing, />#7</);
  const [picture] = pictures(drawing);
  assert.deepEqual([picture!.width, picture!.height], [80, 60]);
  const named = await markedImages(
    { image, objects: [{ box: [0, 0, 1, 1], label: 0 }] },
    { classes: ["<cat>"] },
  );
  assert.match(svgOf(named), /&lt;cat&gt;/);
});

Deno.test("markedImages() lays the classes of pixels over an image, and leaves class 0 clear", async () => {
  const mask = Uint8Array.from({ length: 48 }, (_, i) => i < 8 ? 2 : 0);
  const view = await markedImages([{ image, mask }, { image, mask: mask.map(() => 0) }], {
    size: 8,
    titles: ["a", "b"],
    opacity: 0.5,
  });
  assert.equal(view.bundle["text/plain"], "2 images of 6 × 8\na: class 2: 8 pixels\nb: nothing");
  const [, layer, , clear] = pictures(svgOf(view));
  assert.equal(layer!.channels, 4);
  const opacity = (picture: typeof layer, i: number) => picture!.data[4 * i + 3];
  assert.deepEqual([opacity(layer, 7), opacity(layer, 8), opacity(clear, 0)], [128, 0, 0]);
});

Deno.test("show() draws a marked image, and a notebook gets a picture of it", async () => {
  const view = await show([{ image, objects, mask: new Uint8Array(48) }]);
  const { "image/png": base64 } = await view.display() as Record<string, string>;
  const { width, height } = decode(Uint8Array.fromBase64(base64!));
  assert.ok(width > 190 && height > 144, `${width} × ${height}`);
});

testOnDevices("markedImages() takes tensors", async () => {
  const view = await markedImages({ image: tf.zeros([4, 4, 3]), objects: [] }, { size: 4 });
  assert.deepEqual(pictures(svgOf(view)).map(({ width }) => width), [4]);
}, ["cpu", "wasm"]);

Deno.test("markedImages() draws the first of many, none, and names what is wrong", async () => {
  const many = await markedImages(Array.from({ length: 20 }, () => ({ image, objects })), {
    limit: 3,
  });
  assert.match(`${many}`, /^20 images of 6 × 8, the first 3 shown\n/);
  assert.equal(pictures(svgOf(many)).length, 3);
  assert.match(`${await markedImages([])}`, /^0 images/);
  await assert.rejects(
    markedImages({ image, mask: [1] }),
    /8 × 6 pixels: current length is 1/,
  );
  await assert.rejects(markedImages({ image, objects }, { titles: [] }), /one for each of 1/);
});
