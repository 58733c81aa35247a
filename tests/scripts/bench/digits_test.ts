import assert from "node:assert/strict";
import { assertFails, runScript, testManual } from "../_run.ts";

testManual("bench/digits");

Deno.test("bench/digits.ts compares runs, makes none twice, and goes on without Python", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const compare = async (...flags: string[]) => {
      const { code, stdout, stderr } = await runScript("bench/digits", [
        "softmax",
        "--images=500",
        "--epochs=2",
        "--out=runs/digits",
        ...flags,
      ], { cwd, env: { TOME_PYTHON: "", PATH: "" } });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /PyTorch: not run, no Python has torch and transformers/);
      return stdout;
    };
    const first = await compare("--seeds=1");
    assert.match(
      first,
      /\| softmax \| 7,850 +\| 2, 64, 0\.002 .*\| \d+\.00 \(\d+\.00\) \| not run \|/,
    );
    const lines = async () =>
      (await Deno.readTextFile(`${cwd}/runs/digits/runs.jsonl`)).split("\n");
    const [before] = await lines();
    await compare("--seeds=2");
    const [kept, second, end] = await lines();
    assert.deepEqual([kept, end], [before, ""]);
    assert.equal(JSON.parse(second!).seed, 2);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("bench/digits.ts names the models there are", async () => {
  await assertFails("bench/digits", ["perceptron"], {
    code: 2,
    message: /there is no model "perceptron": the models are softmax, mlp, lenet/,
  });
});
