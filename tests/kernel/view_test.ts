import assert from "node:assert/strict";
import { escape, View } from "@tome/tome/display";

Deno.test("View shows its bundle in a notebook and its text elsewhere", () => {
  const view = new View({ "text/plain": "two", "text/html": "<b>2</b>" });
  const show = (view as unknown as Record<symbol, () => unknown>)[Symbol.for("Jupyter.display")]!;
  assert.deepEqual(show.call(view), { "text/plain": "two", "text/html": "<b>2</b>" });
  assert.equal(`${view}`, "two");
});

Deno.test("escape() leaves nothing that HTML or SVG would read", () => {
  assert.equal(
    escape(`a & b < c > d "e" 'f'`),
    "a &amp; b &lt; c &gt; d &quot;e&quot; &#39;f&#39;",
  );
  assert.equal(escape("bell \x07, null \x00, tab \t"), "bell \ufffd, null \ufffd, tab \t");
  assert.equal(escape(""), "");
});
