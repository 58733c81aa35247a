import assert from "node:assert/strict";
import {
  adjustColours,
  augmenter,
  collateImages,
  cropImage,
  cutMix,
  cutOut,
  decodeImage,
  encodeImage,
  flipImage,
  type Image,
  imageFolder,
  imagesToTensor,
  mixUp,
  readImage,
  resizeImage,
  rotateImage,
  withChannels,
  writeImage,
} from "@tome/tome/data";
import { mnistDigits } from "@tome/tome/data/digits";
import { Rng, ShapeError } from "@tome/tome/tensor";
import { encode } from "fast-png";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const grey = (rows: number[][]): Image => ({
  width: rows[0]!.length,
  height: rows.length,
  channels: 1,
  data: Uint8Array.from(rows.flat()),
});

/** A smooth picture of three channels. */
function picture(width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[i++] = Math.round(255 * x / width);
      data[i++] = Math.round(255 * y / height);
      data[i++] = Math.round(255 * (x + y) / (width + height));
    }
  }
  return { width, height, channels: 3, data };
}

const rowsOf = ({ width, data }: Image) =>
  Array.from(
    { length: data.length / width },
    (_, y) => [...data.slice(y * width, y * width + width)],
  );

Deno.test("decodeImage() gives back what encodeImage() wrote as PNG, for any channels", () => {
  const rng = new Rng(1);
  for (const channels of [1, 2, 3, 4]) {
    const data = Uint8Array.from({ length: 5 * 3 * channels }, () => rng.int(256));
    const image = { width: 5, height: 3, channels, data };
    assert.deepEqual(decodeImage(encodeImage(image)), image);
  }
});

Deno.test("decodeImage() makes 8 bits of the other depths of PNG, and colours of palettes", () => {
  const deep = encode({
    width: 2,
    height: 1,
    channels: 1,
    depth: 16,
    data: Uint16Array.of(0x1234, 0xff00),
  });
  assert.deepEqual([...decodeImage(deep).data], [0x12, 0xff]);
  const flat = { width: 10, height: 2, channels: 1, depth: 1 } as const;
  const bits = encode({
    ...flat,
    data: Uint8Array.of(0b10100000, 0b01000000, 0b11111111, 0b10000000),
  });
  const { data } = decodeImage(bits);
  assert.deepEqual([...data], [
    255,
    0,
    255,
    0,
    0,
    0,
    0,
    0,
    0,
    255,
    255,
    255,
    255,
    255,
    255,
    255,
    255,
    255,
    255,
    0,
  ]);
});

Deno.test("encodeImage() as JPEG keeps a smooth picture nearly as it was", () => {
  const image = picture(33, 20);
  const back = decodeImage(encodeImage(image, { format: "jpeg", quality: 95 }));
  assert.deepEqual([back.width, back.height, back.channels], [33, 20, 3]);
  const largest = Math.max(...image.data.map((v, i) => Math.abs(v - back.data[i]!)));
  assert.ok(largest <= 16, `a value differs by ${largest}`);
  const [small, large] = [20, 95].map((quality) => encodeImage(image, { format: "jpeg", quality }));
  assert.ok(small!.length < large!.length);
});

Deno.test("decodeImage() names what it cannot read", () => {
  assert.throws(() => decodeImage(Uint8Array.of(1, 2, 3)), /must be PNG or JPEG/);
  assert.throws(() => decodeImage(encodeImage(picture(8, 8)).slice(0, 40)), SyntaxError);
  assert.throws(() => decodeImage(Uint8Array.of(0xff, 0xd8, 0, 0)), SyntaxError);
  assert.throws(() => encodeImage({ ...picture(4, 4), width: 5 }), RangeError);
  assert.throws(() => encodeImage(picture(4, 4), { quality: 0 }), RangeError);
});

Deno.test("withChannels() makes grey of colours, and lays opacity over black", () => {
  const colours = { width: 2, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0, 10, 20, 30) };
  assert.deepEqual([...withChannels(colours, 1).data], [76, 18]);
  const clear = { width: 1, height: 1, channels: 4, data: Uint8Array.of(200, 100, 50, 51) };
  assert.deepEqual([...withChannels(clear, 3).data], [40, 20, 10]);
  assert.deepEqual([...withChannels(grey([[7, 8]]), 3).data], [7, 7, 7, 8, 8, 8]);
});

Deno.test("resizeImage() interpolates between centres, and averages what becomes small", () => {
  assert.deepEqual(rowsOf(resizeImage(grey([[0, 100]]), 4, 1)), [[0, 25, 75, 100]]);
  assert.deepEqual(rowsOf(resizeImage(grey([[0, 100], [100, 200]]), 1, 1)), [[100]]);
  const checks = grey(
    Array.from({ length: 16 }, (_, y) => Array.from({ length: 16 }, (_, x) => (x + y) % 2 * 255)),
  );
  assert.deepEqual([...new Set(resizeImage(checks, 4, 4).data)], [128]);
});

