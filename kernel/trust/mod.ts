/**
 * What makes Deno's Jupyter kernel trustworthy; see {@link trust}.
 *
 * @module
 */
import { setInterruptSource } from "../../lib/tensor/mod.ts";
import { redirect } from "./console.ts";
import { echo } from "./echo.ts";
import { findHost, type Host } from "./host.ts";
import { forgetUnreachable } from "./memory.ts";
import { completeCells, showError } from "./results.ts";
import { Streams } from "./streams.ts";

const DONE = Symbol.for("tome.trust"); // on the kernel, which several copies of the library may share

/** The kernel with the streams of its cells. */
export interface TrustedHost {
  /** Sends a message to the front end, after what was printed before it. */
  send(type: string, content: Record<string, unknown>): Promise<void>;
  /** Waits until everything sent so far has left. */
  drain(): Promise<void>;
}

/**
 * Makes the Jupyter kernel that this program runs in trustworthy, once; importing `@tome/tome/display` does it.
 *
 * - What a cell prints and shows is complete, in order and in its own cell.
 * - Errors of timers, of promises that nobody awaits and of the GPU are shown.
 * - The Stop button ends training, evaluation and generation after the step in progress; kernel and state stay.
 * - Results that the kernel cannot send are shown: NaN, ±Infinity, -0, bigints.
 * - Tensors and models that cells have forgotten, as by running a cell again, are freed.
 *
 * Two things stay the author's: a value that was the last expression of a cell is kept for ever by V8, so that a cell should
 * end in a view and not in a tensor or a model; and a loop without a pause, or without the library, cannot be stopped.
 *
 * @param host The kernel; for tests.
 * @returns The kernel, or `undefined` outside of one.
 */
export function trust(host: Host | undefined = findHost()): TrustedHost | undefined {
  if (!host) return undefined;
  const marked = host.jupyter as unknown as Record<symbol, TrustedHost | undefined>;
  const before = marked[DONE];
  if (before) return before;
  const broadcast = host.broadcast.bind(host.jupyter);
  const streams = new Streams(broadcast, echo(broadcast));
  const trusted: TrustedHost = {
    send: (type, content) => streams.send(type, content),
    drain: () => streams.drain(),
  };
  Object.defineProperty(marked, DONE, { value: trusted });
  redirect(host, streams);
  inOrder(host, streams);
  completeCells(host, streams, forgetUnreachable());
  showBackgroundErrors(streams);
  listenToStop();
  return trusted;
}

/** Makes what cells show themselves wait for what they printed before. */
function inOrder({ jupyter }: Host, streams: Streams): void {
  const { display } = jupyter;
  jupyter.broadcast = (type, content, extra) => streams.send(type, content, extra);
  if (typeof display !== "function") return;
  jupyter.display = async (value, options) => {
    streams.flush();
    await display.call(jupyter, value, ...(options ? [options] : []));
    streams.count(value);
  };
}

function showBackgroundErrors(streams: Streams): void {
  addEventListener("error", (event) => {
    event.preventDefault(); // which would stall the kernel for seconds
    showError(streams, event.error ?? event.message);
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    showError(streams, event.reason);
  });
}

/** A signal that the Stop button sends would else end the kernel. */
function listenToStop(): void {
  let button = new AbortController();
  setInterruptSource(() => button.signal);
  Deno.addSignalListener("SIGINT", () => {
    const pressed = button;
    button = new AbortController();
    pressed.abort(new DOMException("Interrupted", "AbortError"));
  });
}
