import assert from "node:assert/strict";
import { collateQuestions, collateTagged, encodeQuestions, encodeTagged } from "@tome/tome/data";
import { answerQuestions, bestAnswers, overlapAnswer, predictTags } from "@tome/tome/evaluate";
import { tagAccuracy } from "@tome/tome/metrics";
import { BertForQuestionAnswering } from "@tome/tome/models/bert";
import { RNNTagger } from "@tome/tome/models/rnn-tagger";
import { AdamW } from "@tome/tome/optim";
import { memory, seed } from "@tome/tome/tensor";
import { trainWordPiece } from "@tome/tome/text";
import { classificationLoss, questionAnsweringLoss, Trainer } from "@tome/tome/train";
import { testOnDevices } from "../../_support/devices.ts";

const LABELS = ["O", "B-name"];
const SENTENCES = [
  { tokens: ["Ahab", "saw", "the", "whale"], tags: ["B-name", "O", "O", "O"] },
  { tokens: ["so", "did", "Starbuck"], tags: ["O", "O", "B-name"] },
  {
    tokens: ["the", "whale", "saw", "Ahab", "and", "Starbuck"],
    tags: ["O", "O", "O", "B-name", "O", "B-name"],
  },
];
const text = SENTENCES.map(({ tokens }) => tokens.join(" "));

testOnDevices(
  "predictTags() gives each word the tag that was learnt, and leaves nothing behind",
  async () => {
    seed(1);
    const tokenizer = trainWordPiece(text, { vocabSize: 60, minCount: 1 });
    using model = new RNNTagger({
      vocabSize: tokenizer.vocabSize,
      labels: LABELS,
      embedDim: 8,
      hiddenSize: 8,
      dropout: 0.1,
    });
    using optimizer = new AdamW(model.namedParameters(), { lr: 3e-2 });
    const rows = encodeTagged(tokenizer, SENTENCES, { labels: LABELS });
    const trainer = new Trainer(model, { optimizer, loss: classificationLoss });
    const batch = collateTagged(rows);
    await trainer.fit([batch], { steps: 40 });
    Object.values(batch).forEach((tensor) => tensor.dispose());
    const before = memory().numTensors;
    const words = [...SENTENCES.map(({ tokens }) => tokens), ["Ahab", "\u200b"]];
    const whole = await predictTags(model, tokenizer, words, LABELS);
    assert.deepEqual(whole.slice(0, 3), SENTENCES.map(({ tags }) => tags));
    assert.deepEqual(whole[3], ["B-name", "O"]); // a word of no token
    const parts = await predictTags(model, tokenizer, words, LABELS, {
      maxLength: 6,
      batchSize: 2,
    });
    assert.deepEqual(parts.map(({ length }) => length), words.map(({ length }) => length));
    assert.equal(memory().numTensors, before);
    assert.ok(model.training);
    await assert.rejects(() => predictTags(model, tokenizer, words, ["O"]), {
      message: /a label for each of 2 classes: current number is 1/,
    });
  },
);

testOnDevices("answerQuestions() finds the answers that were learnt, also in windows", async () => {
  seed(2);
  const [hunt, boat] = ["Ahab hunts the whale.", "The boat of the ship is led by Starbuck."];
  const asked = [
    { question: "who hunts?", context: hunt, answer: "Ahab", start: 0 },
    { question: "who steers?", context: boat, answer: "Starbuck", start: 31 },
  ];
  const tokenizer = trainWordPiece([hunt, boat, "who hunts? who steers?"], {
    vocabSize: 80,
    minCount: 1,
  });
  using model = new BertForQuestionAnswering({
    vocabSize: tokenizer.vocabSize,
    contextLength: 64,
    numLayers: 1,
    numHeads: 2,
    embedDim: 16,
    dropout: 0,
  });
  using optimizer = new AdamW(model.namedParameters(), { lr: 1e-2 });
  const trainer = new Trainer(model, { optimizer, loss: questionAnsweringLoss });
  const batch = collateQuestions(encodeQuestions(tokenizer, asked, { maxLength: 64 }));
  await trainer.fit([batch], { steps: 60 });
  Object.values(batch).forEach((tensor) => tensor.dispose());
  const before = memory().numTensors;
  const found = await answerQuestions(model, tokenizer, asked, { maxLength: 64 });
  assert.deepEqual(found.map(({ answer, start }) => [answer, start]), [["Ahab", 0], [
    "Starbuck",
    31,
  ]]);
  assert.ok(found.every(({ probability }) => probability > 0.5 && probability <= 1));
  const windows = await answerQuestions(model, tokenizer, asked, {
    maxLength: 12,
    stride: 2,
    batchSize: 3,
  });
  for (const [i, { answer, start }] of windows.entries()) {
    assert.ok(answer !== "" && asked[i]!.context.startsWith(answer, start));
  }
  assert.equal(memory().numTensors, before);
});

Deno.test("bestAnswers() takes the best window, and no token of the question or of what fills up", () => {
  const tokenizer = trainWordPiece("a b c d e f g", { vocabSize: 40, minCount: 1 });
  const questions = [{ question: "a", context: "b c d e f g" }];
  const rows = encodeQuestions(tokenizer, questions, { maxLength: 7, stride: 1 });
  const logits = (at: number, value: number) =>
    rows[0]!.ids.map((_, i) => i === at ? value : i === 1 ? 99 : 0).concat(99);
  const [found] = bestAnswers(questions, [
    { row: rows[0]!, logits: [logits(3, 1), logits(3, 1)] },
    { row: rows[1]!, logits: [logits(4, 3), logits(4, 3)] },
  ]);
  assert.deepEqual([found!.answer, found!.start, found!.score], ["e", 6, 6]);
});

Deno.test("overlapAnswer() finds what stands where the question's words do", () => {
  const context = "The Amazon flows through Brazil. The Danube rises in Donaueschingen, Germany. " +
    "The Rhine ends near Rotterdam.";
  const { answer, start } = overlapAnswer(
    "Where does the Danube rise, and where does it end?",
    context,
    { window: 3 },
  );
  assert.ok(context.startsWith(answer, start));
  assert.match(
    overlapAnswer("In which town rises the Danube?", context, { window: 4 }).answer,
    /Donaueschingen/,
  );
  assert.equal(overlapAnswer("大河在哪里？", "大河在北京。", { window: 3 }).answer, "北京");
  assert.deepEqual(overlapAnswer("a b?", "A b."), { answer: "", start: 0 });
});

Deno.test("tagAccuracy() counts words, not sentences", () => {
  assert.equal(tagAccuracy([["A", "B", "B"], ["A"]], [["A", "B", "A"], ["B"]]), 0.5);
  assert.throws(() => tagAccuracy([["A"]], [["A", "B"]]), RangeError);
});
