import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { findPython } from "../../_support/python.ts";
import { runScript } from "../../scripts/_run.ts";

/** How a test of the suite ended. */
interface Ended {
  name: string;
  how: string;
  parts: string[];
  why: string[];
}

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The table of the map, a line for each test of the suite. */
async function documented(): Promise<{ row: string; why: string }[]> {
  const map = await Deno.readTextFile(`${ROOT}.github/ARCHITECTURE.md`);
  const [section] = map.split("## The Jupyter kernel\n")[1]!.split("\n## ");
  return [...section!.matchAll(/^\| `(\w+)` +\| (.*) \|$/gm)].map(([, name, rest]) => {
    const [how, parts, why] = rest!.split("|").map((cell) => cell.trim());
    return { row: `${name} ${how} ${parts}`.trim(), why: why! };
  });
}

Deno.test("jupyter_kernel_test ends with our kernel as the map says", async () => {
  const python = await findPython("jupyter_kernel_test");
  if (!python) {
    // deno-lint-ignore no-console
    console.log(
      "jupyter_kernel_test: not run, as there is no Python with it (TOME_PYTHON names one)",
    );
    return;
  }
  const prefix = await Deno.makeTempDir();
  try {
    const name = "tome-suite";
    const installed = await runScript("install_kernel", [`--prefix=${prefix}`, `--name=${name}`]);
    assert.equal(installed.code, 0, installed.stderr);
    const { success, stdout, stderr } = await new Deno.Command(python, {
      args: [`${ROOT}tests/kernel/install/kernel_suite.py`, name],
      cwd: ROOT,
      env: { JUPYTER_PATH: `${prefix}/share/jupyter`, XDG_RUNTIME_DIR: prefix },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const ended = new TextDecoder().decode(stdout).trim().split("\n")
      .map((line) => JSON.parse(line) as Ended);
    for (const { name, how, parts, why } of ended) {
      const where = parts.length ? ` in ${parts.join(", ")}` : "";
      const reason = why.length ? `: ${why.join("; ")}` : "";
      // deno-lint-ignore no-console
      console.log(`jupyter_kernel_test: ${name} ${how}${where}${reason}`);
    }
    const table = await documented();
    assert.deepEqual(
      ended.map(({ name, how, parts }) => `${name} ${how} ${parts.join(", ")}`.trim()),
      table.map(({ row }) => row),
    );
    for (const { row, why } of table) assert.equal(why === "", row.endsWith(" passed"), row);
  } finally {
    await Deno.remove(prefix, { recursive: true });
  }
});
