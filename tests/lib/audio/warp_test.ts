import assert from "node:assert/strict";
import { type Frames, nearestTemplate, warpFrames } from "@tome/tome/audio";

const frames = (rows: number[][]): Frames => ({
  data: Float32Array.from(rows.flat()),
  frames: rows.length,
  bins: rows[0]!.length,
});

Deno.test("warpFrames() finds the same sound at another tempo", () => {
  const word = [[0, 0], [1, 2], [3, 1], [0, 4]];
  const slow = word.flatMap((row, i) => i === 2 ? [row, row, row] : [row]);
  const { distance, path } = warpFrames(frames(word), frames(slow));
  assert.equal(distance, 0);
  assert.deepEqual(path, [[0, 0], [1, 1], [2, 2], [2, 3], [2, 4], [3, 5]]);
});

Deno.test("warpFrames() is the least of all ways, by hand", () => {
  // 1 2 5 beside 1 4: 1–1, then 2 with 1 or with 4, then 5–4
  const { distance, path } = warpFrames(frames([[1], [2], [5]]), frames([[1], [4]]));
  assert.deepEqual(path, [[0, 0], [1, 0], [2, 1]]);
  assert.equal(distance, (0 + 1 + 1) / 3);
  const turned = warpFrames(frames([[1], [4]]), frames([[1], [2], [5]]));
  assert.equal(turned.distance, distance);
});

Deno.test("nearestTemplate() recognizes what differs least", () => {
  const templates = [[[0], [1], [0]], [[5], [5]], [[0], [3], [0]]].map(frames);
  const { index, distance } = nearestTemplate(frames([[0], [0], [2.5], [0]]), templates);
  assert.deepEqual([index, distance], [2, 0.5 / 4]);
  assert.throws(() => nearestTemplate(frames([[0]]), []), RangeError);
  assert.throws(() => warpFrames(frames([[0]]), frames([[0, 1]])), RangeError);
});
