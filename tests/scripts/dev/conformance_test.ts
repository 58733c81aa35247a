import assert from "node:assert/strict";

const script = new URL("../../../scripts/dev/conformance.ts", import.meta.url).pathname;

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, ...args],
    cwd: new URL("../../../", import.meta.url),
  }).output();
  return { code, text: [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("") };
}

Deno.test("conformance.ts prints a table and writes each result", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { code, text } = await run(
      "--device=cpu,wasm",
      "--only=^outerProduct",
      `--json=${folder}/results.json`,
    );
    assert.equal(code, 0, text);
    assert.match(text, /TensorFlow\.js \d/);
    assert.match(text, /matmul +1 +1 +\d\.\de/);
    assert.match(text, /2 of 2 passed; 0 failed/);
    const { versions, results } = JSON.parse(await Deno.readTextFile(`${folder}/results.json`));
    assert.equal(versions.deno, Deno.version.deno);
    assert.deepEqual(results.map((r: { device: string }) => r.device), ["cpu", "wasm"]);
    assert.ok(results.every((r: { gradient: number }) => r.gradient < 1e-5));
    assert.deepEqual([...Deno.readDirSync(folder)].map((e) => e.name), ["results.json"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("conformance.ts --list runs nothing, and fails if no case matches", async () => {
  const { code, text } = await run("--list", "--only=^outerProduct");
  assert.equal(code, 0, text);
  assert.match(text, /outerProduct \[3\] \[5\]\n1 cases in 1 groups/);
  const none = await run("--only=no such case");
  assert.equal(none.code, 1);
  assert.match(none.text, /a case must match --only/);
});
