import assert from "node:assert/strict";
import type { Frames } from "@tome/tome/audio";
import { nearestTemplate, timeWarpingDistance } from "@tome/tome/evaluate";

const frames = (...values: number[]): Frames => ({
  data: Float32Array.from(values),
  frames: values.length,
  bins: 1,
});

Deno.test("timeWarpingDistance() is 0 where time alone differs, and counts what is laid on each other", () => {
  assert.equal(timeWarpingDistance(frames(1, 2, 3), frames(1, 1, 2, 2, 2, 3)), 0);
  assert.equal(timeWarpingDistance(frames(0, 0), frames(1, 1)), 2 / 4);
  // by hand: 1 on 1, 5 on 1 or on 4 → 1 apart, 4 on 4
  assert.equal(timeWarpingDistance(frames(1, 5, 4), frames(1, 4)), 1 / 5);
  assert.equal(timeWarpingDistance(frames(1, 4), frames(1, 5, 4)), 1 / 5);
  assert.equal(timeWarpingDistance(frames(), frames(1)), Infinity);
  assert.throws(
    () => timeWarpingDistance(frames(1, 2), { data: Float32Array.of(1, 2), frames: 1, bins: 2 }),
    /current numbers are 1 and 2/,
  );
});

Deno.test("nearestTemplate() gives the class of the nearest, and of equals the first", () => {
  const templates = [{ frames: frames(0, 3), label: 7 }, { frames: frames(5, 5), label: 2 }];
  assert.equal(nearestTemplate(frames(0, 0, 0, 3), templates), 7);
  assert.equal(nearestTemplate(frames(6), templates), 2);
  assert.equal(nearestTemplate(frames(), templates), 7);
  assert.throws(() => nearestTemplate(frames(1), []), /current number is 0/);
});
