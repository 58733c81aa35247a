/** A value that JSON can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | JsonValue[]
  | { [key: string]: JsonValue };

/**
 * Batches whose place can be saved, so that an interrupted run goes on with the very batches it would have had.
 *
 * An iteration gives the rest of the current pass over the data; the next iteration begins the next pass. Whoever
 * takes a batch owns its tensors, and disposes them.
 */
export interface BatchSource<B> extends AsyncIterable<B> {
  /** The place behind the last batch that was handed over, as JSON; batches prepared ahead do not count. */
  state(): JsonValue;
  /**
   * Goes back to a place: the next iteration gives the batches that followed it, bit for bit.
   *
   * @throws {RangeError} If the state is that of other data or of other batches.
   */
  restore(state: JsonValue): void;
}

/** The numbers in every state, and the least value of each. */
export const PLACE: Readonly<Record<string, number>> = { seed: -Infinity, epoch: 0, batch: 0 };

/**
 * Checks a state before it is restored.
 *
 * @param what The name of the source, for the message.
 * @param state The state.
 * @param same What it must have in common with the source.
 * @param least Its whole numbers, and the least value of each.
 * @throws {RangeError} If something differs or is missing.
 */
export function checkState(
  what: string,
  state: JsonValue,
  same: Readonly<Record<string, JsonValue>>,
  least: Readonly<Record<string, number>>,
): Readonly<Record<string, JsonValue>> {
  const refuse = (must: string, current: unknown) => {
    throw new RangeError(
      `Cannot restore ${what} as ${must}: current state has ${JSON.stringify(current)}`,
    );
  };
  if (typeof state !== "object" || state === null || Array.isArray(state)) {
    throw new RangeError(
      `Cannot restore ${what} as its state must be an object: current state is ${
        JSON.stringify(state)
      }`,
    );
  }
  for (const [name, value] of Object.entries(same)) {
    if (JSON.stringify(state[name]) !== JSON.stringify(value)) {
      refuse(`its ${name} must be ${JSON.stringify(value)}`, state[name] ?? null);
    }
  }
  for (const [name, minimum] of Object.entries(least)) {
    const value = state[name];
    if (!Number.isSafeInteger(value) || (value as number) < minimum) {
      refuse(`its ${name} must be a whole number, in range`, value ?? null);
    }
  }
  return state;
}
