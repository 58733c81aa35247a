import assert from "node:assert/strict";
import {
  bootstrap,
  boxAveragePrecision,
  boxAverageRecall,
  type DetectionOptions,
  diceScore,
  type FoundBox,
  iouPerClass,
  meanIou,
  Running,
  type TrackedBox,
  trackingReport,
  type TrueBox,
} from "@tome/tome/metrics";
import golden from "../../golden/vision_metrics.json" with { type: "json" };
import { assertNear } from "./_golden.ts";

const found = golden.detection.found as unknown as FoundBox[][];
const truth = golden.detection.truth as unknown as TrueBox[][];

Deno.test("boxAveragePrecision() and boxAverageRecall() are pycocotools' twelve numbers", () => {
  const small = [0, 32 ** 2] as const;
  const medium = [32 ** 2, 96 ** 2] as const;
  const large = [96 ** 2, 1e10] as const;
  const ours: [typeof boxAveragePrecision, DetectionOptions][] = [
    [boxAveragePrecision, {}],
    [boxAveragePrecision, { iou: 0.5 }],
    [boxAveragePrecision, { iou: 0.75 }],
    [boxAveragePrecision, { area: small }],
    [boxAveragePrecision, { area: medium }],
    [boxAveragePrecision, { area: large }],
    [boxAverageRecall, { limit: 1 }],
    [boxAverageRecall, { limit: 10 }],
    [boxAverageRecall, {}],
    [boxAverageRecall, { area: small }],
    [boxAverageRecall, { area: medium }],
    [boxAverageRecall, { area: large }],
  ];
  for (const [i, [make, options]] of ours.entries()) {
    assertNear(make(options)(found, truth), golden.detection.stats[i]!, `number ${i}`);
  }
  for (const [label, value] of golden.detection.classes.entries()) {
    assertNear(boxAveragePrecision({ label })(found, truth), value, `class ${label}`);
  }
});

Deno.test("boxAveragePrecision() is 1 for the truth, 0 for other classes, and has an interval", () => {
  const right = truth.map((image) => image.map((one) => ({ ...one, score: 1 })));
  assert.ok(boxAveragePrecision()(right, truth) > 0.999);
  const wrong = right.map((image) => image.map((one) => ({ ...one, label: 9 })));
  assert.equal(boxAveragePrecision()(wrong, truth), 0);
  const metric = boxAveragePrecision({ iou: 0.5 });
  const { value, low, high } = bootstrap(metric, [found, truth], { samples: 60 });
  assertNear(value, golden.detection.stats[1]!, "the value");
  assert.ok(low < value && value < high, `${low} ${value} ${high}`);
});

Deno.test("boxAveragePrecision() names what is wrong", () => {
  assert.throws(() => boxAveragePrecision({ iou: 0 }), { name: "RangeError" });
  assert.throws(() => boxAveragePrecision({ iou: [] }), /iou must lie between 0 and 1/);
  assert.throws(() => boxAveragePrecision()([[]], [[]]), /no image has a true box that counts/);
  assert.throws(() => boxAveragePrecision()([[]], []), /columns must have one length/);
});

Deno.test("meanIou() and diceScore() are torchmetrics'", () => {
  const { predictions, labels, holes, ...wanted } = golden.segmentation;
  const near = (value: number, expected: number, what: string) =>
    assertNear(value, expected, what, 1e-6); // torchmetrics counts in float32
  near(meanIou(5)(predictions, labels), wanted.iou, "mean IoU");
  near(meanIou(5, { ignoreIndex: 5 })(predictions, holes), wanted.iouWithHoles, "with holes");
  near(diceScore(4)(predictions, labels), wanted.dice, "Dice");
  near(diceScore(4, { background: false })(predictions, labels), wanted.diceOfThings, "of things");
  for (const [k, value] of iouPerClass(5, predictions, labels).entries()) {
    if (k === 4) assert.ok(Number.isNaN(value));
    else near(value, wanted.iouPerClass[k]!, `class ${k}`);
  }
  const running = new Running(meanIou(5));
  for (const [i, row] of predictions.entries()) running.add(row, labels[i]!);
  assert.equal(running.value(), meanIou(5)(predictions, labels));
});

Deno.test("meanIou() names what is wrong", () => {
  assert.throws(() => meanIou(2)([[0, 2]], [[0, 1]]), /must be below 2: current classes at 1/);
  assert.throws(() => meanIou(2)([[0]], [[0, 1]]), /1 predictions and 2 labels/);
  assert.throws(() => meanIou(0), { name: "RangeError" });
});

Deno.test("trackingReport() is motmetrics'", () => {
  const { truth, found, ...wanted } = golden.tracking;
  const report = trackingReport(
    truth as unknown as TrackedBox[][],
    found as unknown as TrackedBox[][],
  );
  assert.ok(wanted.switches > 3 && wanted.misses > 10 && wanted.falsePositives > 5);
  for (const [name, value] of Object.entries(wanted)) {
    assertNear(report[name as keyof typeof wanted], value, name);
  }
  assert.equal(trackingReport(truth as never, truth as never).mota, 1);
  assert.throws(() => trackingReport([[]], [[]]), /with 0 true boxes/);
  assert.throws(() => trackingReport(truth as never, []), { name: "RangeError" });
});
