/**
 * Trains a model that finds the answers to questions in texts, and answers with it.
 *
 *     deno run -A scripts/answer_questions.ts --set=xquad --from=minilm --steps=240 --lr=1e-4 --out=runs/answers
 *     deno run -A scripts/answer_questions.ts --data=squad.json --test=dev.json --from=bert-base-uncased/ --out=runs/squad
 *     deno run -A scripts/answer_questions.ts --out=runs/answers --question="Who wrote it?" --context="Melville wrote it."
 *
 * --data and --test are files in the layout of SQuAD 1.1; without --test a fifth of the texts is kept for the test, with all
 * their questions. The set "xquad" has 1,190 questions on 240 paragraphs in --language. --from=minilm starts from the weights
 * of all-MiniLM-L6-v2, 84 MB, fetched once; --from=FOLDER from those of any BERT, DistilBERT or RoBERTa.
 *
 * Measured are exact matches and F1 of words, from 0 to 100, beside a window of words that overlap with the question. With
 * --out there remain: model (config.json, model.safetensors, tokenizer.json), metrics.jsonl, loss.svg, answers.jsonl,
 * answered.svg. With --question and --context the model of --out answers, and nothing is trained. With --pytorch=PYTHON the
 * same first weights learn the same batches in PyTorch, which needs torch, transformers and safetensors. With --json the last
 * line is an object with the measures, their intervals, steps and more.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS) --allow-net (for downloads) --allow-run (for --pytorch).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  collateQuestions,
  encodeQuestions,
  type QuestionBatch,
  type QuestionWindow,
  readText,
  writeJsonLines,
} from "@tome/tome/data";
import { parseSquad, type Question, xquad } from "@tome/tome/data/xquad";
import { spanView } from "@tome/tome/display";
import {
  answerQuestions,
  bestAnswers,
  compareSystems,
  type FoundAnswer,
  overlapAnswer,
} from "@tome/tome/evaluate";
import { answerF1, exactMatch } from "@tome/tome/metrics";
import { BertForQuestionAnswering, loadBert, saveBert } from "@tome/tome/models/bert";
import { Rng, seed, useDevice } from "@tome/tome/tensor";
import { loadTokenizer, saveTokenizer, type Tokenizer } from "@tome/tome/text";
import { questionAnsweringLoss } from "@tome/tome/train";
import { readFlags, refuse, run } from "./_flags.ts";
import { millisPerStep } from "./_step_time.ts";
import {
  drawLoss,
  inPyTorch,
  inTrainingOrder,
  learn,
  makeTokenizer,
  RUN_FLAGS,
  startFolder,
} from "./_token_task.ts";

const flags = readFlags(import.meta.url, {
  data: { type: "string", help: "file of questions to learn" },
  test: { type: "string", help: "file of questions to measure on (a fifth of --data)" },
  set: { type: "string", choices: ["xquad"], help: "questions that are at hand" },
  language: {
    type: "string",
    default: "en",
    choices: ["en", "zh", "de"],
    help: "language of the set",
  },
  maxQuestions: { type: "integer", min: 10, help: "the most questions to use (all)" },
  maxTokens: {
    type: "integer",
    default: 384,
    min: 16,
    help: "tokens of a window of question and text",
  },
  question: { type: "string", help: "a question to answer, with the model of --out" },
  context: { type: "string", help: "the text that answers --question" },
  ...RUN_FLAGS,
});

const { out, maxTokens: maxLength } = flags;
const asks = flags.question !== undefined || flags.context !== undefined;

if (asks && (flags.question === undefined || flags.context === undefined || !out)) {
  refuse(import.meta.url, "--question and --context need each other, and --out");
}
if (!asks && (flags.data === undefined) === (flags.set === undefined)) {
  refuse(import.meta.url, "it needs one of --data and --set");
}
if (flags.pytorch !== undefined && !out) refuse(import.meta.url, "--pytorch needs --out");

/** The questions to learn, and those to measure on, which have no text in common. */
async function findQuestions(): Promise<{ train: Question[]; test: Question[] }> {
  const read = async (path: string) => parseSquad(await readText(path), path);
  const all = flags.set === undefined ? await read(flags.data!) : await xquad(flags.language);
  const some = all.slice(0, flags.maxQuestions);
  if (flags.test !== undefined) return { train: some, test: await read(flags.test) };
  const texts = [...Map.groupBy(some, ({ context }) => context).values()];
  if (texts.length < 2) {
    throw new RangeError(
      `Cannot keep texts for the test as there must be at least 2: current number is ${texts.length}; pass --test`,
    );
  }
  const order = new Rng(flags.seed).shuffle(texts);
  const held = Math.max(1, Math.floor(order.length / 5));
  return { test: order.slice(0, held).flat(), train: order.slice(held).flat() };
}

