import assert from "node:assert/strict";
import { spansOfWords, spanView } from "@tome/tome/display";
import { assertSnapshot } from "../../_support/snapshot.ts";

const picture = (name: string) => new URL(`../snapshots/${name}`, import.meta.url);
const TEXT =
  "Captain Ahab left Nantucket <b>\nwith the Pequod; 亚哈船长 sailed from 南塔克特 once more.";
const at = (words: string, label: string) => {
  const start = TEXT.indexOf(words);
  return { start, end: start + words.length, label };
};
const SPANS = [
  at("南塔克特", "place"),
  at("Captain Ahab", "person"),
  at("Nantucket", "place"),
  at("<b>\nwith", "<i>"),
];

Deno.test("spanView() marks stretches as the committed page and drawing", async () => {
  const { bundle } = spanView(TEXT, SPANS, { title: "Names", labels: ["person", "place"] });
  await assertSnapshot(picture("spans_page.txt"), `${bundle["text/html"]}\n`);
  await assertSnapshot(picture("spans.svg"), `${bundle["image/svg+xml"]}`);
  assert.match(
    bundle["text/plain"],
    /^Names\n\[Captain Ahab person\] left \[Nantucket place\] \[<b>/,
  );
});

Deno.test("spanView() lets neither text nor label become HTML", () => {
  const { bundle } = spanView(TEXT, SPANS);
  for (const type of ["text/html", "image/svg+xml"]) {
    assert.doesNotMatch(bundle[type] as string, /<b>|<i>/, type);
  }
  assert.match(bundle["text/html"] as string, /&lt;b&gt;<br>with/);
});

Deno.test("spanView() gives equal labels equal grounds, and different labels different ones", () => {
  const html = `${spanView(TEXT, SPANS).bundle["text/html"]}`;
  const ground = (words: string) =>
    new RegExp(`background-color:(#[0-9a-f]{6})[^>]*>${words}`).exec(html)![1];
  assert.equal(ground("Nantucket"), ground("南塔克特"));
  assert.notEqual(ground("Nantucket"), ground("Captain Ahab"));
  const places = (labels: string[]) =>
    `${spanView(TEXT, SPANS.slice(2, 3), { labels }).bundle["text/html"]}`;
  assert.equal(places(["person", "place"]), places(["a", "place"]));
  assert.notEqual(places(["person", "place"]), places(["place"]));
});

Deno.test("spanView() refuses spans that overlap, are empty or lie outside", () => {
  const one = { start: 2, end: 4, label: "a" };
  for (const other of [{ ...one, start: 3 }, { ...one, start: 5, end: 5 }, { ...one, end: 99 }]) {
    assert.throws(() => spanView("abcdefgh", [one, other]), {
      name: "RangeError",
      message: /lie in the text/,
    });
  }
  assert.equal(spanView("", []).bundle["text/plain"], "");
});

Deno.test("spansOfWords() joins what tags begin and go on with", () => {
  const { text, spans } = spansOfWords(["New", "York", "saw", "Ada", "Bo", "run"], [
    "B-place",
    "I-place",
    "O",
    "B-person",
    "B-person",
    "vb",
  ]);
  assert.equal(text, "New York saw Ada Bo run");
  assert.deepEqual(spans.map(({ start, end, label }) => [text.slice(start, end), label]), [
    ["New York", "place"],
    ["Ada", "person"],
    ["Bo", "person"],
    ["run", "vb"],
  ]);
  assert.throws(() => spansOfWords(["a"], []), { message: /1 words and 0 tags/ });
});
