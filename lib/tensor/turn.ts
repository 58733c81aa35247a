/** Lets timers, signals and requests have their turn, which a long computation keeps from them; quicker than a timer of 0 ms. */
export function nextTurn(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}
