import assert from "node:assert/strict";
import {
  collateDetections,
  collateMasks,
  composeScene,
  composeScenes,
  cutoutOf,
  type Image,
  type LabelledImage,
  movingScenes,
  type Scene,
} from "@tome/tome/data";
import { Rng, ShapeError } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";

/** A ring of 10 × 8 pixels inside a larger image, whose hole is no part of it, and a bar with colours of its own. */
function examples(): LabelledImage[] {
  const ring: Image = { width: 14, height: 12, channels: 1, data: new Uint8Array(14 * 12) };
  for (let y = 2; y < 10; y++) {
    for (let x = 2; x < 12; x++) {
      const edge = Math.min(x - 2, 11 - x, y - 2, 9 - y);
      if (edge < 2) ring.data[y * 14 + x] = 255;
    }
  }
  const bar: Image = { width: 4, height: 12, channels: 4, data: new Uint8Array(4 * 12 * 4) };
  for (let i = 0; i < 48; i++) if (i % 4 > 0) bar.data.set([255, 0, 0, 255], 4 * i);
  return [{ image: ring, label: 0 }, { image: bar, label: 2 }];
}

/** The least box around the pixels of a thing, from the scene's own list of pixels. */
function boundsOf({ image: { width }, instances }: Scene, k: number) {
  const places = [...instances.keys()].filter((i) => instances[i] === k + 1);
  const [xs, ys] = [places.map((i) => i % width), places.map((i) => Math.floor(i / width))];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
}

Deno.test("composeScene() knows the box and the pixels of each thing exactly", () => {
  const scenes = composeScenes(examples(), 20, {
    width: 40,
    height: 32,
    objects: [2, 5],
    size: [8, 16],
    hidden: 0.4,
    seed: 3,
  });
  let overlapping = 0;
  for (const scene of scenes) {
    assert.equal(scene.image.data.length, 40 * 32);
    assert.ok(scene.objects.length >= 1 && scene.objects.length <= 5);
    for (const [k, { box, label, visible }] of scene.objects.entries()) {
      assert.deepEqual([...box], boundsOf(scene, k));
      assert.ok(visible > 0.59 && visible <= 1, `${visible}`);
      if (visible < 1) overlapping++;
      for (const [i, one] of scene.instances.entries()) {
        if (one === k + 1) assert.equal(scene.mask[i], label + 1);
      }
    }
    assert.ok(scene.mask.every((value, i) => (value === 0) === (scene.instances[i] === 0)));
  }
  assert.ok(overlapping > 5, `${overlapping} things are partly hidden`);
});

Deno.test("composeScene() draws what it says: things are where their pixels are", () => {
  const plain = { clutter: 0, noise: 0, objects: [1, 1] as const, size: [16, 16] as const };
  for (const seed of [1, 2, 3, 4]) {
    const { image, mask } = composeScene(examples(), plain, new Rng(seed));
    const inside = image.data.filter((_, i) => mask[i]! > 0);
    const outside = image.data.filter((_, i) => mask[i] === 0);
    assert.ok(Math.min(...inside) > 60 && inside.length > 60);
    const mean = outside.reduce((a, b) => a + b, 0) / outside.length;
    assert.ok(mean < 70, `the ground is as bright as ${mean}`);
  }
  const [bar] = composeScenes([examples()[1]!], 1, { ...plain, channels: 3, seed: 5 });
  const at = bar!.mask.indexOf(3);
  assert.deepEqual([...bar!.image.data.slice(3 * at, 3 * at + 3)], [255, 0, 0]); // its own colours
});

Deno.test("composeScenes() are the same for the same seed only", () => {
  const of = (seed: number) => composeScenes(examples(), 3, { seed });
  assert.deepEqual(of(1), of(1));
  assert.notDeepEqual(of(1)[0]!.image.data, of(2)[0]!.image.data);
});

