import assert from "node:assert/strict";
import { compareOutputs, compareTexts, type Output } from "@tome/tome/notebook";

const tolerance = { rtol: 1e-3, atol: 1e-6 };

Deno.test("compareTexts() takes numbers by tolerance and words as they are", () => {
  const same = [
    ["loss 2.3333", "loss 2.3334"],
    ["0.123", "0.124"], // one unit of the last place, under 1 %
    ["took 1.25 s, 3 MB at 120 tokens/s", "took 9 s, 812 kB at 7.5 tokens/s"],
    ["at 12:30:01", "at 07:01:59"],
    ["[ 1,  2 ]\n", "[ 1, 2 ]"],
    ["−1e-7", "1e-7"],
  ] as const;
  for (const [a, b] of same) assert.equal(compareTexts(a, b, tolerance), undefined, a);
  const different = [
    ["7", "8"],
    ["0.045", "0.046"],
    ["1000000", "1002000"],
    ["loss 2.3", "cost 2.3"],
    ["1 2", "1 2 3"],
    ["-3", "3"],
    ["NaN", "1"],
    ["layer1", "layer2"],
    ["4 samples", "5 samples"],
  ] as const;
  for (const [a, b] of different) assert.notEqual(compareTexts(a, b, tolerance), undefined, a);
});

const shown = (data: Record<string, unknown>): Output[] => [
  { output_type: "display_data", data, metadata: {} },
];

Deno.test("compareOutputs() looks at a figure's data and at a picture's presence, not at its pixels", () => {
  const figure = (y: number, png = "AAAA") =>
    shown({
      "application/vnd.plotly.v1+json": { data: [{ y: [1, y], uid: png }] },
      "image/png": png,
    });
  const compare = (a: Output[], b: Output[]) => compareOutputs(a, b, tolerance);
  assert.deepEqual(compare(figure(2), figure(2.0001, "BBBB")), []);
  assert.match(compare(figure(2), figure(3))[0]!, /data\.0\.y\.1 was 2 and is 3/);
  assert.match(compare(figure(2), figure(2, ""))[0]!, /image\/png is empty/);
  assert.match(compare(figure(2), shown({ "image/png": "A" }))[0]!, /it had the types/);
  const drawing = { "image/svg+xml": "<svg/>" };
  const twins = shown({ ...drawing, "image/png": "A" });
  assert.deepEqual(compare(shown(drawing), twins), []);
  assert.deepEqual(compare(twins, shown(drawing)), []);
  assert.match(compare(twins, shown({ "image/png": "A" }))[0]!, /it had the types image\/svg/);
  const page = (y: number, words = "Loss") =>
    shown({
      "text/html": `<b id="${y}">${words}</b><script type="application/json">{"y":[${y}]}</script>`,
    });
  assert.deepEqual(compare(page(2), page(2.0001)), []);
  assert.match(compare(page(2), page(3))[0]!, /figure\.0\.y\.0 was 2 and is 3/);
  assert.match(compare(page(2), page(2, "Cost"))[0]!, /line 1 was "Loss"/);
  assert.deepEqual(compareOutputs(page(2), page(3, "Cost"), tolerance, "presence"), []);
});

Deno.test("compareOutputs() compares streams as a whole, in whatever pieces they came", () => {
  const out = (text: string): Output => ({ output_type: "stream", name: "stdout", text });
  const err: Output = { output_type: "stream", name: "stderr", text: "w" };
  assert.deepEqual(compareOutputs([out("a"), err, out("b")], [out("ab"), err], tolerance), []);
  assert.deepEqual(compareOutputs([out("ab"), err], [out("ab")], tolerance), [
    "stderr was printed and is not any more",
  ]);
});
