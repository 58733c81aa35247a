import assert from "node:assert/strict";
import {
  collatePairs,
  corruptSpans,
  datePairs,
  readPairs,
  spanCorruptionLengths,
} from "@tome/tome/data";
import { Rng } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";

const IDS = { padId: 0, startId: 1, endId: 2 };

testOnDevices("collatePairs() shifts targets right and says what is filled up", async () => {
  const pairs = [{ source: [5, 6, 7], target: [8] }, { source: [5], target: [8, 9, 10] }];
  const batch = collatePairs(pairs, { ...IDS, maxSource: 2, maxTarget: 3, multipleOf: 4 });
  assert.deepEqual(await batch.ids.array(), [[5, 6, 0, 0], [5, 0, 0, 0]]);
  assert.deepEqual(await batch.mask.array(), [[1, 1, 0, 0], [1, 0, 0, 0]]);
  assert.deepEqual(await batch.decoderIds.array(), [[1, 8, 0, 0], [1, 8, 9, 0]]);
  assert.deepEqual(await batch.labels.array(), [[8, 2, -100, -100], [8, 9, 2, -100]]);
});

Deno.test("collatePairs() refuses what makes no batch", () => {
  assert.throws(() => collatePairs([], IDS), { message: /must have a pair: current number is 0/ });
  assert.throws(() => collatePairs([{ source: [], target: [3] }], IDS), {
    message: /current source 0 has none/,
  });
  assert.throws(() => collatePairs([{ source: [3], target: [3] }], { ...IDS, multipleOf: 0 }), {
    message: /multipleOf must be a whole number above 0: current value is 0/,
  });
});

Deno.test("corruptSpans() hides as many tokens, in as many spans, as T5 does, and loses none", () => {
  const random = new Rng(1);
  for (const length of [2, 3, 10, 30, 100, 568]) {
    const ids = Array.from({ length }, (_, i) => i + 10);
    const { source, target } = corruptSpans(ids, { firstSentinel: 32099, random });
    const isSentinel = (id: number) => id > 32000;
    // int(round(length · 0.15)), at least 1, and int(round(that / 3)), at least 1, halves to even
    const expected = { 2: [1, 1], 3: [1, 1], 10: [2, 1], 30: [4, 1], 100: [15, 5], 568: [85, 28] };
    const [hidden, spans] = expected[length as 2]!;
    assert.deepEqual([source.length, target.length], [length - hidden! + spans!, hidden! + spans!]);
    const sentinels = Array.from({ length: spans! }, (_, i) => 32099 - i);
    assert.deepEqual(source.filter(isSentinel), sentinels);
    assert.deepEqual(target.filter(isSentinel), sentinels);
    assert.ok(
      !isSentinel(source[0]!) && isSentinel(source.at(-1)!),
      "a text begins with what is shown",
    );
    const parts = new Map<number, number[]>();
    for (const id of target) {
      if (isSentinel(id)) parts.set(id, []);
      else [...parts.values()].at(-1)!.push(id);
    }
    assert.ok([...parts.values()].every((part) => part.length > 0));
    assert.deepEqual(source.flatMap((id) => parts.get(id) ?? [id]), ids);
  }
});

Deno.test("corruptSpans() hides every place inside equally often, never the first, always the last, as T5 does", () => {
  const random = new Rng(2);
  const counts = new Array(20).fill(0);
  for (let i = 0; i < 4000; i++) {
    const ids = Array.from({ length: 20 }, (_, i) => i);
    const options = { firstSentinel: 99, density: 0.3, meanSpan: 2, random };
    for (const id of corruptSpans(ids, options).target) if (id < 90) counts[id]++;
  }
  assert.equal(counts.reduce((a, b) => a + b), 4000 * 6);
  assert.deepEqual([counts[0], counts[19]], [0, 4000]);
  const inside = counts.slice(3, 15); // of 4000: a standard deviation is about 30
  assert.ok(inside.every((count) => count > 850 && count < 1250), `${counts}`);
});

Deno.test("spanCorruptionLengths() are those of T5's own code", () => {
  // random_spans_helper(512, 0.15, 3.0, 1, 1) of google-research/text-to-text-transfer-transformer
  assert.deepEqual(spanCorruptionLengths(512), { tokens: 568, targetLength: 114 });
  assert.throws(() => spanCorruptionLengths(1), { name: "RangeError" });
  assert.throws(() => corruptSpans([1], { firstSentinel: 9 }), { message: /at least two/ });
  assert.throws(() => corruptSpans([1, 2], { firstSentinel: 9, density: 0 }), {
    message: /density must be in \(0, 1\)/,
  });
});

Deno.test("readPairs() reads tab-separated values and JSON Lines, compressed or not", async () => {
  const folder = await Deno.makeTempDir();
  const expected = [{ source: "a b", target: "c" }, { source: "é", target: "日本" }];
  const write = async (name: string, text: string) => {
    const path = `${folder}/${name}`;
    const plain = new Blob([text]).stream();
    const stream = name.endsWith(".gz") ? plain.pipeThrough(new CompressionStream("gzip")) : plain;
    await Deno.writeFile(path, stream);
    return path;
  };
  try {
    const tsv = "a b\tc\r\n\né\t日本\nno target\t\n";
    assert.deepEqual(await readPairs(await write("a.tsv", tsv)), expected);
    assert.deepEqual(await readPairs(await write("a.tsv.gz", tsv)), expected);
    const lines = expected.map(({ source, target }) => JSON.stringify({ en: source, es: target }));
    const jsonl = await write("a.jsonl", lines.join("\n"));
    assert.deepEqual(await readPairs(jsonl, { source: "en", target: "es" }), expected);
    await assert.rejects(() => readPairs(jsonl), {
      name: "SyntaxError",
      message: /line 1 as it must be/,
    });
    const bad = await write("b.jsonl", "{");
    await assert.rejects(() => readPairs(bad), { message: /line 1, column 2 as it must be JSON/ });
    const lone = await write("c.tsv", "a\tb\nalone\n");
    await assert.rejects(() => readPairs(lone), {
      message: /line 2 as it must be a pair: .*alone/,
    });
    await assert.rejects(() => readPairs("a.txt"), { name: "TypeError" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("datePairs() pairs a date with the same date", () => {
  const pairs = datePairs(200, 3);
  assert.deepEqual(pairs, datePairs(200, 3));
  for (const { source, target } of pairs) {
    const [year, , day] = target.split("-").map(Number);
    assert.ok(source.includes(String(year)) && source.includes(String(day)), `${source} ${target}`);
    assert.ok(!Number.isNaN(Date.parse(target)));
  }
  const iso = new Set(pairs.map(({ source }) => source.replace(/[\dA-Za-z]+/g, "x")));
  assert.ok(iso.size >= 4, "several ways to write");
});
