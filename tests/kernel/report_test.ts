import assert from "node:assert/strict";
import { type TrainingReport, trainingReport } from "@tome/tome/display";

const REPORT: TrainingReport = {
  title: "A run & <more>",
  device: [["device", "wasm"], ["chosen because", "a < b"]],
  configuration: { layers: 4, tied: true, text: "Moby <Dick>" },
  losses: { train: [[1, 4.1], [2, 3.2]], validation: [[2, 3.3]] },
  marked: ["validation"],
  samples: [{ step: 1, text: "<script>alert(1)</script>" }],
  text: "Call me </pre><img src=x onerror=alert(2)>",
  seconds: { training: 12.34 },
};

Deno.test("trainingReport() tells everything, and takes no text for HTML", async () => {
  const html = await trainingReport(REPORT);
  assert.match(html, /<h1>A run &amp; &lt;more&gt;<\/h1>/);
  assert.match(html, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  assert.match(html, /Call me &lt;\/pre&gt;&lt;img/);
  assert.match(html, /last validation<\/th><td>3.3000 nats at step 2/);
  assert.match(html, /training<\/th><td>12.3 s/);
  assert.match(html, /a &lt; b/);
  assert.doesNotMatch(html, /<script>alert|<img src=x/);
});

Deno.test("trainingReport() needs nothing but itself", async () => {
  const html = await trainingReport(REPORT);
  assert.equal(html.match(/plotly\.js \(cartesian - minified\)/g)!.length, 1);
  assert.equal(html.match(/<script>/g)!.length, html.match(/<\/script>/g)!.length);
  assert.doesNotMatch(html, /<script[^>]* src=|<link|@import/);
  const figure = html.match(/const \{ data, layout, config \} = (.+);\n/)![1]!;
  assert.deepEqual(JSON.parse(figure).data[0].y, [4.1, 3.2]);
  assert.match(html, /<figure data-figure="\d+">\n<svg /); // the picture until scripts run
});
