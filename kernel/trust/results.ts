import { checkErrors } from "../../lib/tensor/mod.ts";
import type { Host } from "./host.ts";
import type { Streams } from "./streams.ts";

const RECENT = 16; // promises that are looked at
const RESULT = ".repl_result"; // what V8 wraps the value of a cell in

/**
 * Completes what the kernel does after a cell: results that have no JSON are shown, errors of the GPU are shown, and the cell
 * does not end before its output has left.
 *
 * @param afterCell What else is done after each cell.
 */
export function completeCells(host: Host, streams: Streams, afterCell: () => unknown): void {
  const { jupyter, core } = host.internals;
  const show = jupyter?.broadcastResult;
  if (!jupyter || typeof show !== "function") return;
  const lost = findLost(core);
  jupyter.broadcastResult = async (count, result) => {
    streams.flush();
    try {
      const value = result === undefined ? lost() : undefined;
      if (value !== undefined) {
        const data = { "text/plain": value };
        await streams.send("execute_result", {
          execution_count: count,
          data,
          metadata: {},
          transient: {},
        });
      }
      lost.forget();
      await show(count, result);
      await checkErrors().catch((error) => showError(streams, error));
      await afterCell();
    } finally {
      await streams.drain();
    }
  };
}

/** Shows an error that belongs to no line of the cell. */
export async function showError(streams: Streams, error: unknown): Promise<void> {
  const { name, message, stack } = error instanceof Error
    ? error
    : { name: "Error", message: String(error), stack: undefined };
  await streams.send("error", {
    ename: name,
    evalue: message,
    traceback: (stack ?? `${name}: ${message}`).split("\n"),
  });
}

/**
 * Finds the value of a cell that the kernel loses on its way: NaN, ±Infinity, -0 and bigints. V8 resolves a promise with the
 * value of each cell; the latest promises are remembered for that.
 */
function findLost(core: Host["internals"]["core"]): { (): string | undefined; forget(): void } {
  const recent: Promise<unknown>[] = [];
  const { setPromiseHooks: hook, getPromiseDetails: details } = core ?? {};
  if (typeof hook === "function" && typeof details === "function") {
    hook(undefined, undefined, undefined, (promise) => {
      if (recent.push(promise) > RECENT) recent.shift();
    });
  }
  const find = () => {
    for (const promise of recent.toReversed()) {
      const wrapped = details!(promise)[1];
      if (wrapped === null || typeof wrapped !== "object" || !Object.hasOwn(wrapped, RESULT)) {
        continue;
      }
      return textOf((wrapped as Record<string, unknown>)[RESULT]);
    }
  };
  return Object.assign(find, { forget: () => void recent.splice(0) });
}

/** A value that JSON does not have, as text. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "number") return;
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? undefined : String(value);
}
