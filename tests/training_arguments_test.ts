import assert from "node:assert/strict";
import { findPython, runPython } from "./_support/python.ts";

const text = await Deno.readTextFile(new URL("../.github/HUGGING_FACE.md", import.meta.url));

/** The rows of all tables: what stands on the left, and what on the right. */
const rows = text.split("\n").filter((line) => /^\| `/.test(line)).map((line) => {
  const [, left, right] = line.split("|");
  return { left: left!, right: right! };
});

const codesOf = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);

/** Every word of the library's sources. */
async function words(folder: URL, found = new Set<string>()): Promise<Set<string>> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const url = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory) await words(url, found);
    else if (name.endsWith(".ts")) {
      for (const [word] of (await Deno.readTextFile(url)).matchAll(/[A-Za-z]\w*/g)) found.add(word);
    }
  }
  return found;
}

Deno.test("HUGGING_FACE.md names only what the library has, and says why what it has not", async () => {
  const known = await words(new URL("../lib/", import.meta.url));
  assert.ok(rows.length > 60);
  for (const { left, right } of rows) {
    const codes = codesOf(right);
    assert.ok(
      codes.length > 0 || /not offered|always|there is/.test(right),
      `${left} has neither a name nor a reason`,
    );
    assert.doesNotMatch(right, /not offered\s*$/, `${left} has no reason`);
    for (const code of codes) {
      for (const [word] of code.matchAll(/[A-Za-z]\w*/g)) {
        assert.ok(known.has(word), `${code}, beside ${left}, is nowhere in lib/`);
      }
    }
  }
});

Deno.test("HUGGING_FACE.md has each argument once", () => {
  const names = rows.flatMap(({ left }) => codesOf(left));
  assert.equal(new Set(names).size, names.length);
});

const python = await findPython("transformers", "torch");

if (!python) {
  // deno-lint-ignore no-console
  console.log(
    "HUGGING_FACE.md with the transformers package: not run, no Python has it (TOME_PYTHON names one)",
  );
} else {
  Deno.test("HUGGING_FACE.md has every argument of the transformers package", async () => {
    const program = "import dataclasses, json, transformers\n" +
      "names = [f.name for f in dataclasses.fields(transformers.TrainingArguments)]\n" +
      "print(json.dumps({'version': transformers.__version__, 'names': names}))";
    const { version, names } = await runPython(python, program, []) as {
      version: string;
      names: string[];
    };
    const [, wanted] = /\(transformers (\d+\.\d+)\)/.exec(text)!;
    if (!version.startsWith(`${wanted}.`)) {
      // deno-lint-ignore no-console
      console.log(`HUGGING_FACE.md is of transformers ${wanted}: not run, here is ${version}`);
      return;
    }
    const present = new Set(rows.flatMap(({ left }) => codesOf(left)));
    assert.deepEqual(names.filter((name) => !present.has(name)), []);
  });
}
