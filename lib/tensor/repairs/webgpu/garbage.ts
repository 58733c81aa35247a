import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Dispatches between two collections. */
const EVERY = 16_384;

/**
 * Collects what dispatches leave behind.
 *
 * Each has bindings, for which the driver keeps memory until their JavaScript object is collected. V8 sees only how small the
 * object is and lets them gather: a software adapter maps a piece of memory for each, of which Linux grants a process 65,530,
 * and the process dies at the next.
 */
export class GarbageCollector {
  #last = 0;
  #collect?: () => void;

  /** Collects if it is due; `dispatches` counts those since the start. */
  after(dispatches: number): void {
    if (dispatches - this.#last < EVERY) return;
    this.#last = dispatches;
    if (!this.#collect) {
      setFlagsFromString("--expose-gc"); // new contexts have it from here on
      this.#collect = runInNewContext("gc") as () => void;
    }
    this.#collect();
  }
}
