/**
 * Runs notebooks, from the first cell to the last, in a kernel of their own.
 *
 * @module
 */
import { type Execution, KernelClient, type KernelOptions } from "./client.ts";
import { type Cell, type Notebook, stripNotebook } from "./format.ts";
import { DeadKernelError, KernelTimeoutError } from "./kernel_error.ts";
import { readLeftTensors } from "./left_tensors.ts";
import type { ErrorOutput, Output } from "./outputs.ts";

/** How {@link runNotebook} runs a notebook. */
export interface RunOptions extends Omit<KernelOptions, "timeoutMillis"> {
  /** For how long each cell may run. @default {120000} */
  timeoutMillis?: number;
  /** Whether the cells after one that failed are run. @default {false} */
  keepGoing?: boolean;
  /** Whether the tensors that are left are counted at the end. @default {false} */
  countTensors?: boolean;
  /** Ends the run. */
  signal?: AbortSignal;
  /** Called when a cell has run. */
  onCell?: (cell: CellRun) => void;
}

/** How one cell ran. */
export interface CellRun {
  /** The number of the cell among all cells, from 1. */
  number: number;
  /** How many cells the notebook has. */
  count: number;
  /** The cell's id. */
  id: string;
  /** How long it ran. */
  millis: number;
  /** What went wrong, or nothing. */
  fault?: string;
}

/** How a notebook ran. */
export interface NotebookRun {
  /** The notebook with its new outputs; cells that did not run have none. */
  notebook: Notebook;
  /** The code cells that ran, in order. */
  cells: CellRun[];
  /** Whether every code cell ran as it should. */
  ok: boolean;
  /**
   * The tensors that nothing can reach: those alive after all that the notebook's names hold is disposed. Only counted if
   * asked for, in a notebook that imports Tome and ran to its end.
   */
  leftTensors?: number;
}

/**
 * Runs the code cells of a notebook in order in a new kernel.
 *
 * A cell tagged `raises-exception` must throw; one tagged `skip-execution` is not run. Counts are left out, so that a
 * notebook that gives the same outputs is the same file.
 *
 * @param notebook The notebook. It is not changed.
 * @param options Where and for how long.
 * @returns The notebook with its outputs, and how each cell ran. Errors of cells are in it; they do not throw.
 * @throws {DeadKernelError} If the kernel does not start.
 */
export async function runNotebook(
  notebook: Notebook,
  options: RunOptions = {},
): Promise<NotebookRun> {
  const { timeoutMillis = 120_000, keepGoing = false, signal, onCell } = options;
  const done = stripNotebook(notebook);
  const cells: CellRun[] = [];
  const root = await projectOf(options.cwd ?? Deno.cwd());
  const run: NotebookRun = { notebook: done, cells, ok: true };
  const { cwd, deno, env = {} } = options;
  const flags = [Deno.env.get("DENO_V8_FLAGS"), env.DENO_V8_FLAGS, "--expose-gc"].filter(Boolean);
  await using kernel = await KernelClient.start({
    ...(cwd === undefined ? {} : { cwd }),
    ...(deno === undefined ? {} : { deno }),
    env: options.countTensors ? { ...env, DENO_V8_FLAGS: flags.join(",") } : env,
  });
  const kill = () => kernel.kill();
  signal?.addEventListener("abort", kill);
  try {
    const before = options.countTensors ? await namesOf(kernel) : [];
    for (const [i, cell] of done.cells.entries()) {
      signal?.throwIfAborted();
      if (!isRun(cell)) continue;
      const ran: CellRun = { number: i + 1, count: done.cells.length, id: cell.id, millis: 0 };
      const start = performance.now();
      try {
        const execution = await kernel.execute(cell.source, { timeoutMillis });
        cell.outputs = tidyOutputs(execution.outputs, root);
        ran.millis = execution.millis;
        ran.fault = faultOf(cell, execution);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof KernelTimeoutError || error instanceof DeadKernelError)) throw error;
        cell.outputs = tidyOutputs([...error.outputs, asOutput(error)], root);
        ran.millis = performance.now() - start;
        ran.fault = error.message;
      }
      if (ran.fault === undefined) delete ran.fault;
      else run.ok = false;
      cells.push(ran);
      onCell?.(ran);
      if (!kernel.alive || (!run.ok && !keepGoing)) break;
    }
    const usesTome = done.cells.some((cell) => isRun(cell) && cell.source.includes("@tome/tome"));
    if (options.countTensors && run.ok && usesTome) {
      const names = (await namesOf(kernel)).filter((name) => !before.includes(name));
      run.leftTensors = await readLeftTensors(kernel, names, timeoutMillis);
    }
    return run;
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}

/** The global names in a kernel. */
async function namesOf(kernel: KernelClient): Promise<string[]> {
  return (await kernel.complete("")).matches;
}

/** Whether a cell has tags and one of them is this. */
function hasTag(cell: Cell, tag: string): boolean {
  return Array.isArray(cell.metadata.tags) && cell.metadata.tags.includes(tag);
}

function isRun(cell: Cell): boolean {
  return cell.cell_type === "code" && cell.source.trim() !== "" && !hasTag(cell, "skip-execution");
}

function faultOf(cell: Cell, { status, outputs }: Execution): string | undefined {
  const error = outputs.find((output) => output.output_type === "error");
  if (hasTag(cell, "raises-exception")) {
    return error ? undefined : "it must throw, as its tag raises-exception says, but does not";
  }
  if (error) return `${error.ename}: ${error.evalue}`;
  return status === "ok" ? undefined : `it ended as ${status}`;
}

function asOutput({ name, message }: Error): ErrorOutput {
  return {
    output_type: "error",
    ename: name,
    evalue: message,
    traceback: [`${name}: ${message}`],
  };
}

/**
 * The outputs without counts, with what was printed in one piece for each stream between two others, and without the
 * folders of this machine in addresses.
 */
function tidyOutputs(outputs: readonly Output[], root: string): Output[] {
  const tidy: Output[] = [];
  const bare = (text: string) =>
    text.replaceAll(root, "").replace(/file:\/\/\/\S*?\/registry\.npmjs\.org\//g, "npm:");
  for (const output of outputs) {
    const last = tidy.at(-1);
    switch (output.output_type) {
      case "stream":
        if (last?.output_type === "stream" && last.name === output.name) {
          last.text += bare(output.text);
        } else tidy.push({ ...output, text: bare(output.text) });
        break;
      case "error":
        tidy.push({
          ...output,
          evalue: bare(output.evalue),
          traceback: output.traceback.map(bare),
        });
        break;
      case "execute_result":
        tidy.push({ ...output, execution_count: null });
        break;
      default:
        tidy.push({ ...output });
    }
  }
  return tidy;
}

/** The address of the project that a folder lies in: of the nearest folder upward with a `deno.json`. */
async function projectOf(folder: string): Promise<string> {
  const start = await Deno.realPath(folder);
  for (let at = start; at; at = at.slice(0, at.lastIndexOf("/"))) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      if (await Deno.stat(`${at}/${name}`).then(() => true, () => false)) return `file://${at}/`;
    }
  }
  return `file://${start}/`;
}
