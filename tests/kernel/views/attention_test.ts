import assert from "node:assert/strict";
import { type AttentionGroup, headView, modelView, show, type View } from "@tome/tome/display";
import { GPT } from "@tome/tome/models/gpt";
import { type AttentionWeights, captureAttention } from "@tome/tome/nn";
import { Rng, seed, useDevice } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { openInChromium } from "../../_support/chromium.ts";
import { assertSnapshot } from "../../_support/snapshot.ts";

const picture = (name: string) => new URL(`../snapshots/${name}`, import.meta.url);

/** Weights whose rows sum to 1. */
function weightsOf(
  layers: number,
  shape: AttentionWeights["shape"],
  { kind = "self" as "self" | "cross", causal = false } = {},
): AttentionWeights[] {
  const random = new Rng(3);
  const [B, H, T, S] = shape;
  return Array.from({ length: layers }, (_, layer) => {
    const values = new Float32Array(B * H * T * S);
    for (let row = 0; row < B * H * T; row++) {
      const t = row % T;
      const scores = Array.from(
        { length: S },
        (_, s) => causal && s > t ? 0 : random.uniform() ** 4,
      );
      const sum = scores.reduce((a, b) => a + b);
      scores.forEach((score, s) => values[row * S + s] = score / sum);
    }
    return { path: `blocks.${layer}.attn`, kind, shape, values };
  });
}

const WORDS = ["The", " cat", " sat\n", "<i>", "&"];
const DECODER: AttentionGroup = {
  weights: weightsOf(2, [2, 3, 5, 5], { causal: true }),
  queries: WORDS,
};
const CROSS: AttentionGroup = {
  name: "cross",
  weights: weightsOf(1, [1, 2, 3, 7], { kind: "cross" }),
  queries: ["le", " chat", "."],
  keys: ["the", " big", " fat", " cat", " is", " here", "."],
};

