import assert from "node:assert/strict";
import { readNotebook, verifyNotebook } from "@tome/tome/notebook";

const FOLDER = new URL("../notebooks/", import.meta.url);

/** Every notebook below a folder, by its path from there. */
function* notebooks(folder: URL, path = ""): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* notebooks(new URL(`${name}/`, folder), `${path}${name}/`);
    else if (name.endsWith(".ipynb")) yield `${path}${name}`;
  }
}

const names = [...notebooks(FOLDER)].sort();

for (const name of names) {
  Deno.test(`notebooks/${name} gives again what is committed, and leaves no tensor behind`, async () => {
    const path = new URL(name, FOLDER).pathname;
    const { faults } = await verifyNotebook(await readNotebook(path), {
      cwd: new URL(".", new URL(name, FOLDER)).pathname,
    });
    assert.deepEqual(faults, []);
  });
}

Deno.test("notebooks/README.md lists every notebook", async () => {
  const table = await Deno.readTextFile(new URL("README.md", FOLDER));
  for (const name of names) assert.ok(table.includes(`(${name})`), `${name} is not in the table`);
});
