let source: (() => AbortSignal) | undefined;

/**
 * The signal that is aborted when somebody asks from outside that the work in progress ends, as by the Stop button of a
 * notebook. Whatever takes long takes this signal when it starts, unless it was given one.
 *
 * @example
 * ```ts
 * import { interruptSignal } from "@tome/tome/tensor";
 * import assert from "node:assert/strict";
 *
 * assert.equal(interruptSignal(), undefined); // a program that nobody interrupts but by ending it
 * ```
 *
 * @returns The signal of work that begins now, or `undefined` where nobody can ask.
 */
export function interruptSignal(): AbortSignal | undefined {
  return source?.();
}

/**
 * Says where {@link interruptSignal} comes from.
 *
 * @param from Gives the signal of work that begins now; without it there is none.
 */
export function setInterruptSource(from?: () => AbortSignal): void {
  source = from;
}
