/**
 * Runs, checks, verifies, strips, makes, exports and lists notebooks, without Python or Jupyter.
 *
 *     deno run -A scripts/notebooks.ts list
 *     deno run -A scripts/notebooks.ts run notebooks/00_start.ipynb      # writes the outputs into the file
 *     deno run -A scripts/notebooks.ts check                             # syntax, types and lint; nothing runs
 *     deno run -A scripts/notebooks.ts verify                            # runs and compares with what is committed
 *     deno run -A scripts/notebooks.ts strip notebooks/000_future
 *     deno run -A scripts/notebooks.ts new notebooks/try.ipynb --title="A first try"
 *     deno run -A scripts/notebooks.ts export --out=site
 *
 * After the command come files and folders; without any, it is all of `notebooks/`. A notebook runs in its own folder, in a
 * kernel of its own. The status is 1 if a notebook fails: `run` and `verify` fail if a cell throws where its tag
 * `raises-exception` does not say so; `verify` also if a cell no longer shows what it showed, or if tensors leak.
 *
 * Least permissions: --allow-read --allow-write --allow-run --allow-net --allow-env --allow-sys.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  checkNotebooks,
  createNotebook,
  exportNotebook,
  type Notebook,
  readNotebook,
  runNotebook,
  stripNotebook,
  verifyNotebook,
  writeNotebook,
} from "@tome/tome/notebook";
import { checkFlags, type Flag, FlagError, readFlags, refuse, run } from "./_flags.ts";

const COMMANDS = ["run", "check", "verify", "strip", "new", "export", "list"] as const;

const FLAGS = {
  out: { type: "string", help: "folder for the pages of export (beside each notebook)" },
  title: { type: "string", help: "the heading of a new notebook", default: "Untitled" },
  timeout: { type: "number", help: "seconds that a cell may run", default: 120, min: 1 },
  rtol: { type: "number", help: "relative tolerance of verify", default: 1e-3, min: 0 },
  atol: { type: "number", help: "absolute tolerance of verify", default: 1e-6, min: 0 },
  keepGoing: { type: "boolean", help: "run the cells after one that failed" },
  static: { type: "boolean", help: "export without the scripts of outputs" },
  json: { type: "boolean", help: "print one JSON object for each notebook" },
} as const satisfies Record<string, Flag>;

if (Deno.args.includes("--help") || Deno.args.includes("-h")) readFlags(import.meta.url, FLAGS);

const words = Deno.args.filter((arg) => !arg.startsWith("-"));
const [command, ...paths] = words as [typeof COMMANDS[number] | undefined, ...string[]];
const flags = readOrRefuse();

function readOrRefuse() {
  try {
    const read = checkFlags(FLAGS, Deno.args.filter((arg) => arg.startsWith("-")));
    if (command === undefined || !COMMANDS.includes(command)) {
      throw new FlagError(
        `the first word must be one of ${COMMANDS.join(", ")}: it is ${command ?? "missing"}`,
      );
    }
    if (command === "new" && (paths.length !== 1 || !paths[0]!.endsWith(".ipynb"))) {
      throw new FlagError("new needs one file that ends in .ipynb");
    }
    return read;
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    refuse(import.meta.url, error.message);
  }
}

/** What one command makes of one notebook: lines to print; what went wrong is in `faults`. */
interface Outcome {
  faults: string[];
  note?: string;
}

/** Notebooks in files and folders, in order of their names. */
async function findNotebooks(places: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const place of places) {
    const { isDirectory } = await Deno.stat(place).catch((error) => {
      if (error instanceof Deno.errors.NotFound) refuse(import.meta.url, `there is no ${place}`);
      throw error;
    });
    if (!isDirectory) {
      found.push(place);
      continue;
    }
    const entries = [...Deno.readDirSync(place)].map(({ name, isDirectory }) =>
      [`${place.replace(/\/$/, "")}/${name}`, isDirectory] as const
    ).filter(([path]) => !/\/(\.[^/]*|node_modules)$/.test(path)).sort();
    for (const [path, isDirectory] of entries) {
      if (isDirectory) found.push(...await findNotebooks([path]));
      else if (path.endsWith(".ipynb")) found.push(path);
    }
  }
  return found;
}

function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) || "/" : ".";
}

const stopped = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => {
    stopped.abort();
    Deno.exit(signal === "SIGINT" ? 130 : 143); // the kernel ends with this process
  });
}

/** How a notebook is run, with its progress on standard error. */
function runOptions(path: string) {
  const terminal = Deno.stderr.isTerminal() && !flags.json;
  return {
    cwd: folderOf(path),
    timeoutMillis: flags.timeout * 1000,
    keepGoing: flags.keepGoing,
    signal: stopped.signal,
    onCell: ({ number, count }: { number: number; count: number }) => {
      if (!terminal) return;
      Deno.stderr.writeSync(
        new TextEncoder().encode(`\r${path}: cell ${number} of ${count}\x1b[K`),
      );
      if (number === count) Deno.stderr.writeSync(new TextEncoder().encode("\r\x1b[K"));
    },
  };
}

const seconds = (millis: number) => `${(millis / 1000).toFixed(1)} s`;
const named = (cell: number, what: string) => cell ? `cell ${cell}: ${what}` : what;

