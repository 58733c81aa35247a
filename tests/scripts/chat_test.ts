import assert from "node:assert/strict";
import { Llama, saveLlama } from "@tome/tome/models/llama";
import { seed, useDevice } from "@tome/tome/tensor";
import { saveTokenizer, trainBytePair } from "@tome/tome/text";
import { inFolder } from "../_support/folder.ts";
import { assertFails, runForJson, runScript, testManual } from "./_run.ts";

/** What chat.ts --json ends with. */
interface Talked {
  answers: number;
  stopped: number;
  forgotten: number;
  tokens: number;
  messages: { role: string; content: string }[];
}

testManual("chat");

/** Writes a model of random weights that never ends a turn, and its tokenizer. */
async function saveModel(folder: string, contextLength: number): Promise<void> {
  await useDevice("cpu");
  seed(6);
  const tokenizer = trainBytePair(["user assistant system Hi there"], {
    vocabSize: 270,
    specialTokens: ["<|im_start|>", "<|im_end|>"],
  });
  using model = new Llama({
    vocabSize: tokenizer.vocabSize,
    contextLength,
    numLayers: 1,
    numHeads: 2,
    embedDim: 16,
    hiddenDim: 32,
  });
  await saveLlama(model, folder);
  await saveTokenizer(folder, tokenizer);
}

Deno.test("chat.ts answers line by line, keeps to its context, forgets and saves when told to", () =>
  inFolder(async (cwd) => {
    await saveModel(`${cwd}/model`, 64);
    const args = ["--model=model", "--template=chatml", "--maxNewTokens=6", "--device=cpu"];
    const stdin = [
      "Old",
      "/reset",
      "Hi",
      "",
      "there",
      "Hi there",
      "/save chat.jsonl",
      "/exit",
      "no",
    ];
    const said = await runForJson<Talked>("chat", [...args, "--system=S"], {
      cwd,
      stdin: stdin.join("\n"),
    });
    assert.equal(said.answers, 4);
    assert.ok(said.forgotten >= 2 && said.tokens <= 24);
    assert.deepEqual(
      said.messages.filter(({ role }) => role !== "assistant").map(({ content }) => content),
      ["S", "Hi", "there", "Hi there"],
    );
    const saved = JSON.parse(await Deno.readTextFile(`${cwd}/chat.jsonl`));
    assert.deepEqual(saved, { messages: said.messages });
  }));

Deno.test("chat.ts keeps what Ctrl-C left of an answer, and goes on", () =>
  inFolder(async (cwd) => {
    await saveModel(`${cwd}/model`, 8192);
    let text = "";
    const { code, stderr } = await runScript("chat", [
      "--model=model",
      "--template=chatml",
      "--maxNewTokens=4000",
      "--device=cpu",
      "--json",
    ], {
      cwd,
      stdin: "Hi\n/save kept.jsonl\n",
      onStdout: async (child) => {
        for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
          if (text.length < 20 && text.length + piece.length >= 20) child.kill("SIGINT");
          text += piece;
        }
      },
    });
    assert.equal(code, 0, stderr);
    assert.match(text, /\(stopped\)/);
    const { answers, stopped, messages }: Talked = JSON.parse(text.trimEnd().split("\n").at(-1)!);
    assert.deepEqual([answers, stopped], [0, 1]);
    assert.deepEqual(messages.map(({ role }) => role), ["user", "assistant"]);
    assert.ok(messages[1]!.content.length > 0);
    assert.match(await Deno.readTextFile(`${cwd}/kept.jsonl`), /"content":"Hi"/);
  }));

Deno.test("chat.ts needs a chat template", () =>
  inFolder(async (cwd) => {
    await saveModel(`${cwd}/model`, 32);
    await assertFails("chat", ["--model=model", "--device=cpu"], {
      cwd,
      code: 1,
      message: /must have the chat template "default".*pass one, such as "chatml"/,
    });
  }));
