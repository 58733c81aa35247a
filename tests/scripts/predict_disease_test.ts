import assert from "node:assert/strict";
import { Rng } from "@tome/tome/tensor";
import { assertFails, runForJson, testManual } from "./_run.ts";

testManual("predict_disease");

/** What predict_disease.ts --json ends with. */
interface Predicted {
  patients: number;
  results: {
    name: string;
    auc: number;
    low: number;
    brier: number;
    costHalf: number;
    costRight: number;
  }[];
}

Deno.test("predict_disease.ts compares classifiers of a table of one's own, each patient held out once", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const random = new Rng(1);
    const rows = Array.from({ length: 120 }, () => {
      const [a, b] = [random.normal(), random.normal()];
      const ill = a + 0.5 * b + 0.6 * random.normal() > 0.4;
      return [a.toFixed(3), random.uniform() < 0.1 ? "NA" : b.toFixed(3), ill ? "yes" : "no"].join(
        ",",
      );
    });
    await Deno.writeTextFile(`${cwd}/patients.csv`, `a,b,ill\n${rows.join("\n")}\n`);
    const found = await runForJson<Predicted>(
      "predict_disease",
      [
        "--csv=patients.csv",
        "--label=ill",
        "--positive=yes",
        "--folds=3",
        "--steps=40",
        "--device=wasm",
        "--out=runs/ill",
      ],
      { cwd },
    );
    assert.equal(found.patients, 120);
    assert.deepEqual(found.results.map(({ name }) => name), [
      "logistic regression",
      "Gaussian naive Bayes",
      "the 15 nearest",
      "network",
    ]);
    for (const { name, auc, low, brier } of found.results) {
      assert.ok(auc > 0.8 && low > 0.7 && brier < 0.4, `${name} ${auc} ${low} ${brier}`);
    }
    assert.ok(found.results[0]!.costRight < found.results[0]!.costHalf);
    assert.match(await Deno.readTextFile(`${cwd}/runs/ill/roc.svg`), /logistic regression/);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("predict_disease.ts wants to know where the class stands in a file", async () => {
  await assertFails("predict_disease", ["--csv=patients.csv"], {
    code: 2,
    message: /as --csv needs --label and --positive/,
  });
});
