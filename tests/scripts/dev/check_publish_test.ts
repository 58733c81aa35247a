import assert from "node:assert/strict";
import { publishedFiles, rewrite } from "../../../scripts/dev/check_publish.ts";

Deno.test("publishedFiles() reads the list of deno publish", () => {
  const output = [
    "Checking for slow types in the public API...",
    "Simulating publish of @tome/tome@0.1.0 with files:",
    "   file:///srv/tome/lib/a%20b.wgsl (6B)",
    "   file:///srv/tome/mod.ts (1.23KB)",
    "Success Dry run complete",
  ].join("\n");
  assert.deepEqual(publishedFiles(output, "/srv/tome"), ["lib/a b.wgsl", "mod.ts"]);
});

Deno.test("rewrite() puts other specifiers in place of the quoted ones, several on a line", () => {
  const text = `import a from "x"; import b from 'yy';\nawait import("x");`;
  const at = (line: number, start: number, end: number, specifier: string) => ({
    start: { line, character: start },
    end: { line, character: end },
    specifier,
  });
  assert.equal(
    rewrite(text, [
      at(0, 14, 17, "npm:x@1"),
      at(0, 33, 37, "npm:yy@2"),
      at(1, 13, 16, "npm:x@1"),
    ]),
    `import a from "npm:x@1"; import b from "npm:yy@2";\nawait import("npm:x@1");`,
  );
});
