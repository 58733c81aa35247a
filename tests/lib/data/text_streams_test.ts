import assert from "node:assert/strict";
import { type JsonValue, TextStreams } from "@tome/tome/data";
import { memory } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";

const ids = Uint16Array.from({ length: 30 }, (_, i) => i);
const OPTIONS = { contextLength: 3, batchSize: 3 };

/** The inputs of the next batches, disposed; every target must follow its input. */
async function take(streams: TextStreams, count = Infinity): Promise<number[][][]> {
  const taken: number[][][] = [];
  for await (const { inputs, targets } of streams) {
    const [x, y] = [await inputs.array(), await targets.array()] as [number[][], number[][]];
    assert.deepEqual([inputs.dtype, targets.dtype], ["int32", "int32"]);
    assert.deepEqual(y, x.map((row) => row.map((id) => id + 1)));
    inputs.dispose();
    targets.dispose();
    taken.push(x);
    if (taken.length >= count) break;
  }
  return taken;
}

testOnDevices("TextStreams' rows go on where the batch before ended", async () => {
  const streams = new TextStreams(ids, OPTIONS);
  const before = memory().numTensors;
  const batches = await take(streams);
  assert.equal(batches.length, streams.length);
  assert.equal(streams.length, 3);
  for (let row = 0; row < 3; row++) {
    const read = batches.flatMap((batch) => batch[row]!);
    assert.deepEqual(read, read.map((_, t) => read[0]! + t));
    assert.equal(read[0], row * 9);
  }
  assert.deepEqual(await take(streams), batches); // the next pass
  assert.equal(memory().numTensors, before);
});

testOnDevices("TextStreams goes on from a saved place, and refuses another's", async () => {
  const streams = new TextStreams(ids, OPTIONS);
  await take(streams, 1);
  const state = JSON.parse(JSON.stringify(streams.state())) as JsonValue;
  const rest = await take(streams);
  const other = new TextStreams(ids, OPTIONS);
  other.restore(state);
  assert.deepEqual(await take(other), rest);
  assert.throws(() => new TextStreams(ids, { ...OPTIONS, batchSize: 2 }).restore(state), {
    name: "RangeError",
    message: /Cannot restore TextStreams as its batchSize must be 2/,
  });
});

Deno.test("TextStreams refuses a text that fills no batch, and sizes that are none", () => {
  assert.throws(() => new TextStreams([1, 2, 3], OPTIONS), {
    name: "RangeError",
    message: /at least 10 tokens: current text has 3/,
  });
  assert.throws(() => new TextStreams(ids, { ...OPTIONS, batchSize: 0 }), {
    message: /batchSize must be a whole number above 0: current batchSize is 0/,
  });
});
