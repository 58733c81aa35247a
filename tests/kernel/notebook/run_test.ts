import assert from "node:assert/strict";
import { createNotebook, formatNotebook, runNotebook } from "@tome/tome/notebook";

const cwd = new URL("../../../scripts", import.meta.url).pathname;

Deno.test("runNotebook() heeds tags, keeps machine and counts out of the file, and is the same twice", async () => {
  const notebook = createNotebook([
    ["code", `console.log("a"); console.warn("b"); console.log("c")`],
    ["code", `import { ShapeError, checkShape } from "@tome/tome/tensor"; checkShape`],
    ["code", `throw new ShapeError("none", [1], [2])`],
    ["code", "Deno.exit(1)"],
    ["code", "Deno.cwd().split('/').at(-1)"],
  ]);
  notebook.cells[2]!.metadata.tags = ["raises-exception"];
  notebook.cells[3]!.metadata.tags = ["skip-execution"];
  const first = await runNotebook(notebook, { cwd });
  assert.ok(first.ok, JSON.stringify(first.cells));
  assert.deepEqual(first.cells.map(({ number }) => number), [1, 2, 3, 5]);
  const [printed, , thrown, skipped, last] = first.notebook.cells;
  assert.deepEqual(printed!.outputs!.length, 3);
  assert.equal(thrown!.outputs![0]!.output_type, "error");
  assert.deepEqual(skipped!.outputs, []);
  assert.deepEqual(last!.outputs, [{
    output_type: "execute_result",
    data: { "text/plain": '"scripts"' },
    metadata: {},
    execution_count: null,
  }]);
  const text = formatNotebook(first.notebook);
  assert.doesNotMatch(text, /file:\/\/\//);
  assert.deepEqual(notebook.cells.map(({ outputs }) => outputs), [[], [], [], [], []]);
  assert.equal(formatNotebook((await runNotebook(notebook, { cwd })).notebook), text);
});

Deno.test("runNotebook() stops at a cell that fails, dies or takes too long, and says which", async () => {
  const run = async (source: string, keepGoing = false, timeoutMillis = 60_000) => {
    const notebook = createNotebook([["code", source], ["code", "'after'"]]);
    const { ok, cells } = await runNotebook(notebook, { cwd, timeoutMillis, keepGoing });
    assert.ok(!ok);
    return cells.map(({ number, fault }) => `${number}: ${fault ?? "ok"}`);
  };
  assert.deepEqual(await run("throw new RangeError('planted')"), ["1: RangeError: planted"]);
  assert.deepEqual(await run("throw new RangeError('planted')", true), [
    "1: RangeError: planted",
    "2: ok",
  ]);
  assert.match(
    (await run("for (;;);", true, 300)).join(),
    /^1: Cannot wait .* run the cell: 300 ms over$/,
  );
  assert.match((await run("Deno.exit(4)", true)).join(), /^1: Cannot go on as .* status 4/);
});
