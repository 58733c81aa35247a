import assert from "node:assert/strict";
import { type Box, boxCover, boxIou, linearAssignment, nonMaxSuppression } from "@tome/tome/ops";
import golden from "../../golden/vision_metrics.json" with { type: "json" };

const boxes = golden.suppression.boxes as unknown as Box[];

Deno.test("boxIou() is torchvision's", () => {
  for (const [i, row] of golden.suppression.iou.entries()) {
    for (const [j, value] of row.entries()) {
      assert.ok(Math.abs(boxIou(boxes[i]!, boxes[6 + j]!) - value) < 1e-6, `${i} ${j}`);
    }
  }
  assert.equal(boxIou([0, 0, 2, 2], [2, 0, 4, 2]), 0); // side by side
  assert.equal(boxIou([1, 1, 1, 1], [1, 1, 1, 1]), 0); // no area
  assert.equal(boxCover([0, 0, 2, 2], [0, 0, 1, 9]), 0.5);
});

Deno.test("nonMaxSuppression() keeps what torchvision's nms and batched_nms keep", () => {
  const { scores, labels, kept, keptByClass } = golden.suppression;
  for (const [iou, wanted] of Object.entries(kept)) {
    assert.deepEqual(nonMaxSuppression(boxes, scores, { iou: Number(iou) }), wanted);
  }
  for (const [iou, wanted] of Object.entries(keptByClass)) {
    assert.deepEqual(nonMaxSuppression(boxes, scores, { iou: Number(iou), labels }), wanted);
  }
  assert.deepEqual(nonMaxSuppression([], []), []);
  assert.throws(() => nonMaxSuppression(boxes, [1]), /60 boxes, 1 scores/);
});

Deno.test("linearAssignment() costs as little as SciPy's, each column once", () => {
  for (const { costs, total } of golden.assignments) {
    const columns = linearAssignment(costs);
    const used = columns.filter((c) => c >= 0);
    assert.equal(new Set(used).size, Math.min(costs.length, costs[0]!.length));
    const sum = columns.reduce((all, c, r) => all + (c < 0 ? 0 : costs[r]![c]!), 0);
    assert.ok(Math.abs(sum - total) < 1e-9, `${sum}, not ${total}`);
  }
  assert.deepEqual(linearAssignment([]), []);
  assert.deepEqual(linearAssignment([[], []]), [-1, -1]);
  assert.throws(() => linearAssignment([[1, NaN]]), /current cost in row 0, column 1 is NaN/);
  assert.throws(() => linearAssignment([[1], [1, 2]]), { name: "RangeError" });
});
