// deno-lint-ignore-file no-console
/**
 * Fails where a file names what a reader of the project cannot have, or leaves something undone: absolute paths of one
 * machine, unfinished business, skipped tests, secrets.
 *
 *     deno run -A scripts/dev/check_words.ts
 *
 * @module
 */
import { projectFiles } from "./files.ts";

/** What may not occur, and why. */
const FORBIDDEN: [RegExp, string][] = [
  [/(?<![\w.:/])\/(?:work|root|home|opt\/ref|Users)\/[\w.-]+/, "a path of one machine"],
  [/(?<![\w.])(?:\.\.\/)+shared\//, "a path outside the project"],
  [/(?<![\w])[A-Z]:\\\\?Users\\/, "a path of one machine"],
  [/\b(?:TO)DO\b|\bFIX(?:ME)\b|\bX{3}\b|\bHA(?:CK)\b/, "something undone"],
  [
    /\bDeno\.test\.(?:ignore|only)\b|\b(?:ignore|only): true\b/,
    "a test that is skipped, or runs alone",
  ],
  [/\b(?:hf_|ghp_|npm_)\w{30,}|\bAKIA[0-9A-Z]{16}\b|-----BEGIN \w* ?PRIVATE KEY/, "a secret"],
  [/^(?:<{7}|>{7}|={7})(?: |$)/, "an unfinished merge"],
];

/** The faults of a text, each with its line. */
export function faults(path: string, text: string): string[] {
  const found: string[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    for (const [pattern, what] of FORBIDDEN) {
      const match = line.match(pattern);
      if (match) found.push(`${path}:${i + 1} holds ${what}: ${match[0]}`);
    }
  }
  return found;
}

if (import.meta.main) {
  let count = 0;
  const all: string[] = [];
  for await (
    const { path, text } of projectFiles(
      /\.(ts|tsx|wgsl|md|json|jsonc|yml|sh|py|svg|html)$|^\.ci\//,
    )
  ) {
    if (/^(deno\.lock|tests\/scripts\/dev\/check_words_test\.ts)$/.test(path)) continue;
    count++;
    all.push(...faults(path, text));
  }
  for (const fault of all) console.error(fault);
  if (all.length) Deno.exit(1);
  console.log(`words: ${count} files, nothing foreign and nothing undone`);
}
