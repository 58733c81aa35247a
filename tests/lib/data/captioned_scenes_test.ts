import assert from "node:assert/strict";
import {
  captionedScenes,
  DIGIT_WORDS,
  type LabelledImage,
  SCENE_COLOURS,
  SCENE_PLACES,
  SCENE_SHAPES,
  sceneCaption,
} from "@tome/tome/data";

/** A white square as the picture of each digit. */
const digits: LabelledImage[] = DIGIT_WORDS.map((_, label) => ({
  image: { width: 28, height: 28, channels: 1, data: new Uint8Array(784).fill(255) },
  label,
}));

Deno.test("captionedScenes() draws what the caption says, where it says", () => {
  for (
    const { image, objects, caption } of captionedScenes(60, { maxObjects: 3, digits, seed: 1 })
  ) {
    assert.equal(caption, sceneCaption(objects));
    assert.equal(new Set(objects.map(({ place }) => place)).size, objects.length);
    for (const [quarter, place] of SCENE_PLACES.entries()) {
      const [left, top] = [14 * (quarter % 2), 14 * (quarter >> 1)];
      let brightest = [0, 0, 0];
      for (let y = top; y < top + 14; y++) {
        for (let x = left; x < left + 14; x++) {
          const pixel = [...image.data.subarray(3 * (y * 28 + x), 3 * (y * 28 + x) + 3)];
          if (Math.max(...pixel) > Math.max(...brightest)) brightest = pixel;
        }
      }
      const object = objects.find((one) => one.place === place);
      if (!object) {
        assert.ok(Math.max(...brightest) < 80, `${caption}: something is at the ${place}`);
        continue;
      }
      const ink = SCENE_COLOURS[object.colour]!;
      const light = brightest[ink.indexOf(Math.max(...ink))]! / Math.max(...ink);
      assert.ok(light > 0.8 && light <= 1);
      brightest.forEach((v, c) => assert.ok(Math.abs(v - ink[c]! * light) < 3, caption));
    }
  }
});

Deno.test("captionedScenes() composes every allowed thing, and no other; equal seeds compose equally", () => {
  const allow = ({ colour, kind }: { colour: string; kind: string }) =>
    !(colour === "red" && kind === "ring");
  const some = captionedScenes(1500, { allow, seed: 2, size: 8 });
  const kinds = new Set(some.map(({ objects }) => `${objects[0]!.colour} ${objects[0]!.kind}`));
  assert.equal(kinds.size, 6 * SCENE_SHAPES.length - 1);
  assert.ok(!kinds.has("red ring"));
  const pixels = (seed: number) => captionedScenes(2, { seed }).map(({ image }) => [...image.data]);
  assert.deepEqual(pixels(5), pixels(5));
  assert.notDeepEqual(pixels(5), pixels(6));
});

Deno.test("captionedScenes() draws each shape in its own way", () => {
  const covers = SCENE_SHAPES.map((kind) => {
    const [{ image }] = captionedScenes(1, { kinds: [kind], seed: 9 }) as [
      ReturnType<typeof captionedScenes>[0],
    ];
    return image.data.map((v) => Number(v > 120)).join("");
  });
  assert.equal(new Set(covers).size, SCENE_SHAPES.length);
});

Deno.test("captionedScenes() says what cannot be", () => {
  assert.throws(() => captionedScenes(1, { size: 9 }), { message: /size must be even/ });
  assert.throws(() => captionedScenes(1, { maxObjects: 5 }), { message: /maxObjects in 1…4/ });
  assert.throws(() => captionedScenes(1, { allow: () => false }), { message: /a thing must be/ });
  assert.throws(() => captionedScenes(1, { kinds: ["seven"] }), { message: /pass digits/ });
});
