import assert from "node:assert/strict";
import {
  answerF1,
  bleu,
  bleuTokens,
  bleuWith,
  characterErrorRate,
  chrFWith,
  countEdits,
  exactMatch,
  normalizeAnswer,
  porterStem,
  rouge,
  rougeScores,
  wordErrorRate,
} from "@tome/tome/metrics";
import { assertNear, golden } from "./_golden.ts";

Deno.test("bleuTokens splits as sacrebleu does", () => {
  for (const { tokenizer, text, tokens } of golden.tokens) {
    assert.deepEqual(bleuTokens(text, tokenizer), tokens, `${tokenizer} of ${text}`);
  }
});

Deno.test("bleuWith measures what sacrebleu does, for corpora and sentences, with every tokenizer and smoothing", () => {
  for (const { text, rows, value, ...options } of golden.bleu) {
    const { predictions, references, second } = golden.texts[text];
    const pairs = references.map((one: string, i: number) => [one, second[i]]);
    const metric = bleuWith(options);
    const found = metric(predictions.slice(...rows), pairs.slice(...rows));
    assertNear(found, value, `BLEU of ${text} ${rows} with ${JSON.stringify(options)}`);
  }
});

Deno.test("chrF measures what sacrebleu does, with words and without", () => {
  for (const { text, value, ...options } of golden.chrf) {
    const { predictions, references, second } = golden.texts[text];
    const pairs = references.map((one: string, i: number) => [one, second[i]]);
    assertNear(chrFWith(options)(predictions, pairs), value, `chrF of ${text}`);
  }
});

Deno.test("rougeScores measures what rouge-score does, with stems and without", () => {
  for (const { prediction, reference, stem, values } of golden.rouge) {
    for (const kind of ["rouge1", "rouge2", "rougeL", "rougeLsum"] as const) {
      const { precision, recall, f1 } = rougeScores(kind, prediction, reference, { stem });
      [precision, recall, f1].forEach((value, i) =>
        assertNear(value, values[kind][i], `${kind} of ${prediction}`)
      );
    }
  }
});

Deno.test("rouge takes the best reference, and another splitter for other scripts", () => {
  assert.equal(rouge("rouge1")(["the cat"], [["a dog", "the cat"]]), 1);
  assert.equal(rouge("rouge1")(["今天很好"], ["今天不好"]), 0);
  assert.equal(rouge("rouge1", { split: (text) => [...text] })(["今天很好"], ["今天不好"]), 0.75);
});

Deno.test("porterStem gives the stems of NLTK", () => {
  for (const [word, stem] of Object.entries(golden.stems)) {
    assert.equal(porterStem(word), stem, word);
  }
});

Deno.test("word and character error rates are those of jiwer", () => {
  const { predictions, references } = golden.texts.en;
  const rows = references.map((_: string, i: number) => i).filter((i: number) => predictions[i]);
  const [own, theirs] = [predictions, references].map((side) => rows.map((i: number) => side[i]));
  assertNear(wordErrorRate(own, theirs), golden.errors.wer, "WER");
  assertNear(characterErrorRate(own, theirs), golden.errors.cer, "CER");
});

Deno.test("countEdits tells what is wrong, missing and too much", () => {
  assert.deepEqual(countEdits([..."kitten"], [..."sitting"]), {
    hits: 4,
    substitutions: 2,
    deletions: 1,
    insertions: 0,
  });
  assert.deepEqual(countEdits([], []), { hits: 0, substitutions: 0, deletions: 0, insertions: 0 });
});

Deno.test("exactMatch and answerF1 compare as SQuAD does", () => {
  assert.equal(normalizeAnswer("The  Eiffel-Tower, a tower!"), "eiffeltower tower");
  assert.equal(exactMatch(["the Cat."], [["dog", "cat"]]), 100);
  // "big red dog" and "red dog": precision 2/3, recall 1
  assertNear(answerF1(["a big red dog"], ["the red dog"]), 80, "F1");
  assert.equal(answerF1([""], [""]), 100);
  assert.equal(answerF1(["cat"], [""]), 0);
  assertNear(answerF1(["北京市。"], ["北京"]), 80, "F1 by characters");
});

Deno.test("metrics of texts refuse columns that do not fit", () => {
  assert.throws(
    () => bleu(["a"], ["a", "b"]),
    /Cannot measure BLEU as its columns must have one length: current lengths are 1, 2/,
  );
  assert.throws(() => bleu([], []), /Cannot measure BLEU as there are no examples/);
});
