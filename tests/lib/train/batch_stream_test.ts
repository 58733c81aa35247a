import assert from "node:assert/strict";
import { DataLoader } from "@tome/tome/data";
import { BatchStream } from "../../../lib/train/batch_stream.ts";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

/** Numbers as batches; they need no freeing. */
async function takeAll(stream: BatchStream<number>, count: number, times: number) {
  const taken: number[][] = [];
  for (let i = 0; i < times; i++) taken.push(await stream.take(count));
  return taken;
}

Deno.test("BatchStream.take() gives the rest of a pass, then nothing, then the next pass", async () => {
  const stream = new BatchStream([1, 2, 3]);
  assert.deepEqual(await takeAll(stream, 2, 4), [[1, 2], [3], [], [1, 2]]);
  assert.deepEqual([stream.epoch, stream.batch], [1, 2]);
});

Deno.test("BatchStream uses the first batches again and again if limited", async () => {
  const stream = new BatchStream([1, 2, 3], 2);
  assert.deepEqual(await takeAll(stream, 1, 6), [[1], [2], [], [1], [2], []]);
});

Deno.test("BatchStream.restore() skips batches of a source without a position", async () => {
  const stream = new BatchStream([1, 2, 3]);
  await stream.restore({ epoch: 4, batch: 2 });
  assert.deepEqual(await takeAll(stream, 2, 2), [[3], []]);
  assert.deepEqual(stream.position(), { epoch: 5, batch: 0 });
  const atEnd = new BatchStream([1, 2, 3]);
  await atEnd.restore({ epoch: 4, batch: 3 });
  assert.deepEqual(await takeAll(atEnd, 2, 2), [[], [1, 2]]);
});

Deno.test("BatchStream.restore() puts a source that knows its position there", async () => {
  const source = {
    at: 0,
    *[Symbol.iterator]() {
      while (true) yield this.at++;
    },
    state() {
      return this.at;
    },
    restore(at: unknown) {
      this.at = at as number;
    },
  };
  const first = new BatchStream(source);
  await first.take(3);
  const position = JSON.parse(JSON.stringify(first.position()));
  assert.deepEqual(position, { epoch: 0, batch: 3, source: 3 });
  const second = new BatchStream(source);
  source.at = 0;
  await second.restore(position);
  assert.deepEqual(await second.take(2), [3, 4]);
});

Deno.test("BatchStream starts the next pass of a source that was left behind its last batch", async () => {
  const loader = new DataLoader([1, 2, 3], { batchSize: 1 });
  const first = new BatchStream(loader);
  await first.take(3);
  await first.close();
  assert.deepEqual(await new BatchStream(loader).take(2), [[1], [2]]);
});

Deno.test("BatchStream throws if there are no batches, or fewer than to be skipped", async () => {
  await assert.rejects(new BatchStream([]).take(1), { message: /must not be empty/ });
  const once = new BatchStream((function* () {
    yield 1;
  })());
  assert.deepEqual(await takeAll(once, 1, 2), [[1], []]);
  await assert.rejects(once.take(1), { message: /pass, number 1, has none/ });
  const short = new BatchStream([1]);
  await short.restore({ epoch: 0, batch: 5 });
  await assert.rejects(short.take(1), { message: /at least 5 batches: current number is 1/ });
});

Deno.test("BatchStream.close() tells a generator that no more will be taken", async () => {
  let closed = false;
  const stream = new BatchStream((function* () {
    try {
      while (true) yield 1;
    } finally {
      closed = true;
    }
  })());
  await stream.take(1);
  await stream.close();
  assert.ok(closed);
});

testOnDevices(
  "BatchStream frees batches, but not those of an array or those it uses again",
  async () => {
    const make = function* () {
      while (true) yield { x: tf.ones([2]) };
    };
    const before = tf.memory().numTensors;
    const endless = new BatchStream(make());
    endless.release(await endless.take(3));
    assert.equal(tf.memory().numTensors, before);

    const limited = new BatchStream(make(), 2);
    const taken = await limited.take(2);
    limited.release(taken);
    assert.equal(tf.memory().numTensors, before + 2);
    await limited.close();
    assert.equal(tf.memory().numTensors, before);

    const array = [{ x: tf.ones([2]) }];
    const stream = new BatchStream(array);
    stream.release(await stream.take(1));
    await stream.close();
    assert.equal(tf.memory().numTensors, before + 1);
    tf.dispose(array);
  },
);
