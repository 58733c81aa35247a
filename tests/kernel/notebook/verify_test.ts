import assert from "node:assert/strict";
import { createNotebook, type Notebook, runNotebook, verifyNotebook } from "@tome/tome/notebook";

const cwd = new URL("../../../scripts", import.meta.url).pathname;

/** A notebook with its outputs. */
async function committed(...cells: string[]): Promise<Notebook> {
  const run = await runNotebook(createNotebook(cells.map((code) => ["code", code] as const)), {
    cwd,
  });
  assert.ok(run.ok, JSON.stringify(run.cells));
  return run.notebook;
}

async function faults(notebook: Notebook): Promise<string[]> {
  const { faults } = await verifyNotebook(notebook, { cwd });
  return faults.map(({ cell, message }) => `${cell}: ${message}`);
}

const TENSORS = [
  `import { randomNormal, seed, tidy, useDevice } from "@tome/tome/tensor";\n` +
  `await useDevice("cpu");\nseed(1);`,
  `const kept = { list: [randomNormal([2, 3])] };\n` +
  `const total = tidy(() => randomNormal([4]).add(1).sum());\n` +
  `console.log("sum", (await total.data())[0], "in", performance.now().toFixed(3), "ms");`,
];

Deno.test("verifyNotebook() passes a notebook that shows what it showed and keeps only what it names", async () => {
  const notebook = await committed(...TENSORS);
  assert.match(JSON.stringify(notebook.cells[1]!.outputs), /sum -?\d/);
  assert.deepEqual(await faults(notebook), []);
});

Deno.test("verifyNotebook() fails for a planted leak", async () => {
  const notebook = await committed(
    ...TENSORS,
    `for (let i = 0; i < 3; i++) kept.list[0].add(i);\nundefined`,
  );
  const [fault, ...rest] = await faults(notebook);
  assert.match(fault!, /^0: it leaks: 3 tensors are left that nothing can reach, and 0 may be/);
  assert.deepEqual(rest, []);
  notebook.metadata.tome = { tensors: 3 };
  assert.deepEqual(await faults(notebook), []);
});

Deno.test("verifyNotebook() fails for a planted changed number, a planted error and a lost output", async () => {
  const notebook = await committed("const x = 7;\nx / 9", `console.log("loss", x / 3)`);
  const change = (edit: (notebook: Notebook) => void) => {
    const changed = structuredClone(notebook);
    edit(changed);
    return faults(changed);
  };
  assert.deepEqual(await change(() => {}), []);
  assert.deepEqual(
    await change(({ cells }) => {
      (cells[1]!.outputs![0] as { text: string }).text = "loss 2.43\n";
    }),
    ["2: stdout: the number 2.43 became 2.3333333333333335 (rtol 0.001, atol 0.000001)"],
  );
  assert.deepEqual(
    await change(({ cells }) => cells[1]!.source = `throw new TypeError("planted")`),
    ["2: TypeError: planted"],
  );
  assert.deepEqual(
    await change(({ cells }) => cells[1]!.source = "x;\nundefined"),
    ["2: stdout was printed and is not any more"],
  );
  assert.deepEqual(
    await change(({ cells }) => cells[0]!.source = "const x = 7;"),
    ["1: 1 outputs were shown and 0 are"],
  );
  assert.deepEqual(
    await change(({ cells }) => cells[0]!.metadata.tags = ["raises-exception"]),
    ["1: it must throw, as its tag raises-exception says, but does not"],
  );
});
