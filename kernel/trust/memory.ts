import { collectUnreachable, memory } from "../../lib/tensor/mod.ts";

const [MORE_TENSORS, MORE_BYTES] = [200, 32 << 20]; // than after the last collection, to make another one worth its time

const FINALIZED = 25; // milliseconds after which what was found unreachable is freed

/**
 * Frees tensors and models that cells have forgotten, and makes JavaScript look for them after a cell that made many.
 *
 * @returns What is to be called after each cell.
 */
export function forgetUnreachable(): () => void {
  collectUnreachable();
  let gc: (() => void) | undefined;
  let known = { numTensors: 0, numBytes: 0 };
  return () => {
    const now = inUse();
    const grown = now.numTensors > known.numTensors + MORE_TENSORS ||
      now.numBytes > known.numBytes + MORE_BYTES;
    if (grown) {
      gc ??= findCollector();
      gc();
      known = now;
      setTimeout(() => known = inUse(), FINALIZED);
    } else if (now.numTensors < known.numTensors || now.numBytes < known.numBytes) known = now;
  };
}

/** What tensors take; nothing as long as no device is chosen. */
function inUse(): { numTensors: number; numBytes: number } {
  try {
    return memory();
  } catch {
    return { numTensors: 0, numBytes: 0 };
  }
}

/** The function that collects garbage at once; where there is none, V8 does it in its own time. */
function findCollector(): () => void {
  const { gc } = globalThis as unknown as { gc?: () => void };
  if (gc) return gc;
  try {
    const load = (name: string) => process.getBuiltinModule(name);
    const v8 = load("node:v8") as { setFlagsFromString(flag: string): void };
    v8.setFlagsFromString("--expose-gc");
    const vm = load("node:vm") as { runInNewContext(code: string): unknown };
    return vm.runInNewContext("gc") as () => void;
  } catch {
    return () => {};
  }
}
