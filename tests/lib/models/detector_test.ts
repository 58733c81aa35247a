import assert from "node:assert/strict";
import { loadModel } from "@tome/tome";
import { collateDetections, composeScenes, type LabelledImage } from "@tome/tome/data";
import { boxAveragePrecision, trackingReport } from "@tome/tome/metrics";
import { Tracker } from "@tome/tome/models";
import {
  CenterDetector,
  detectObjects,
  loadCenterDetector,
  saveCenterDetector,
} from "@tome/tome/models/detector";
import type { ObjectDetector } from "@tome/tome/nn";
import { Adam } from "@tome/tome/optim";
import { Rng, seed, ShapeError, type Tensor } from "@tome/tome/tensor";
import { detectionLoss, detectionWith, Trainer } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertModel } from "../../_support/model.ts";
import { assertClose, assertGradient } from "../../_support/numeric.ts";

/** A full square and a cross: two things that look different. */
const THINGS: LabelledImage[] = [0, 1].map((label) => ({
  label,
  image: {
    width: 12,
    height: 12,
    channels: 1,
    data: Uint8Array.from(
      { length: 144 },
      (_, i) =>
        label === 0 || Math.abs(i % 12 - 5.5) < 2 || Math.abs((i / 12 | 0) - 5.5) < 2 ? 255 : 0,
    ),
  },
}));

const scenes = (count: number, seed: number) =>
  composeScenes(THINGS, count, {
    width: 32,
    height: 32,
    objects: [1, 2],
    size: [10, 14],
    clutter: 0,
    noise: 4,
    hidden: 0,
    seed,
  });

const TINY = { numLabels: 2, width: 8, depth: 1 };
const collate = collateDetections({ numLabels: 2 });

const fixed = () => {
  const rng = new Rng(5);
  const values = Float32Array.from({ length: 2 * 16 * 24 }, () => rng.normal());
  return tf.tensor(values, [2, 16, 24, 1]);
};

const pair = scenes(2, 3);
assertModel<CenterDetector>({
  name: "CenterDetector",
  make: () => new CenterDetector({ ...TINY, width: 4 }),
  forward: (model) => model.forward(fixed()),
  outputShape: [2, 4, 6, 6],
  loss: (model) => detectionWith({ boxWeight: 1 })(model, collate(pair)),
  async saveAndLoad(model, folder) {
    await saveCenterDetector(model, folder);
    return await loadModel(folder) as unknown as CenterDetector;
  },
});

/** A detector that says what it is told. */
function saying(cells: Tensor, numLabels: number): ObjectDetector {
  return { numLabels, stride: 4, forward: () => tf.clone(cells) } as unknown as ObjectDetector;
}

/** What a perfect detector would say of a batch: sure of its centres, and right about edges. */
function perfect(heat: Tensor, boxes: Tensor): Tensor {
  const logits = tf.sub(tf.mul(tf.cast(tf.greaterEqual(heat, 1), "float32"), 24), 12);
  return tf.concat([logits, tf.log(boxes)], 3);
}

testOnDevices("detectObjects() reads the boxes back that collateDetections() wrote", async () => {
  const given = scenes(6, 8);
  const { images, heat, boxes, weights } = collate(given);
  const found = await detectObjects(saying(perfect(heat, boxes), 2), images);
  const truth = given.map(({ objects }) => objects);
  assert.equal(boxAveragePrecision({ iou: 0.95 })(found, truth) > 0.999, true);
  assert.deepEqual(found.map((one) => one.length), truth.map((one) => one.length));
  const [few] = await detectObjects(saying(perfect(heat, boxes), 2), images, { limit: 1 });
  assert.equal(few!.length, 1);
  tf.dispose([images, heat, boxes, weights]);
});

testOnDevices(
  "detectionLoss is 0 for a perfect detector, and its formula for another",
  async () => {
    const batch = collate(scenes(2, 4));
    const best = detectionLoss(saying(perfect(batch.heat, batch.boxes), 2), batch);
    assert.ok((await best.data())[0]! < 2e-3, `${await best.data()}`);
    // by hand: one cell with a centre, one without; a box twice as wide as it should be
    const small = {
      images: tf.zeros([1, 4, 8, 1]),
      heat: tf.tensor4d([1, 0.5], [1, 1, 2, 1]),
      boxes: tf.tensor4d([1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 2, 4]),
      weights: tf.tensor3d([1, 0], [1, 1, 2]),
    };
    const wide = [Math.log(2), 0, Math.log(2), 0];
    const cells = tf.tensor4d([0, ...wide, 0, ...wide], [1, 1, 2, 5]);
    const centres = 0.25 * Math.log(2) + 0.5 ** 4 * 0.25 * Math.log(2);
    await assertClose(detectionLoss(saying(cells, 1), small), [centres + 2 * (1 - 0.5)]);
  },
);

