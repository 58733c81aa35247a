import assert from "node:assert/strict";
import { TextLineStream } from "../lib/train/_lines.ts";

/** What a script said, and how it ended. */
export interface Ended {
  /** Its exit status; 128 and the signal's number if one ended it. */
  code: number;
  /** The signal that ended it. */
  signal: Deno.Signal | null;
  /** Standard output. */
  stdout: string;
  /** Standard error, without what Deno says when it fetches packages. */
  stderr: string;
}

/** How {@link runScript} runs. */
export interface RunScriptOptions {
  /** The folder it runs in. */
  cwd?: string;
  /** What it may do. @default {["-A"]} */
  permissions?: readonly string[];
  /** What it reads on standard input. @default {nothing} */
  stdin?: string;
  /** Variables of its environment. */
  env?: Record<string, string>;
  /** Reads standard output instead of the test. */
  onStdout?: (child: Deno.ChildProcess) => Promise<unknown>;
  /** Called with each line on standard error, as it comes. */
  onLine?: (line: string, child: Deno.ChildProcess) => void;
}

/** Where a script lies. */
export function scriptUrl(name: string): URL {
  return new URL(`../../scripts/${name}.ts`, import.meta.url);
}

/** Runs a script in a process of its own. */
export async function runScript(
  name: string,
  args: readonly string[],
  options: RunScriptOptions = {},
): Promise<Ended> {
  const { cwd, permissions = ["-A"], stdin, env = {}, onLine, onStdout } = options;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, scriptUrl(name).pathname, ...args],
    env: { NO_COLOR: "1", ...env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...(cwd === undefined ? {} : { cwd }),
  }).spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  const errors: string[] = [];
  const [stdout, { code, signal }] = await Promise.all([
    onStdout ? onStdout(child).then(() => "") : new Response(child.stdout).text(),
    child.status,
    (async () => {
      const lines = child.stderr.pipeThrough(new TextDecoderStream())
        .pipeThrough(new TextLineStream());
      for await (const line of lines) {
        if (/^(Download|Initialize) /.test(line)) continue;
        errors.push(line);
        onLine?.(line, child);
      }
    })(),
  ]);
  return { code, signal, stdout, stderr: errors.map((line) => `${line}\n`).join("") };
}

/** Runs a script that must succeed, and gives the object in the last line that it prints. */
export async function runForJson<T>(
  name: string,
  args: readonly string[],
  options: RunScriptOptions = {},
): Promise<T> {
  const { code, stdout, stderr } = await runScript(name, [...args, "--json"], options);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as T;
}

/** Fails unless a script ends with a status and one line on standard error that matches, and prints nothing else. */
export async function assertFails(
  name: string,
  args: readonly string[],
  expected: { code: number; message: RegExp } & RunScriptOptions,
): Promise<void> {
  const { code, stdout, stderr } = await runScript(name, args, expected);
  assert.match(stderr, expected.message);
  assert.equal(stderr.trimEnd().split("\n").length, 1, `one line: ${stderr}`);
  assert.equal(stdout, "");
  assert.equal(code, expected.code);
}

/** Declares the tests that every script passes: its manual, and what it says of wrong flags. */
export function testManual(name: string): void {
  Deno.test(`${name}.ts --help prints its manual and every flag`, async () => {
    const source = await Deno.readTextFile(scriptUrl(name));
    const flags = [...source.matchAll(/^ {2}(\w+): \{\s+type: "(\w+)"/gm)];
    assert.ok(flags.length > 3);
    const { code, stdout, stderr } = await runScript(name, ["--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    for (const [, flag, type] of flags) {
      assert.match(stdout, new RegExp(`^  --${flag}${type === "boolean" ? " " : "="}`, "m"));
    }
    assert.match(stdout, new RegExp(`deno run -A scripts/${name}\\.ts`));
    assert.match(stdout, /^Least permissions: --allow-read/m);
    assert.doesNotMatch(stdout, /\*|@module/);
  });

  Deno.test(`${name}.ts ends with one line and status 2 if a flag is wrong`, async () => {
    await assertFails(name, ["--jsn"], {
      code: 2,
      message: /^Cannot run \w+\.ts as there is no flag --jsn; did you mean --json\?/,
    });
  });
}

/** The permissions in a script's manual: those it needs, and those that are for something extra. */
export async function leastPermissions(
  name: string,
): Promise<{ needed: string[]; extra: string[] }> {
  const source = await Deno.readTextFile(scriptUrl(name));
  const [, line] = /^ \* Least permissions: (.*)\.$/m.exec(source)!;
  const found = [...line!.matchAll(/(--allow-\S+)( \(for)?/g)];
  const those = (extra: boolean) =>
    found.filter((match) => (match[2] !== undefined) === extra).map((match) => match[1]!);
  return { needed: those(false), extra: those(true) };
}

const PARAGRAPH =
  `The tide came in before the lamps were lit, and the old keeper counted the boats as they passed.
None was missing. He wrote the number in the book, and the weather beside it: wind from the west, a clear sky.
"Thirty-one," he said to nobody; then he climbed the hundred and twelve steps, as on every evening, to light the lamp.
`;

/** A text of some kB. */
export const BOOK: string = PARAGRAPH.repeat(12);

/** The flags of a model and a run that take a second. */
export const TINY: readonly string[] = [
  "--layers=1",
  "--heads=2",
  "--width=16",
  "--context=16",
  "--batch=4",
];

/** Runs a test in a folder of its own, which holds a text, `book.txt`. */
export async function inBookFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/book.txt`, BOOK);
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The names in a folder, sorted. */
export function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}
