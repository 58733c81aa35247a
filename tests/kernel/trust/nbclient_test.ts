import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { installKernel } from "@tome/tome/display";
import { createNotebook, formatNotebook, type Output, parseNotebook } from "@tome/tome/notebook";
import { findPython } from "../../_support/python.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const KERNEL = "tome-nbclient";

/** Programs that run a notebook and stop listening to a cell when the kernel says that it has ended. */
const RUNNERS = {
  nbclient: [
    "-c",
    "import nbclient, nbformat, sys; notebook = nbformat.read(sys.stdin, 4); " +
    `nbclient.execute(notebook, kernel_name="${KERNEL}", timeout=300); ` +
    "nbformat.write(notebook, sys.stdout)",
  ],
  nbconvert: [
    ...["-m", "nbconvert", "--to=notebook", "--execute", "--stdin", "--stdout"],
    ...[`--ExecutePreprocessor.kernel_name=${KERNEL}`, "--ExecutePreprocessor.timeout=300"],
  ],
};

/** Runs cells in our kernel, after one that imports the library. */
async function run(python: string, runner: string[], cells: string[]): Promise<Output[][]> {
  const prefix = await Deno.makeTempDir();
  try {
    await installKernel({ prefix, name: KERNEL });
    const notebook = createNotebook([
      ["code", `import "@tome/tome/display"; undefined`],
      ...cells.map((cell) => ["code", cell] as ["code", string]),
    ]);
    const child = new Deno.Command(python, {
      args: runner,
      cwd: ROOT,
      env: { JUPYTER_PATH: `${prefix}/share/jupyter`, XDG_RUNTIME_DIR: prefix },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(formatNotebook(notebook)));
    await writer.close();
    const { success, stdout, stderr } = await child.output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const [first, ...rest] = parseNotebook(new TextDecoder().decode(stdout)).cells;
    assert.deepEqual(first!.outputs, []);
    return rest.map((cell) => cell.outputs ?? []);
  } finally {
    await Deno.remove(prefix, { recursive: true });
  }
}

/** What a cell has for outputs, each as a text. */
function texts(outputs: Output[]): string[] {
  return outputs.map((output) => {
    switch (output.output_type) {
      case "stream":
        return `${output.name}: ${output.text}`;
      case "error":
        return `error: ${output.evalue}`;
      default:
        return `${output.output_type}: ${output.data["text/plain"]}`;
    }
  });
}

/** Two hundred cells of a line, of five kinds, and what each has to show. */
const LINES = Array.from({ length: 200 }, (_, i): [code: string, shown: string] =>
  ([
    [`${i} + 1`, `execute_result: ${i + 1}`],
    [`console.log("line", ${i})`, `stdout: line ${i}\n`],
    [
      `await Deno.jupyter.display({ "text/plain": "shown ${i}" }, { raw: true })`,
      `display_data: shown ${i}`,
    ],
    [`console.error("warning", ${i})`, `stderr: warning ${i}\n`],
    [`${i} / 0`, `execute_result: Infinity`],
  ] as [string, string][])[i % 5]!);

for (const [name, runner] of Object.entries(RUNNERS)) {
  Deno.test(`${name} loses no output of 200 cells of a line and of 20 cells of 1,000 prints`, async () => {
    const python = await findPython(name);
    if (!python) {
      // deno-lint-ignore no-console
      console.log(`${name}: not run, as there is no Python with it (TOME_PYTHON names one)`);
      return;
    }
    const lines = await run(python, runner, LINES.map(([code]) => code));
    assert.deepEqual(lines.map(texts), LINES.map(([, shown]) => [shown]));

    const prints = (cell: number) => Array.from({ length: 1000 }, (_, i) => `${cell}: ${i}\n`);
    const cells = await run(
      python,
      runner,
      Array.from(
        { length: 20 },
        (_, cell) => `for (let i = 0; i < 1000; i++) console.log("${cell}: " + i); "end ${cell}"`,
      ),
    );
    assert.deepEqual(
      cells.map(texts),
      cells.map((_, cell) => [
        `stdout: ${prints(cell).join("")}`,
        `execute_result: "end ${cell}"`,
      ]),
    );
    assert.equal(cells.length, 20);
  });
}
