import assert from "node:assert/strict";
import { collateForecasts, forecastWindows, walkForward } from "@tome/tome/data";
import { vegaSeries } from "@tome/tome/data/vega-series";
import {
  evaluateForecasts,
  linearForecast,
  modelForecast,
  naiveForecast,
  seasonalNaiveForecast,
  standardizedWindows,
} from "@tome/tome/evaluate";
import { forecastMAE, forecastRMSE, meanAbsoluteScaledError } from "@tome/tome/metrics";
import { Forecaster } from "@tome/tome/models/forecaster";
import { seed } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const near = (a: number, b: number, within = 1e-9) =>
  assert.ok(Math.abs(a - b) <= within, `${a}, not ${b}`);

Deno.test("forecastWindows() foretells within its bounds, and knows nothing of later", () => {
  const values = Array.from({ length: 20 }, (_, i) => i);
  const windows = forecastWindows(values, {
    contextLength: 4,
    horizon: 3,
    stride: 3,
    from: 10,
    to: 19,
  });
  assert.deepEqual(windows.map(({ at }) => at), [10, 13, 16]);
  for (const { at, past, future } of windows) {
    assert.deepEqual(past, [at - 4, at - 3, at - 2, at - 1]);
    assert.deepEqual(future, [at, at + 1, at + 2]);
  }
  assert.equal(forecastWindows(values, { contextLength: 4 })[0]!.at, 4);
  assert.throws(() => forecastWindows(values, { contextLength: 19, horizon: 2 }), {
    name: "RangeError",
    message: /Cannot cut windows as 19 known and 2 foretold values must fit: current values are 20/,
  });
});

Deno.test("walkForward() covers the end of a series in stretches without a gap", () => {
  assert.deepEqual(walkForward(100, { folds: 3, share: 0.3 }), [
    { from: 70, to: 80 },
    { from: 80, to: 90 },
    { from: 90, to: 100 },
  ]);
  assert.throws(() => walkForward(5, { folds: 4, share: 0.2 }), { name: "RangeError" });
});

Deno.test("forecast metrics are the textbook's", () => {
  const [found, actual] = [[[1, 2], [3, 3]], [[2, 2], [0, 5]]];
  near(forecastMAE(found, actual), (1 + 0 + 3 + 2) / 4);
  near(forecastRMSE(found, actual), Math.sqrt((1 + 9 + 4) / 4));
  // the known series changes by 1, 2, 3 from step to step, and by 3 and 5 over two
  near(meanAbsoluteScaledError([0, 1, 3, 6])(found, actual), 1.5 / 2);
  near(meanAbsoluteScaledError([0, 1, 3, 6], 2)(found, actual), 1.5 / 4);
  assert.throws(() => meanAbsoluteScaledError([2, 2, 2]), { name: "RangeError" });
  assert.throws(() => forecastMAE([[1]], [[1, 2]]), { message: /current lengths are 1 and 2/ });
});

Deno.test("baselines are exact where they should be, and never look ahead", async () => {
  const wave = Array.from({ length: 120 }, (_, t) => Math.sin(2 * Math.PI * t / 12) + 0.1 * t);
  const options = { contextLength: 12, horizon: 4 };
  const test = forecastWindows(wave, { ...options, from: 90, stride: 4 });
  const linear = linearForecast(forecastWindows(wave.slice(0, 90), options), { ridge: 1e-9 });
  const seasonal = seasonalNaiveForecast(wave, 12);
  const [a, b, c] = [naiveForecast(), seasonal, linear].map((method) =>
    method.forecast(test) as number[][]
  );
  test.forEach(({ past, future }, i) => {
    assert.deepEqual(a![i], future.map(() => past.at(-1)));
    b![i]!.forEach((value, step) => near(value, future[step]! - 1.2));
    c![i]!.forEach((value, step) => near(value, future[step]!, 1e-4));
  });
  // what comes later changes nothing
  const other = wave.map((value, t) => t >= 100 ? 99 : value);
  const first = test.filter(({ at }) => at <= 96);
  assert.deepEqual(seasonalNaiveForecast(other, 12).forecast(first), seasonal.forecast(first));
  assert.throws(() => seasonalNaiveForecast(wave, 95).forecast(test), { name: "RangeError" });
  const report = await evaluateForecasts([seasonal, linear], test, {
    known: wave.slice(0, 90),
    season: 12,
  });
  near(report.scores[0]!.mae.value, 1.2);
  near(report.scores[0]!.mase.value, 1, 1e-6);
  assert.ok(report.scores[1]!.beside.difference.high < 0);
  assert.match(String(report), /seasonal naive: 12 steps ago/);
});

testOnDevices("modelForecast() gives a model standardized values, and real ones back", async () => {
  seed(1);
  const values = Array.from({ length: 60 }, (_, t) => 100 + 10 * Math.sin(t));
  const { scaler, train } = standardizedWindows(values, {
    before: 40,
    contextLength: 5,
    horizon: 2,
  });
  const known = values.slice(0, 40);
  near(scaler.mean[0]!, known.reduce((sum, value) => sum + value, 0) / 40);
  assert.equal(train.at(-1)!.at, 38);
  const batch = collateForecasts(train.slice(0, 3));
  assert.deepEqual([batch.inputs.shape, batch.targets.shape], [[3, 5, 1], [3, 2]]);
  using model = new Forecaster({ kind: "lstm", contextLength: 5, horizon: 2, hiddenSize: 4 });
  const test = forecastWindows(values, { contextLength: 5, horizon: 2, from: 40, stride: 2 });
  // a model that changes nothing gives the naive forecast
  tf.tidy(() => [model.head.weight, model.head.bias!].forEach((p) => p.assign(tf.zeros(p.shape))));
  const found = await modelForecast("still", model, scaler).forecast(test);
  await assertClose(found.flat(), test.flatMap(({ past }) => [past.at(-1)!, past.at(-1)!]));
  assert.ok(model.training);
});

Deno.test("vegaSeries() are whole, and seasons come again", async () => {
  for (
    const [name, length, season] of [["sp500", 5105, 1], ["temperature", 1461, 365], [
      "co2",
      741,
      12,
    ]] as const
  ) {
    const series = await vegaSeries(name);
    assert.deepEqual([series.values.length, series.dates.length, series.season], [
      length,
      length,
      season,
    ]);
    assert.ok(series.values.every(Number.isFinite));
    assert.deepEqual([...series.dates].sort(), series.dates);
  }
});
