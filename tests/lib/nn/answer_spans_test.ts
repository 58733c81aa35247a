import assert from "node:assert/strict";
import { answerSpans } from "@tome/tome/nn";
import { Rng } from "@tome/tome/tensor";

const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

Deno.test("answerSpans() finds the best spans of all, in order", () => {
  const random = new Rng(1);
  const [start, end] = [0, 1].map(() => Array.from({ length: 12 }, () => random.normal()));
  const all = start!.flatMap((s, i) =>
    end!.flatMap((e, j) => j >= i && j < i + 4 && i > 2 ? [{ i, j, score: s + e }] : [])
  ).toSorted((a, b) => b.score - a.score);
  const found = answerSpans(start!, end!, {
    maxTokens: 4,
    count: 7,
    allowed: (place) => place > 2,
  });
  assert.deepEqual(
    found.map(({ start, end, score }) => ({ i: start, j: end, score })),
    all.slice(0, 7),
  );
  near(found.reduce((sum, { probability }) => sum + probability, 0), 1);
  near(found[0]!.probability / found[1]!.probability, Math.exp(found[0]!.score - found[1]!.score));
});

Deno.test("answerSpans() does not pass over tokens that may not belong to an answer", () => {
  const spans = answerSpans([9, 0, 0], [0, 0, 9], { allowed: (place) => place !== 1 });
  assert.deepEqual(spans.map(({ start, end }) => [start, end]), [[0, 0], [2, 2]]);
});

Deno.test("answerSpans() says where answers are in the text, and that there may be none", () => {
  const offsets = [[0, 0], [0, 3], [4, 9]] as const;
  const options = { offsets, allowed: (place: number) => place > 0, noAnswer: 0 };
  const [best, second] = answerSpans([1, 2, 0], [1, 0, 3], options);
  assert.deepEqual([best!.start, best!.end, best!.offsets], [1, 2, [0, 9]]);
  assert.deepEqual([second!.start, second!.offsets], [2, [4, 9]]);
  const [none] = answerSpans([4, 2, 0], [4, 0, 3], options);
  assert.deepEqual([none!.start, none!.end, none!.score, none!.offsets], [0, 0, 8, undefined]);
});

Deno.test("answerSpans() of nothing is nothing, and refuses logits that do not match", () => {
  assert.deepEqual(answerSpans([], []), []);
  assert.deepEqual(answerSpans([1], [1], { allowed: () => false }), []);
  assert.throws(() => answerSpans([1], [1, 2]), {
    name: "RangeError",
    message: /current numbers are 1, 2, 30 and 20/,
  });
});
