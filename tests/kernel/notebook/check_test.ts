import assert from "node:assert/strict";
import { checkNotebook, checkNotebooks, createNotebook, type Finding } from "@tome/tome/notebook";

const cwd = new URL("../../../scripts", import.meta.url).pathname;

async function check(...cells: string[]): Promise<string[]> {
  const code = cells.map((cell) => ["code", cell] as const);
  const found = await checkNotebook(createNotebook([["markdown", "# A"], ...code]), { cwd });
  return found.map(({ kind, cell, line, column, message }: Finding) =>
    `${cell}:${line}:${column} ${kind} ${message}`
  );
}

Deno.test("checkNotebook() finds nothing in right cells, whose names later cells use", async () => {
  const right = await check(
    `import { memory } from "@tome/tome/tensor";\nconst unused = 1;\nlet n: number = 2;`,
    "n = await Promise.resolve(3);\nconsole.log(memory().numTensors)",
    "(n + 1).toFixed()",
  );
  assert.deepEqual(right, []);
});

Deno.test("checkNotebook() gives each syntax error its cell, line and column", async () => {
  assert.deepEqual(await check("const a = 1;\nlet b = ;", "a", "f((]"), [
    "2:2:9 syntax SyntaxError: Expression expected",
    "4:1:4 syntax SyntaxError: Expression expected",
  ]);
});

Deno.test("checkNotebook() gives type errors, lint and names declared twice their cell and line", async () => {
  const found = await check(
    "const a: number = 1;\na",
    "\nconst b: string = a;",
    "debugger;\nconst a = 2;",
  );
  assert.ok(found.some((line) => line.startsWith("3:2:7 types TS2322: Type 'number'")), `${found}`);
  assert.ok(found.some((line) => line.startsWith("4:1:1 lint no-debugger: ")), `${found}`);
  assert.ok(found.some((line) => /^4:2:7 types .*(redeclare|already)/i.test(line)), `${found}`);
});

Deno.test("checkNotebooks() finds what is wrong in each of several notebooks, and nothing in the others", async () => {
  const code = (source: string) => createNotebook([["code", source]]);
  const found = await checkNotebooks([
    { notebook: code("const a: number = 1;\na"), cwd },
    { notebook: code('const a: number = "one";\na') },
    { notebook: code("let b = ;") },
    { notebook: createNotebook([["markdown", "# A"]]) },
    { notebook: code('import { nothing } from "./no_such_file.ts";\nnothing();') },
  ], { cwd });
  const kinds = found.map((findings) => findings.map(({ kind, cell }) => `${cell} ${kind}`));
  assert.deepEqual(kinds, [[], ["1 types"], ["1 syntax"], [], ["1 types"]]);
});
