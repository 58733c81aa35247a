import {
  barFigure,
  boxFigure,
  confusionMatrixFigure,
  type Figure,
  heatmapFigure,
  histogramFigure,
  lineFigure,
  parallelCoordinatesFigure,
  precisionRecallFigure,
  rocFigure,
  scatterFigure,
  surfaceFigure,
} from "@tome/tome/display";
import { Rng } from "@tome/tome/tensor";

const random = new Rng(3);
const normal = (n: number, mean = 0, std = 1) =>
  Array.from(
    { length: n },
    () => mean + std * (random.uniform(-1, 1) + random.uniform(-1, 1) + random.uniform(-1, 1)),
  );
const grid = Array.from({ length: 33 }, (_, i) => -2 + i / 8);
const words = ["the", "cat", "sat", "on", "the", "mat", "吾輩は猫"];

function ranking(apart: number) {
  const targets = Array.from({ length: 200 }, (_, i) => i % 3 === 0 ? 1 : 0);
  const noise = normal(200);
  return { targets, scores: targets.map((t, i) => apart * t + noise[i]!) };
}

/** One figure of each kind, and some that are hard to draw. */
export const FIGURES: Readonly<Record<string, Figure>> = {
  line: lineFigure({
    train: Array.from(
      { length: 60 },
      (_, i): [number, number] => [i + 1, 1.5 + 2.5 * Math.exp(-i / 15)],
    ),
    validation: [[20, 2.4], [40, 1.9], [60, 1.7]],
  }, { title: "Loss of a GPT", x: "step", y: "loss (nats)", marked: ["validation"] }),
  scatter: scatterFigure({
    "without a garden": normal(80, 70, 12).map((
      x,
    ): [number, number] => [x, 3 * x + random.uniform(-40, 40)]),
    "with a garden": normal(60, 110, 15).map((
      x,
    ): [number, number] => [x, 3.4 * x + random.uniform(-40, 40)]),
  }, { title: "House prices", x: "area (m²)", y: "price (k€)" }),
  scatter_values: scatterFigure({
    runs: normal(60, 0, 1).map((
      x,
      i,
    ): [number, number] => [10 ** (x - 3), 1 + (x - 0.2) ** 2 + i / 100]),
  }, {
    x: "learning rate",
    y: "loss (nats)",
    logX: true,
    values: { runs: Array.from({ length: 60 }, (_, i) => i) },
    value: "run",
    labels: { runs: Array.from({ length: 60 }, (_, i) => `run ${i}`) },
  }),
  bar: barFigure(["cpu", "wasm", "webgpu"], { forward: [410, 96, 12], backward: [1030, 240, 31] }, {
    title: "One step on each device",
    x: "device",
    y: "time (ms)",
  }),
  bar_stacked: barFigure(
    ["embedding", "attention", "feed-forward", "normalization", "output head"],
    {
      weights: [12, 30, 61, 0.4, 12],
      moments: [24, 60, 122, 0.8, 24],
      "saved as loss": [-3, -6, -4, 0, -2],
    },
    { y: "memory (MiB)", stacked: true },
  ),
  heatmap: heatmapFigure(grid.map((y) => grid.map((x) => Math.sin(2 * x) * Math.cos(y))), {
    title: "A wave on both sides of zero",
    x: "column",
    y: "row",
    value: "height (cm)",
  }),
  heatmap_words: heatmapFigure(
    words.map((_, r) => words.map((_, c) => c > r ? NaN : Math.exp(c - r) / (r + 1))),
    {
      x: "key",
      y: "query",
      value: "attention",
      columns: words,
      rows: words,
      text: true,
      square: true,
    },
  ),
  heatmap_large: heatmapFigure(
    Array.from(
      { length: 80 },
      (_, r) => Array.from({ length: 120 }, (_, c) => Math.hypot(r - 40, c - 60)),
    ),
    { value: "distance (cells)" },
  ),
  histogram: histogramFigure({ weights: [...normal(3000, 0, 0.02), NaN, Infinity] }, {
    title: "Weights of a layer",
    x: "weight",
  }),
  histogram_two: histogramFigure({ before: normal(800), after: normal(400, 1, 0.5) }, {
    x: "activation",
    density: true,
  }),
  box: boxFigure({
    "adam": [...normal(40, 2, 0.1), 3.4],
    "sgd": normal(40, 2.6, 0.25),
    "lion": [...normal(40, 2.1, 0.15), 1.1, 3],
    "diverged": [NaN],
  }, { title: "Forty runs each", x: "optimizer", y: "loss (nats)" }),
  surface: surfaceFigure(
    grid.map((y) => grid.map((x) => (1 - x) ** 2 / 4 + (y - x * x) ** 2 / 2)),
    { title: "A valley", xs: grid, ys: grid, x: "weight a", y: "weight b", z: "loss" },
  ),
  confusion: confusionMatrixFigure([[50, 2, 1], [4, 1040, 9], [0, 7, 31]], {
    title: "Iris",
    classes: ["setosa", "versicolor", "virginica"],
    normalize: true,
  }),
  roc: rocFigure({ good: ranking(2), fair: ranking(0.8) }, { title: "Spam or not" }),
  precision_recall: precisionRecallFigure({ good: ranking(2), fair: ranking(0.8) }),
  parallel: parallelCoordinatesFigure(
    Array.from({ length: 24 }, (_, i) => {
      const [lr, layers] = [10 ** random.uniform(-4, -1.5), 2 + i % 5];
      return {
        lr,
        layers,
        norm: i % 2 ? "rms" : "layer",
        "loss (nats)": 2 + 0.3 * (Math.log10(lr) + 3) ** 2 - 0.1 * layers,
      };
    }),
    { title: "A search", log: ["lr"] },
  ),
};
