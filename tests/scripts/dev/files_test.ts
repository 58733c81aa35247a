import assert from "node:assert/strict";
import { projectFiles } from "../../../scripts/dev/files.ts";

Deno.test("projectFiles() yields what matches and is not ignored, in order", async () => {
  const root = await Deno.makeTempDir();
  try {
    for (const folder of ["b/runs", "a", ".git", ".github"]) {
      await Deno.mkdir(`${root}/${folder}`, { recursive: true });
    }
    for (
      const path of ["b/x.ts", "b/runs/y.ts", "a/z.ts", "a/z.bin", ".git/w.ts", ".github/v.ts"]
    ) {
      await Deno.writeTextFile(`${root}/${path}`, path);
    }
    await Deno.writeTextFile(`${root}/.gitignore`, "runs/\n/node_modules/\n");
    const found = await Array.fromAsync(projectFiles(/\.ts$/, root));
    assert.deepEqual(found.map(({ path }) => path), [".github/v.ts", "a/z.ts", "b/x.ts"]);
    assert.equal(found[1]!.text, "a/z.ts");
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
