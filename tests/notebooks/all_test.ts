import assert from "node:assert/strict";
import { notebooksIn, tableOfNotebooks, testNotebooks } from "../_support/notebooks.ts";

testNotebooks("");

const FOLDERS = [...Deno.readDirSync(new URL("../../notebooks/", import.meta.url))]
  .filter(({ isDirectory, name }) => isDirectory && !name.startsWith(".")).map(({ name }) => name);

Deno.test("notebooks/README.md lists every notebook", async () => {
  const table = await tableOfNotebooks();
  for (const name of ["", ...FOLDERS].flatMap(notebooksIn)) {
    assert.ok(table.includes(`(${name})`), `${name} is not in the table`);
  }
});

Deno.test("Every folder of notebooks/ has a test of its own", async () => {
  for (const folder of FOLDERS) {
    const file = new URL(`./${folder}_test.ts`, import.meta.url);
    assert.ok((await Deno.readTextFile(file)).includes(`testNotebooks("${folder}")`));
  }
});
