/**
 * Fine-tunes a Llama, Mistral, Qwen or SmolLM on chats or on preferences, by adapters, and asks it something.
 *
 *     deno run -A scripts/finetune_chat.ts --model=SmolLM2-135M-Instruct --chats=chats.jsonl --steps=200 --out=runs/chat
 *     deno run -A scripts/finetune_chat.ts --model=SmolLM2-135M-Instruct --out=runs/chat --prompt="Who are you?"
 *     deno run -A scripts/finetune_chat.ts --model=SmolLM2-135M-Instruct --preferences=pairs.jsonl --lr=5e-5 --out=runs/dpo
 *
 * --model is a folder in the layout of Hugging Face, with its tokenizer. A line of --chats is {"messages": [{"role", "content"}, …]};
 * what the assistant says is learnt. A line of --preferences is {"messages", "chosen", "rejected"}: the turns before the answer,
 * and two answers; the model without adapters is the reference.
 *
 * The folder of --out holds the adapters as the Python package peft writes them; with --merge also merged, the whole model with
 * them inside. With --json the last line is an object with firstLoss, lastLoss, trained, answer and more.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  collatePreferences,
  collateTokens,
  DataLoader,
  encodeChat,
  packExamples,
  readText,
} from "@tome/tome/data";
import { Chat } from "@tome/tome/generate";
import { type Llama, llamaCheckpoint, loadLlama, saveLlama } from "@tome/tome/models/llama";
import {
  addLora,
  loadLora,
  mergeLora,
  removeLora,
  saveLora,
  trainableParameters,
} from "@tome/tome/nn";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { seed, useDevice } from "@tome/tome/tensor";
import { type ChatMessage, loadTokenizer, saveTokenizer, type Tokenizer } from "@tome/tome/text";
import { dpoWith, type History, nextToken, progress, Trainer } from "@tome/tome/train";
import { DEVICE, readFlags, refuse, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  model: { type: "string", required: true, help: "folder of the model" },
  chats: { type: "string", help: "file of chats, one a line" },
  preferences: { type: "string", help: "file of preferences, one a line" },
  template: { type: "string", help: "chat template by name, such as chatml (the tokenizer's own)" },
  context: { type: "integer", default: 256, min: 8, help: "tokens of a row" },
  rank: { type: "integer", default: 8, min: 1, help: "width of the adapters" },
  alpha: { type: "number", default: 16, min: 0, help: "strength of the adapters, times the rank" },
  targets: { type: "string", default: "attn.q,attn.v", help: "layers with an adapter" },
  beta: { type: "number", default: 0.1, min: 0, help: "hold on the reference, for preferences" },
  likelihood: {
    type: "number",
    default: 0,
    min: 0,
    help: "hold on what is chosen, for preferences; 1 keeps facts",
  },
  batch: { type: "integer", default: 4, min: 1, help: "rows, or pairs, in a step" },
  steps: { type: "integer", default: 100, min: 1, help: "optimizer steps" },
  lr: { type: "number", default: 2e-4, min: 0, help: "peak learning rate" },
  merge: { type: "boolean", help: "also write the model with the adapters inside" },
  prompt: { type: "string", help: "what the model is asked at the end" },
  maxNewTokens: { type: "integer", default: 100, min: 1, help: "the most tokens of its answer" },
  seed: { type: "integer", default: 1337, help: "fixes adapters and order" },
  device: DEVICE,
  out: { type: "string", help: "folder of the adapters; none writes nothing" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

if (flags.chats !== undefined && flags.preferences !== undefined) {
  refuse(import.meta.url, "it takes only one of --chats and --preferences");
}
const learns = flags.chats ?? flags.preferences;
if (learns === undefined && flags.prompt === undefined) {
  refuse(import.meta.url, "it needs --chats, --preferences or --prompt");
}
const template = flags.template === undefined ? {} : { template: flags.template };

/** The objects in the lines of a file. */
async function readLines<T>(path: string): Promise<T[]> {
  const lines = (await readText(path)).split("\n");
  return lines.filter((line) => line.trim() !== "").map((line) => JSON.parse(line) as T);
}

