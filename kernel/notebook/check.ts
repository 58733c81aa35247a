/**
 * Checks notebooks without running them: syntax, types and lint, with the cell and line of each finding.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Cell, Notebook } from "./format.ts";

/** Something that a check found. */
export interface Finding {
  /** Which check found it. */
  kind: "syntax" | "types" | "lint";
  /** The number of the cell among all cells, from 1; 0 if it belongs to none. */
  cell: number;
  /** The line in the cell, from 1. */
  line: number;
  /** The column in the line, from 1. */
  column: number;
  /** What is wrong. */
  message: string;
}

/** How {@link checkNotebook} checks. */
export interface CheckOptions {
  /** The notebook's folder, which imports are relative to and `deno.json` is looked for from. @default {Deno.cwd()} */
  cwd?: string;
  /** Which checks to make. Types and lint need a right syntax. @default {["syntax", "types", "lint"]} */
  kinds?: readonly Finding["kind"][];
  /** The Deno to ask. @default {Deno.execPath()} */
  deno?: string;
}

/** The rules that a notebook may break: it prints, and leaves names for the reader. */
const EXCLUDED = "no-console,no-unused-vars,no-slow-types,no-import-prefix,no-unversioned-import";

/**
 * Checks the code cells of a notebook: each cell's syntax, then types and lint of all cells joined. A name can therefore be
 * declared in one cell only. A cell tagged `raises-exception` or `skip-execution` is checked as well.
 *
 * @param notebook The notebook.
 * @param options Where it lies, and what to check.
 * @returns What is wrong, in the order of the cells; an empty list if nothing is.
 */
export async function checkNotebook(
  notebook: Notebook,
  options: CheckOptions = {},
): Promise<Finding[]> {
  return (await checkNotebooks([{ notebook, ...(options.cwd && { cwd: options.cwd }) }], options))[
    0
  ]!;
}

/**
 * Checks several notebooks as {@link checkNotebook} does, with one compiler for all that share a `deno.json`.
 *
 * @param notebooks The notebooks, each with its folder, by default that of the options.
 * @param options What to check.
 * @returns What is wrong in each of them.
 */
export async function checkNotebooks(
  notebooks: readonly { notebook: Notebook; cwd?: string }[],
  options: CheckOptions = {},
): Promise<Finding[][]> {
  const { kinds = ["syntax", "types", "lint"], deno = Deno.execPath() } = options;
  const found: Finding[][] = [];
  const modules: (Module & { findings: Finding[] })[] = [];
  try {
    for (const { notebook, cwd = options.cwd ?? "." } of notebooks) {
      const cells = [...notebook.cells.entries()]
        .filter(([, cell]) => cell.cell_type === "code" && cell.source.trim() !== "");
      const findings = cells.length ? await checkSyntax(cells, deno) : [];
      found.push(findings);
      if (cells.length === 0 || findings.length) continue;
      const folder = resolve(cwd); // Deno runs there, and takes the file by its whole path
      const file = `${folder}/.${crypto.randomUUID().slice(0, 8)}.cells.ts`;
      const joined = join(cells);
      await Deno.writeTextFile(file, joined.source);
      modules.push({ file, joined, cwd: folder, findings });
    }
    for (const group of Map.groupBy(modules, ({ cwd }) => projectOf(cwd)).values()) {
      // a compiler that stops at one module says nothing of the others: each is asked alone then
      if (kinds.includes("types") && !await allCompile(group, deno)) {
        for (const module of group) module.findings.push(...await checkTypes(module, deno));
      }
      if (kinds.includes("lint")) {
        for (const module of group) module.findings.push(...await checkLint(module, deno));
      }
    }
    for (const findings of found) {
      findings.sort((a, b) => a.cell - b.cell || a.line - b.line || a.column - b.column);
    }
    return found;
  } finally {
    await Promise.all(modules.map(({ file }) => Deno.remove(file)));
  }
}

/** A notebook's cells, written as one module. */
interface Module {
  /** Where it is written. */
  file: string;
  /** What is written there. */
  joined: Joined;
  /** The notebook's folder. */
  cwd: string;
}

/** The nearest folder upwards that holds a `deno.json`, or the folder itself. */
function projectOf(cwd: string): string {
  for (let folder = cwd; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(`${folder}/deno.json`) || existsSync(`${folder}/deno.jsonc`)) return folder;
  }
  return cwd;
}

