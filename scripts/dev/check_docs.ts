// deno-lint-ignore-file no-console
/**
 * Checks the doc comments of everything that the package exports: `deno doc --lint` over all entry points at once, and
 * that a comment's first sentence ends with a full stop.
 *
 *     deno run -A scripts/dev/check_docs.ts
 *
 * @module
 */
import { ROOT } from "./files.ts";

interface Doc {
  doc?: string;
}

interface Declaration {
  kind: string;
  declarationKind?: string;
  jsDoc?: Doc;
  location?: { filename: string; line: number };
}

interface Symbol {
  name: string;
  declarations?: Declaration[];
}

/** The faults in what `deno doc --json` says about a package. */
export function faults(nodes: Record<string, { symbols?: Symbol[] }>): string[] {
  const found = new Set<string>();
  for (const { symbols = [] } of Object.values(nodes)) {
    for (const { name, declarations = [] } of symbols) {
      for (const { declarationKind, jsDoc, location } of declarations) {
        if (declarationKind === "private" || !location?.filename.startsWith("file:")) continue;
        const doc = jsDoc?.doc?.trim();
        const at = `${location.filename.replace(/.*?\/(?=(?:lib|kernel)\/)/, "")}:${
          location.line + 1
        }`;
        if (!doc) continue; // --lint says so
        const first = doc.split(/\n\s*\n/)[0]!;
        if (!/[.!?:)`]$/.test(first)) {
          found.add(`${at} ${name}: its first paragraph ends without a full stop`);
        }
      }
    }
  }
  return [...found];
}

async function doc(args: string[]): Promise<{ success: boolean; stdout: string; stderr: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { success, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

if (import.meta.main) {
  const { exports } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`)) as {
    exports: Record<string, string>;
  };
  const entries = Object.values(exports);
  const lint = await doc(["--lint", ...entries]);
  if (!lint.success) console.error(lint.stderr || lint.stdout);
  const json = await doc(["--json", ...entries]);
  if (!json.success) console.error(json.stderr);
  const own = json.success ? faults(JSON.parse(json.stdout).nodes) : [];
  for (const fault of own) console.error(fault);
  if (!lint.success || !json.success || own.length) Deno.exit(1);
  console.log(`docs: ${entries.length} entry points, everything exported is described`);
}
