import assert from "node:assert/strict";
import {
  barFigure,
  boxFigure,
  confusionCounts,
  confusionMatrixFigure,
  heatmapFigure,
  histogramFigure,
  parallelCoordinatesFigure,
  precisionRecallCurve,
  precisionRecallFigure,
  renderSvg,
  renderText,
  rocCurve,
  rocFigure,
  scatterFigure,
  surfaceFigure,
} from "@tome/tome/display";

const range = (message: RegExp) => ({ name: "RangeError", message });

Deno.test("barFigure() puts names on the axis and one bar for each", () => {
  const { data, layout } = barFigure(["a", "b"], { x: [1, 2], y: [3, 4] }, { stacked: true });
  assert.deepEqual(data.map((t) => t.y), [[1, 2], [3, 4]]);
  assert.deepEqual(layout.xaxis.ticktext, ["a", "b"]);
  assert.equal(layout.barmode, "relative");
  assert.throws(() => barFigure(["a"], { x: [1, 2] }), range(/must be 1: current number is 2/));
});

Deno.test("barFigure() names some of many places, evenly", () => {
  const names = Array.from({ length: 100 }, (_, i) => `n${i}`);
  const { layout } = barFigure(names, { x: names.map(() => 1) });
  assert.deepEqual(layout.xaxis.ticktext!.slice(0, 3), ["n0", "n5", "n10"]);
});

