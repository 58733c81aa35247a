import assert from "node:assert/strict";
import { bindingMolecules, splitSmiles } from "@tome/tome/data/molecules";
import { medicalTable } from "@tome/tome/data/medical-tables";
import { DownloadError, parseClassTable, Standardizer, TablePreparation } from "@tome/tome/data";
import {
  gaussianNaiveBayes,
  nearestNeighbours,
  ridgeRegression,
  tableLogisticRegression,
} from "@tome/tome/evaluate";
import { bestThreshold, decisionCost, rocAuc } from "@tome/tome/metrics";
import golden from "../../golden/tables.json" with { type: "json" };
import { assertClose } from "../../_support/numeric.ts";

Deno.test("tableLogisticRegression() and gaussianNaiveBayes() are scikit-learn's on real tumours", async () => {
  const { rows, labels, features, classes } = await medicalTable("breast-cancer");
  assert.deepEqual([rows.length, features.length, classes[1]], [569, 30, "malignant"]);
  assert.deepEqual([features[0], features[22]], ["mean radius", "worst perimeter"]);
  const held = rows.map((_, i) => i % 3 === 0);
  const part = <T>(all: T[], want: boolean) => all.filter((_, i) => held[i] === want);
  const ready = new TablePreparation(part(rows, false));
  await assertClose(ready.scale.mean, golden.tumours.mean, { rtol: 1e-7 });
  await assertClose(ready.scale.std, golden.tumours.std, { rtol: 1e-7 });
  const train = part(rows, false).map((row) => ready.apply(row));
  const test = part(rows, true).map((row) => ready.apply(row));
  for (const { strength, weights, bias, auc, first } of golden.tumours.models) {
    const model = tableLogisticRegression(train, part(labels, false), { strength });
    await assertClose(model.weights[0]!, weights, { atol: 1e-3 });
    assert.ok(Math.abs(model.bias[0]! - bias) < 1e-3);
    const scores = model.probabilities(test).map(([, p]) => p!);
    await assertClose(scores.slice(0, 10), first, { atol: 1e-4 });
    assert.ok(Math.abs(rocAuc(scores, part(labels, true)) - auc) < 1e-6);
  }
  const bayes = gaussianNaiveBayes(train, part(labels, false)).probabilities(test);
  const scores = bayes.map(([, p]) => p!);
  assert.ok(Math.abs(rocAuc(scores, part(labels, true)) - golden.tumours.bayesAuc) < 1e-3);
});

Deno.test("classifiers and ridgeRegression() are scikit-learn's on drawn rows of three classes", async () => {
  const { rows, labels, targets, asked } = golden;
  const logistic = tableLogisticRegression(rows, labels, { strength: 2 });
  await assertClose(logistic.weights.flatMap((w) => [...w]), golden.logistic.weights.flat(), {
    atol: 1e-4,
  });
  const flat = (found: Float64Array[]) => found.flatMap((row) => [...row]);
  await assertClose(flat(logistic.probabilities(asked)), golden.logistic.probabilities.flat());
  await assertClose(
    flat(gaussianNaiveBayes(rows, labels).probabilities(asked)),
    golden.bayes.flat(),
    {
      rtol: 1e-6,
      atol: 1e-9,
    },
  );
  for (const { strength, weights, bias, predictions } of golden.ridge) {
    const map = ridgeRegression(rows, targets, { strength });
    await assertClose(map.weights.flatMap((w) => [...w]), weights.flat(), { atol: 1e-9 });
    await assertClose(map.bias, bias, { atol: 1e-9 });
    await assertClose(asked.flatMap((row) => map.predict(row)), predictions.flat(), { atol: 1e-9 });
  }
  assert.throws(() => ridgeRegression(rows, []), { name: "RangeError" });
  assert.throws(() => tableLogisticRegression(rows, [0, 1]), {
    message: /current numbers are 40 examples and 2 labels/,
  });
});

