import assert from "node:assert/strict";
import { chart, renderSvg, renderText } from "@tome/tome/display";
import { bundleOf } from "../../../kernel/charts/render/plotly.ts";
import { assertSnapshot } from "../../_support/snapshot.ts";
import { FIGURES } from "./_figures.ts";

for (const [name, figure] of Object.entries(FIGURES)) {
  Deno.test(`renderSvg() and renderText() draw ${name} as the committed picture and text`, async () => {
    const svg = renderSvg(figure);
    assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
    await assertSnapshot(new URL(`./snapshots/${name}.svg`, import.meta.url), svg);
    await assertSnapshot(
      new URL(`./snapshots/${name}.txt`, import.meta.url),
      renderText(figure) + "\n",
    );
  });

  Deno.test(`renderSvg() keeps the marks of ${name} inside the picture`, () => {
    for (const [width, height] of [[720, 420], [300, 200]] as const) {
      const svg = renderSvg(figure, { width, height });
      for (const [, d] of svg.matchAll(/<path d="([^"]+)"/g)) {
        for (const [, x, y] of d!.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)) {
          assert.ok(Number(x) >= 0 && Number(x) <= width, `${x} is outside of ${width}`);
          assert.ok(Number(y) >= 0 && Number(y) <= height, `${y} is outside of ${height}`);
        }
      }
    }
  });

  Deno.test(`chart() of ${name} has a text, two pictures and plotly's figure below 300 kB`, () => {
    const { bundle } = chart(figure);
    assert.ok(bundle["text/plain"].length > 0);
    assert.match(bundle["image/svg+xml"] as string, /^<svg .*<\/svg>\n$/s);
    const html = bundle["text/html"] as string;
    const src = html.match(
      /<img alt="[^"]+" style="[^"]+" src="data:image\/svg\+xml;base64,([^"]+)"/,
    )![1]!;
    assert.equal(new TextDecoder().decode(Uint8Array.fromBase64(src)), bundle["image/svg+xml"]);
    const page = bundle["application/vnd.plotly.v1+json"] as { data: { type: string }[] };
    assert.deepEqual(page.data.map((t) => t.type), figure.data.map((t) => t.type));
    assert.ok(JSON.stringify(bundle).length < 300_000);
  });
}

Deno.test("bundleOf() names the smallest bundle of plotly.js that draws a figure", () => {
  assert.equal(bundleOf(FIGURES.heatmap!), "cartesian");
  assert.equal(bundleOf(FIGURES.surface!), "gl3d");
  assert.equal(bundleOf(FIGURES.parallel!), "gl2d");
});
