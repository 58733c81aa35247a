import assert from "node:assert/strict";
import { classBalance, findLeaks, splitExamples } from "@tome/tome/data";
import { Rng } from "@tome/tome/tensor";

Deno.test("findLeaks() finds the same text in other clothes, and nearly the same", () => {
  const train = [
    "The Whale, that great beast; swims in the deep blue sea every day.",
    "完全不同的一句话。",
    "这本书非常有意思，我一天就看完了，推荐给大家",
    "",
  ];
  const held = [
    "the whale  that great beast swims in the deep blue sea EVERY day",
    "The whale, that great beast, swims in the deep blue sea every night.",
    "这本书非常有意思，我一天就看完了，推荐给你们",
    "something else entirely, with no shingle in common",
  ];
  const leaks = findLeaks(train, held, { threshold: 0.6 });
  assert.deepEqual(leaks.map(({ held, train }) => [held, train]), [[0, 0], [1, 0], [2, 2]]);
  assert.equal(leaks[0]!.similarity, 1);
  assert.equal(leaks[1]!.similarity, 10 / 12); // 11 shingles each, of which 10 are common
  assert.deepEqual(findLeaks(train, held, { threshold: 1 }), [leaks[0]]);
  assert.deepEqual(findLeaks([], held), []);
  assert.throws(() => findLeaks([], [], { threshold: 0 }), { name: "RangeError" });
  assert.throws(() => findLeaks([], [], { shingle: 0.5 }), { name: "RangeError" });
});

Deno.test("findLeaks() finds what comparing all with all finds", () => {
  const random = new Rng(4);
  const words = "a b c d e f".split(" ");
  const text = () =>
    Array.from({ length: 1 + random.int(12) }, () => words[random.int(6)]!).join(" ");
  const [train, held] = [Array.from({ length: 150 }, text), Array.from({ length: 150 }, text)];
  const shingles = (text: string) => {
    const list = text.split(" ");
    if (list.length <= 2) return new Set([list.join(" ")]);
    return new Set(list.slice(1).map((word, i) => `${list[i]} ${word}`));
  };
  for (const threshold of [0.3, 0.5, 0.8]) {
    const expected = held.flatMap((one, h) => {
      const same = train.indexOf(one);
      if (same >= 0) return [{ held: h, train: same, similarity: 1 }];
      const scores = train.map((other) => {
        const [a, b] = [shingles(one), shingles(other)];
        return a.intersection(b).size / a.union(b).size;
      });
      const best = Math.max(...scores);
      return best >= threshold ? [{ held: h, train: scores.indexOf(best), similarity: best }] : [];
    });
    assert.deepEqual(findLeaks(train, held, { threshold, shingle: 2 }), expected);
  }
});

Deno.test("classBalance() counts, prints as a table, and names classes that shifted", () => {
  const balance = classBalance({ train: ["a", "b", "a", "a"], test: ["b", "c"] });
  assert.equal(
    String(balance),
    [
      "class  train         test",
      "a          3  75.0%     0   0.0%",
      "b          1  25.0%     1  50.0%",
      "c          0   0.0%     1  50.0%",
      "all        4            2",
    ].join("\n"),
  );
  assert.equal(balance.imbalance, 3);
  assert.deepEqual(balance.shifted, ["a", "b", "c"]);
  const labels = Array.from({ length: 300 }, (_, i) => i % 3);
  const { train, validation } = splitExamples(labels, {
    validation: 0.2,
    seed: 1,
    label: (x) => x,
  });
  assert.deepEqual(classBalance({ train, validation }).shifted, []);
  assert.ok(Number.isNaN(classBalance({ train, none: [] }).classes[0]!.shares[1]));
});
