import assert from "node:assert/strict";

const PROGRAM = `
import { collectUnreachable, memory, useDevice } from "@tome/tome/tensor";
import { Linear } from "@tome/tome/nn";
import * as tf from "@tensorflow/tfjs";

await useDevice("cpu");
collectUnreachable();
collectUnreachable();
const before = memory().numTensors;
let kept = tf.ones([4]);
const owned = tf.ones([3]);
const alias = owned.reshape([3, 1]);
owned.dispose(); // what an owner frees is freed once
const model = { linear: new Linear(8, 8) as Linear | undefined };
const first = memory().numTensors;
const settle = async () => {
  for (let i = 0; i < 3; i++) {
    await new Promise((done) => setTimeout(done, 5));
    (globalThis as unknown as { gc(): void }).gc();
  }
  await new Promise((done) => setTimeout(done, 20));
};
function again() { // as a cell that is run again
  kept = tf.ones([4]);
  model.linear = new Linear(8, 8);
  tf.tidy(() => tf.ones([2]).add(1).sum());
}
for (let i = 0; i < 5; i++) again();
const leaked = memory().numTensors;
await settle();
const after = memory().numTensors;
model.linear!.weight.assign(tf.zeros([8, 8]));
await settle();
const values = [...await kept.data(), ...await alias.data()];
const weight = (await model.linear!.weight.data())[0];
kept.dispose();
alias.dispose();
model.linear![Symbol.dispose]();
const end = memory().numTensors;
const names = Object.keys((tf.engine() as unknown as { registeredVariables: object }).registeredVariables);
console.log(JSON.stringify({ before, first, leaked, after, values, weight, end, names }));
`;

Deno.test("collectUnreachable() frees what nothing can reach, and nothing else", async () => {
  const file = await Deno.makeTempFile({
    dir: import.meta.dirname!,
    prefix: "_collect",
    suffix: ".ts",
  });
  try {
    await Deno.writeTextFile(file, PROGRAM);
    const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--v8-flags=--expose-gc", file],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const seen = JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
    assert.equal(seen.leaked, seen.first + 5 * 4); // two tensors and two parameters each time
    assert.equal(seen.after, seen.first);
    assert.deepEqual([seen.values, seen.weight], [[1, 1, 1, 1, 1, 1, 1], 0]);
    assert.equal(seen.end, seen.before);
    assert.deepEqual(seen.names, []);
  } finally {
    await Deno.remove(file);
  }
});
