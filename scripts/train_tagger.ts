/**
 * Trains a model that gives each word a tag, such as the kind of name it is part of, or its part of speech; and tags with it.
 *
 *     deno run -A scripts/train_tagger.ts --set=wnut17 --from=minilm --steps=400 --lr=1e-4 --out=runs/names
 *     deno run -A scripts/train_tagger.ts --set=brown --family=bilstm --steps=600 --lr=3e-3 --out=runs/tags
 *     deno run -A scripts/train_tagger.ts --data=train.conll --test=test.conll --tag=-1 --out=runs/mine
 *     deno run -A scripts/train_tagger.ts --out=runs/names --input="Yesterday Empire State Building was closed."
 *
 * --data and --test are files with a word a line, its tag in another column, and an empty line between sentences; without
 * --test a tenth of the sentences is kept for the test. The set "wnut17" has names in tweets and posts; "brown" has parts of
 * speech, of which every tenth text is for the test. --from=minilm starts from the weights of all-MiniLM-L6-v2, 84 MB,
 * fetched once; --from=FOLDER from those of any BERT, DistilBERT or RoBERTa.
 *
 * Tags that begin with B- and I- are measured by the F1 of whole names, others by the share of right words; beside the model
 * stands what gives each word its most frequent tag. With --out there remain: model (config.json, model.safetensors,
 * tokenizer.json), metrics.jsonl, loss.svg, tagged.svg. With --input the model of --out tags that text, and nothing is
 * trained. With --pytorch=PYTHON the same first weights learn the same batches in PyTorch, which needs torch, transformers
 * and safetensors. With --json the last line is an object with the measures, their intervals, steps and more.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS) --allow-net (for downloads) --allow-run (for --pytorch).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  collateTagged,
  encodeTagged,
  readConll,
  splitExamples,
  type TaggedBatch,
  type TaggedSentence,
  type TaggedTokens,
} from "@tome/tome/data";
import { brownCorpus, simpleBrownTag } from "@tome/tome/data/brown-corpus";
import { wnut17 } from "@tome/tome/data/wnut-17";
import { spansOfWords, spanView } from "@tome/tome/display";
import { compareSystems, MostFrequentTag, predictTags } from "@tome/tome/evaluate";
import { entityF1, EntityReport, tagAccuracy } from "@tome/tome/metrics";
import { BertForTokenClassification, loadBert, saveBert } from "@tome/tome/models/bert";
import { RNNTagger, saveRNNTagger } from "@tome/tome/models/rnn-tagger";
import { seed, useDevice } from "@tome/tome/tensor";
import { loadTokenizer, saveTokenizer, type Tokenizer } from "@tome/tome/text";
import { classificationLoss } from "@tome/tome/train";
import { readFlags, refuse, run } from "./_flags.ts";
import { millisPerStep } from "./_step_time.ts";
import {
  drawLoss,
  inPyTorch,
  inTrainingOrder,
  learn,
  loadTagger,
  makeTokenizer,
  RUN_FLAGS,
  startFolder,
} from "./_token_task.ts";

const flags = readFlags(import.meta.url, {
  data: { type: "string", help: "file of tagged sentences to learn" },
  test: { type: "string", help: "file of tagged sentences to measure on (a tenth of --data)" },
  set: { type: "string", choices: ["wnut17", "brown"], help: "sentences that are at hand" },
  tag: { type: "integer", default: -1, help: "column of the tags, from 0; below 0 from the end" },
  maxSentences: { type: "integer", min: 20, help: "the most sentences to use (all)" },
  maxTokens: {
    type: "integer",
    default: 96,
    min: 8,
    help: "tokens of a row; longer goes on in another",
  },
  family: {
    type: "string",
    default: "bert",
    choices: ["bert", "bilstm"],
    help: "the kind of model",
  },
  input: { type: "string", help: "a text to tag, with the model of --out" },
  ...RUN_FLAGS,
});

type Model = BertForTokenClassification | RNNTagger;
const { out } = flags;

if (flags.input === undefined && (flags.data === undefined) === (flags.set === undefined)) {
  refuse(import.meta.url, "it needs one of --data and --set");
}
for (const name of ["input", "pytorch"] as const) {
  if (flags[name] !== undefined && !out) refuse(import.meta.url, `--${name} needs --out`);
}
if (flags.from !== undefined && flags.family !== "bert") {
  refuse(import.meta.url, "--from needs --family=bert");
}

/** The sentences to learn, and those to measure on. */
async function findSentences(): Promise<{ train: TaggedSentence[]; test: TaggedSentence[] }> {
  if (flags.set === "wnut17") return { train: await wnut17("train"), test: await wnut17("test") };
  if (flags.set === "brown") {
    const parts: Record<"train" | "test", TaggedSentence[]> = { train: [], test: [] };
    for (const { text, tokens, tags } of await brownCorpus()) {
      const part = text.endsWith("0") ? "test" : "train";
      parts[part].push({ tokens, tags: tags.map(simpleBrownTag) });
    }
    return parts;
  }
  const read = (path: string) => Array.fromAsync(readConll(path, { tag: flags.tag }));
  const all = await read(flags.data!);
  if (flags.test !== undefined) return { train: all, test: await read(flags.test) };
  const { train, validation } = splitExamples(all, { validation: 0.1, seed: flags.seed });
  return { train, test: validation };
}

async function makeModel(tokenizer: Tokenizer, labels: string[], folder?: string): Promise<Model> {
  const { dropout, layers: numLayers, heads: numHeads, width: embedDim } = flags;
  if (folder !== undefined) {
    return await loadBert(folder, { task: "token-classification", labels, dropout });
  }
  const sizes = { vocabSize: tokenizer.vocabSize, labels, numLayers, embedDim, dropout };
  return flags.family === "bilstm"
    ? new RNNTagger({ ...sizes, hiddenSize: embedDim })
    : new BertForTokenClassification({ ...sizes, numHeads, contextLength: flags.maxTokens });
}

