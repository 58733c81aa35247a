import assert from "node:assert/strict";
import { type Image, ROAD_CLASSES, roadScene } from "@tome/tome/data";
import { vehicleCutOuts } from "@tome/tome/data/vehicle-cut-outs";

/** A red square without a background. */
const square: Image = {
  width: 8,
  height: 8,
  channels: 4,
  data: Uint8Array.from({ length: 256 }, (_, i) => i % 4 === 0 || i % 4 === 3 ? 255 : 0),
};

Deno.test("roadScene() draws equal scenes for equal seeds, of all classes", () => {
  assert.deepEqual(
    roadScene({ seed: 3, vehicles: [square] }),
    roadScene({ seed: 3, vehicles: [square] }),
  );
  const counts = ROAD_CLASSES.map(() => 0);
  for (let seed = 0; seed < 12; seed++) {
    const { image, mask } = roadScene({ seed, width: 40, height: 32, vehicles: [square] });
    assert.deepEqual([image.width, image.height, image.channels], [40, 32, 3]);
    assert.equal(mask.length, 40 * 32);
    mask.forEach((what) => counts[what]!++);
    // there is no road in the sky
    assert.ok(mask.subarray(0, 40 * 8).every((what) => what === 0 || what === 3));
  }
  assert.ok(counts.every((count) => count > 60), `${counts}`);
});

Deno.test("roadScene()'s mask is exact: vehicles change the mask where they change the picture, and marks are bright", () => {
  let [marks, roads, changed] = [0, 0, 0];
  for (let seed = 0; seed < 10; seed++) {
    const options = { seed, width: 48, height: 36 };
    const [empty, full] = [roadScene(options), roadScene({ ...options, vehicles: [square] })];
    // the same draws come first, so that both show the same road
    for (const [i, what] of full.mask.entries()) {
      const same = [0, 1, 2].every((c) =>
        empty.image.data[3 * i + c] === full.image.data[3 * i + c]
      );
      if (what !== 3) assert.equal(what, empty.mask[i]);
      if (what === 3) {
        changed++;
        assert.ok(!same);
        assert.ok(full.image.data[3 * i]! > 3 * full.image.data[3 * i + 1]!, "it is red");
      }
    }
    const mean = (label: number) => {
      const rows = [...empty.mask.keys()].filter((i) => empty.mask[i] === label);
      return rows.reduce((sum, i) => sum + empty.image.data[3 * i]!, 0) / rows.length;
    };
    if (mean(2) > mean(1) * 1.3) marks++;
    roads++;
  }
  assert.ok(changed > 50 && marks === roads, `${changed} ${marks} of ${roads}`);
});

Deno.test("vehicleCutOuts() are cut close, with colours and no background", async () => {
  const cutOuts = await vehicleCutOuts(32);
  assert.equal(cutOuts.length, 4);
  for (const { width, height, channels, data } of cutOuts) {
    assert.equal(channels, 4);
    assert.ok(width > 24 && width <= 32 && height > 20 && height <= 32);
    const alpha = (x: number, y: number) => data[(y * width + x) * 4 + 3]!;
    assert.ok(alpha(width >> 1, height >> 1) === 255);
    assert.ok([alpha(0, 0), alpha(width - 1, 0)].some((value) => value < 128), "corners are open");
    for (const y of [0, height - 1]) {
      assert.ok(Array.from({ length: width }, (_, x) => alpha(x, y)).some((value) => value >= 128));
    }
  }
});
