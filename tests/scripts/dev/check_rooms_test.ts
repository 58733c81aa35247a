import assert from "node:assert/strict";
import { fault, imports } from "../../../scripts/dev/check_rooms.ts";

const says = (from: string, to: string, specifier = "./x.ts") => fault({ from, specifier, to });

Deno.test("fault() lets imports go down, to a room's door", () => {
  assert.equal(says("lib/train/trainer.ts", "lib/optim/mod.ts"), undefined);
  assert.equal(says("lib/ops/losses.ts", "lib/tensor/_tf.ts"), undefined);
  assert.equal(says("lib/nn/linear.ts", "lib/nn/module.ts"), undefined);
  assert.equal(says("kernel/report.ts", "lib/tensor/mod.ts"), undefined);
  assert.equal(says("mod.ts", "lib/models/registry.ts"), undefined);
  assert.equal(
    says("scripts/train_gpt.ts", "lib/models/gpt/mod.ts", "@tome/tome/models/gpt"),
    undefined,
  );
});

Deno.test("fault() refuses imports up and sideways", () => {
  assert.equal(
    says("lib/train/objectives.ts", "kernel/mod.ts"),
    "lib/train/objectives.ts may not import kernel/mod.ts: kernel is not below lib/train",
  );
  assert.match(says("lib/models/gpt/model.ts", "lib/train/mod.ts")!, /lib\/train is not below/);
  assert.match(says("lib/nn/linear.ts", "lib/data/mod.ts")!, /lib\/data is not below lib\/nn/);
  assert.match(says("lib/tensor/scope.ts", "lib/ops/mod.ts")!, /lib\/ops is not below/);
  assert.match(says("kernel/view.ts", "mod.ts")!, /mod.ts is not below kernel/);
  assert.match(says("lib/nn/linear.ts", "tests/_support/numeric.ts")!, /tests is no room/);
});

Deno.test("fault() refuses a side door, and TensorFlow.js outside the floor", () => {
  assert.match(
    says("lib/nn/linear.ts", "lib/tensor/random.ts")!,
    /the door of lib\/tensor is its mod/,
  );
  assert.match(
    says("lib/nn/linear.ts", "npm:/@tensorflow/tfjs@4.22.0")!,
    /only lib\/tensor\/_tf.ts/,
  );
  assert.equal(
    says("lib/tensor/webgpu.ts", "npm:/@tensorflow/tfjs-backend-webgpu@4.22.0"),
    undefined,
  );
  assert.match(says("scripts/generate.ts", "lib/nn/mod.ts", "../lib/nn/mod.ts")!, /as a user does/);
});

Deno.test("imports() finds type imports, dynamic imports and packages", async () => {
  const root = await Deno.makeTempDir();
  try {
    const files: Record<string, string> = {
      "deno.json": `{ "imports": { "own": "./lib/nn/mod.ts" } }`,
      "mod.ts": `export * from "./lib/nn/mod.ts";`,
      "lib/nn/mod.ts": `import type { T } from "../tensor/mod.ts";\nexport type U = T;`,
      "lib/tensor/mod.ts": `export type T = 1;`,
      "kernel/mod.ts": `await import("../lib/tensor/mod.ts");`,
      "scripts/x.ts": `import "own";`,
    };
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(`${root}/${path}/..`.replace(/[^/]+\/\.\.$/, ""), { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, text);
    }
    const found = (await imports(root)).map(({ from, to }) => `${from} -> ${to}`).sort();
    assert.deepEqual(found, [
      "kernel/mod.ts -> lib/tensor/mod.ts",
      "lib/nn/mod.ts -> lib/tensor/mod.ts",
      "mod.ts -> lib/nn/mod.ts",
      "scripts/x.ts -> lib/nn/mod.ts",
    ]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
