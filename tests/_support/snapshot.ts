import assert from "node:assert/strict";

/**
 * Fails unless a text equals a committed file; `TOME_UPDATE=1` writes the file instead.
 *
 * @param url The file.
 * @param actual The text.
 */
export async function assertSnapshot(url: URL, actual: string): Promise<void> {
  if (Deno.env.get("TOME_UPDATE")) {
    await Deno.mkdir(new URL(".", url), { recursive: true });
    return await Deno.writeTextFile(url, actual);
  }
  const expected = await Deno.readTextFile(url);
  assert.equal(actual, expected, `the text differs from ${url.pathname}`);
}
