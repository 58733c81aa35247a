import assert from "node:assert/strict";
import {
  accuracy,
  type Average,
  averageF1,
  averagePrecision,
  balancedAccuracy,
  bitsPerByte,
  brierScore,
  calibration,
  classificationReport,
  cohensKappa,
  ConfusionMatrix,
  f1,
  logLoss,
  matthewsCorrelation,
  meanAbsoluteError,
  meanSquaredError,
  perplexity,
  precision,
  precisionRecallCurve,
  recall,
  rocAuc,
  rocAucOneVsRest,
  rocCurve,
  rootMeanSquaredError,
  rSquared,
  topKAccuracy,
} from "@tome/tome/metrics";
import { assertNear, golden } from "./_golden.ts";

const { labels, predictions, probabilities, binary, scores, ...wanted } = golden.classes;

Deno.test("metrics of classes are those of scikit-learn", () => {
  assertNear(accuracy(predictions, labels), wanted.accuracy, "accuracy");
  assertNear(balancedAccuracy(predictions, labels), wanted.balanced, "balanced accuracy");
  assertNear(matthewsCorrelation(predictions, labels), wanted.matthews, "Matthews");
  assertNear(cohensKappa(predictions, labels), wanted.kappa, "kappa");
  assertNear(topKAccuracy(2)(probabilities, labels), wanted.top2, "top-2 accuracy");
  assert.deepEqual(ConfusionMatrix.of(predictions, labels).counts, wanted.matrix);
  for (const average of ["micro", "macro", "weighted"] as Average[]) {
    const found = [precision, recall, f1].map((metric) => metric(average)(predictions, labels));
    found.forEach((value, i) => assertNear(value, wanted[average][i], average));
  }
  const guessed = scores.map((score: number) => Number(score > 0.5));
  const { precision: p, recall: r, f1: f } = averageF1(
    ConfusionMatrix.of(guessed, binary),
    "binary",
  );
  [p, r, f].forEach((value, i) => assertNear(value, wanted.binaryScores[i], "binary"));
});

Deno.test("metrics of scores and probabilities are those of scikit-learn", () => {
  assertNear(rocAuc(scores, binary), wanted.rocAuc, "ROC-AUC");
  assertNear(averagePrecision(scores, binary), wanted.averagePrecision, "average precision");
  assertNear(rocAucOneVsRest()(probabilities, labels), wanted.ovrMacro, "one-vs-rest", 1e-5);
  const weighted = rocAucOneVsRest("weighted")(probabilities, labels);
  assertNear(weighted, wanted.ovrWeighted, "one-vs-rest, weighted", 1e-5);
  assertNear(logLoss(probabilities, labels), wanted.logLoss, "log loss", 1e-5);
  const both = scores.map((score: number) => [1 - score, score]);
  assertNear(brierScore(both, binary), 2 * wanted.brierBinary, "Brier");
});

Deno.test("metrics of numbers are those of scikit-learn", () => {
  const { predictions, targets, mse, mae, r2 } = golden.numbers;
  assertNear(meanSquaredError(predictions, targets), mse, "MSE");
  assertNear(rootMeanSquaredError(predictions, targets), Math.sqrt(mse), "RMSE");
  assertNear(meanAbsoluteError(predictions, targets), mae, "MAE");
  assertNear(rSquared(predictions, targets), r2, "R²");
});

Deno.test("calibration compares confidence with accuracy by bins", () => {
  const rows = [[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.45, 0.55]];
  const found = calibration(rows, [0, 1, 1, 0], { bins: 10 });
  const bins = found.bins.map(({ count, accuracy }) => [count, accuracy]);
  assert.deepEqual(bins, [[1, 0], [1, 1], [2, 0.5]]);
  // (0.55 · 1 + 0.2 · 1 + 0.4 · 2) / 4
  assertNear(found.expectedError, 0.3875, "expected error");
  assertNear(found.maximumError, 0.55, "maximum error");
  assert.match(String(found), /0\.80–0\.90/);
});

Deno.test("perplexity and bits per byte follow from summed losses", () => {
  assertNear(perplexity([Math.log(8) * 3, Math.log(2)], [3, 1]), Math.exp(Math.log(1024) / 4), "");
  assertNear(bitsPerByte([Math.LN2 * 10], [5]), 2, "bits");
});

Deno.test("curves go from the strictest threshold to the mildest", () => {
  const { falsePositiveRate, truePositiveRate, thresholds } = rocCurve([0.9, 0.8, 0.8, 0.1], [
    1,
    0,
    1,
    0,
  ]);
  assert.deepEqual(falsePositiveRate, [0, 0, 0.5, 1]);
  assert.deepEqual(truePositiveRate, [0, 0.5, 1, 1]);
  assert.deepEqual(thresholds, [Infinity, 0.9, 0.8, 0.1]);
  assert.deepEqual(precisionRecallCurve([0.9, 0.1], [0, 1]).precision, [0, 0.5]);
  assert.throws(() => rocCurve([0.5], [1]), /both classes must have examples/);
  assert.throws(() => rocAuc([0.5, 0.1], [1, 2]), /labels must be 0 or 1.*current label at 1 is 2/);
});

Deno.test("classificationReport prints a row for each class", () => {
  const report = classificationReport([0, 1, 1], [0, 1, 0], { names: ["ham", "spam"] });
  assert.match(String(report), /spam +0\.500 +1\.000 +0\.667 +1\n/);
  assert.match(String(report.matrix), /ham +1 +1/);
  assert.match(report.table()["text/html"], /<td>spam<\/td><td>0\.500<\/td>/);
});

Deno.test("classes that are no classes are refused", () => {
  assert.throws(
    () => ConfusionMatrix.of([0.5], [0]),
    /whole numbers from 0: current value at 0 is 0\.5/,
  );
  assert.throws(
    () => ConfusionMatrix.of([2], [0], { names: ["a", "b"] }),
    /current value at 0 is 2/,
  );
  assert.throws(() => f1("binary")([0, 1, 2], [0, 1, 2]), /there must be two classes/);
});
