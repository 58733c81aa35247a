import assert from "node:assert/strict";
import { splitExamples, splitSequence } from "@tome/tome/data";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

Deno.test("splitSequence() leaves the end for validation", () => {
  assert.deepEqual(splitSequence("abcdefghij", 0.2), { train: "abcdefgh", validation: "ij" });
  assert.deepEqual(splitSequence(range(4), 0.25), { train: [0, 1, 2], validation: [3] });
  const ids = Uint16Array.from(range(10));
  const { train, validation } = splitSequence(ids);
  assert.equal(train.length, 9);
  assert.deepEqual([...validation], [9]);
  assert.equal(train.buffer, ids.buffer);
});

Deno.test("splitExamples() leaves the last for validation, or random ones", () => {
  assert.deepEqual(splitExamples(range(5), { validation: 0.4 }), {
    train: [0, 1, 2],
    validation: [3, 4],
  });
  const [a, b, c] = [1, 1, 2].map((seed) => splitExamples(range(1000), { validation: 0.2, seed }));
  assert.deepEqual(a, b);
  assert.notDeepEqual(a, c);
  assert.deepEqual([...a!.train, ...a!.validation].sort((x, y) => x - y), range(1000));
  assert.equal(a!.validation.length, 200);
  const mean = a!.validation.reduce((x, y) => x + y) / 200;
  assert.ok(Math.abs(mean - 499.5) < 65, `${mean}`); // 3 standard errors
});

Deno.test("splitExamples() keeps the share of each label", () => {
  const examples = range(100).map((i) => ({ i, kind: i < 70 ? "a" : i < 95 ? "b" : "c" }));
  for (const seed of [undefined, 1, 2]) {
    const { train, validation } = splitExamples(examples, {
      validation: 0.2,
      seed,
      label: ({ kind }) => kind,
    });
    const count = (kind: string) => validation.filter((e) => e.kind === kind).length;
    assert.deepEqual(["a", "b", "c"].map(count), [14, 5, 1]);
    assert.equal(train.length, 80);
    assert.equal(new Set([...train, ...validation]).size, 100);
  }
  const odd = splitExamples(range(10), { validation: 0.3, label: (i) => i % 3 });
  assert.equal(odd.validation.length, 3); // 4, 3 and 3 of each label: one of each
  assert.deepEqual(odd.validation.map((i) => i % 3).sort(), [0, 1, 2]);
});

Deno.test("splitSequence() and splitExamples() throw if a part would be empty", () => {
  for (const fraction of [0, 1, -0.1, NaN]) {
    assert.throws(() => splitSequence("abc", fraction), {
      name: "RangeError",
      message:
        `Cannot split the sequence as validation must be a fraction between 0 and 1: current validation is ${fraction}`,
    });
  }
  assert.throws(() => splitSequence("abc"), {
    name: "RangeError",
    message:
      "Cannot split the sequence as no part may be empty: current length is 3, of which 0 for validation",
  });
  assert.throws(() => splitExamples([], { validation: 0.5 }), /current length is 0/);
});
