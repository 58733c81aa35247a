/**
 * Verifies notebooks: runs them again and compares what they show with what is committed.
 *
 * @module
 */
import { compareOutputs } from "./compare.ts";
import type { Cell, Notebook } from "./format.ts";
import { type NotebookRun, runNotebook, type RunOptions } from "./run.ts";

/** How {@link verifyNotebook} verifies. */
export interface VerifyOptions extends Omit<RunOptions, "keepGoing" | "countTensors"> {
  /** The relative tolerance of numbers, unless the notebook or a cell has one of its own. @default {1e-3} */
  rtol?: number;
  /** The absolute tolerance of numbers, unless the notebook or a cell has one of its own. @default {1e-6} */
  atol?: number;
}

/** What is wrong with a cell, or with the whole notebook. */
export interface Fault {
  /** The number of the cell among all cells, from 1; 0 for the notebook. */
  cell: number;
  /** What is wrong. */
  message: string;
}

/** What {@link verifyNotebook} found. */
export interface Verification {
  /** What is wrong; an empty list if nothing is. */
  faults: Fault[];
  /** How the notebook ran. */
  run: NotebookRun;
}

/**
 * Runs a notebook again and compares its outputs with those it has.
 *
 * It fails if a cell throws; if a cell shows nothing where it showed something, or the other way; if a word, a number beyond
 * its tolerance, a figure's data or a MIME type differs; and if tensors are left that nothing can reach. The metadata `tome`
 * of the notebook or a cell can set `rtol` and `atol`; that of a cell `compare: "presence"`, which looks at the kinds of its
 * outputs only; that of the notebook `tensors`, how many may be left.
 *
 * @param notebook The notebook with its committed outputs. It is not changed.
 * @param options Where it lies, and how exact it has to be.
 * @returns What is wrong.
 */
export async function verifyNotebook(
  notebook: Notebook,
  options: VerifyOptions = {},
): Promise<Verification> {
  const run = await runNotebook(notebook, { ...options, countTensors: true });
  const faults: Fault[] = [];
  const ran = new Set<string>();
  for (const { number, id, fault } of run.cells) {
    ran.add(id);
    if (fault !== undefined) faults.push({ cell: number, message: fault });
    else {
      const [before, after] = [notebook, run.notebook].map((one) => one.cells[number - 1]!);
      const found = compareCells(before!, after!, notebook, options);
      faults.push(...found.map((message) => ({ cell: number, message })));
    }
  }
  for (const [i, { id, outputs = [] }] of notebook.cells.entries()) {
    if (run.ok && outputs.length > 0 && !ran.has(id)) {
      faults.push({ cell: i + 1, message: "it has outputs but is not run" });
    }
  }
  const { tensors = 0 } = notebook.metadata.tome ?? {};
  if (run.leftTensors !== undefined && run.leftTensors > tensors) {
    faults.push({
      cell: 0,
      message:
        `it leaks: ${run.leftTensors} tensors are left that nothing can reach, and ${tensors} ` +
        `may be; name what is kept, and compute inside tidy()`,
    });
  }
  return { faults, run };
}

function compareCells(
  before: Cell,
  after: Cell,
  { metadata }: Notebook,
  { rtol = 1e-3, atol = 1e-6 }: VerifyOptions,
): string[] {
  const own = before.metadata.tome ?? {};
  const tolerance = {
    rtol: own.rtol ?? metadata.tome?.rtol ?? rtol,
    atol: own.atol ?? metadata.tome?.atol ?? atol,
  };
  return compareOutputs(before.outputs ?? [], after.outputs ?? [], tolerance, own.compare);
}