/** Whether the compiler has nothing to say about any of several modules of one project. */
async function allCompile(modules: readonly Module[], deno: string): Promise<boolean> {
  if (modules.length < 2) return false; // it is asked for its findings right away
  const { success } = await new Deno.Command(deno, {
    args: ["check", "--quiet", ...modules.map(({ file }) => file)],
    cwd: modules[0]!.cwd,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** The cells as one module, and where each of its lines comes from. */
interface Joined {
  source: string;
  /** The cell and line of a line of the module, from 1. */
  place(line: number): { cell: number; line: number };
}

function join(cells: readonly (readonly [number, Cell])[]): Joined {
  const lines: string[] = [], places: { cell: number; line: number }[] = [];
  for (const [index, { source }] of cells) {
    // a line of its own ends the last statement of a cell, as the end of the cell does
    const own = [...source.replace(/\n+$/, "").split("\n"), ";"];
    lines.push(...own);
    own.forEach((_, i) => places.push({ cell: index + 1, line: Math.min(i + 1, own.length - 1) }));
  }
  lines.push("export {};", "");
  return {
    source: lines.join("\n"),
    place: (line) => places[line - 1] ?? { cell: 0, line },
  };
}

async function output(deno: string, args: string[], cwd: string): Promise<[string, string]> {
  const { stdout, stderr } = await new Deno.Command(deno, {
    args,
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  return [new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)];
}

interface LintReport {
  diagnostics: {
    range: { start: { line: number; col: number } };
    message: string;
    code: string;
    hint?: string;
  }[];
  errors: { file_path: string; message: string }[];
}

function readReport(stdout: string, stderr: string): LintReport {
  try {
    return JSON.parse(stdout) as LintReport;
  } catch {
    throw new Error(`Cannot check the notebook as deno lint must report: it says ${stderr.trim()}`);
  }
}

async function checkSyntax(
  cells: readonly (readonly [number, Cell])[],
  deno: string,
): Promise<Finding[]> {
  const folder = await Deno.makeTempDir({ prefix: "tome-cells-" });
  try {
    const files = await Promise.all(cells.map(async ([index, { source }]) => {
      const file = `${folder}/${index + 1}.ts`;
      await Deno.writeTextFile(file, source);
      return file;
    }));
    const said = await output(deno, ["lint", "--no-config", "--json", ...files], folder);
    return readReport(...said).errors.map(({ file_path, message }): Finding => {
      const [, line, column] = /:(\d+):(\d+)\s*$/.exec(message) ?? [];
      return {
        kind: "syntax",
        cell: Number(/(\d+)\.ts$/.exec(file_path)?.[1] ?? 0),
        line: Number(line ?? 1),
        column: Number(column ?? 1),
        message: message.split("\n")[0]!,
      };
    }).sort((a, b) => a.cell - b.cell);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function checkTypes({ file, joined, cwd }: Module, deno: string): Promise<Finding[]> {
  const { success, stderr } = await new Deno.Command(deno, {
    args: ["check", "--quiet", file],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return [];
  const said = new TextDecoder().decode(stderr);
  const found: Finding[] = [];
  let message = "";
  for (const line of said.split("\n")) {
    const start = /^(?:error: )?(TS\d+) \[ERROR\]: (.*)/.exec(line);
    if (start) message = `${start[1]}: ${start[2]}`;
    const at = /^\s+at (?:.*\()?(file:.*?):(\d+):(\d+)\)?$/.exec(line);
    if (!at || !message) continue;
    const own = at[1]!.endsWith(file.slice(file.lastIndexOf("/")));
    const place = own ? joined.place(Number(at[2])) : { cell: 0, line: Number(at[2]) };
    found.push({
      kind: "types",
      ...place,
      column: Number(at[3]),
      message: own ? message : `${message} (${at[1]})`,
    });
    message = "";
  }
  if (found.length > 0) return found;
  const at = new RegExp(`${file.slice(file.lastIndexOf("/") + 1)}:(\\d+):(\\d+)`).exec(said);
  const place = at ? joined.place(Number(at[1])) : { cell: 0, line: 1 };
  return [{
    kind: "types",
    ...place,
    column: Number(at?.[2] ?? 1),
    message: said.split("\n").find((line) => line.startsWith("error"))?.slice(7) ?? said.trim(),
  }];
}

async function checkLint({ file, joined, cwd }: Module, deno: string): Promise<Finding[]> {
  const said = await output(deno, ["lint", "--json", `--rules-exclude=${EXCLUDED}`, file], cwd);
  return readReport(...said).diagnostics.map(({ range, message, code, hint }): Finding => ({
    kind: "lint",
    ...joined.place(range.start.line),
    column: range.start.col + 1,
    message: `${code}: ${message}${hint ? `; ${hint}` : ""}`,
  }));
}
