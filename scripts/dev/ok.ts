// deno-lint-ignore-file no-console
/**
 * Everything that must hold before a change is handed in, part by part.
 *
 *     deno run -A scripts/dev/ok.ts                # all parts, in order
 *     deno run -A scripts/dev/ok.ts fmt lint       # some of them
 *     deno run -A scripts/dev/ok.ts --without=test # all but some
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { ROOT } from "./files.ts";

/** The parts by name, each with the arguments of `deno`. */
const PARTS: Record<string, string[]> = {
  fmt: ["fmt", "--check", "--quiet"],
  lint: ["lint", "--quiet"],
  rooms: ["run", "-A", "scripts/dev/check_rooms.ts"],
  sizes: ["run", "-A", "scripts/dev/check_sizes.ts"],
  words: ["run", "-A", "scripts/dev/check_words.ts"],
  docs: ["run", "-A", "scripts/dev/check_docs.ts"],
  simd: ["run", "-A", "scripts/dev/simd.ts", "--check"],
  check: ["check", "--quiet", "mod.ts", "lib/", "kernel/", "scripts/", "tests/"],
  notebooks: ["run", "-A", "scripts/notebooks.ts", "check"],
  test: ["run", "-A", "scripts/dev/test.ts"],
  doctest: ["run", "-A", "scripts/dev/test.ts", "--doc"],
  publish: ["run", "-A", "scripts/dev/check_publish.ts"],
};

const flags = parseArgs(Deno.args, { string: ["without"], default: { without: "" } });
const without = flags.without.split(",");
const chosen = (flags._.length ? flags._.map(String) : Object.keys(PARTS))
  .filter((part) => !without.includes(part));
const failed: string[] = [];
for (const [i, part] of chosen.entries()) {
  const args = PARTS[part];
  if (!args) {
    console.error(
      `Cannot run ${part} as it is no part: choose of ${Object.keys(PARTS).join(", ")}`,
    );
    Deno.exit(2);
  }
  console.log(`[${i + 1}/${chosen.length}] ${part}: deno ${args.join(" ")}`);
  const start = performance.now();
  const { success } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  if (!success) failed.push(part);
  console.log(
    `[${i + 1}/${chosen.length}] ${part}: ${success ? "ok" : "FAILED"} in ${
      ((performance.now() - start) / 1e3).toFixed(1)
    } s`,
  );
}
console.log(failed.length ? `Not ok: ${failed.join(", ")}` : "All ok");
if (failed.length) Deno.exit(1);
