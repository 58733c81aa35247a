import assert from "node:assert/strict";
import { assertFails, inBookFolder, namesIn, runScript, testManual } from "./_run.ts";

testManual("notebooks");

Deno.test("notebooks.ts makes, runs, lists, exports and strips a notebook", async () => {
  await inBookFolder(async (cwd) => {
    const config = new URL("../../deno.json", import.meta.url).pathname;
    await Deno.copyFile(config, `${cwd}/deno.json`);
    const ask = async (...args: string[]) => {
      const { code, stdout, stderr } = await runScript("notebooks", args, { cwd });
      assert.deepEqual([code, stderr], [0, ""], stdout);
      return stdout;
    };
    await ask("new", "notebooks/a/b.ipynb", "--title=A first try");
    const path = `${cwd}/notebooks/a/b.ipynb`;
    const notebook = JSON.parse(await Deno.readTextFile(path));
    notebook.cells = notebook.cells.slice(2);
    await Deno.writeTextFile(path, JSON.stringify(notebook));
    assert.match(await ask("run"), /^✓ notebooks\/a\/b\.ipynb: 1 cells in \d/);
    assert.match(await Deno.readTextFile(path), /"text\/plain": \[\n +"6"/);
    assert.match(await ask("list"), /b\.ipynb: From scratch; 1 code cells, 1 with outputs\n$/);
    assert.match(await ask("verify", path), /^✓ /);
    assert.match(await ask("export", "--out=site"), /→ site\/a\/b\.html, \d+ kB/);
    assert.deepEqual(namesIn(`${cwd}/site/a`), ["b.html"]);
    await ask("strip", "notebooks");
    assert.doesNotMatch(await Deno.readTextFile(path), /"text\/plain"/);
  });
});

Deno.test("notebooks.ts ends with status 1 and the cell if a notebook fails", async () => {
  await inBookFolder(async (cwd) => {
    const cell = (id: string, source: string) => ({
      cell_type: "code",
      id,
      metadata: {},
      source,
      outputs: [],
      execution_count: null,
    });
    const write = (name: string, ...cells: unknown[]) =>
      Deno.writeTextFile(
        `${cwd}/${name}.ipynb`,
        JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }),
      );
    await write("good", cell("a", "const one = 1;"));
    await write("bad", cell("a", "const one = 1;"), cell("b", "throw new TypeError('planted')"));
    await Deno.writeTextFile(`${cwd}/broken.ipynb`, "{");
    const { code, stdout } = await runScript("notebooks", ["run", "."], { cwd });
    assert.equal(code, 1);
    assert.match(stdout, /^✗ \.\/bad\.ipynb: 2 cells in .*\n {4}cell 2: TypeError: planted\n/);
    assert.match(
      stdout,
      /✗ \.\/broken\.ipynb\n {4}Cannot read \.\/broken\.ipynb as it must be JSON/,
    );
    assert.match(stdout, /✓ \.\/good\.ipynb/);
    assert.match(stdout, /1 passed, 2 failed\n$/);
    await write("bad", cell("a", "const one = ;"));
    const check = await runScript("notebooks", ["check", "bad.ipynb", "--json"], { cwd });
    assert.equal(check.code, 1);
    assert.deepEqual(JSON.parse(check.stdout).faults, [
      "cell 1:1:13: syntax: SyntaxError: Expression expected",
    ]);
  });
});

Deno.test("notebooks.ts says what it needs", async () => {
  const cases: [string[], RegExp][] = [
    [["frob"], /the first word must be one of run, check, .*: it is frob/],
    [[], /: it is missing/],
    [["run", "nowhere.ipynb"], /there is no nowhere\.ipynb/],
    [["new", "a.txt"], /new needs one file that ends in \.ipynb/],
  ];
  for (const [args, message] of cases) await assertFails("notebooks", args, { code: 2, message });
});