testOnDevices("detectionLoss has the gradient of its formula", async () => {
  const rng = new Rng(3);
  const batch = {
    images: tf.zeros([1, 4, 8, 1]),
    heat: tf.tensor4d([1, 0.3, 0, 1], [1, 1, 2, 2]),
    boxes: tf.tensor4d(Array.from({ length: 8 }, () => rng.uniform(0.5, 2)), [1, 1, 2, 4]),
    weights: tf.tensor3d([1, 0.7], [1, 1, 2]),
  };
  const cells = tf.tensor(Float32Array.from({ length: 12 }, () => rng.uniform(-0.8, 0.8)), [
    1,
    1,
    2,
    6,
  ]);
  await assertGradient((x) => detectionLoss(saying(x, 2), batch), [cells]);
});

testOnDevices(
  "CenterDetector learns to find things in scenes that it never saw",
  async () => {
    seed(2);
    using model = new CenterDetector(TINY);
    using optimizer = new Adam(model.namedParameters(), { lr: 1e-2 });
    const batches = Array.from({ length: 12 }, (_, i) => collate(scenes(8, 100 + i)));
    const trainer = new Trainer(model, { optimizer, loss: detectionLoss });
    const history = await trainer.fit(batches, { steps: 60 });
    assert.ok(history.at(-1)!.loss < 0.5 * history[0]!.loss);
    const held = scenes(20, 9);
    const { images, ...rest } = collate(held);
    const found = await detectObjects(model.eval(), images);
    const value = boxAveragePrecision({ iou: 0.5 })(found, held.map(({ objects }) => objects));
    assert.ok(value > 0.8, `mAP@0.5 is ${value}`);
    tf.dispose([images, ...Object.values(rest)]);
    for (const batch of batches) tf.dispose(Object.values(batch));
  },
  ["wasm"],
);

testOnDevices(
  "CenterDetector starts at a chance of 1 %, and takes other classes from a folder",
  async () => {
    seed(1);
    using model = new CenterDetector({ ...TINY, width: 4, depth: 2 });
    await assertClose(model.centers.bias!, [-Math.log(99), -Math.log(99)]);
    assert.throws(() => model.forward(tf.zeros([1, 24, 32, 1])), ShapeError); // 24 is no multiple of 16
    const folder = await Deno.makeTempDir();
    try {
      await saveCenterDetector(model, `${folder}/model`);
      using other = await loadCenterDetector(`${folder}/model`, { labels: ["a", "b", "c"] });
      assert.deepEqual(other.fresh, ["centers.weight", "centers.bias"]);
      assert.deepEqual(other.forward(tf.zeros([1, 16, 16, 1])).shape, [1, 4, 4, 7]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  ["cpu", "wasm"],
);

Deno.test("Tracker follows things that cross, are hidden for a while, come and go", () => {
  const at = (x: number, y: number) => [x, y, x + 10, y + 10] as const;
  const film = Array.from({ length: 30 }, (_, t) => [
    { box: at(3 * t, 20), track: 0 },
    { box: at(90 - 3 * t, 23), track: 1 }, // they pass each other
    ...(t > 10 ? [{ box: at(50, 2 * t + 30), track: 2 }] : []),
  ]);
  const seen = film.map((frame, t) =>
    frame
      .filter(({ track }) => !(track === 0 && t >= 13 && t <= 16)) // hidden
      .map(({ box }) => ({ box, label: 0, score: 1 }))
  );
  const follow = (options = {}) => {
    const tracker = new Tracker(options);
    return seen.map((boxes) => tracker.update(boxes));
  };
  const report = trackingReport(film, follow());
  assert.deepEqual([report.switches, report.falsePositives, report.misses], [0, 0, 4]);
  const impatient = trackingReport(film, follow({ patience: 0 }));
  assert.ok(impatient.switches >= 1, `${impatient.switches} switches`);
  assert.equal(follow({ confirm: 3 })[1]!.length, 0);
  const unsure = new Tracker({ byClass: true });
  unsure.update([{ box: at(0, 0), label: 0, score: 1 }]);
  assert.equal(unsure.update([{ box: at(0, 0), label: 1, score: 1 }])[0]!.track, 1);
  assert.equal(unsure.size, 2);
  assert.throws(() => new Tracker({ iou: 2 }), {
    name: "RangeError",
    message: /current values are 2/,
  });
});
