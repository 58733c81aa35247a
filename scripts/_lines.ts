/**
 * Lines that a person types, or a file pipes in.
 *
 * @module
 */

/**
 * Reads standard input line by line.
 *
 * @param before Called before each line is waited for, to show that it is.
 * @returns The lines, without their ends.
 */
export async function* inputLines(before: () => Promise<void>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let text = "";
  for (;;) {
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      yield text.slice(0, end).replace(/\r$/, "");
      text = text.slice(end + 1);
    }
    if (text === "") await before();
    const count = await Deno.stdin.read(buffer);
    if (count === null) break;
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  if (text !== "") yield text;
}
