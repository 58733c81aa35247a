import assert from "node:assert/strict";
import { embeddingView, type Projection } from "@tome/tome/display";
import { Rng } from "@tome/tome/tensor";
import { openInChromium } from "../../_support/chromium.ts";
import { assertSnapshot } from "../../_support/snapshot.ts";

const picture = (name: string) => new URL(`../snapshots/${name}`, import.meta.url);
const random = new Rng(8);
const WORDS = ["king", "queen", " man", "woman", "<b>", "模型", "uncle", "aunt", "", "cat"];
const POINTS = WORDS.map((_, i) =>
  Array.from({ length: 5 }, (_, d) => random.normal() + (d === i % 2 ? 3 : 0))
);
const GROUPS = WORDS.map((_, i) => i % 2 ? "odd & even" : "even");

Deno.test("embeddingView() draws labels and groups as the committed picture and text", async () => {
  const { bundle } = await embeddingView(POINTS, { labels: WORDS, groups: GROUPS });
  await assertSnapshot(picture("embedding.svg"), `${bundle["image/svg+xml"]}`);
  await assertSnapshot(picture("embedding.txt"), `${bundle["text/plain"]}\n`);
});

Deno.test("embeddingView() colours by value, and shows a projection that is there already", async () => {
  const projection: Projection = {
    method: "umap",
    dimensions: 9,
    points: [[0, 0], [1, 0], [0, 2]],
  };
  const { bundle } = await embeddingView(projection, { values: [0, 5, NaN], title: "A map" });
  const svg = bundle["image/svg+xml"] as string;
  assert.match(svg, /fill="rgb\(68,1,84\)".*<title>point 0, 0<\/title>/);
  assert.match(svg, /fill="rgb\(253,231,37\)".*<title>point 1, 5<\/title>/);
  assert.match(svg, /fill="rgb\(150,150,150\)".*<title>point 2, NaN<\/title>/);
  assert.match(svg, />A map</);
  assert.match(
    bundle["text/plain"],
    /3 points of 9 dimensions by UMAP; distances between groups mean little/,
  );
});

Deno.test("embeddingView() writes no label over another, and none at all where points are many", async () => {
  const random = new Rng(3);
  const crowd = Array.from({ length: 300 }, () => [random.normal(), random.normal()]);
  const label = (count: number) => Array.from({ length: count }, (_, i) => `label ${i}`);
  const texts = (svg: unknown) =>
    [...`${svg}`.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>label (\d+)<\/text>/g)].map((
      [, ...numbers],
    ) => numbers.map(Number) as [number, number, number]);
  const some = texts((await embeddingView(crowd, { labels: label(300) })).bundle["image/svg+xml"]);
  assert.ok(some.length > 30 && some.length < 300, `${some.length} labels`);
  for (const [i, [x, y]] of some.entries()) {
    for (const [u, v] of some.slice(i + 1)) {
      assert.ok(
        Math.abs(y - v) > 10.9 || Math.abs(x - u) > 42,
        `labels at ${x}, ${y} and ${u}, ${v}`,
      );
    }
  }
  const many = Array.from({ length: 500 }, (_, i) => [i, i * i]);
  const none = texts((await embeddingView(many, { labels: label(500) })).bundle["image/svg+xml"]);
  assert.deepEqual(none, []);
});

Deno.test("embeddingView() refuses labels that are not one for each point", async () => {
  const range = (message: RegExp) => ({ name: "RangeError", message });
  await assert.rejects(embeddingView(POINTS, { labels: ["one"] }), range(/10 points and 1 labels/));
  await assert.rejects(
    embeddingView(POINTS, { groups: GROUPS, values: POINTS.map(() => 1) }),
    range(/give one/),
  );
});

Deno.test("embeddingView() names the point under the mouse", async () => {
  const { bundle } = await embeddingView(POINTS, { labels: WORDS, groups: GROUPS });
  const html = bundle["text/html"] as string;
  assert.equal(html.match(/<script/g)!.length, 1);
  assert.doesNotMatch(html, /https?:|import\(|\bfetch\(/);
  const dom = await openInChromium(
    `<!doctype html><meta charset="utf-8"><body>${html}${html}<script>
    const [one, two] = document.querySelectorAll("[data-tome-points]");
    const dot = two.querySelector('[data-hint="<b>, even"]');
    dot.dispatchEvent(new MouseEvent("mouseenter"));
    const tips = [one, two].map((place) => place.lastElementChild);
    const report = { tips: tips.map((tip) => [tip.textContent, tip.style.display]), r: dot.getAttribute("r") };
    dot.dispatchEvent(new MouseEvent("mouseleave"));
    report.after = [tips[1].style.display, dot.getAttribute("r")];
    document.body.append(Object.assign(document.createElement("pre"), { id: "report", textContent: JSON.stringify(report) }));
  </script>`,
  );
  if (dom === undefined) return;
  const report = JSON.parse(
    dom.match(/<pre id="report">(.*?)<\/pre>/)![1]!.replaceAll("&lt;", "<").replaceAll("&gt;", ">"),
  );
  assert.deepEqual(report.tips, [["", "none"], ["<b>, even", "block"]]);
  assert.ok(Number(report.r) > 5);
  assert.deepEqual(report.after, ["none", "4.5"]);
});