/** Trains the adapters on chats, packed into rows. */
async function learnChats(model: Llama, tokenizer: Tokenizer, path: string): Promise<History> {
  const chats = await readLines<{ messages: ChatMessage[] }>(path);
  const examples = chats.map(({ messages }) => encodeChat(messages, tokenizer, template));
  const rows = packExamples(examples, flags.context);
  console.log(`${chats.length} chats in ${rows.length} rows of ${flags.context} tokens\n`);
  const batches = new DataLoader(rows, {
    batchSize: Math.min(flags.batch, rows.length),
    shuffle: true,
    seed: flags.seed,
    dropLast: true,
    collate: (some) => collateTokens(some, { length: flags.context }),
  });
  using optimizer = optimizerOf(model);
  const trainer = new Trainer(model, { optimizer, loss: nextToken, ...RUN });
  return await trainer.fit(batches, { steps: flags.steps });
}

/** Trains the adapters on preferences. */
async function learnPreferences(
  model: Llama,
  tokenizer: Tokenizer,
  path: string,
): Promise<History> {
  type Line = { messages: ChatMessage[]; chosen: string; rejected: string };
  const pairs = (await readLines<Line>(path)).map(({ messages, chosen, rejected }) => {
    const [better, worse] = [chosen, rejected].map((content) =>
      encodeChat([...messages, { role: "assistant", content }], tokenizer, {
        ...template,
        answers: "last",
      })
    );
    return { chosen: better!, rejected: worse! };
  });
  console.log(`${pairs.length} pairs of answers\n`);
  const batches = new DataLoader(pairs, {
    batchSize: Math.min(flags.batch, pairs.length),
    shuffle: true,
    seed: flags.seed,
    dropLast: true,
    collate: (some) => collatePreferences(some, { length: flags.context }),
  });
  using optimizer = optimizerOf(model);
  const trainer = new Trainer(model, {
    optimizer,
    loss: dpoWith({ beta: flags.beta, likelihood: flags.likelihood }),
    ...RUN,
  });
  return await trainer.fit(batches, { steps: flags.steps });
}

const RUN = { maxGradNorm: 1, stopOnInterrupt: true, callbacks: [progress()] };

const optimizerOf = (model: Llama) =>
  new AdamW(trainableParameters(model), {
    lr: cosineWithMinLr({
      peak: flags.lr,
      warmup: Math.min(10, flags.steps - 1),
      total: flags.steps,
      minLr: flags.lr / 10,
    }),
    weightDecay: 0,
  });

/** What the model answers. */
async function answer(model: Llama, tokenizer: Tokenizer, content: string): Promise<string> {
  const { maxNewTokens } = flags;
  const chat = new Chat(model, tokenizer, { maxNewTokens, temperature: 0, ...template });
  return (await chat.ask(content)).text;
}

await run(async () => {
  const device = await useDevice(flags.device);
  console.log(String(device));
  seed(flags.seed);
  using model = await loadLlama(flags.model);
  const tokenizer = await loadTokenizer(flags.model);
  const { rank, alpha } = flags;
  let history: History | undefined;
  if (learns === undefined) {
    if (flags.out) await loadLora(model, flags.out, llamaCheckpoint);
  } else {
    addLora(model, { rank, alpha, targets: flags.targets.split(",") });
    const learn = flags.chats === undefined ? learnPreferences : learnChats;
    history = await learn(model, tokenizer, learns);
    if (flags.out) await saveLora(model, flags.out, llamaCheckpoint, { baseModel: flags.model });
  }
  const trained = [...trainableParameters(model)].reduce((sum, [, { size }]) => sum + size, 0);
  const total = model.numParameters();
  const reply = flags.prompt === undefined
    ? undefined
    : await answer(model, tokenizer, flags.prompt);
  if (reply !== undefined) console.log(`\n> ${flags.prompt}\n${reply}`);
  if (flags.merge && flags.out) {
    mergeLora(model);
    removeLora(model);
    await saveLlama(model, `${flags.out}/merged`, { tokenizerJson: JSON.stringify(tokenizer) });
    await saveTokenizer(`${flags.out}/merged`, tokenizer);
  }
  if (!flags.json) return;
  console.log(JSON.stringify({
    firstLoss: history?.[0]?.loss,
    lastLoss: history?.at(-1)?.loss,
    steps: history?.length ?? 0,
    trained,
    total,
    device: device.name,
    answer: reply,
  }));
});
