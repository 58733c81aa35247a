import type { Callback } from "./events.ts";

/** The names of the events. */
export type EventName = Exclude<
  { [K in keyof Callback]-?: K extends `on${string}` ? K : never }[keyof Callback],
  undefined
>;

/** What is told with an event. */
export type EventOf<K extends EventName> = Parameters<NonNullable<Callback[K]>>[0];

/** Tells each callback of an event, one after the other, and waits for each. */
export async function emit<K extends EventName>(
  callbacks: readonly Callback[],
  name: K,
  event: EventOf<K>,
): Promise<void> {
  for (const callback of callbacks) {
    const done = callback[name]?.(event as never);
    if (done instanceof Promise) await done;
  }
}

/** Tells each callback of an event, also if one of them fails; the first failure is thrown at the end. */
export async function emitToAll<K extends EventName>(
  callbacks: readonly Callback[],
  name: K,
  event: EventOf<K>,
): Promise<void> {
  const errors: unknown[] = [];
  for (const callback of callbacks) {
    try {
      await callback[name]?.(event as never);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** The callbacks in the order they are called in. */
export function inOrder(callbacks: readonly Callback[]): Callback[] {
  return [...callbacks].sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
}

/**
 * What the callbacks remember, by name.
 *
 * @throws {TypeError} If two with a state have the same name, or one has none.
 */
export function callbackStates(callbacks: readonly Callback[]): Record<string, unknown> {
  const states: Record<string, unknown> = {};
  for (const { name, state } of callbacks.map((c) => ({ name: c.name, state: c.state?.bind(c) }))) {
    if (!state) continue;
    if (!name || name in states) {
      throw new TypeError(
        `Cannot keep the state of a callback as it must have a name of its own: current name is ${name}`,
      );
    }
    states[name] = state();
  }
  return states;
}

/** Puts back what {@link callbackStates} gave; a callback that is new starts afresh. */
export function restoreCallbacks(
  callbacks: readonly Callback[],
  states: Readonly<Record<string, unknown>>,
): void {
  for (const callback of callbacks) {
    if (callback.name && callback.name in states) callback.restore?.(states[callback.name]);
  }
}