async function save(model: Model, tokenizer: Tokenizer, folder: string): Promise<void> {
  const tokenizerJson = JSON.stringify(tokenizer);
  if (model instanceof RNNTagger) await saveRNNTagger(model, folder, { tokenizerJson });
  else await saveBert(model, folder, { tokenizerJson });
  await saveTokenizer(folder, tokenizer);
}

/** Tags --input with the model of --out. */
async function tag(): Promise<void> {
  await useDevice(flags.device);
  const folder = `${out}/model`;
  using model = await loadTagger(folder);
  const tokenizer = await loadTokenizer(folder);
  const words = flags.input!.match(/[\p{L}\p{M}\p{N}'’@#&-]+|[^\s\p{L}\p{M}\p{N}]/gu) ?? [];
  const { labels } = model.config;
  const [tags] = await predictTags(model, tokenizer, [words], labels, {
    fallback: fallback(labels),
  });
  const { text, spans } = spansOfWords(words, tags!);
  const shown = spanView(text, spans).bundle["text/plain"];
  console.log(flags.json ? JSON.stringify({ words, tags }) : shown);
}

const fallback = (labels: readonly string[]) => labels.includes("O") ? "O" : labels[0]!;

/** What PyTorch tags the sentences as, after the same run. */
async function taggedByPyTorch(
  tokenizer: Tokenizer,
  order: TaggedTokens[],
  test: TaggedSentence[],
  labels: string[],
): Promise<string[][]> {
  const rows = encodeTagged(tokenizer, test.map(({ tokens }) => ({ tokens })), {
    maxLength: flags.maxTokens,
  });
  const classes = await inPyTorch<number[]>(flags.pytorch!, {
    task: flags.family === "bilstm" ? "rnn-tagger" : "token-classification",
    train: order,
    test: rows,
    padId: tokenizer.padId ?? 0,
    multiple: 8,
  }, flags);
  const tags = test.map(({ tokens }) => tokens.map(() => fallback(labels)));
  for (const [r, { words, index }] of rows.entries()) {
    words.forEach((word, t) => {
      if (word >= 0) tags[index]![word] = labels[classes[r]![t]!]!;
    });
  }
  return tags;
}

async function train(): Promise<void> {
  const found = await findSentences();
  const [train, test] = [found.train, found.test].map((all) => all.slice(0, flags.maxSentences));
  const labels = [...new Set([...train!, ...test!].flatMap(({ tags }) => tags))].sort();
  const device = await useDevice(flags.device);
  console.log(String(device));
  seed(flags.seed);
  const folder = flags.from === undefined ? undefined : await startFolder(flags.from);
  const tokenizer = await makeTokenizer(
    folder,
    train!.map(({ tokens }) => tokens.join(" ")),
    flags,
  );
  using model = await makeModel(tokenizer, labels, folder);
  console.log(
    `\n${train!.length} + ${
      test!.length
    } sentences, ${labels.length} tags, ${tokenizer.vocabSize} kinds of tokens; ` +
      `a model of ${model.numParameters().toLocaleString("en-US")} parameters\n`,
  );
  const { maxTokens: maxLength } = flags;
  const order = inTrainingOrder(encodeTagged(tokenizer, train!, { labels, maxLength }), flags);
  if (flags.pytorch) await save(model, tokenizer, `${out}/pytorch/init`);
  const history = await learn<Model, TaggedTokens, TaggedBatch>(model, {
    rows: order,
    collate: (rows) => collateTagged(rows, { padding: 8, padId: tokenizer.padId ?? 0 }),
    loss: classificationLoss,
    flags,
  });
  if (out) await save(model, tokenizer, `${out}/model`);
  await drawLoss(history, out);

  const words = test!.map(({ tokens }) => tokens);
  const truth = test!.map(({ tags }) => tags);
  const counted = new MostFrequentTag(train!.map((s) => s.tokens), train!.map((s) => s.tags));
  const systems: Record<string, string[][]> = {
    "most frequent tag": words.map((sentence) => counted.predict(sentence)),
    "this model": await predictTags(model, tokenizer, words, labels, {
      maxLength,
      fallback: fallback(labels),
    }),
  };
  if (flags.pytorch) {
    systems["the same in PyTorch"] = await taggedByPyTorch(tokenizer, order, test!, labels);
  }
  const names = labels.some((label) => label.startsWith("B-"));
  const metrics = { ...(names ? { "F1 of names": entityF1 } : {}), "right words": tagAccuracy };
  const compared = compareSystems<readonly string[], readonly string[]>(systems, truth, metrics);
  console.log(`\n${compared}`);
  if (names) console.log(`\n${new EntityReport(systems["this model"]!, truth)}`);
  const at = Math.max(0, truth.findIndex((tags) => names && tags.some((tag) => tag !== "O")));
  const { text, spans } = spansOfWords(words[at]!, systems["this model"]![at]!);
  const picture = spanView(text, spans, { title: "A sentence of the test, as the model tags it" });
  console.log(`\n${picture.bundle["text/plain"]}`);
  if (out) await Deno.writeTextFile(`${out}/tagged.svg`, String(picture.bundle["image/svg+xml"]));
  if (!flags.json) return;
  console.log(JSON.stringify({
    measures: compared.intervals,
    millisPerStep: millisPerStep(history),
    device: device.name,
    steps: history.length,
    parameters: model.numParameters(),
    sentences: { train: train!.length, test: test!.length },
    firstLoss: history[0]?.loss,
    lastLoss: history.at(-1)?.loss,
  }));
}

await run(flags.input === undefined ? train : tag);
