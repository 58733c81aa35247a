/**
 * Notebook files: nbformat 4.5, read, checked and written so that the same notebook is always the same text.
 *
 * @see Jupyter, "The Notebook file format", https://nbformat.readthedocs.io/en/stable/format_description.html
 * @module
 */
import type { MimeBundle, Output } from "./outputs.ts";

/** A cell of a notebook. */
export interface Cell {
  /** Whether it holds code, Markdown or text of another kind. */
  cell_type: "code" | "markdown" | "raw";
  /** A name of its own in the notebook: 1 to 64 letters, digits, `-` and `_`. */
  id: string;
  /** Data about the cell, such as its `tags`. */
  metadata: CellMetadata;
  /** Its text. */
  source: string;
  /** Pictures that Markdown names by `attachment:`. */
  attachments?: Record<string, MimeBundle>;
  /** The outputs of a code cell. */
  outputs?: Output[];
  /** The number of a code cell that ran. */
  execution_count?: number | null;
}

/** Data about a cell. */
export interface CellMetadata {
  /** Tags: `raises-exception` for a cell that must throw, `skip-execution` for one that is not run. */
  tags?: string[];
  /** How the cell's outputs are compared. */
  tome?: { rtol?: number; atol?: number; compare?: "values" | "presence" };
  /** Whatever else there is. */
  [key: string]: unknown;
}

/** A notebook. */
export interface Notebook {
  /** Its cells. */
  cells: Cell[];
  /** Data about the notebook. */
  metadata: Record<string, unknown> & {
    tome?: { rtol?: number; atol?: number; tensors?: number; minutes?: number };
  };
  /** The major version of the format. */
  nbformat: 4;
  /** The minor version of the format. */
  nbformat_minor: number;
}

/** What names the kernel in a notebook. */
const KERNEL = {
  kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
  language_info: {
    codemirror_mode: "typescript",
    file_extension: ".ts",
    mimetype: "text/x.typescript",
    name: "typescript",
    nbconvert_exporter: "script",
    pygments_lexer: "typescript",
  },
};

/**
 * Reads the text of a notebook file. Notebooks of nbformat 4.0 to 4.4 get cell ids and become 4.5.
 *
 * @param text The text of the file.
 * @param name What to call it in errors.
 * @throws {SyntaxError} If it is no notebook; the message says where and why.
 */
