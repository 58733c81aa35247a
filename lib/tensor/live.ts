/**
 * The part of a computation that runs on the CPU and must run again when its GPU commands are replayed.
 *
 * @module
 */

/** A number, or a function that gives it anew whenever recorded GPU commands are replayed. */
export type Live = number | (() => number);

/** What is kept of the CPU's part while a recording is under way. */
export interface HostRecording {
  /** What is done before each replay, in order. */
  readonly actions: (() => void)[];
  /** Ends the attempt to record. */
  refuse(why: string): void;
}

let current: HostRecording | undefined;

/** Runs a function while what it does on the CPU is kept. */
export function recordingHost<T>(recording: HostRecording, f: () => T): T {
  const before = current;
  current = recording;
  try {
    return f();
  } finally {
    current = before;
  }
}

/**
 * Does something now and, if a recording is under way, once more before each replay: what an op or an optimizer does on
 * the CPU and not only once, such as counting its steps.
 */
export function onHost(action: () => void): void {
  action();
  current?.actions.push(action);
}

/**
 * Draws a number now and, if a recording is under way, anew before each replay: a seed, for example.
 *
 * @returns Gives the number drawn last.
 */
export function live(draw: () => number): () => number {
  let value = 0;
  onHost(() => value = draw());
  return () => value;
}

/** The number that a live one is now. */
export function valueOf(number: Live): number {
  return typeof number === "number" ? number : number();
}

/** Says that what runs now cannot be recorded, if a recording is under way: it runs op by op then, each time. */
export function refuseRecording(why: string): void {
  current?.refuse(why);
}
