import assert from "node:assert/strict";
import { lineChart, lineFigure, renderSvg, renderText, type Series } from "@tome/tome/display";
import { assertSnapshot } from "../../_support/snapshot.ts";

const train = Array.from({ length: 200 }, (_, i): [number, number] => {
  const step = i + 1;
  return [step, 1.6 + 2.6 * Math.exp(-step / 50) + 0.06 * Math.sin(step * 0.7)];
});
const validation = [50, 100, 150, 200].map((step): [number, number] => [
  step,
  1.75 + 2.4 * Math.exp(-step / 48),
]);
const FIGURE = lineFigure({ train, validation }, {
  title: "Loss of a GPT <tiny>",
  x: "step",
  y: "loss (nats)",
  marked: ["validation"],
});

const picture = (name: string) => new URL(`../snapshots/${name}`, import.meta.url);

Deno.test("renderSvg() draws several lines as the committed picture", async () => {
  await assertSnapshot(picture("line.svg"), renderSvg(FIGURE));
});

Deno.test("renderSvg() draws a log axis and gaps as the committed picture", async () => {
  const figure = lineFigure({
    time: [[1, 0.001], [20, 0.5], [40, NaN], [60, 30], [80, 0], [100, 250]],
  }, {
    x: "size (rows)",
    y: "time (s)",
    logY: true,
    marked: ["time"],
  });
  await assertSnapshot(picture("log_line.svg"), renderSvg(figure, { width: 480, height: 320 }));
});

Deno.test("renderText() draws for a terminal as the committed text", async () => {
  await assertSnapshot(picture("line.txt"), renderText(FIGURE) + "\n");
});

Deno.test("renderSvg() and renderText() draw empty, single and flat lines", () => {
  const cases: Series[] = [{}, { a: [] }, { a: [[3, 5]] }, { a: [[0, 0], [1, 0]] }, {
    a: [[0, NaN], [1, Infinity]],
  }];
  for (const series of cases) {
    const figure = lineFigure(series);
    assert.doesNotMatch(renderSvg(figure), /NaN|Infinity|undefined/, JSON.stringify(series));
    assert.doesNotMatch(renderText(figure), /NaN|Infinity|undefined/, JSON.stringify(series));
  }
});

Deno.test("renderSvg() keeps every point inside the picture", () => {
  const svg = renderSvg(FIGURE, { width: 300, height: 200 });
  const path = svg.match(/<path d="(M[^"]+L[^"]+)"/)![1]!;
  for (const [, x, y] of path.matchAll(/[ML]([-\d.]+) ([-\d.]+)/g)) {
    assert.ok(
      Number(x) >= 0 && Number(x) <= 300 && Number(y) >= 0 && Number(y) <= 200,
      `${x} ${y}`,
    );
  }
});

Deno.test("renderSvg() takes no text for markup", () => {
  const svg = renderSvg(
    lineFigure({ "<script>": [[0, 1]], b: [[0, 2]] }, { title: "<i>", x: "&", y: '"' }),
  );
  assert.doesNotMatch(svg, /<script|<i>|>&</);
  assert.match(svg, /&lt;script&gt;/);
});

Deno.test("lineChart() is a view with text, a static picture and a figure", () => {
  const { bundle } = lineChart({ loss: [[1, 2], [2, 1]] }, { x: "step", y: "nats" });
  assert.match(bundle["text/plain"], /nats/);
  const src = (bundle["text/html"] as string).match(/base64,([^"]+)/)![1]!;
  assert.match(new TextDecoder().decode(Uint8Array.fromBase64(src)), /^<svg .*<\/svg>\n$/s);
  assert.deepEqual((bundle["application/vnd.plotly.v1+json"] as typeof FIGURE).data[0]!.x, [1, 2]);
});

Deno.test("lineFigure() throws if a marked line does not exist", () => {
  assert.throws(() => lineFigure({ a: [] }, { marked: ["b"] }), {
    name: "TypeError",
    message: /no such line: current lines are a/,
  });
});
