import assert from "node:assert/strict";
import { tokenView } from "@tome/tome/display";
import { assertSnapshot } from "../../_support/snapshot.ts";

const TOKENS = [
  "The",
  " cat",
  " sat\n",
  "\t",
  "<b title='x'>&",
  "模型",
  "\u200b",
  "",
  "  ",
  "\x07\u00a0",
];
const IDS = TOKENS.map((_, i) => 7 * i);
const LOSSES = [NaN, 3.25, 1.1, 0.2, 5.3, 2.2, 0.7, 0.01, 1, 2];

const picture = (name: string) => new URL(`../snapshots/${name}`, import.meta.url);

Deno.test("tokenView() colours tokens by loss as the committed page and text", async () => {
  const { bundle } = tokenView(TOKENS, { ids: IDS, values: LOSSES, by: "loss", title: "Loss" });
  await assertSnapshot(picture("tokens_page.txt"), `${bundle["text/html"]}\n`);
  await assertSnapshot(picture("tokens.txt"), `${bundle["text/plain"]}\n`);
  await assertSnapshot(picture("tokens.svg"), `${bundle["image/svg+xml"]}`);
});

Deno.test("tokenView() makes white space visible and lets no token become HTML", () => {
  const { bundle } = tokenView(TOKENS, { ids: IDS });
  const html = bundle["text/html"] as string;
  for (const type of ["text/html", "image/svg+xml"]) {
    assert.doesNotMatch(bundle[type] as string, /<b[\s·>]/, `${type} has the token as HTML`);
  }
  assert.match(html, />·sat↵<\/span><br>/);
  assert.match(html, />&lt;b·title=&#39;x&#39;&gt;&amp;<\/span>/);
  for (const shown of [">⇥<", ">‹U+200B›<", ">∅<", ">··<", ">␇⍽<"]) assert.ok(html.includes(shown));
  assert.match(html, /title="position 1, &quot; cat&quot;, id 7"/);
  assert.match(html, /title="position 6, &quot;\\u\{200b\}&quot;, id 42"/);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(bundle["text/plain"], /\x1b|\x07/);
});

const grounds = (html: unknown) =>
  [...`${html}`.matchAll(
    /<span title="[^"]*" style="background-color:(#[0-9a-f]{6});color:(#[0-9a-f]{6})/g,
  )]
    .map(([, ground, ink]) => [ground!, ink!] as const);

Deno.test("tokenView() gives equal tokens equal colours, and different ids different ones", () => {
  const { bundle } = tokenView(["a", "b", "a"], { ids: [4, 5, 4] });
  const colours = grounds(bundle["text/html"]).map(([ground]) => ground);
  assert.equal(colours[0], colours[2]);
  assert.notEqual(colours[0], colours[1]);
  const bare = grounds(tokenView(["a", "b", "a"]).bundle["text/html"]).map(([ground]) => ground);
  assert.equal(bare[0], bare[2]);
  assert.notEqual(bare[0], bare[1]);
});

Deno.test("tokenView() colours numbers on their scale, each with a legible ink", () => {
  const view = (values: number[], by: "probability" | "loss" | "attribution") =>
    grounds(tokenView(["a", "b", "c"], { values, by }).bundle["text/html"]);
  assert.deepEqual(view([0, 1, NaN], "probability"), [
    ["#ffffff", "#1f2328"],
    ["#0072b2", "#ffffff"],
    ["#ffffff", "#1f2328"],
  ]);
  assert.equal(view([0, 2, Infinity], "loss")[1]![0], "#d55e00");
  assert.equal(view([0, 2, Infinity], "loss")[2]![0], "#d55e00");
  const [plus, minus, none] = view([2, -2, 0], "attribution").map(([ground]) => ground);
  assert.deepEqual([plus, minus, none], ["#b2182b", "#2166ac", "#f7f7f7"]);
  assert.equal(view([0, 0, 0], "attribution").length, 3);
});

Deno.test("tokenView() shows no tokens and very many", () => {
  assert.match(tokenView([]).bundle["text/html"] as string, /no tokens/);
  const many = Array.from({ length: 500 }, (_, i) => `t${i} `);
  const { bundle } = tokenView(many, { values: many.map((_, i) => i / 100) });
  assert.match(bundle["text/plain"], /… 440 more tokens$/);
  assert.match(bundle["text/html"] as string, /t499·/);
});

Deno.test("tokenView() refuses numbers that are not one for each token", () => {
  assert.throws(() => tokenView(["a", "b"], { values: [1] }), {
    name: "RangeError",
    message: /one of values for each: current numbers are 2 tokens and 1 values/,
  });
  assert.throws(() => tokenView(["a"], { ids: [1, 2] }), { name: "RangeError", message: /ids/ });
});