export function parseNotebook(text: string, name = "the notebook"): Notebook {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${name} as it must be JSON: ${(error as Error).message}`);
  }
  const fail = faultsIn(json);
  if (fail) throw new SyntaxError(`Cannot read ${name} as ${fail}`);
  const { metadata, nbformat_minor, cells } = json as Notebook;
  const notebook: Notebook = {
    cells: cells.map(readCell),
    metadata,
    nbformat: 4,
    nbformat_minor: Math.max(5, nbformat_minor),
  };
  addIds(notebook.cells);
  return notebook;
}

function readCell(cell: Cell): Cell {
  return {
    ...cell,
    metadata: cell.metadata ?? {},
    source: joinLines(cell.source),
    ...(cell.cell_type === "code"
      ? {
        outputs: (cell.outputs ?? []).map(readOutput),
        execution_count: cell.execution_count ?? null,
      }
      : {}),
  };
}

function readOutput(output: Output): Output {
  switch (output.output_type) {
    case "stream":
      return { ...output, text: joinLines(output.text) };
    case "error":
      return output;
    default: {
      const data = Object.entries(output.data).map(([type, value]) =>
        [type, isJson(type) ? value : joinLines(value)] as const
      );
      return { ...output, metadata: output.metadata ?? {}, data: Object.fromEntries(data) };
    }
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown) =>
  typeof value === "string" ||
  (Array.isArray(value) && value.every((line) => typeof line === "string"));
const isJson = (type: string) => type === "application/json" || type.endsWith("+json");

/** What is wrong with a notebook, or nothing. */
function faultsIn(json: unknown): string | undefined {
  if (!isObject(json)) return "it must be an object";
  if (json.nbformat !== 4) return `its nbformat must be 4: current is ${json.nbformat}`;
  if (!Number.isInteger(json.nbformat_minor)) {
    return `its nbformat_minor must be an integer: current is ${json.nbformat_minor}`;
  }
  if (!isObject(json.metadata)) return "its metadata must be an object";
  if (!Array.isArray(json.cells)) return "its cells must be a list";
  const ids = new Set<unknown>();
  for (const [i, cell] of json.cells.entries()) {
    const fault = faultsInCell(cell, Number(json.nbformat_minor) >= 5);
    if (fault) return `cell ${i + 1} ${fault}`;
    if (cell.id !== undefined && ids.has(cell.id)) {
      return `cell ${i + 1} must have an id of its own: ${cell.id} is taken`;
    }
    ids.add(cell.id);
  }
}

function faultsInCell(cell: unknown, needsId: boolean): string | undefined {
  if (!isObject(cell)) return "must be an object";
  const { cell_type: type, id, source, metadata, outputs } = cell;
  if (type !== "code" && type !== "markdown" && type !== "raw") {
    return `must have a cell_type of code, markdown or raw: current is ${type}`;
  }
  if (id === undefined ? needsId : typeof id !== "string" || !/^[\w-]{1,64}$/.test(id)) {
    return `must have an id of 1 to 64 letters, digits, - and _: current is ${id}`;
  }
  if (!isText(source)) return "must have a source that is text";
  if (metadata !== undefined && !isObject(metadata)) return "must have metadata that is an object";
  if (type !== "code") return;
  if (outputs !== undefined && !Array.isArray(outputs)) return "must have a list of outputs";
  for (const [i, output] of ((outputs ?? []) as unknown[]).entries()) {
    const fault = faultsInOutput(output);
    if (fault) return `has an output ${i + 1} that ${fault}`;
  }
}

function faultsInOutput(output: unknown): string | undefined {
  if (!isObject(output)) return "is no object";
  switch (output.output_type) {
    case "stream":
      if (output.name !== "stdout" && output.name !== "stderr") {
        return `is a stream but neither stdout nor stderr: current name is ${output.name}`;
      }
      return isText(output.text) ? undefined : "is a stream without text";
    case "error":
      return isText(output.traceback) && typeof output.ename === "string"
        ? undefined
        : "is an error without a name and a traceback";
    case "display_data":
    case "execute_result":
      if (!isObject(output.data)) return "has no data";
      for (const [type, value] of Object.entries(output.data)) {
        if (!isJson(type) && !isText(value)) return `has ${type} that is no text`;
      }
      return;
    default:
      return `has the unknown output_type ${output.output_type}`;
  }
}

/** Gives an id to each cell that has none: one made of its place and text, so that it is the same every time. */
function addIds(cells: Cell[]): void {
  const taken = new Set(cells.map(({ id }) => id));
  for (const [i, cell] of cells.entries()) {
    if (cell.id !== undefined) continue;
    for (let salt = 0; cell.id === undefined || taken.has(cell.id); salt++) {
      cell.id = hash(`${i}:${salt}:${cell.source}`);
    }
    taken.add(cell.id);
  }
}

/** FNV-1a over UTF-16, as eight hexadecimal digits. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return (value >>> 0).toString(16).padStart(8, "0");
}

function joinLines(text: unknown): string {
  return Array.isArray(text) ? text.join("") : String(text);
}

function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * Writes a notebook as the text of its file: keys sorted, one space of indentation, text as lists of lines, as Jupyter
 * itself writes it.
 *
 * @param notebook The notebook.
 */
export function formatNotebook(notebook: Notebook): string {
  const file = { ...notebook, cells: notebook.cells.map(writeCell) };
  return `${JSON.stringify(sorted(file), null, 1)}\n`;
}

function writeCell(cell: Cell): unknown {
  const source = splitLines(cell.source);
  if (cell.cell_type !== "code") return { ...cell, source };
  const outputs = (cell.outputs ?? []).map((output) => {
    if (output.output_type === "stream") return { ...output, text: splitLines(output.text) };
    if (output.output_type === "error") return output;
    const data = Object.entries(output.data).map(([type, value]) => [
      type,
      typeof value === "string" && /^text\/|^image\/svg|^application\/javascript$/.test(type)
        ? splitLines(value)
        : value,
    ]);
    return { ...output, data: Object.fromEntries(data) };
  });
  return { ...cell, source, outputs, execution_count: cell.execution_count ?? null };
}

/** The same value with the keys of its objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value).sort().map((key) => [key, sorted(value[key])]),
  );
}

/**
 * Makes a copy of a notebook without outputs, counts, and what front ends leave behind.
 *
 * @param notebook The notebook.
 */
export function stripNotebook(notebook: Notebook): Notebook {
  const { widgets: _, ...metadata } = notebook.metadata;
  return {
    ...notebook,
    metadata: { ...metadata, ...KERNEL },
    cells: notebook.cells.map((cell) => {
      const { execution: _, ExecuteTime: __, collapsed: ___, scrolled: ____, ...kept } =
        cell.metadata;
      const bare: Cell = { ...cell, metadata: kept };
      if (cell.cell_type === "code") {
        bare.outputs = [];
        bare.execution_count = null;
      }
      return bare;
    }),
  };
}

/**
 * Makes a notebook of Markdown and code.
 *
 * @param cells The cells in order, each a pair of its type and its text.
 */
export function createNotebook(
  cells: readonly (readonly ["code" | "markdown", string])[],
): Notebook {
  const made = cells.map(([cell_type, source]) =>
    ({ cell_type, metadata: {}, source }) as unknown as Cell
  );
  addIds(made);
  return stripNotebook({ cells: made, metadata: {}, nbformat: 4, nbformat_minor: 5 });
}

/**
 * Reads a notebook file.
 *
 * @param path Where it lies.
 * @throws {SyntaxError} If it is no notebook.
 */
export async function readNotebook(path: string): Promise<Notebook> {
  return parseNotebook(await Deno.readTextFile(path), path);
}

/**
 * Writes a notebook file, whole or not at all.
 *
 * @param path Where it lies.
 * @param notebook The notebook.
 */
export async function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  const part = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    await Deno.writeTextFile(part, formatNotebook(notebook));
    await Deno.rename(part, path);
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw error;
  }
}