Deno.test("flipImage(), cropImage(), rotateImage() and cutOut() move pixels where they belong", () => {
  const image = grey([[1, 2, 3], [4, 5, 6], [7, 8, 9]]);
  assert.deepEqual(rowsOf(flipImage(image)), [[3, 2, 1], [6, 5, 4], [9, 8, 7]]);
  assert.deepEqual(rowsOf(flipImage(image, "vertical")), [[7, 8, 9], [4, 5, 6], [1, 2, 3]]);
  assert.deepEqual(rowsOf(cropImage(image, 1, -1, 3, 3)), [[0, 0, 0], [2, 3, 0], [5, 6, 0]]);
  assert.deepEqual(rowsOf(cropImage(image, 5, 5, 2, 1)), [[0, 0]]);
  assert.deepEqual(rowsOf(rotateImage(image, 90)), [[3, 6, 9], [2, 5, 8], [1, 4, 7]]);
  assert.deepEqual(rowsOf(rotateImage(image, 0)), rowsOf(image));
  assert.deepEqual(rowsOf(cutOut(image, 0, 1, 2)), [[0, 2, 3], [0, 5, 6], [7, 8, 9]]);
});

Deno.test("adjustColours() changes brightness, contrast and saturation", () => {
  const image = grey([[50, 150]]);
  assert.deepEqual([...adjustColours(image, { brightness: 2 }).data], [100, 255]);
  assert.deepEqual([...adjustColours(image, { contrast: 0.5 }).data], [75, 125]);
  const red = { width: 1, height: 1, channels: 3, data: Uint8Array.of(200, 100, 0) };
  const [r, g, b] = adjustColours(red, { saturation: 0 }).data;
  assert.ok(r === g && g === b && r === 119, `${r}, ${g}, ${b}`);
  assert.deepEqual([...adjustColours(red, {}).data], [200, 100, 0]);
});

Deno.test("augmenter() gives the same changes for the same seed, and others for another", () => {
  const options = { flip: true, shift: 2, rotate: 20, colour: 0.3, cutOut: 3 };
  const image = picture(12, 10);
  const run = (seed: number) => {
    const augment = augmenter({ ...options, seed });
    return Array.from({ length: 5 }, () => [...augment(image).data]);
  };
  assert.deepEqual(run(1), run(1));
  assert.notDeepEqual(run(1), run(2));
  assert.equal(new Set(run(1).map(String)).size, 5);
  assert.deepEqual(augmenter({})(image), image);
});

testOnDevices("collateImages() scales pixels by channel, and refuses other sizes", async () => {
  const image = { width: 1, height: 1, channels: 3, data: Uint8Array.of(0, 51, 255) };
  const { images, labels } = collateImages([{ image, label: 4 }], {
    mean: [0, 0.1, 0.5],
    std: 0.5,
  });
  await assertClose(images, tf.tensor4d([[[[0, 0.2, 1]]]]));
  assert.equal(labels.dtype, "int32");
  await assertClose(labels, [4]);
  assert.throws(() => imagesToTensor([image, grey([[1]])]), ShapeError);
});

testOnDevices("mixUp() and cutMix() mix images and classes by the same share", async () => {
  const count = 6;
  const images = tf.tidy(() =>
    tf.mul(tf.ones([count, 8, 8, 1]), tf.reshape(tf.range(0, count), [count, 1, 1, 1]))
  );
  const labels = tf.range(0, count, 1, "int32");
  for (const [name, mix] of Object.entries({ mixUp, cutMix })) {
    const mixed = mix({ images, labels }, { numLabels: count, alpha: 1, rng: new Rng(3) });
    const again = mix({ images, labels }, { numLabels: count, alpha: 1, rng: new Rng(3) });
    await assertClose(again.images, mixed.images, { rtol: 0, atol: 0 });
    await assertClose(tf.sum(mixed.labels, 1), new Float32Array(count).fill(1));
    // an image of class k is k all over: its mean is the mean of its classes
    const classes = tf.sum(tf.mul(mixed.labels, tf.range(0, count)), 1);
    await assertClose(tf.mean(mixed.images, [1, 2, 3]), await classes.data());
    const values = new Set((await mixed.images.data()).map((v) => Math.round(1e4 * v)));
    assert.ok(name === "mixUp" || values.size <= count, "cutMix() lays nothing over another");
  }
  const soft = { images, labels: tf.ones([count, count]) };
  assert.throws(() => mixUp(soft, { numLabels: count }), TypeError);
  assert.throws(() => cutMix({ images, labels }, { numLabels: count, alpha: 0 }), RangeError);
});

Deno.test("imageFolder() reads PNG and JPEG by class, at one size", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of ["b", "a"]) await Deno.mkdir(`${folder}/${name}`);
    await writeImage(`${folder}/a/1.png`, picture(20, 12));
    await writeImage(`${folder}/a/2.jpg`, picture(12, 20));
    await writeImage(`${folder}/b/3.png`, grey([[9]]));
    await Deno.writeTextFile(`${folder}/b/notes.txt`, "no image");
    const { examples, classes } = await imageFolder(folder, { size: 8 });
    assert.deepEqual(classes, ["a", "b"]);
    assert.deepEqual(examples.map(({ label }) => label), [0, 0, 1]);
    for (const { image } of examples) assert.equal(image.data.length, 8 * 8 * 3);
    assert.deepEqual((await readImage(`${folder}/a/1.png`)).data, picture(20, 12).data);
    await assert.rejects(writeImage(`${folder}/x.bmp`, grey([[1]])), RangeError);
    await assert.rejects(imageFolder(`${folder}/a`), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("mnistDigits() are 10,000 images with MNIST's counts", async () => {
  const digits = await mnistDigits();
  const counts = new Array<number>(10).fill(0);
  for (const { label } of digits) counts[label]!++;
  assert.deepEqual(counts, [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]);
  assert.ok(
    digits.every(({ image: { data } }) => data.length === 784 && data.some((v) => v > 200)),
  );
});
