/**
 * Talks with a model in the terminal; it sees as much of the conversation as fits into its context.
 *
 *     deno run -A scripts/chat.ts --model=runs/chat/merged
 *     deno run -A scripts/chat.ts --model=SmolLM2-135M-Instruct --system="Answer in one sentence." --temperature=0.7
 *     deno run -A scripts/chat.ts --model=SmolLM2-135M-Instruct --adapters=runs/chat
 *     echo "Who are you?" | deno run -A scripts/chat.ts --model=SmolLM2-135M-Instruct --json
 *
 * The model is a folder in Hugging Face's layout, or the name of one on the hub, with a chat template in its
 * tokenizer_config.json; --template names another. --adapters is a folder that finetune_chat.ts or the Python package peft wrote.
 *
 * A line is a question. Ctrl-C stops an answer, and what was written of it stays; at a question it ends the chat, as Ctrl-D
 * does. /reset forgets the conversation, /save FILE writes it as a line that finetune_chat.ts learns from, /help lists these.
 *
 * Least permissions: --allow-read --allow-env --allow-ffi (for BLAS) --allow-net (for the hub) --allow-write (for /save).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { fromPretrained } from "@tome/tome/checkpoint";
import { Chat } from "@tome/tome/generate";
import { loadModel } from "@tome/tome/models";
import { GPT, gptCheckpoint } from "@tome/tome/models/gpt";
import { Llama, llamaCheckpoint } from "@tome/tome/models/llama";
import { loadLora } from "@tome/tome/nn";
import { table, useDevice } from "@tome/tome/tensor";
import { loadTokenizer } from "@tome/tome/text";
import { DEVICE, readFlags, run, write } from "./_flags.ts";
import { inputLines } from "./_lines.ts";

const flags = readFlags(import.meta.url, {
  model: { type: "string", required: true, help: "folder of the model" },
  adapters: { type: "string", help: "folder of adapters for it" },
  template: { type: "string", help: "chat template by name, such as chatml (the tokenizer's own)" },
  system: { type: "string", help: "what the model is told before the first question" },
  maxNewTokens: { type: "integer", default: 256, min: 1, help: "the most tokens of an answer" },
  temperature: {
    type: "number",
    default: 0,
    min: 0,
    help: "0 the likeliest answer, below 1 bolder, above more varied",
  },
  topP: { type: "number", min: 0, max: 1, help: "draw from the fewest tokens of this probability" },
  repetitionPenalty: { type: "number", min: 0, help: "above 1, repeats less" },
  seed: { type: "integer", help: "fixes what is drawn" },
  device: DEVICE,
  json: { type: "boolean", help: "end with one line of JSON" },
});

const HELP = "/reset forgets the conversation, /save FILE writes it, /exit or Ctrl-D ends";

await run(async () => {
  const device = await useDevice(flags.device);
  const folder = await fromPretrained(flags.model);
  using model = await loadModel(folder, { task: "causal-lm" });
  if (flags.adapters) {
    if (!(model instanceof Llama) && !(model instanceof GPT)) {
      throw new TypeError("Cannot load adapters as the model must be a Llama or a GPT");
    }
    const map = model instanceof Llama ? llamaCheckpoint : gptCheckpoint;
    await loadLora(model, flags.adapters, map);
  }
  const tokenizer = await loadTokenizer(folder);
  const { system, template, maxNewTokens, temperature, topP, repetitionPenalty, seed } = flags;
  const chat = new Chat(model, tokenizer, {
    maxNewTokens,
    temperature,
    topP,
    repetitionPenalty,
    seed,
    ...(system !== undefined && { system }),
    ...(template !== undefined && { template }),
  });

  const counts = { answers: 0, stopped: 0, forgotten: 0, tokens: 0, seconds: 0 };
  const shown = Deno.stdin.isTerminal();
  let answering: AbortController | undefined;
  const ended = Promise.withResolvers<undefined>();
  const interrupt = () => {
    if (answering) answering.abort(new DOMException("Interrupted", "AbortError"));
    else ended.resolve(undefined);
  };
  Deno.addSignalListener("SIGINT", interrupt);
  if (shown) console.log(`${flags.model} on ${device.name}; ${HELP}`);
  const lines = inputLines(() => shown ? write("\n> ") : Promise.resolve());
  try {
    for (;;) {
      const line = await Promise.race([lines.next(), ended.promise]);
      if (!line || line.done || line.value.trim() === "/exit") break;
      const said = line.value.trim();
      if (said === "") continue;
      if (said.startsWith("/")) {
        await command(said);
        continue;
      }
      if (!shown) console.log(`> ${said}`);
      await answer(said);
    }
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
  }

  /** Answers a question, as fast as the model thinks of it. */
  async function answer(question: string): Promise<void> {
    const { signal } = answering = new AbortController();
    const start = performance.now();
    try {
      const pieces = chat.stream(question, { signal });
      for (;;) {
        const { done, value } = await pieces.next();
        if (!done) {
          await write(value);
          continue;
        }
        counts.answers++;
        counts.forgotten = Math.max(counts.forgotten, value.forgotten);
        counts.tokens += value.tokens.length;
        counts.seconds += (performance.now() - start) / 1000;
        break;
      }
      await write("\n");
    } catch (error) {
      if (signal.aborted) {
        counts.stopped++;
        console.log("\n(stopped)");
      } else if (error instanceof RangeError) {
        console.log(error.message); // the next question may be shorter
      } else {
        throw error;
      }
    } finally {
      answering = undefined;
    }
  }

  /** Does what a line that starts with a slash says. */
  async function command(line: string): Promise<void> {
    const [name, ...rest] = line.split(/\s+/);
    const path = rest.join(" ");
    if (name === "/reset") chat.reset();
    else if (name === "/save" && path) {
      await Deno.writeTextFile(path, JSON.stringify({ messages: chat.messages }) + "\n", {
        append: true,
      });
      console.log(`(${chat.messages.length} turns added to ${path})`);
    } else console.log(`(${HELP})`);
  }

  const speed = counts.seconds > 0 ? counts.tokens / counts.seconds : 0;
  const rows: [string, string][] = [
    ["answers", String(counts.answers)],
    ["stopped by Ctrl-C", String(counts.stopped)],
    ["turns out of sight", String(counts.forgotten)],
    ["tokens written", String(counts.tokens)],
    ["tokens a second", speed.toFixed(1)],
  ];
  const { "text/plain": text } = table(rows, {
    head: ["this chat", `on ${device.name}`],
    numbersFrom: 1,
  });
  console.log(`\n${text}`);
  if (!flags.json) return;
  const { messages } = chat;
  console.log(JSON.stringify({ ...counts, tokensPerSecond: speed, messages, device: device.name }));
});
Deno.exit(0); // a read of standard input that waits would keep the process
