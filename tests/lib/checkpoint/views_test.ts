import assert from "node:assert/strict";
import {
  fromFloat32,
  joinWeights,
  loadWeights,
  renameWeights,
  splitRecords,
  type TensorRecord,
  toFloat32,
  type WeightsReader,
} from "@tome/tome/checkpoint";
import { parameter } from "@tome/tome/nn";
import { randomNormal } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";

/** Records as a file would give them. */
function reader(records: TensorRecord[]): WeightsReader {
  const byName = new Map(records.map((record) => [record.name, record]));
  return {
    infos: byName,
    metadata: {},
    read: (name) => Promise.resolve(byName.get(name)!),
    [Symbol.dispose]() {},
  };
}

const record = (name: string, shape: number[], first: number) =>
  fromFloat32(
    name,
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => first + i),
  );

const RULES = [{
  whole: "layer.*.qkv",
  parts: ["layer.*.query", "layer.*.key", "layer.*.value"],
}];

const PARTS = [0, 1].flatMap((layer) =>
  ["query", "key", "value"].flatMap((part, i) => [
    record(`layer.${layer}.${part}.weight`, [2, 3], 100 * layer + 10 * i),
    record(`layer.${layer}.${part}.bias`, [2], 100 * layer + 10 * i + 6),
  ])
);

Deno.test("joinWeights() shows parts as one tensor, and leaves the others", async () => {
  const other = record("norm.weight", [4], 0);
  const joined = joinWeights(reader([...PARTS, other]), RULES);
  assert.deepEqual([...joined.infos.keys()].sort(), [
    "layer.0.qkv.bias",
    "layer.0.qkv.weight",
    "layer.1.qkv.bias",
    "layer.1.qkv.weight",
    "norm.weight",
  ]);
  assert.deepEqual(joined.infos.get("layer.1.qkv.weight")!.shape, [6, 3]);
  const bias = await joined.read("layer.1.qkv.bias");
  assert.deepEqual([bias.name, bias.shape], ["layer.1.qkv.bias", [6]]);
  assert.deepEqual([...toFloat32(bias)], [106, 107, 116, 117, 126, 127]);
  assert.deepEqual(await joined.read("norm.weight"), other);
});

Deno.test("splitRecords() is the inverse of joinWeights()", async () => {
  const joined = joinWeights(reader(PARTS), RULES);
  const whole = await Promise.all([...joined.infos.keys()].map((name) => joined.read(name)));
  const order = (records: TensorRecord[]) =>
    records.toSorted((a, b) => a.name < b.name ? -1 : 1).map((r) => ({
      ...r,
      values: [...toFloat32(r)],
    }));
  assert.deepEqual(order(splitRecords(whole, RULES)), order(PARTS));
});

Deno.test("joinWeights() leaves parts alone if one is missing, and refuses those that do not fit", () => {
  const some = PARTS.filter(({ name }) => name !== "layer.0.key.weight");
  assert.ok(joinWeights(reader(some), RULES).infos.has("layer.0.query.weight"));
  const wide = PARTS.map((r) => r.name === "layer.0.key.weight" ? record(r.name, [2, 4], 0) : r);
  assert.throws(() => joinWeights(reader(wide), RULES), {
    name: "CheckpointError",
    message: /must be alike but for the first axis: .*F32 of \[…, 3\] and F32 of \[…, 4\]/,
  });
  assert.throws(() => splitRecords([record("layer.0.qkv.bias", [4], 0)], RULES), {
    name: "CheckpointError",
    message: /in 3 parts as its first axis must be a multiple of 3: current shape is \[4\]/,
  });
});

Deno.test("renameWeights() shows tensors under other names, each its own", async () => {
  const file = reader([record("norm.gamma", [2], 1), record("norm.beta", [2], 3)]);
  const names = { gamma: "weight", beta: "bias" } as Record<string, string>;
  const renamed = renameWeights(file, (name) => name.replace(/gamma|beta/, (old) => names[old]!));
  assert.deepEqual([...renamed.infos.keys()], ["norm.weight", "norm.bias"]);
  const bias = await renamed.read("norm.bias");
  assert.deepEqual([bias.name, ...toFloat32(bias)], ["norm.bias", 3, 4]);
  assert.throws(() => renameWeights(file, () => "same"), {
    name: "CheckpointError",
    message: /both "norm.gamma" and "norm.beta" would be "same"/,
  });
});

testOnDevices(
  "loadWeights() leaves what a file may lack as it is, and says what that was",
  async () => {
    const named = ["body", "head"].map((name) =>
      [`${name}.weight`, parameter(() => randomNormal([2]))] as const
    );
    const [body, head] = named.map(([, variable]) => variable);
    try {
      const before = await head!.data();
      const file = reader([record("base.weight", [2], 5)]);
      const names = [["body", "base"], ["head", "classifier"]] as const;
      assert.deepEqual(await loadWeights(named, file, { names, optional: ["head"] }), [
        "head.weight",
      ]);
      assert.deepEqual([...await body!.data()], [5, 6]);
      assert.deepEqual(await head!.data(), before);
      await assert.rejects(loadWeights(named, file, { names }), {
        name: "CheckpointError",
        message: /1 of the model's tensors are not in it, such as "classifier.weight"/,
      });
      const whole = reader([record("base.weight", [2], 5), record("classifier.weight", [2], 8)]);
      assert.deepEqual(await loadWeights(named, whole, { names, optional: ["head"] }), []);
      assert.deepEqual([...await head!.data()], [8, 9]);
    } finally {
      for (const [, variable] of named) variable.dispose();
    }
  },
);