/** Checks all notebooks at once, as each would wait for a compiler of its own. */
async function checkAll(paths: readonly string[]): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const read: [string, Notebook][] = [];
  for (const path of paths) {
    await readNotebook(path).then((notebook) => read.push([path, notebook]), (error) => {
      if (!(error instanceof Error)) throw error;
      outcomes.set(path, { faults: [error.message] });
    });
  }
  const found = await checkNotebooks(
    read.map(([path, notebook]) => ({ notebook, cwd: folderOf(path) })),
  );
  for (const [i, [path]] of read.entries()) {
    const faults = found[i]!.map(({ kind, cell, line, column, message }) =>
      `${cell ? `cell ${cell}:${line}:${column}: ` : ""}${kind}: ${message}`
    );
    outcomes.set(path, { faults });
  }
  return outcomes;
}

type OneByOne = Exclude<typeof COMMANDS[number], "check">;

const WORK: Record<OneByOne, (path: string) => Promise<Outcome>> = {
  async run(path) {
    const start = performance.now();
    const done = await runNotebook(await readNotebook(path), runOptions(path));
    await writeNotebook(path, done.notebook);
    return {
      faults: done.cells.flatMap(({ number, fault }) => fault ? [named(number, fault)] : []),
      note: `${done.cells.length} cells in ${seconds(performance.now() - start)}`,
    };
  },
  async verify(path) {
    const start = performance.now();
    const { faults, run } = await verifyNotebook(await readNotebook(path), {
      ...runOptions(path),
      rtol: flags.rtol,
      atol: flags.atol,
    });
    return {
      faults: faults.map(({ cell, message }) => named(cell, message)),
      note: `${run.cells.length} cells in ${seconds(performance.now() - start)}`,
    };
  },
  async strip(path) {
    await writeNotebook(path, stripNotebook(await readNotebook(path)));
    return { faults: [] };
  },
  async new(path) {
    const exists = await Deno.stat(path).then(() => true, () => false);
    if (exists) return { faults: ["it is there already"] };
    await Deno.mkdir(folderOf(path), { recursive: true });
    await writeNotebook(
      path,
      createNotebook([
        ["markdown", `# ${flags.title}\n\nWhat this notebook shows, in a sentence.\n`],
        [
          "code",
          `import { seed, useDevice } from "@tome/tome/tensor";\nimport "@tome/tome/display";\n\n` +
          `await useDevice("auto");\nseed(1);`,
        ],
        ["markdown", "## From scratch\n"],
        ["code", "const answer = [1, 2, 3].reduce((sum, x) => sum + x);\nanswer"],
        ["markdown", "## What to try\n\n- Change a number above, and run the cell again.\n"],
      ]),
    );
    return { faults: [] };
  },
  async export(path) {
    const folder = folderOf(path);
    const page = await exportNotebook(await readNotebook(path), {
      scripts: !flags.static,
      readPicture: (name) =>
        Deno.readFile(`${folder}/${name}`).catch((error) => {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
          return undefined;
        }),
    });
    const name = path.replace(/\.ipynb$/, ".html").replace(/^(\.{0,2}\/)+/, "");
    const file = flags.out === undefined
      ? path.replace(/\.ipynb$/, ".html")
      : `${flags.out}/${name.replace(/^notebooks\//, "")}`;
    await Deno.mkdir(folderOf(file), { recursive: true });
    await Deno.writeTextFile(file, page);
    return { faults: [], note: `→ ${file}, ${Math.ceil(page.length / 1000)} kB` };
  },
  async list(path) {
    const { cells, metadata } = await readNotebook(path);
    const code = cells.filter((cell) => cell.cell_type === "code");
    const shown = code.filter((cell) => cell.outputs?.length).length;
    const heading =
      cells.map((cell) =>
        cell.cell_type === "markdown" ? /^#+\s+(.*)/m.exec(cell.source)?.[1] : undefined
      ).find(Boolean) ?? "(no heading)";
    const minutes = metadata.tome?.minutes;
    return {
      faults: [],
      note: `${heading}; ${code.length} code cells, ${shown} with outputs${
        minutes === undefined ? "" : `; ${minutes} min`
      }`,
    };
  },
};

await run(async () => {
  const notebooks = command === "new"
    ? paths
    : await findNotebooks(paths.length ? paths : ["notebooks"]);
  if (notebooks.length === 0) refuse(import.meta.url, "there are no notebooks there");
  let failed = 0;
  const checked = command === "check" ? await checkAll(notebooks) : undefined;
  const work = (path: string): Outcome | Promise<Outcome> =>
    checked?.get(path) ?? WORK[command as OneByOne](path).catch((error): Outcome => {
      if (!(error instanceof Error)) throw error;
      return { faults: [error.message] };
    });
  for (const path of notebooks) {
    const { faults, note } = await work(path);
    if (faults.length) failed++;
    if (flags.json) {
      console.log(JSON.stringify({ command, path, ok: !faults.length, faults, note }));
    } else {
      console.log(`${faults.length ? "✗" : "✓"} ${path}${note ? `: ${note}` : ""}`);
      for (const fault of faults) console.log(`    ${fault.replaceAll("\n", "\n    ")}`);
    }
  }
  if (!flags.json && notebooks.length > 1) {
    console.log(`${notebooks.length - failed} passed, ${failed} failed`);
  }
  if (failed) Deno.exit(1);
});
