import assert from "node:assert/strict";
import {
  BagOfWords,
  logisticRegression,
  majorityClassifier,
  MostFrequentTag,
  naiveBayes,
  NGramModel,
  predictLabels,
  randomClassifier,
  splitWords,
} from "@tome/tome/evaluate";
import { Rng } from "@tome/tome/tensor";
import golden from "../../golden/baselines.json" with { type: "json" };

function assertClose(actual: Iterable<number>, wanted: number[], tolerance: number, what: string) {
  const found = [...actual];
  assert.equal(found.length, wanted.length, what);
  found.forEach((value, i) =>
    assert.ok(Math.abs(value - wanted[i]!) <= tolerance, `${what} ${i}: ${value}, not ${wanted[i]}`)
  );
}

Deno.test("logistic regression finds scikit-learn's features, weights and probabilities", () => {
  for (const one of golden.cases.filter(({ model }) => model === "logistic")) {
    const found = logisticRegression(one.texts, one.labels, one.options);
    assert.deepEqual(found.features, one.features);
    found.weights.forEach((row, k) => assertClose(row, one.weights![k]!, 1e-3, "weight"));
    found.probabilities(one.held).forEach((row, i) =>
      assertClose(row, one.probabilities[i]!, 1e-4, "probability")
    );
    if (found.bias.length === 1) assertClose(found.bias, one.bias!, 1e-3, "bias");
  }
});

Deno.test("naive Bayes gives scikit-learn's probabilities", () => {
  for (const one of golden.cases.filter(({ model }) => model === "bayes")) {
    const found = naiveBayes(one.texts, one.labels, one.options);
    found.probabilities(one.held).forEach((row, i) =>
      assertClose(row, one.probabilities[i]!, 1e-9, "probability")
    );
  }
});

Deno.test("constant classifiers look at nothing", () => {
  const [texts, labels] = [["a", "b", "c", "d"], [1, 1, 0, 1]];
  assert.deepEqual(predictLabels(majorityClassifier(texts, labels), ["x", "y"]), [1, 1]);
  const many = Array.from({ length: 2000 }, () => "x");
  const guesses = predictLabels(randomClassifier(texts, labels, { seed: 1 }), many);
  const share = guesses.filter((guess) => guess === 1).length / many.length;
  assert.ok(Math.abs(share - 0.75) < 0.04, String(share));
});

Deno.test("splitWords takes words in small letters, and Chinese by characters and pairs", () => {
  assert.deepEqual(splitWords("I'd say GPT-4 很好a"), ["say", "gpt", "很", "很好", "好"]);
  const row = new BagOfWords(["b a_ b_ a_"], { split: (text) => text.split(" ") }).row(
    "a_ a_ zz b",
  );
  assert.deepEqual([[...row.columns], [...row.values]], [[0, 1], [2, 1]]);
});

Deno.test("MostFrequentTag knows words by their commonest tag", () => {
  const tagger = new MostFrequentTag([["the", "run"], ["run", "run"]], [["D", "N"], ["V", "V"]]);
  assert.deepEqual(tagger.predict(["the", "run", "new"]), ["D", "V", "V"]);
  assert.throws(
    () => new MostFrequentTag([["a"]], [[]]),
    /as many tags as words: current numbers are 0 and 1/,
  );
});

Deno.test("probabilities of an n-gram model sum to one after any context", () => {
  const random = new Rng(2);
  const ids = Array.from({ length: 400 }, (_, i) => i % 7 === 0 ? random.int(9) : (i * 3) % 9);
  for (const order of [1, 2, 3, 4]) {
    const model = new NGramModel(ids, 11, { order });
    for (let trial = 0; trial < 30; trial++) {
      const context = Array.from({ length: random.int(5) }, () => random.int(11));
      let sum = 0;
      for (let id = 0; id < 11; id++) sum += model.probability(id, context);
      assert.ok(Math.abs(sum - 1) < 1e-9, `order ${order} after ${context}: ${sum}`);
    }
  }
});

Deno.test("an n-gram model counts what came before, not how often", () => {
  // "3" comes often, but after "2" alone; "4" comes after three different tokens
  const ids = [2, 3, 2, 3, 2, 3, 2, 3, 0, 4, 1, 4, 5, 4];
  const model = new NGramModel(ids, 6, { order: 2 });
  assert.ok(model.probability(4, [3]) > model.probability(3, [3]));
  // (4 − D + D p(3)) / 4 with D = 1, as six pairs occur once and none twice
  assert.ok(model.probability(3, [2]) > 0.75);
});

Deno.test("a context as long as the text's rule predicts it", () => {
  const ids = [1, 1];
  while (ids.length < 400) ids.push((ids.at(-1)! + ids.at(-2)!) % 5);
  const [one, two, three] = [1, 2, 3].map((order) => new NGramModel(ids, 5, { order }).loss(ids));
  assert.ok(two! > 0.5 * one! && three! < 0.02 * two!, `${one} ${two} ${three}`);
});

Deno.test("baselines refuse labels that do not fit", () => {
  assert.throws(() => naiveBayes(["a"], []), /a label for each example.*1 examples and 0 labels/);
  assert.throws(
    () => majorityClassifier(["a"], [0.5]),
    /whole numbers from 0: current label at 0 is 0.5/,
  );
  assert.throws(() => logisticRegression(["aa"], [0]), /two classes or more/);
  assert.throws(() => new NGramModel([1], 2), /1 tokens and order 3/);
  assert.throws(() => new NGramModel([1, 5, 1], 2), /from 0 to 1: current value at 1 is 5/);
});