Deno.test("cutoutOf() cuts a thing out to its edges and makes it the size that is asked for", () => {
  const [ring, bar] = examples() as [LabelledImage, LabelledImage];
  const same = cutoutOf(ring, 10);
  assert.deepEqual([same.opacity.width, same.opacity.height], [10, 8]);
  assert.equal(same.opacity.data[0], 255);
  assert.equal(same.pixels, undefined);
  const large = cutoutOf(bar, 24);
  assert.deepEqual([large.opacity.width, large.opacity.height], [6, 24]);
  assert.equal(large.pixels!.channels, 4);
  const empty = { width: 2, height: 2, channels: 1, data: new Uint8Array(4) };
  assert.throws(() => cutoutOf({ image: empty, label: 0 }, 8), /current image is empty/);
});

Deno.test("scenes name what is wrong", () => {
  assert.throws(() => composeScene([], {}, new Rng(1)), { name: "RangeError" });
  assert.throws(() => composeScenes(examples(), 1, { size: [16, 80] }), /shorter side, 64/);
  assert.throws(() => composeScenes(examples(), 1, { objects: [3, 2] }), /3 to 2/);
  assert.throws(() => movingScenes(examples(), { frames: 0 }), { name: "RangeError" });
});

Deno.test("movingScenes() moves things as fast as it says, and keeps their numbers", () => {
  const film = movingScenes(examples(), {
    frames: 30,
    objects: [3, 3],
    size: [10, 14],
    speed: [1, 2],
    seed: 4,
  });
  assert.equal(film.length, 30);
  const last = new Map<number, Scene["objects"][number]>();
  let [steps, turns] = [0, 0];
  for (const { objects } of film) {
    assert.equal(new Set(objects.map(({ track }) => track)).size, objects.length);
    for (const object of objects) {
      const before = last.get(object.track!);
      last.set(object.track!, object);
      if (!before || before.visible < 1 || object.visible < 1) continue;
      assert.equal(object.label, before.label);
      const step = Math.hypot(object.box[0] - before.box[0], object.box[1] - before.box[1]);
      assert.ok(step < 2 + 1.5, `it moved by ${step}`); // places are whole pixels
      steps++;
      if (step === 0) turns++;
    }
  }
  assert.ok(last.size === 3 && steps > 40 && turns < steps / 3);
});

testOnDevices(
  "collateDetections() marks the cell of each centre, and how far the edges are",
  async () => {
    const image = { width: 24, height: 16, channels: 1, data: new Uint8Array(24 * 16).fill(255) };
    const box = [2, 4, 14, 12] as const; // its centre is in row 2, column 2
    const collate = collateDetections({ numLabels: 3 });
    const batch = collate([{ image, objects: [{ label: 1, box }] }, { image, objects: [] }]);
    assert.deepEqual(batch.images.shape, [2, 16, 24, 1]);
    const heat = await batch.heat.array() as unknown as number[][][][];
    assert.equal(heat[0]![2]![2]![1], 1);
    assert.equal(heat.flat(3).filter((v) => v === 1).length, 1);
    assert.ok(heat[0]![2]![1]![1]! > heat[0]![2]![0]![1]!);
    const boxes = await batch.boxes.array() as unknown as number[][][][];
    assert.deepEqual(boxes[0]![2]![2], [2, 1.5, 1, 0.5]); // from (10, 10), in cells of 4
    const weights = await batch.weights.array() as unknown as number[][][];
    assert.equal(weights[0]![2]![2], 1);
    assert.ok(weights[1]!.flat().every((v) => v === 0));
    assert.throws(() => collate([{ image, objects: [{ label: 3, box }] }]), /below 3/);
    const odd = { image: { ...image, width: 8, height: 48 / 2 - 2 }, objects: [] };
    assert.throws(() => collate([odd]), ShapeError);
  },
  ["cpu", "wasm"],
);

testOnDevices("collateMasks() gives the class of each pixel", async () => {
  const image = { width: 2, height: 2, channels: 1, data: new Uint8Array(4) };
  const { images, labels } = collateMasks([{ image, mask: [0, 1, 2, 3] }, {
    image,
    mask: [0, 0, 0, 0],
  }]);
  assert.deepEqual([images.shape, labels.shape, labels.dtype], [[2, 2, 2, 1], [2, 2, 2], "int32"]);
  assert.deepEqual([...await labels.data()], [0, 1, 2, 3, 0, 0, 0, 0]);
  assert.throws(() => collateMasks([{ image, mask: [1] }]), /current length of mask 0 is 1/);
}, ["cpu", "wasm"]);
