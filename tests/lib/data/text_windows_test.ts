import assert from "node:assert/strict";
import { type JsonValue, TextWindows, type TextWindowsOptions } from "@tome/tome/data";
import { memory, seed } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";

const ids = Uint16Array.from({ length: 101 }, (_, i) => i);
const OPTIONS = { contextLength: 5, batchSize: 3, seed: 1 } as const;

/** The input windows of the next batches, disposed; every target must follow its input. */
async function take(windows: TextWindows, count = Infinity): Promise<number[][][]> {
  const taken: number[][][] = [];
  for await (const { inputs, targets } of windows) {
    assert.equal(inputs.dtype, "int32");
    const [x, y] = [await inputs.array(), await targets.array()] as [number[][], number[][]];
    assert.deepEqual(y, x.map((row) => row.map((id) => id + 1)));
    inputs.dispose();
    targets.dispose();
    taken.push(x);
    if (taken.length >= count) break;
  }
  return taken;
}

testOnDevices("TextWindows gives int32 windows, and the token after each", async () => {
  const [batch] = await take(new TextWindows(ids, OPTIONS), 1);
  assert.equal(batch!.length, 3);
  for (const row of batch!) assert.deepEqual(row, [0, 1, 2, 3, 4].map((i) => row[0]! + i));
});

testOnDevices("TextWindows leaves a tensor to its taker, and makes no other", async () => {
  const before = memory().numTensors;
  const kept = [];
  for await (const batch of new TextWindows(ids, OPTIONS)) {
    kept.push(batch);
    assert.equal(memory().numTensors, before + 2 * kept.length);
    if (kept.length === 4) break;
  }
  assert.equal(memory().numTensors, before + 8);
  for (const { inputs, targets } of kept) {
    inputs.dispose();
    targets.dispose();
  }
});

Deno.test("TextWindows draws random windows from the whole text", async () => {
  const starts = (await take(new TextWindows(ids, OPTIONS), 700)).flat().map((row) => row[0]!);
  assert.equal(starts.length, 2100);
  assert.equal(new Set(starts).size, 96); // 101 tokens, of which 96 have five after them
  assert.equal(new TextWindows(ids, OPTIONS).length, Infinity);
});

Deno.test("TextWindows covers the text in order, or shuffled anew each pass", async () => {
  const sequential = new TextWindows(ids, { ...OPTIONS, order: "sequential" });
  const all = Array.from({ length: 20 }, (_, i) => i * 5);
  for (let pass = 0; pass < 2; pass++) {
    const batches = await take(sequential);
    assert.deepEqual(batches.map((batch) => batch.length), [3, 3, 3, 3, 3, 3, 2]);
    assert.deepEqual(batches.flat().map((row) => row[0]), all);
  }
  const shuffled = new TextWindows(ids, { ...OPTIONS, order: "shuffled", dropLast: true });
  assert.equal(shuffled.length, 6);
  const passes = [await take(shuffled), await take(shuffled)].map((b) =>
    b.flat().map((r) => r[0]!)
  );
  for (const starts of passes) {
    assert.equal(new Set(starts).size, 18);
    assert.ok(starts.every((start) => start % 5 === 0));
  }
  assert.notDeepEqual(passes[0], passes[1]);
});

const KINDS: TextWindowsOptions[] = [
  OPTIONS,
  { ...OPTIONS, order: "shuffled" },
  { ...OPTIONS, order: "sequential", dropLast: true },
];
for (const options of KINDS) {
  Deno.test(`TextWindows.restore() gives the same batches (${options.order ?? "random"})`, async () => {
    for (const position of [0, 1, 4, 6, 7, 9]) {
      const first = new TextWindows(ids, options);
      for (let left = position; left > 0;) left -= (await take(first, left)).length;
      const state = JSON.stringify(first.state());
      const restored = new TextWindows(ids, { ...options, seed: 99 });
      await take(restored, 2);
      restored.restore(JSON.parse(state));
      assert.equal(JSON.stringify(restored.state()), state);
      for (let pass = 0; pass < 3; pass++) {
        assert.deepEqual(await take(restored, 5), await take(first, 5), `position ${position}`);
      }
    }
  });
}

Deno.test("TextWindows.restore() ends an iteration that runs", async () => {
  const windows = new TextWindows(ids, { ...OPTIONS, order: "sequential" });
  const start = windows.state();
  const iterator = windows[Symbol.asyncIterator]();
  const { value } = await iterator.next();
  windows.restore(start);
  assert.equal((await iterator.next()).done, true);
  assert.deepEqual((await take(windows, 1))[0], await value.inputs.array());
  value.inputs.dispose();
  value.targets.dispose();
});

Deno.test("TextWindows takes its seed from seed()", async () => {
  const draw = () => take(new TextWindows(ids, { contextLength: 5, batchSize: 3 }), 2);
  seed(3);
  const a = await draw();
  const b = await draw();
  seed(3);
  assert.deepEqual(await draw(), a);
  assert.notDeepEqual(b, a);
});

Deno.test("TextWindows names the numbers if the text is too short", async () => {
  assert.throws(() => new TextWindows([1, 2, 3], { contextLength: 3, batchSize: 2 }), {
    name: "RangeError",
    message: "Cannot cut windows as the text must have at least 4 tokens: current text has 3, " +
      "contextLength is 3, batchSize is 2",
  });
  const whole = { contextLength: 3, batchSize: 2, order: "shuffled", dropLast: true } as const;
  assert.throws(() => new TextWindows([1, 2, 3, 4, 5, 6], whole), /at least 7 tokens/);
  assert.throws(() => new TextWindows([], { contextLength: 3, batchSize: 2 }), /text has 0/);
  const shortest = new TextWindows([7, 8, 9, 10], { contextLength: 3, batchSize: 2, seed: 1 });
  assert.deepEqual(await take(shortest, 1), [[[7, 8, 9], [7, 8, 9]]]);
});

Deno.test("TextWindows refuses sizes, orders and states that mean nothing", () => {
  for (const size of [0, -1, 1.5, NaN]) {
    assert.throws(() => new TextWindows(ids, { ...OPTIONS, batchSize: size }), {
      name: "RangeError",
      message:
        `Cannot cut windows as batchSize must be a whole number above 0: current batchSize is ${size}`,
    });
  }
  assert.throws(
    () => new TextWindows(ids, { ...OPTIONS, order: "any" as "random" }),
    /current order is "any"/,
  );
  const windows = new TextWindows(ids, OPTIONS);
  const state = windows.state() as Record<string, JsonValue>;
  const cases: [JsonValue, RegExp][] = [
    [null, /its state must be an object: current state is null/],
    [{}, /its contextLength must be 5: current state has null/],
    [{ ...state, batchSize: 4 }, /its batchSize must be 3: current state has 4/],
    [{ ...state, tokens: 100 }, /its tokens must be 101: current state has 100/],
    [{ ...state, batch: -1 }, /its batch must be a whole number, in range: current state has -1/],
    [{ ...state, random: null }, /must be four integers/],
  ];
  for (const [wrong, message] of cases) {
    assert.throws(() => windows.restore(wrong), { name: "RangeError", message });
  }
  assert.deepEqual(windows.state(), state);
});
