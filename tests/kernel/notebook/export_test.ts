import assert from "node:assert/strict";
import { createNotebook, exportNotebook, type Output, renderMarkdown } from "@tome/tome/notebook";

function page(
  outputs: Output[],
  scripts = true,
  markdown = "# 注意力 *Attention*",
): Promise<string> {
  const notebook = createNotebook([["markdown", markdown], ["code", "const a = `<b>`;"]]);
  notebook.cells[1]!.outputs = outputs;
  return exportNotebook(notebook, {
    scripts,
    readPicture: (path) => Promise.resolve(path === "a b.png" ? new Uint8Array([1, 2]) : undefined),
  });
}
const shown = (data: Record<string, unknown>): Output[] => [
  { output_type: "display_data", data, metadata: {} },
];

Deno.test("renderMarkdown() sets formulas and leaves prices and code alone", () => {
  const html = renderMarkdown("It costs $5 or $6, `$x$`, $a_i^2$ and\n\n$$\\frac{1}{2}$$\n\nend");
  assert.match(html, /It costs \$5 or \$6, <code>\$x\$<\/code>/);
  assert.equal(html.match(/<math/g)?.length, 2);
  assert.match(html, /<math[^>]*display="block"[^>]*>.*<mfrac>/);
  assert.doesNotMatch(html, /katex-error/);
  assert.match(renderMarkdown("a_1 * b_2 and $a_1 * b_2 * c_1$"), /<msub>/);
  assert.match(renderMarkdown("```ts\nconst x = 1;\n```"), /hljs-keyword">const/);
  assert.match(renderMarkdown("| a | b |\n|---|---|\n| $x$ | `y` |"), /<td><span.*<math/);
});

Deno.test("exportNotebook() makes a page that loads nothing from elsewhere", async () => {
  const html = await page(
    shown({ "text/html": "<b>rich</b><script>1</script>", "image/png": "AA==", "text/plain": "p" }),
    true,
    "# 注意力 *Attention*\n\n![p](a%20b.png) ![q](missing.png)",
  );
  assert.match(html, /<title>注意力 Attention<\/title>/);
  assert.match(html, /default-src 'none'/);
  assert.match(html, /<b>rich<\/b><script>1<\/script>/);
  assert.match(html, /src="data:image\/png;base64,AQI="/);
  assert.match(html, /&lt;b&gt;/);
  assert.doesNotMatch(html, /(?:src|href)="https?:/);
});

Deno.test("exportNotebook() shows an output in its richest type, and without scripts in a static one", async () => {
  const cases: [Record<string, unknown>, RegExp, RegExp][] = [
    [
      { "text/html": "<script>1</script>", "image/png": "AA==" },
      /<script>1/,
      /<img alt="picture" src="data:image\/png;base64,AA=="/,
    ],
    [
      { "image/svg+xml": "<svg onload='1'/>", "text/plain": 'a "b"' },
      /<img alt="a &quot;b&quot;" src="data:image\/svg/,
      /data:image\/svg/,
    ],
    [{ "text/latex": "$x^2$", "text/plain": "x" }, /<msup>/, /<msup>/],
    [{ "text/markdown": "**m**", "text/plain": "x" }, /<strong>m/, /<strong>m/],
    [{ "text/plain": "\x1b[33m1 < 2\x1b[39m" }, /<pre class="result">1 &lt; 2</, /1 &lt; 2/],
    [{ "application/json": { a: 1 } }, /&quot;a&quot;: 1/, /&quot;a&quot;: 1/],
  ];
  for (const [data, live, fixed] of cases) {
    assert.match(await page(shown(data)), live);
    const still = await page(shown(data), false);
    assert.match(still, fixed);
    assert.doesNotMatch(still, /<script|script-src/);
  }
});
