import assert from "node:assert/strict";
import { readNotebook, verifyNotebook } from "@tome/tome/notebook";

const FOLDER = new URL("../../notebooks/", import.meta.url);

/** The notebooks in a folder of `notebooks/`, or in itself, by their paths from there. */
export function notebooksIn(folder: string): string[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  return [...Deno.readDirSync(new URL(prefix, FOLDER))]
    .filter(({ name }) => name.endsWith(".ipynb")).map(({ name }) => `${prefix}${name}`).sort();
}

/** Declares a test for each notebook in a folder; each folder has a file, so that they run side by side. */
export function testNotebooks(folder: string): void {
  for (const name of notebooksIn(folder)) {
    Deno.test(`notebooks/${name} gives again what is committed, and leaves no tensor behind`, async () => {
      const path = new URL(name, FOLDER);
      const { faults } = await verifyNotebook(await readNotebook(path.pathname), {
        cwd: new URL(".", path).pathname,
      });
      assert.deepEqual(faults, []);
    });
  }
}

/** The table of contents. */
export function tableOfNotebooks(): Promise<string> {
  return Deno.readTextFile(new URL("README.md", FOLDER));
}
