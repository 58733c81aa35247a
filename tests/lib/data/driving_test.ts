import assert from "node:assert/strict";
import {
  askExpert,
  type CarState,
  collateDriving,
  driveTracks,
  middleLineDriver,
  moveCar,
  OBSERVATION_SIZE,
  observe,
  randomTrack,
  SENSOR_ANGLES,
  SENSOR_RANGE,
  type Track,
  trackCurvature,
} from "@tome/tome/data";
import { dispose } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const LINE: Track = { name: "line", width: 10, segments: [{ length: 1000, curvature: 0 }] };
const RING: Track = {
  name: "ring",
  width: 10,
  segments: [{ length: 100 * Math.PI, curvature: 1 / 50 }],
};
const at = (change: Partial<CarState> = {}): CarState => ({
  way: 0,
  offset: 0,
  angle: 0,
  speed: 10,
  ...change,
});

Deno.test("moveCar() turns with the radius of its wheels, and no tighter than the grip", () => {
  const curvature = () => 0;
  // a circle of radius 40, in small steps
  const steer = Math.atan(2.6 / 40) / 0.4;
  let state = at({ speed: 5 });
  for (let i = 0; i < 1000; i++) state = moveCar(state, { steer, drive: 0 }, curvature, 0.01);
  assert.ok(Math.abs(state.angle - 50 / 40) < 1e-9);
  assert.ok(Math.abs(state.offset - 40 * (1 - Math.cos(50 / 40))) < 0.05);
  assert.ok(Math.abs(state.way - 40 * Math.sin(50 / 40)) < 0.05);
  const fast = moveCar(at({ speed: 20 }), { steer: 1, drive: 0 }, curvature, 0.1);
  assert.ok(Math.abs(fast.angle - 0.1 * 7 / 20) < 1e-12); // v κ = a / v
});

Deno.test("moveCar() follows a bend where wheels and middle line bend alike, and brakes to a halt", () => {
  const curvature = trackCurvature(RING);
  let state = at();
  for (let i = 0; i < 200; i++) {
    state = moveCar(state, { steer: Math.atan(2.6 / 50) / 0.4, drive: 0 }, curvature, 0.1);
  }
  assert.ok(Math.abs(state.offset) < 1e-6 && Math.abs(state.way - 200) < 1e-6);
  // inside a bend the way is shorter
  const inside = moveCar(at({ offset: 5 }), { steer: 0, drive: 0 }, curvature, 0.1);
  assert.ok(Math.abs(inside.way - 1 / 0.9) < 1e-12);
  for (let i = 0; i < 20; i++) state = moveCar(state, { steer: 0, drive: -3 }, curvature, 0.1);
  assert.equal(state.speed, 0);
});

Deno.test("observe() measures distances to the edges, and the speed", () => {
  const seen = observe(at({ offset: 1 }), LINE, trackCurvature(LINE));
  assert.equal(seen.length, OBSERVATION_SIZE);
  for (const [k, angle] of SENSOR_ANGLES.entries()) {
    const side = Math.sin(angle) > 0 ? 4 : 6;
    const wanted = Math.min(SENSOR_RANGE, side / Math.abs(Math.sin(angle)));
    assert.ok(Math.abs(seen[k]! * SENSOR_RANGE - wanted) < 1e-3, `${k}: ${seen[k]}`);
  }
  assert.ok(Math.abs(seen.at(-1)! - 10 / 25) < 1e-6);
  assert.ok(
    observe(at({ offset: 6 }), LINE, trackCurvature(LINE)).subarray(0, -1).every((x) => x === 0),
  );
  // straight on in a ring of radius 50: the outer edge is √(55² − 50²) away
  const ahead = SENSOR_ANGLES.indexOf(0);
  const ring = observe(at(), RING, trackCurvature(RING))[ahead]! * SENSOR_RANGE;
  assert.ok(Math.abs(ring - Math.sqrt(55 ** 2 - 50 ** 2)) < 0.3, `${ring}`);
});

Deno.test("middleLineDriver() keeps to the middle of winding tracks, also in gusts", async () => {
  for (const gusts of [0, 0.01]) {
    const track = randomTrack({ seed: 2 });
    const [drive] = await driveTracks([track], middleLineDriver(track), { gusts, seed: 1 });
    assert.ok(drive!.laps >= 1 && !drive!.leftRoad);
    const offsets = drive!.moments.map(({ state }) => Math.abs(state.offset));
    const mean = offsets.reduce((sum, x) => sum + x, 0) / offsets.length;
    assert.ok(mean < (gusts > 0 ? 0.5 : 0.1), `${mean}`);
    assert.ok(gusts === 0 || mean > 0.05);
  }
});

Deno.test("driveTracks() ends beside the road, repeats by its seed, and asks for all cars at once", async () => {
  const tracks = [LINE, RING];
  const asked: number[] = [];
  const straight = (states: readonly CarState[]) => {
    asked.push(states.length);
    return states.map(() => ({ steer: 0, drive: 0 }));
  };
  const options = { timeLimit: 20, startOffset: 0.2, seed: 4 };
  const [line, ring] = await driveTracks(tracks, straight, options);
  assert.deepEqual([line!.leftRoad, ring!.leftRoad], [false, true]);
  assert.equal(asked[0], 2);
  assert.equal(asked.at(-1), 1);
  const again = await driveTracks(tracks, straight, options);
  assert.deepEqual(again[1]!.moments.at(-1)!.state, ring!.moments.at(-1)!.state);
});

testOnDevices(
  "askExpert() says what should have been done, and collateDriving() makes it a batch",
  async () => {
    const lazy = await driveTracks([RING], (states) => states.map(() => ({ steer: 0, drive: 0 })));
    const examples = await askExpert(lazy, (track) => middleLineDriver(track));
    assert.equal(examples.length, lazy[0]!.moments.length);
    assert.ok(examples.at(-1)!.action.steer > lazy[0]!.moments.at(-1)!.action.steer);
    const batch = collateDriving(examples.slice(0, 3));
    assert.deepEqual([batch.inputs.shape, batch.targets.shape], [[3, OBSERVATION_SIZE], [3, 2]]);
    const { steer, drive } = examples[1]!.action;
    await assertClose((await batch.targets.data()).slice(2, 4), [steer, drive]);
    dispose([batch.inputs, batch.targets]);
  },
);
