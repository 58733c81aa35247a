/**
 * Counts the tensors that a notebook leaves and cannot reach any more.
 *
 * @module
 */
import type { KernelClient } from "./client.ts";

/** The type of the message that carries the count. */
const COUNTED = "tome_left_tensors";

/**
 * Runs a last, hidden cell: it disposes what the notebook's names hold, by each value's own `dispose()`, lets JavaScript
 * collect its garbage, where that frees tensors, and reads `memory()`.
 *
 * @param kernel The kernel that ran the notebook.
 * @param names The names that the notebook declared.
 * @param timeoutMillis For how long it may take.
 * @returns How many tensors are alive.
 * @throws {Error} If they cannot be counted.
 */
export async function readLeftTensors(
  kernel: KernelClient,
  names: readonly string[],
  timeoutMillis: number,
): Promise<number> {
  let count: number | undefined;
  const values = names
    .filter((name) => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name))
    .map((name) => `() => ${name}`);
  const { outputs } = await kernel.execute(hiddenCell(values), {
    silent: true,
    timeoutMillis,
    onMessage: ({ header, content }) => {
      if (header.msg_type === COUNTED) count = content.count;
    },
  });
  if (count !== undefined) return count;
  const error = outputs.find((output) => output.output_type === "error");
  throw new Error(
    `Cannot count the tensors that are left as the last, hidden cell must run: ${
      error ? `${error.ename}: ${error.evalue}` : "it said nothing"
    }`,
  );
}

function hiddenCell(values: readonly string[]): string {
  return `await (async () => {
  const { memory } = await import("@tome/tome/tensor");
  const seen = new Set();
  const free = (value, depth) => {
    if (typeof value !== "object" || value === null || seen.has(value) || depth > 6) return;
    seen.add(value);
    if (ArrayBuffer.isView(value)) return;
    for (const end of ["dispose", Symbol.dispose]) {
      try {
        if (typeof value[end] === "function" && !value.isDisposed) value[end]();
      } catch { /* it was disposed before */ }
    }
    if (value instanceof Map || value instanceof Set) {
      for (const item of value.values()) free(item, depth + 1);
    } else if (!(value instanceof Promise)) {
      for (const key of Object.keys(value)) {
        const { value: item } = Object.getOwnPropertyDescriptor(value, key) ?? {};
        free(item, depth + 1);
      }
    }
  };
  for (const read of [${values.join(", ")}]) {
    let value;
    try { value = read(); } catch { continue; }
    if (Object.prototype.toString.call(value) !== "[object Module]") free(value, 0);
  }
  for (let i = 0; i < 5; i++) { // finalizers run between turns
    globalThis.gc?.();
    await new Promise((done) => setTimeout(done, 10));
  }
  await Deno.jupyter.broadcast("${COUNTED}", { count: memory().numTensors });
})();
undefined`;
}
