import assert from "node:assert/strict";
import { DataLoader, type DataLoaderOptions, type ExampleSource } from "@tome/tome/data";
import { memory, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const later = () => new Promise<void>((resolve) => setTimeout(resolve, 2));

async function* stream(n: number): AsyncGenerator<number> {
  for (const i of range(n)) {
    await Promise.resolve();
    yield i;
  }
}

async function take<B>(loader: AsyncIterable<B>, count: number): Promise<B[]> {
  const taken: B[] = [];
  for await (const batch of loader) {
    taken.push(batch);
    if (taken.length >= count) break;
  }
  return taken;
}

const SOURCES: Record<string, () => ExampleSource<number>> = {
  "an array": () => range(10),
  "a set": () => new Set(range(10)),
  "a generator function": () =>
    function* () {
      yield* range(10);
    },
  "an async generator function": () => () => stream(10),
};

for (const [name, source] of Object.entries(SOURCES)) {
  Deno.test(`DataLoader makes batches of ${name}, pass after pass`, async () => {
    for (const prefetch of [0, 1, 5]) {
      const loader = new DataLoader(source(), { batchSize: 4, prefetch });
      for (let pass = 0; pass < 2; pass++) {
        assert.deepEqual(await Array.fromAsync(loader), [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]);
      }
      const whole = new DataLoader(source(), { batchSize: 4, prefetch, dropLast: true });
      assert.deepEqual(await Array.fromAsync(whole), [[0, 1, 2, 3], [4, 5, 6, 7]]);
    }
  });

  Deno.test(`DataLoader.restore() gives the same batches of ${name}`, async () => {
    for (const prefetch of [0, 3]) {
      for (const shuffle of [false, name === "an array" ? true : 6]) {
        const options = { batchSize: 3, prefetch, shuffle, seed: 8 };
        for (const position of range(9)) { // four batches a pass
          const first = new DataLoader(source(), options);
          for (let left = position; left > 0;) left -= (await take(first, left)).length;
          const state = JSON.stringify(first.state());
          const restored = new DataLoader(source(), { ...options, seed: 77 });
          await take(restored, 2);
          restored.restore(JSON.parse(state));
          assert.equal(JSON.stringify(restored.state()), state);
          for (let pass = 0; pass < 3; pass++) {
            assert.deepEqual(await take(restored, 9), await take(first, 9), `at ${position}`);
          }
        }
      }
    }
  });
}

Deno.test("DataLoader gives each example of a pass once, in an order of its own", async () => {
  for (const [source, shuffle] of [[range(50), true], [new Set(range(50)), 20]] as const) {
    const loader = new DataLoader<number>(source, { batchSize: 7, shuffle, seed: 4 });
    const passes = [await Array.fromAsync(loader), await Array.fromAsync(loader)];
    const [a, b] = passes.map((batches) => batches.flat());
    assert.notDeepEqual(a, b);
    for (const pass of [a!, b!]) {
      assert.notDeepEqual(pass, range(50));
      assert.deepEqual([...pass].sort((x, y) => x - y), range(50));
    }
    const again = new DataLoader<number>(source, { batchSize: 7, shuffle, seed: 4 });
    assert.deepEqual(await Array.fromAsync(again), passes[0]);
  }
});

Deno.test("DataLoader takes the examples that a sampler names", async () => {
  const loader = new DataLoader(range(5), {
    batchSize: 2,
    sampler: (n, epoch) => [n - 1, 0, epoch],
  });
  assert.deepEqual(await Array.fromAsync(loader), [[4, 0], [0]]);
  assert.deepEqual(await Array.fromAsync(loader), [[4, 0], [1]]);
});

Deno.test("DataLoader.state() counts the batches handed over, not those prepared", async () => {
  let made = 0;
  const loader = new DataLoader(range(100), {
    batchSize: 1,
    prefetch: 10,
    collate: ([i]) => (made++, i!),
  });
  const iterator = loader[Symbol.asyncIterator]();
  for (let n = 1; n <= 3; n++) {
    assert.equal((await iterator.next()).value, n - 1);
    await later();
    assert.equal(made, n + 10);
    assert.equal((loader.state() as { batch: number }).batch, n);
  }
  await iterator.return(undefined);
});

for (const prefetch of [0, 1, 3]) {
  Deno.test(`DataLoader prepares never more than ${prefetch} batches ahead`, async () => {
    let [made, handed, most] = [0, 0, 0];
    const loader = new DataLoader(() => stream(40), {
      batchSize: 2,
      prefetch,
      async collate(examples) {
        made++;
        most = Math.max(most, made - handed);
        await Promise.resolve();
        return examples;
      },
    });
    for await (const batch of loader) {
      handed++;
      assert.deepEqual(batch, [2 * handed - 2, 2 * handed - 1]);
      assert.ok(made - handed <= prefetch, `${made} made, ${handed} handed over`);
      if (handed % 5 === 0) {
        await later();
        assert.equal(made - handed, Math.min(prefetch, 20 - handed));
      }
    }
    assert.equal(handed, 20);
    assert.ok(most <= prefetch + 1); // the one being handed over
  });
}

Deno.test("DataLoader prepares while a batch is in use", async () => {
  const log: string[] = [];
  const loader = new DataLoader(range(3), {
    batchSize: 1,
    prefetch: 1,
    async collate([i]) {
      log.push(`begin ${i}`);
      await later();
      log.push(`end ${i}`);
      return i!;
    },
  });
  for await (const i of loader) {
    log.push(`use ${i}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    log.push(`used ${i}`);
  }
  assert.ok(log.indexOf("end 1") < log.indexOf("used 0"), log.join(", "));
});

const tensors: DataLoaderOptions<number, { x: Tensor }> = {
  batchSize: 2,
  prefetch: 3,
  collate: async (examples) => {
    await Promise.resolve();
    return { x: tf.keep(tf.tensor1d(examples)) };
  },
};

testOnDevices("DataLoader disposes what it prepared if the loop ends early", async () => {
  const before = memory().numTensors;
  for (const source of [range(40), () => stream(40)]) {
    const loader = new DataLoader(source, tensors);
    for await (const { x } of loader) {
      await later();
      assert.equal(memory().numTensors, before + 4);
      x.dispose();
      break;
    }
    assert.equal(memory().numTensors, before);
  }
});

testOnDevices(
  "DataLoader disposes what it prepared if it is restored or iterated anew",
  async () => {
    const before = memory().numTensors;
    const loader = new DataLoader(range(40), tensors);
    const start = loader.state();
    const iterator = loader[Symbol.asyncIterator]();
    const first = await iterator.next();
    await later();
    loader.restore(start);
    assert.equal((await iterator.next()).done, true);
    await later();
    assert.equal(memory().numTensors, before + 1);

    const abandoned = loader[Symbol.asyncIterator]();
    const again = await abandoned.next();
    assert.deepEqual(await again.value.x.data(), await first.value.x.data());
    for await (const { x } of loader) {
      assert.deepEqual([...await x.data()], [2, 3]);
      x.dispose();
      break;
    }
    assert.equal((await abandoned.next()).done, true);
    first.value.x.dispose();
    again.value.x.dispose();
    assert.equal(memory().numTensors, before);
  },
);

testOnDevices(
  "DataLoader throws an error in the place of its batch, and leaves nothing behind",
  async () => {
    const before = memory().numTensors;
    let broken = true;
    async function* source() {
      for (const i of range(20)) {
        await Promise.resolve();
        if (i === 7 && broken) throw new Error("the disk is gone");
        yield i;
      }
    }
    const loader = new DataLoader(source, tensors);
    const seen: number[] = [];
    const run = async () => {
      for await (const { x } of loader) {
        seen.push(...await x.data());
        x.dispose();
      }
    };
    await assert.rejects(run, /the disk is gone/);
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5]);
    assert.equal(memory().numTensors, before);
    broken = false;
    await run(); // goes on where it stopped
    assert.deepEqual(seen, range(20));
    assert.equal(memory().numTensors, before);
  },
);

testOnDevices("DataLoader disposes what it prepared if the loop throws", async () => {
  const before = memory().numTensors;
  await assert.rejects(async () => {
    for await (const { x } of new DataLoader(range(40), tensors)) {
      x.dispose();
      await later();
      throw new Error("mine");
    }
  }, /mine/);
  assert.equal(memory().numTensors, before);
});

Deno.test("DataLoader throws the error of collate()", async () => {
  const loader = new DataLoader(range(4), {
    batchSize: 1,
    collate([i]) {
      if (i === 2) throw new TypeError("not this one");
      return i!;
    },
  });
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const i of loader) seen.push(i);
  }, { name: "TypeError", message: "not this one" });
  assert.deepEqual(seen, [0, 1]);
});

Deno.test("DataLoader closes the stream if the loop ends early", async () => {
  let closed = 0;
  async function* source() {
    try {
      yield* stream(100);
    } finally {
      closed++;
    }
  }
  const loader = new DataLoader(source, { batchSize: 2, prefetch: 2 });
  await take(loader, 2);
  assert.equal(closed, 1);
});

Deno.test("DataLoader gives the rest of a pass after a loop that ended early", async () => {
  const loader = new DataLoader(range(5), { batchSize: 1 });
  assert.deepEqual((await take(loader, 2)).flat(), [0, 1]);
  assert.deepEqual((await Array.fromAsync(loader)).flat(), [2, 3, 4]);
  assert.deepEqual((await Array.fromAsync(loader)).flat(), range(5));
});

Deno.test("DataLoader reads a generator once, and says so", async () => {
  const loader = new DataLoader(stream(4), { batchSize: 2 });
  assert.deepEqual(await Array.fromAsync(loader), [[0, 1], [2, 3]]);
  await assert.rejects(Array.fromAsync(loader), {
    name: "TypeError",
    message: /an iterator gives them only once: pass the generator function itself/,
  });
  assert.deepEqual(await Array.fromAsync(new DataLoader([], { batchSize: 2 })), []);
});

Deno.test("DataLoader refuses options that mean nothing", () => {
  const cases: [Partial<DataLoaderOptions<number, number[]>>, RegExp][] = [
    [{ batchSize: 0 }, /batchSize must be a whole number of at least 1: current batchSize is 0/],
    [{ batchSize: 1.5 }, /current batchSize is 1.5/],
    [{ prefetch: -1 }, /prefetch must be a whole number of at least 0: current prefetch is -1/],
    [{ shuffle: 0 }, /shuffle must be a whole number of at least 1/],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => new DataLoader(range(4), { batchSize: 2, ...options }), {
      name: "RangeError",
      message,
    });
  }
  for (const options of [{ shuffle: true }, { sampler: () => [0] }]) {
    assert.throws(() => new DataLoader(() => stream(4), { batchSize: 2, ...options }), {
      name: "TypeError",
      message: /a stream as its examples must be in an array/,
    });
  }
});

Deno.test("DataLoader.restore() refuses the state of other batches", () => {
  const state = new DataLoader(range(4), { batchSize: 2, seed: -3 }).state();
  new DataLoader(range(4), { batchSize: 2 }).restore(state);
  assert.throws(() => new DataLoader(range(5), { batchSize: 2 }).restore(state), {
    name: "RangeError",
    message: "Cannot restore DataLoader as its examples must be 5: current state has 4",
  });
  const others = [{ batchSize: 3 }, { batchSize: 2, shuffle: true }, {
    batchSize: 2,
    dropLast: true,
  }];
  for (const options of others) {
    assert.throws(() => new DataLoader(range(4), options).restore(state), /Cannot restore/);
  }
  assert.throws(() => new DataLoader(range(4), { batchSize: 2 }).restore([]), /must be an object/);
});