Deno.test("nearestNeighbours() asks the rows nearby", () => {
  const rows = [[0, 0], [0, 1], [1, 0], [9, 9], [9, 8]];
  const model = nearestNeighbours(rows, [0, 0, 1, 1, 1], { neighbours: 3 });
  const [near, far] = model.probabilities([[0.1, 0.1], [8, 7.5]]);
  assert.ok(Math.abs(near![0]! - 2 / 3) < 1e-12);
  assert.ok(Math.abs(far![1]! - 1) < 1e-12, "the third neighbour is of class 1 too");
});

Deno.test("parseClassTable() reads numbers, words, and what is missing; TablePreparation fills it", () => {
  const csv = "age,sugar,gene,sick\n40,100,a,yes\n50,0,b,no\n60,120,a,no\n70,NA,b,yes\n";
  const table = parseClassTable("few", csv, {
    label: "sick",
    positive: "yes",
    zeroIsMissing: ["sugar"],
  });
  assert.deepEqual(table.features, ["age", "sugar", "gene a", "gene b"]);
  assert.deepEqual([table.labels, table.classes], [[1, 0, 0, 1], ["no", "yes"]]);
  assert.deepEqual(table.rows[1], [50, NaN, 0, 1]);
  const ready = new TablePreparation(table.rows.slice(0, 3));
  assert.deepEqual(ready.median, [50, 110, 1, 0]);
  const [age, sugar] = ready.apply(table.rows[3]!);
  assert.ok(Math.abs(age! - 20 / Math.sqrt(200 / 3)) < 1e-12 && sugar === 0);
  assert.throws(() => parseClassTable("few", csv, { label: "ill", positive: "yes" }), {
    name: "SyntaxError",
    message: "Cannot read the table few as it must have rows and a column ill",
  });
  const flatColumn = new Standardizer([[3], [3]]);
  assert.deepEqual([flatColumn.apply([4]), flatColumn.restore(1)], [[1], 4]);
});

Deno.test("bestThreshold() weighs misses against alarms", () => {
  const scores = [0.1, 0.2, 0.35, 0.4, 0.6, 0.8];
  const labels = [0, 0, 1, 0, 0, 1];
  const dear = bestThreshold(scores, labels, { miss: 10, alarm: 1 });
  assert.deepEqual([dear.misses, dear.alarms], [0, 2]);
  assert.ok(dear.threshold > 0.2 && dear.threshold <= 0.35 && Math.abs(dear.cost - 2 / 6) < 1e-12);
  const cheap = bestThreshold(scores, labels, { miss: 1, alarm: 10 });
  assert.deepEqual([cheap.misses, cheap.alarms], [1, 0]);
  assert.deepEqual(decisionCost(scores, labels, 0.5, { miss: 1, alarm: 1 }), {
    threshold: 0.5,
    cost: 2 / 6,
    misses: 1,
    alarms: 1,
  });
  assert.equal(bestThreshold([0.3], [0], { miss: 1, alarm: 1 }).alarms, 0);
});

Deno.test("medicalTable() reads diabetes and Alzheimer's from TOME_DATA, or says what is missing", async () => {
  for (
    const [name, rows, columns, sick] of [["diabetes", 768, 8, 268], [
      "alzheimer",
      333,
      135,
      91,
    ]] as const
  ) {
    try {
      const table = await medicalTable(name);
      assert.deepEqual([table.rows.length, table.features.length], [rows, columns]);
      assert.equal(table.labels.reduce((sum, label) => sum + label, 0), sick);
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      assert.match(error.message, /must lie in a folder: name that folder by TOME_DATA/);
      // deno-lint-ignore no-console
      console.log(`${name}: not run, as TOME_DATA does not have it`);
    }
  }
});

Deno.test("bindingMolecules() are real molecules, and splitSmiles() loses nothing of them", async () => {
  const molecules = await bindingMolecules("pik3-alpha");
  assert.equal(molecules.length, 960);
  assert.ok(molecules.filter(({ held }) => held).length > 180);
  for (const { smiles, affinity } of molecules) {
    assert.equal(splitSmiles(smiles).join(""), smiles);
    assert.ok(affinity > 2 && affinity < 12, `${affinity}`);
  }
});