/** What the page's script gets. */
function dataOf(view: View) {
  const html = view.bundle["text/html"] as string;
  const text = html.match(/data-tome-attention="([^"]*)"/)![1]!;
  const entities: Record<string, string> = { quot: '"', "#39": "'", lt: "<", gt: ">", amp: "&" };
  return JSON.parse(text.replace(/&(quot|#39|lt|gt|amp);/g, (_, name) => entities[name]!));
}

Deno.test("headView() and modelView() draw as the committed pictures and texts", async () => {
  const head = headView([DECODER, CROSS], { title: "A <tiny> decoder", head: 1 });
  const model = modelView(DECODER);
  const cross = headView(CROSS);
  await assertSnapshot(picture("head_view.svg"), `${head.bundle["image/svg+xml"]}`);
  await assertSnapshot(picture("cross_view.svg"), `${cross.bundle["image/svg+xml"]}`);
  await assertSnapshot(picture("model_view.svg"), `${model.bundle["image/svg+xml"]}`);
  await assertSnapshot(picture("attention.txt"), `${[head, cross, model].join("\n\n")}\n`);
});

Deno.test("headView() carries every weight to its script, rows that sum to 1, cross attention too", () => {
  const data = dataOf(headView([DECODER, CROSS], { example: 0, layer: 1 }));
  assert.equal(data.mode, "head");
  assert.equal(data.layer, 1);
  assert.deepEqual(data.groups.map((g: { T: number; S: number }) => [g.T, g.S]), [[5, 5], [3, 7]]);
  assert.deepEqual(data.groups[0].queries, ["The", "·cat", "·sat↵", "<i>", "&"]);
  assert.deepEqual(data.groups[0].keys, data.groups[0].queries);
  for (const [i, { T, S, heads, layers, data: text }] of data.groups.entries()) {
    const bytes = Uint8Array.fromBase64(text);
    assert.equal(bytes.length, layers.length * heads * T * S);
    const source = [DECODER, CROSS][i]!.weights;
    for (let row = 0; row < bytes.length / S; row++) {
      const sum = bytes.subarray(row * S, row * S + S).reduce((a, b) => a + b / 255, 0);
      assert.ok(Math.abs(sum - 1) < S / 510 + 1e-6, `a row sums to ${sum}`);
    }
    const last = source.at(-1)!.values;
    assert.equal(bytes[(layers.length - 1) * heads * T * S], Math.round(255 * last[0]!));
  }
});

Deno.test("headView() shows the example that is asked for", () => {
  const [one, two] = [0, 1].map((example) => dataOf(headView(DECODER, { example })).groups[0].data);
  assert.notEqual(one, two);
});

Deno.test("headView() needs nothing but itself, and no token becomes HTML", () => {
  const tokens = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a",
    "b",
    "c",
  ];
  for (
    const { bundle } of [
      headView({ ...DECODER, queries: tokens }),
      modelView({ ...DECODER, queries: tokens }),
    ]
  ) {
    const html = bundle["text/html"] as string;
    assert.equal(html.match(/<script/g)!.length, 1);
    assert.equal(html.match(/<\/script/g)!.length, 1);
    assert.equal(html.match(/<img/g)!.length, 1); // the static picture
    assert.match(html, /<img alt="[^"]+" src="data:image\/svg\+xml;base64,/);
    assert.match(html, /onmouseenter/);
    assert.doesNotMatch(html, /https?:|import\(|\bfetch\(/);
    assert.doesNotMatch(bundle["image/svg+xml"] as string, /<script|<img/);
  }
});

Deno.test("headView() refuses what does not fit together", () => {
  const refuse = (group: AttentionGroup, message: RegExp, options = {}) =>
    assert.throws(() => headView(group, options), { name: "RangeError", message });
  refuse({ weights: [] }, /at least 1 layer/);
  refuse(
    { ...DECODER, queries: ["one"] },
    /must be 5 queries and 5 keys: current numbers are 1 and 1/,
  );
  refuse({ weights: [...DECODER.weights, ...CROSS.weights] }, /one shape.*make two groups/);
  refuse(DECODER, /example must be in 0…1: current example is 2/, { example: 2 });
  refuse(DECODER, /layer must be in 0…1: current layer is 2/, { layer: 2 });
  refuse(DECODER, /head must be in 0…2: current head is -1/, { head: -1 });
  refuse({ weights: weightsOf(12, [1, 12, 84, 84]) }, /1 to 1000000 weights: .* shorter text/);
});

Deno.test("modelView() shows what a GPT looks at", async () => {
  await useDevice("cpu");
  seed(1);
  using model = new GPT({
    vocabSize: 9,
    contextLength: 8,
    numLayers: 2,
    numHeads: 2,
    embedDim: 8,
    dropout: 0,
  });
  const ids = tf.tensor2d([[1, 2, 3, 4]], [1, 4], "int32");
  const weights = await captureAttention(model, () => model.forward(ids));
  ids.dispose();
  const view = modelView({ weights });
  assert.match(`${view}`, /2 layers of 2 heads, 4 → 4 tokens/);
  assert.match(`${headView({ weights })}`, /^0 +0 1\.00$/m); // the first token sees only itself
  const { data, layers } = dataOf(view).groups[0];
  assert.deepEqual(layers, ["blocks.0.attn", "blocks.1.attn"]);
  const bytes = Uint8Array.fromBase64(data);
  assert.deepEqual([...bytes.subarray(0, 4)], [255, 0, 0, 0]);
});

Deno.test("show() draws what captureAttention() gives, layers of one shape in one group", async () => {
  const weights = [...DECODER.weights, ...CROSS.weights];
  const view = await show(weights, { queries: WORDS, keys: CROSS.keys });
  const { mode, groups } = dataOf(view);
  assert.equal(mode, "head");
  assert.deepEqual(groups.map((g: { name: string }) => g.name), [
    "self-attention, 5 → 5 tokens",
    "cross-attention, 3 → 7 tokens",
  ]);
  assert.deepEqual([groups[0].keys[1], groups[1].queries[1], groups[1].keys[1]], [
    "·cat",
    "1",
    "·big",
  ]);
  assert.equal(dataOf(await show(weights[0], { view: "model" })).mode, "model");
});

Deno.test("headView() and modelView() answer to the mouse, several times on a page", async () => {
  const views = [headView(DECODER), headView(DECODER), modelView([DECODER, CROSS])];
  const dom = await openInChromium(`<!doctype html><meta charset="utf-8"><body>
    ${views.map(({ bundle }) => bundle["text/html"]).join("\n")}
    <script>
      const [one, two, three] = document.querySelectorAll("[data-tome-attention]");
      const report = {};
      const event = (node, type) => node.dispatchEvent(new MouseEvent(type));
      const shares = (place, side) => [...place.querySelectorAll("[data-" + side + "]")].map((row) => row.children[0].textContent);
      report.pictures = document.querySelectorAll("img").length;
      report.before = shares(one, "key");
      event(one.querySelector('[data-query="1"]'), "mouseenter");
      report.over = shares(one, "key");
      report.other = shares(two, "key");
      one.querySelector('[data-head="0"]').click();
      report.fewer = shares(one, "key");
      event(one.querySelector('[data-query="1"]'), "mouseleave");
      report.after = shares(one, "key");
      report.closed = three.querySelectorAll("[data-query]").length;
      three.querySelector('[data-cell="1,2"]').click();
      report.open = three.querySelectorAll("[data-query]").length;
      report.heads = [...three.querySelectorAll("[data-head]")].map((b) => b.getAttribute("aria-pressed"));
      three.querySelector('[data-cell="1,2"]').click();
      report.again = three.querySelectorAll("[data-query]").length;
      const kinds = three.querySelector('[aria-label="kind of attention"]');
      kinds.value = "1";
      kinds.dispatchEvent(new Event("change"));
      three.querySelector('[data-cell="0,1"]').click();
      report.cross = [three.querySelectorAll("[data-query]").length, three.querySelectorAll("[data-key]").length];
      const inked = (canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((v) => v > 0);
      report.drawn = [...document.querySelectorAll("canvas")].every(inked);
      document.body.append(Object.assign(document.createElement("pre"), { id: "report", textContent: JSON.stringify(report) }));
    </script>`);
  if (dom === undefined) return;
  const report = JSON.parse(dom.match(/<pre id="report">(.*?)<\/pre>/)![1]!);
  const mean = (heads: number[]) =>
    WORDS.map((_, s) => {
      const bytes = heads.map((h) =>
        Math.round(255 * DECODER.weights[0]!.values[(h * 5 + 1) * 5 + s]!) / 255
      );
      return (bytes.reduce((a, b) => a + b) / heads.length).toFixed(2);
    });
  assert.equal(report.pictures, 0);
  assert.deepEqual(report.before, ["", "", "", "", ""]);
  assert.deepEqual(report.over, mean([0, 1, 2]));
  assert.deepEqual(report.other, report.before);
  assert.deepEqual(report.fewer, mean([1, 2]));
  assert.deepEqual(report.after, report.before);
  assert.deepEqual([report.closed, report.open, report.again], [0, 5, 0]);
  assert.deepEqual(report.heads, ["false", "false", "true"]);
  assert.deepEqual(report.cross, [3, 7]);
  assert.equal(report.drawn, true);
});
