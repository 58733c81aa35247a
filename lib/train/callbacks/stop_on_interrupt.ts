import { interruptSignal } from "../../tensor/mod.ts";
import type { Callback, TrainerHandle } from "../events.ts";

const INTERRUPTED = 130; // the exit status that shells give to a process ended by Ctrl-C

/**
 * Makes a callback that lets Ctrl-C end the run in good order: the step in progress is finished, a checkpoint is written
 * where there are checkpoints, and `fit()` returns with `stopped` being `"interrupted"`.
 *
 * A second Ctrl-C ends the process at once. Where a notebook's Stop button ends runs already, this does nothing.
 */
export function stopOnInterrupt(): Callback {
  let current: TrainerHandle | undefined;
  let asked = false;
  const listener = () => {
    if (asked) Deno.exit(INTERRUPTED);
    asked = true;
    current?.stop("interrupted");
  };
  return {
    onStart({ trainer }) {
      if (current || interruptSignal()) return;
      [current, asked] = [trainer, false];
      Deno.addSignalListener("SIGINT", listener);
    },
    onEnd() {
      if (!current) return;
      current = undefined;
      Deno.removeSignalListener("SIGINT", listener);
    },
  };
}