async function makeModel(tokenizer: Tokenizer, folder?: string): Promise<BertForQuestionAnswering> {
  const { dropout, layers: numLayers, heads: numHeads, width: embedDim } = flags;
  if (folder !== undefined) return await loadBert(folder, { task: "question-answering", dropout });
  const sizes = { vocabSize: tokenizer.vocabSize, numLayers, numHeads, embedDim, dropout };
  return new BertForQuestionAnswering({ ...sizes, contextLength: 16 * Math.ceil(maxLength / 16) });
}

async function save(model: BertForQuestionAnswering, tokenizer: Tokenizer, folder: string) {
  await saveBert(model, folder, { tokenizerJson: JSON.stringify(tokenizer) });
  await saveTokenizer(folder, tokenizer);
}

const marked = (context: string, { answer, start }: FoundAnswer, title: string) =>
  spanView(context, answer ? [{ start, end: start + answer.length, label: "answer" }] : [], {
    title,
  });

/** Answers --question with the model of --out. */
async function answer(): Promise<void> {
  await useDevice(flags.device);
  const folder = `${out}/model`;
  using model = await loadBert(folder, { task: "question-answering" });
  const tokenizer = await loadTokenizer(folder);
  const [question, context] = [flags.question!, flags.context!];
  const limit = Math.min(maxLength, model.config.contextLength);
  const [found] = await answerQuestions(model, tokenizer, [{ question, context }], {
    maxLength: limit,
  });
  if (flags.json) console.log(JSON.stringify(found));
  else console.log(marked(context, found!, question).bundle["text/plain"]);
}

/** What PyTorch answers after the same run. */
async function answeredByPyTorch(
  tokenizer: Tokenizer,
  order: QuestionWindow[],
  test: Question[],
): Promise<FoundAnswer[]> {
  const rows = encodeQuestions(tokenizer, test, { maxLength });
  const logits = await inPyTorch<[number[], number[]]>(flags.pytorch!, {
    task: "question-answering",
    train: order,
    test: rows,
    padId: tokenizer.padId ?? 0,
    multiple: 16,
  }, flags);
  return bestAnswers(test, rows.map((row, r) => ({ row, logits: logits[r]! })));
}

async function train(): Promise<void> {
  const { train, test } = await findQuestions();
  const device = await useDevice(flags.device);
  console.log(String(device));
  seed(flags.seed);
  const folder = flags.from === undefined ? undefined : await startFolder(flags.from);
  const texts = train.flatMap(({ question, context }) => [question, context]);
  const tokenizer = await makeTokenizer(folder, texts, flags);
  using model = await makeModel(tokenizer, folder);
  const windows = encodeQuestions(tokenizer, train, { maxLength });
  console.log(
    `\n${train.length} + ${test.length} questions, ${windows.length} windows to learn; ` +
      `a model of ${model.numParameters().toLocaleString("en-US")} parameters\n`,
  );
  const order = inTrainingOrder(windows, flags);
  if (flags.pytorch) await save(model, tokenizer, `${out}/pytorch/init`);
  const history = await learn<BertForQuestionAnswering, QuestionWindow, QuestionBatch>(model, {
    rows: order,
    collate: (rows) => collateQuestions(rows, { padding: 16, padId: tokenizer.padId ?? 0 }),
    loss: questionAnsweringLoss,
    flags,
  });
  if (out) await save(model, tokenizer, `${out}/model`);
  await drawLoss(history, out);

  const found = await answerQuestions(model, tokenizer, test, { maxLength });
  const systems: Record<string, string[]> = {
    "overlapping words": test.map(({ question, context }) =>
      overlapAnswer(question, context).answer
    ),
    "this model": found.map(({ answer }) => answer),
  };
  if (flags.pytorch) {
    const theirs = await answeredByPyTorch(tokenizer, order, test);
    systems["the same in PyTorch"] = theirs.map(({ answer }) => answer);
  }
  const right = test.map(({ answer }) => answer);
  const metrics = { "exact match": exactMatch, F1: answerF1 };
  const compared = compareSystems<string, string>(systems, right, metrics);
  console.log(`\n${compared}`);
  const picture = marked(test[0]!.context, found[0]!, test[0]!.question);
  console.log(`\n${picture.bundle["text/plain"]}`);
  if (out) {
    await Deno.writeTextFile(`${out}/answered.svg`, String(picture.bundle["image/svg+xml"]));
    const lines = test.map(({ id, question, answer }, i) => ({
      id,
      question,
      answer,
      found: found[i]!.answer,
    }));
    await writeJsonLines(`${out}/answers.jsonl`, lines);
  }
  if (!flags.json) return;
  console.log(JSON.stringify({
    measures: compared.intervals,
    millisPerStep: millisPerStep(history),
    device: device.name,
    steps: history.length,
    parameters: model.numParameters(),
    questions: { train: train.length, test: test.length },
    firstLoss: history[0]?.loss,
    lastLoss: history.at(-1)?.loss,
  }));
}

await run(asks ? answer : train);
