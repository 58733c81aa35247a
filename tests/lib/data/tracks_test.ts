import assert from "node:assert/strict";
import {
  DownloadError,
  parseTorcsTrack,
  randomTrack,
  torcsTracks,
  type Track,
  trackCurvature,
  trackLength,
  trackOutline,
} from "@tome/tome/data";

const XML = `<params name="loop"><section name="Header"><attstr name="name" val="Loop"/></section>
<!-- <section name="Main Track"><section name="old"><attstr name="type" val="str"/></section></section> -->
<section name="Main Track"><attnum name="width" unit="m" val="12.0"/>
  <section name="Left Side"><attnum name="width" val="4"/></section>
  <section name="Track Segments">
    <section name="a"><attstr name="type" val="str"/><attnum name="lg" unit="m" val="100"/>
      <section name="Right Side"><attnum name="end width" val="9"/></section></section>
    <section name="b"><attstr name="type" val="lft"/><attnum name="arc" unit="deg" val="180"/>
      <attnum name="radius" unit="m" val="20"/></section>
    <section name="c"><attnum name="lg" unit="m" val="100"/><attstr name="type" val="str"/></section>
    <section name="d"><attstr name="type" val="rgt"/><attnum name="arc" val="90"/>
      <attnum name="radius" val="10"/><attnum name="end radius" unit="ft" val="98.4251968503937"/></section>
  </section></section></params>`;

Deno.test("parseTorcsTrack() reads lengths, bends and width", () => {
  const track = parseTorcsTrack(XML);
  assert.deepEqual([track.name, track.width], ["Loop", 12]);
  const [a, b, c, d] = track.segments;
  assert.deepEqual([a, c], [{ length: 100, curvature: 0 }, { length: 100, curvature: 0 }]);
  assert.ok(Math.abs(b!.length - 20 * Math.PI) < 1e-9);
  assert.deepEqual([b!.curvature, d!.curvature], [1 / 20, -1 / 10]);
  assert.ok(Math.abs(d!.endCurvature! + 1 / 30) < 1e-9, "feet are metres");
  // the mean curvature over the length is the angle
  assert.ok(Math.abs(d!.length * (1 / 10 + 1 / 30) / 2 - Math.PI / 2) < 1e-9);
  assert.throws(() => parseTorcsTrack("<params/>", "nothing"), {
    name: "SyntaxError",
    message: "Cannot read the track nothing as it must have pieces of road",
  });
});

Deno.test("trackCurvature() goes round and round, and changes evenly within a piece", () => {
  const track: Track = {
    name: "two",
    width: 8,
    segments: [{ length: 10, curvature: 0.1 }, { length: 20, curvature: 0, endCurvature: -0.2 }],
  };
  const curvature = trackCurvature(track);
  assert.equal(trackLength(track), 30);
  assert.deepEqual([0, 5, 30, 35, -25].map(curvature), [0.1, 0.1, 0.1, 0.1, 0.1]);
  assert.ok(Math.abs(curvature(20) + 0.1) < 1e-12 && Math.abs(curvature(25 + 300) + 0.15) < 1e-12);
  assert.throws(() => trackCurvature({ name: "none", width: 8, segments: [] }), {
    name: "RangeError",
    message: /its length must be positive: current length is 0/,
  });
});

Deno.test("trackOutline() draws a circle as a circle, with edges beside it", () => {
  const ring = {
    name: "ring",
    width: 10,
    segments: [{ length: 100 * Math.PI, curvature: 1 / 50 }],
  };
  const { middle, left, right } = trackOutline(ring, Math.PI);
  assert.equal(middle.length, 101);
  for (const [i, [x, y]] of middle.entries()) {
    assert.ok(Math.abs(Math.hypot(x, y - 50) - 50) < 0.05);
    assert.ok(Math.abs(Math.hypot(left[i]![0], left[i]![1] - 50) - 45) < 0.05);
    assert.ok(Math.abs(Math.hypot(right[i]![0], right[i]![1] - 50) - 55) < 0.05);
  }
});

Deno.test("randomTrack() closes, bends to both sides, and is never too tight", () => {
  for (let seed = 0; seed < 6; seed++) {
    const track = randomTrack({ seed });
    const { middle } = trackOutline(track, 1);
    const end = middle.at(-1)!;
    assert.ok(Math.hypot(end[0], end[1]) < 3, `${end}`);
    const turned = track.segments.reduce(
      (sum, { length, curvature, endCurvature }) => sum + length * (curvature + endCurvature!) / 2,
      0,
    );
    assert.ok(Math.abs(turned - 2 * Math.PI) < 1e-3, `${turned}`);
    assert.ok(track.segments.some(({ curvature }) => curvature < 0));
    const tightest = Math.max(...track.segments.map(({ curvature }) => Math.abs(curvature)));
    assert.ok(1 / tightest >= 15 - 1e-9);
  }
  assert.deepEqual(randomTrack({ seed: 3 }), randomTrack({ seed: 3 }));
});

Deno.test("torcsTracks() reads the archive in TOME_DATA, or says what is missing", async () => {
  const before = Deno.env.get("TOME_DATA");
  try {
    Deno.env.delete("TOME_DATA");
    await assert.rejects(
      torcsTracks,
      (error) =>
        error instanceof DownloadError &&
        /name it by TOME_DATA, or take randomTrack/.test(error.message),
    );
  } finally {
    if (before !== undefined) Deno.env.set("TOME_DATA", before);
  }
  const tracks = await torcsTracks().catch((error) => {
    if (error instanceof DownloadError) return undefined;
    throw error;
  });
  if (!tracks) {
    // deno-lint-ignore no-console
    console.log("tracks of TORCS: not run, as TOME_DATA has no torcs-tracks.tar.gz");
    return;
  }
  assert.equal(tracks.length, 38);
  const aalborg = tracks.find(({ name }) => name === "aalborg")!;
  assert.equal(Math.round(trackLength(aalborg)), 2588); // TORCS itself shows 2587.54 m
  assert.equal(aalborg.width, 10);
});
