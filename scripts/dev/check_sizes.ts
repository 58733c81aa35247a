// deno-lint-ignore-file no-console
/**
 * Fails where a source file is longer than one subject is: 500 lines.
 *
 *     deno run -A scripts/dev/check_sizes.ts
 *
 * @module
 */
import { projectFiles } from "./files.ts";

/** The most lines of a source file. */
const MOST = 500;

let [count, longest] = [0, { path: "", lines: 0 }];
let failed = false;
for await (const { path, text } of projectFiles(/\.(ts|wgsl)$/)) {
  const lines = text.trimEnd().split("\n").length;
  count++;
  if (lines > longest.lines) longest = { path, lines };
  if (lines <= MOST) continue;
  failed = true;
  console.error(`${path} is too long: ${lines} lines, and at most ${MOST} make one subject`);
}
if (failed) Deno.exit(1);
console.log(`sizes: ${count} files, the longest is ${longest.path} with ${longest.lines} lines`);