Deno.test("stacked bars grow upwards above zero and downwards below", () => {
  const svg = renderSvg(barFigure(["a"], { x: [2], y: [-1], z: [3] }, { stacked: true }));
  const spans = [...svg.matchAll(/<path d="M[\d.]+ ([\d.]+)H[\d.]+V([\d.]+)H/g)]
    .map(([, from, to]) => [Number(from), Number(to)]);
  assert.equal(spans.length, 3);
  assert.equal(spans[2]![0], spans[0]![1]); // z stands on x
  assert.equal(spans[1]![0], spans[0]![0]); // y hangs from zero
  assert.ok(spans[1]![1]! > spans[1]![0]!);
});

Deno.test("histogramFigure() counts each value once, the greatest in the last part", () => {
  const { data, layout } = histogramFigure({ v: [0, 0.5, 1, 2, NaN, 4] }, { bins: 4, x: "v" });
  assert.deepEqual(data[0]!.y, [2, 1, 1, 1]);
  assert.deepEqual(data[0]!.x, [0.5, 1.5, 2.5, 3.5]);
  assert.equal(layout.xaxis.title.text, "v (1 not finite, left out)");
});

Deno.test("histogramFigure() of a density has the area 1", () => {
  const { data } = histogramFigure({ v: [1, 2, 2, 5, 9] }, { density: true, bins: 7 });
  const area = data[0]!.y.reduce((sum, y) => sum + y * data[0]!.width!, 0);
  assert.ok(Math.abs(area - 1) < 1e-12);
});

Deno.test("histogramFigure() takes a range, equal values and none", () => {
  assert.deepEqual(histogramFigure({ v: [1, 2, 3] }, { range: [2, 4], bins: 2 }).data[0]!.y, [
    1,
    1,
  ]);
  assert.equal(histogramFigure({ v: [3, 3] }).data[0]!.y.reduce((a, b) => a + b), 2);
  assert.doesNotMatch(renderSvg(histogramFigure({ v: [] })), /NaN/);
  assert.throws(() => histogramFigure({ v: [1] }, { bins: 0 }), range(/current value is 0/));
  assert.throws(() => histogramFigure({ v: [1] }, { range: [1, 1] }), range(/\[1, 1\]/));
});

Deno.test("boxFigure() has the quartiles of NumPy, and points beyond the whiskers", () => {
  const { data } = boxFigure({ v: [7, 1, 2, 3, 4, 100], none: [NaN] });
  assert.deepEqual([data[0]!.q1, data[0]!.median, data[0]!.q3], [[2.25], [3.5], [6.25]]); // np.quantile
  assert.deepEqual([data[0]!.lowerfence, data[0]!.upperfence, data[0]!.y], [[1], [7], [[100]]]);
  assert.deepEqual(data[1]!.x, []);
});

Deno.test("heatmapFigure() has row 0 at the top, and colours even about zero", () => {
  const { data, layout } = heatmapFigure([[-1, 0.5], [NaN, 3]]);
  assert.deepEqual(layout.yaxis.range, [1.5, -0.5]);
  assert.deepEqual([data[0]!.zmin, data[0]!.zmax], [-3, 3]);
  assert.deepEqual(data[0]!.z, [[-1, 0.5], [null, 3]]);
  assert.equal(heatmapFigure([[2, 2]]).data[0]!.zmin, 1.5);
});

Deno.test("heatmapFigure() throws if the matrix, its names or its texts do not fit", () => {
  assert.throws(() => heatmapFigure([]), range(/current is empty/));
  assert.throws(() => heatmapFigure([[1, 2], [1]]), range(/row 0 has 2, row 1 has 1/));
  assert.throws(
    () => heatmapFigure([[1, 2]], { columns: ["a"] }),
    range(/columns as there must be 2/),
  );
  assert.throws(() => heatmapFigure([[1, 2]], { rows: [] }), range(/rows as there must be 1/));
  assert.throws(
    () => heatmapFigure([[1, 2]], { text: [["a"]] }),
    range(/texts as there must be 2/),
  );
});

Deno.test("scatterFigure() shows one bar of colours, and throws if values are too few", () => {
  const figure = scatterFigure({ a: [[0, 0]], b: [[1, 1]] }, { values: { a: [5], b: [9] } });
  assert.deepEqual(figure.data.map((t) => t.marker.showscale), [true, false]);
  assert.deepEqual(figure.data.map((t) => [t.marker.cmin, t.marker.cmax]), [[5, 9], [5, 9]]);
  assert.throws(() => scatterFigure({ a: [[0, 0]] }, { values: { a: [] } }), range(/values of a/));
});

Deno.test("surfaceFigure() throws if heights are not finite or places are too few", () => {
  assert.throws(() => surfaceFigure([[1, NaN]]), range(/current value is NaN/));
  assert.throws(() => surfaceFigure([[1, 2]], { xs: [1] }), range(/xs as there must be 2/));
  assert.throws(() => surfaceFigure([[1, 2]], { ys: [1, 2] }), range(/ys as there must be 1/));
});

Deno.test("renderSvg() paints a surface from the farthest square to the nearest", () => {
  const svg = renderSvg(surfaceFigure([[0, 0], [0, 0], [9, 9]]));
  const squares = svg.split('stroke-linejoin="round">')[1]!.split("</g>")[0]!
    .match(/fill="#[0-9a-f]{6}"/g)!;
  assert.equal(squares.length, 2);
  assert.match(squares[1]!, /"#[34].0.[45]./); // the flat one in front, in the scale's darkest colour
  assert.doesNotMatch(squares[0]!, /"#[34].0/);
  assert.match(renderSvg(surfaceFigure([[1, 1], [1, 1]])), /<path/); // flat
});

Deno.test("confusionCounts() counts pairs, and throws if a class is out of range", () => {
  assert.deepEqual(confusionCounts([0, 1, 1, 2], [0, 2, 1, 2], 3), [[1, 0, 0], [0, 1, 1], [
    0,
    0,
    1,
  ]]);
  assert.throws(() => confusionCounts([0], [0, 1], 2), range(/must be 1 predictions/));
  assert.throws(() => confusionCounts([0], [2], 2), range(/from 0 to 1: current class is 2/));
});

Deno.test("confusionMatrixFigure() shows shares of each true class", () => {
  const { data } = confusionMatrixFigure([[3, 1], [0, 0]], { normalize: true });
  assert.deepEqual(data[0]!.z, [[0.75, 0.25], [0, 0]]);
  assert.deepEqual(data[0]!.text![0], ["75 %", "25 %"]);
  assert.throws(() => confusionMatrixFigure([[1, 2]]), range(/current shape is \[1, 2\]/));
});

Deno.test("rocCurve() counts ties half, in any order of the rows", () => {
  assert.equal(rocCurve({ scores: [1, 1, 1, 1], targets: [1, 0, 0, 1] }).area, 0.5);
  // 2 of 4 pairs in order, 1 tied
  const ranking = { scores: [0.3, 0.6, 0.6, 0.9], targets: [1, 1, 0, 0] };
  assert.equal(rocCurve(ranking).area, 0.125);
  const reversed = { scores: ranking.scores.toReversed(), targets: ranking.targets.toReversed() };
  assert.deepEqual(rocCurve(reversed), rocCurve(ranking));
  assert.equal(rocCurve({ scores: [Infinity, -Infinity], targets: [true, false] }).area, 1);
});

Deno.test("rocCurve() and precisionRecallCurve() throw if there is nothing to rank", () => {
  assert.throws(
    () => rocCurve({ scores: [1, 2], targets: [1, 1] }),
    range(/2 positive and 0 negative/),
  );
  assert.throws(() => rocCurve({ scores: [1, NaN], targets: [1, 0] }), range(/current score 1 is/));
  assert.throws(() => rocCurve({ scores: [1], targets: [1, 0] }), range(/must be 1 targets/));
  assert.throws(() => precisionRecallCurve({ scores: [1], targets: [0] }), range(/0 positive/));
  assert.equal(precisionRecallCurve({ scores: [1], targets: [1] }).area, 1);
});

Deno.test("rocFigure() and precisionRecallFigure() draw chance as dots", () => {
  const ranking = { scores: [0.9, 0.8, 0.4, 0.1], targets: [1, 0, 1, 0] };
  const roc = rocFigure({ m: ranking }).data;
  assert.deepEqual([roc[1]!.line.dash, roc[1]!.y], ["dot", [0, 1]]);
  const pr = precisionRecallFigure({ m: ranking }).data;
  assert.deepEqual([pr[0]!.name, pr[1]!.y], ["m (AP 0.833)", [0.5, 0.5]]);
});

Deno.test("parallelCoordinatesFigure() has ratios, names and a colour", () => {
  const { data } = parallelCoordinatesFigure([
    { lr: 0.001, norm: "rms", tied: true, loss: 2 },
    { lr: 0.1, norm: "layer", tied: false, loss: 3 },
  ], { log: ["lr"] });
  const [lr, norm, tied] = data[0]!.dimensions;
  assert.deepEqual([lr!.values, lr!.log], [[-3, -1], true]);
  assert.deepEqual([norm!.values, norm!.ticktext], [[0, 1], ["rms", "layer"]]);
  assert.deepEqual(tied!.ticktext, ["true", "false"]);
  assert.deepEqual(data[0]!.line.color, [2, 3]);
});

Deno.test("parallelCoordinatesFigure() throws if runs do not fit together", () => {
  assert.throws(() => parallelCoordinatesFigure([]), range(/current number is 0/));
  assert.throws(() => parallelCoordinatesFigure([{ a: 1 }, {}]), {
    name: "TypeError",
    message: /run 1 has nothing/,
  });
  assert.throws(() => parallelCoordinatesFigure([{ a: "x" }]), {
    name: "TypeError",
    message: /none/,
  });
  assert.throws(() => parallelCoordinatesFigure([{ a: 0 }], { log: ["a"] }), range(/least is 0/));
  assert.throws(() => parallelCoordinatesFigure([{ a: NaN }]), range(/run 0 has NaN/));
});

Deno.test("every figure takes no text for markup", () => {
  const bad = `<b>&"`;
  const figures = [
    barFigure([bad], { [bad]: [1], other: [2] }, { title: bad, x: bad, y: bad }),
    scatterFigure({ [bad]: [[1, 1]] }, {
      values: { [bad]: [1] },
      value: bad,
      labels: { [bad]: [bad] },
    }),
    heatmapFigure([[1]], { rows: [bad], columns: [bad], text: [[bad]], value: bad }),
    boxFigure({ [bad]: [1, 2] }, { x: bad }),
    surfaceFigure([[1, 2], [3, 4]], { x: bad, y: bad, z: bad }),
    parallelCoordinatesFigure([{ [bad]: bad, n: 1 }]),
  ];
  for (const figure of figures) assert.doesNotMatch(renderSvg(figure), /<b>|&"/);
});

Deno.test("renderText() draws one bar, one cell and one run", () => {
  assert.match(renderText(barFigure(["吾輩"], { x: [NaN] })), /吾輩 │ NaN/);
  assert.match(renderText(heatmapFigure([[1]])), /0 │▒▒│/);
  assert.match(renderText(parallelCoordinatesFigure([{ lr: 0.01, loss: 2 }])), /0\.01 +2/);
});
