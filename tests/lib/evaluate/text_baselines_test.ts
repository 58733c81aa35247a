import assert from "node:assert/strict";
import { joinTokens, leadSentences, splitTokens, WordTranslator } from "@tome/tome/evaluate";
import { Rng } from "@tome/tome/tensor";

Deno.test("splitTokens() and joinTokens() part words from signs, and put them together again", () => {
  for (const text of ["¿Qué es esto? (Nada, señor.)", "Let's go: 3 times!", "“Él”, dijo."]) {
    assert.equal(joinTokens(splitTokens(text)), text);
  }
  assert.deepEqual(splitTokens("don’t 12th 日本。"), ["don’t", "12", "th", "日本", "。"]);
  assert.deepEqual(splitTokens(" \n"), []);
});

Deno.test("WordTranslator finds a dictionary from sentences in shuffled order", () => {
  const random = new Rng(7);
  const words = Array.from({ length: 30 }, (_, i) => `w${"abcdefghij"[i % 10]}${"xyz"[i % 3]}`);
  const pairs = Array.from({ length: 300 }, () => {
    const chosen = random.shuffle([...words]).slice(0, 5);
    const target = random.shuffle(chosen.map((word) => word.toUpperCase()));
    return { source: chosen.join(" "), target: target.join(" ") };
  });
  const translator = new WordTranslator(pairs);
  for (const word of words) assert.equal(translator.meaning(word), word.toUpperCase());
  assert.equal(translator.translate(`Wax, waX wby?`), "WAX, WAX WBY?");
  assert.equal(translator.translate("never seen"), "never seen");
  assert.equal(translator.meaning("never"), undefined);
});

Deno.test("WordTranslator's rounds are those of IBM's first model", () => {
  const pairs = [
    { source: "house", target: "casa" },
    { source: "the house", target: "casa la" },
  ];
  // by hand: in round 1 p(casa|the) = p(la|the) = 1/2, p(casa|house) = 5/7; so round 2 gives la to "the"
  assert.equal(new WordTranslator(pairs, { rounds: 1 }).meaning("the"), "casa");
  assert.equal(new WordTranslator(pairs, { rounds: 2 }).meaning("the"), "la");
  assert.throws(() => new WordTranslator([]), { name: "RangeError" });
  assert.throws(() => new WordTranslator(pairs, { rounds: 0 }), {
    message: /current numbers are 2 and 0/,
  });
});

Deno.test("leadSentences() takes the first sentences", () => {
  const text = "Dr. Who is a game.\nIt costs 3.50 euros. Play it!";
  assert.equal(leadSentences("A tool. It works."), "A tool.");
  assert.equal(leadSentences(text, 9), text);
  assert.match(leadSentences(text, 2), /euros\.$|game\.$/);
  assert.equal(leadSentences("天气很好。我们走吧。", 1, "zh"), "天气很好。");
  assert.equal(leadSentences(""), "");
  assert.throws(() => leadSentences("a", 0), { name: "RangeError" });
});
