/** Tells the user of something that is no error: on standard error, or in the cell of a notebook. */
export function warn(message: string): void {
  // deno-lint-ignore no-console -- the one place where the library speaks without being asked
  console.warn(message);
}
