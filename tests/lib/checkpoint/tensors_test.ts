import assert from "node:assert/strict";
import {
  assignRecords,
  fromFloat32,
  loadFolder,
  loadWeights,
  recordsForFile,
  saveFolder,
  tensorsToRecords,
  toFloat32,
  toInt32,
} from "@tome/tome/checkpoint";
import { randomNormal, Rng, type Variable } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

function variables(seed: number): [string, Variable][] {
  const rng = new Rng(seed);
  return [
    ["fc.weight", tf.variable(randomNormal([3, 2], 0, 1, { rng }))],
    ["fc.bias", tf.variable(randomNormal([3], 0, 1, { rng }))],
    ["scale", tf.variable(randomNormal([], 0, 1, { rng }))],
    ["steps", tf.variable(tf.tensor1d([seed, -seed], "int32"), false)],
  ];
}

const free = (vs: [string, Variable][]) => vs.forEach(([, variable]) => variable.dispose());
const bytes = (shape: number[], values: number[]) =>
  fromFloat32("x", shape, Float32Array.from(values)).bytes;

testOnDevices("assignRecords() gives back the values that tensorsToRecords() read", async () => {
  const [from, to] = [variables(1), variables(2)];
  const records = await tensorsToRecords(from);
  assert.deepEqual(records.map(({ dtype }) => dtype), ["F32", "F32", "F32", "I32"]);
  assignRecords(to, records.toReversed());
  for (const [i, [, variable]] of to.entries()) {
    await assertClose(variable, from[i]![1], { rtol: 0, atol: 0 });
  }
  toFloat32(records[0]!).fill(9); // the variables do not share the records' memory, nor the other way
  await assertClose(to[0]![1], from[0]![1], { rtol: 0, atol: 0 });
  free([...from, ...to]);
});

testOnDevices("tensorsToRecords() narrows floats only", async () => {
  const mask = tf.tensor1d([true, false], "bool");
  const [half, ints, bools] = await tensorsToRecords([
    ["a", tf.tensor1d([1.0001, -2])],
    ["b", tf.tensor1d([70000], "int32")],
    ["c", mask],
  ], { dtype: "BF16" });
  assert.deepEqual([half!.dtype, [...toFloat32(half!)]], ["BF16", [1, -2]]);
  assert.deepEqual([ints!.dtype, [...toInt32(ints!)]], ["I32", [70000]]);
  assert.deepEqual([bools!.dtype, [...bools!.bytes]], ["BOOL", [1, 0]]);
  await assert.rejects(tensorsToRecords([["s", tf.tensor1d(["x"])]]), {
    name: "TypeError",
    message: /"s" as its dtype must be float32, int32 or bool: current dtype is string/,
  });
});

testOnDevices("assignRecords() changes nothing unless every name and shape fits", async () => {
  const ours = variables(1);
  const before = await tensorsToRecords(ours);
  const fails = (records: typeof before, name: string, message: RegExp) =>
    assert.throws(() => assignRecords(ours, records), { name, message });
  const zeros = before.map((record) => ({ ...record, bytes: new Uint8Array(record.bytes.length) }));
  fails(
    zeros.slice(1),
    "CheckpointError",
    /1 of the model's tensors are not in it, such as "fc.weight"/,
  );
  const extra = { ...zeros[0]!, name: "extra" };
  fails([...zeros, extra], "CheckpointError", /1 of its tensors have no place, such as "extra"/);
  const wrong = { ...zeros[1]!, shape: [2], bytes: bytes([2], [0, 0]) };
  fails(
    zeros.map((record, i) => i === 1 ? wrong : record),
    "ShapeError",
    /Cannot load "fc.bias" as the record of "fc.bias" must have shape \[3\]: current shape is \[2\]/,
  );
  assert.deepEqual(await tensorsToRecords(ours), before);
  free(ours);
});

testOnDevices("loadWeights() reads a folder through a table, with its changes", async () => {
  const path = await Deno.makeTempDir();
  const [from, to] = [variables(1), variables(2)];
  try {
    const map = { names: [["fc", "linear", "transpose"], ["scale", "s"], ["steps", "t"]] as const };
    const weights = recordsForFile(map, await tensorsToRecords(from));
    assert.deepEqual(weights[0]!.shape, [2, 3]);
    await saveFolder(path, { config: {}, weights });
    using folder = await loadFolder(path);
    await loadWeights(to, folder.weights, map);
    for (const [i, [, variable]] of to.entries()) {
      await assertClose(variable, from[i]![1], { rtol: 0, atol: 0 });
    }
    await assert.rejects(loadWeights(to, folder.weights), {
      message: /4 of its tensors have no place/,
    });
    const flat = { names: [["fc", "linear"], ["scale", "s"], ["steps", "t"]] as const };
    await assert.rejects(loadWeights(to, folder.weights, flat), {
      name: "ShapeError",
      message:
        /Cannot load "fc.weight" as "linear.weight" must have shape \[3, 2\]: current shape is \[2, 3\]/,
    });
  } finally {
    await Deno.remove(path, { recursive: true });
    free([...from, ...to]);
  }
});
