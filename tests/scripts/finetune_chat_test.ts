import assert from "node:assert/strict";
import { Llama, loadLlama, saveLlama } from "@tome/tome/models/llama";
import { seed, useDevice } from "@tome/tome/tensor";
import { saveTokenizer, trainBytePair } from "@tome/tome/text";
import { assertFails, runForJson, testManual } from "./_run.ts";

/** What finetune_chat.ts --json ends with. */
interface Tuned {
  firstLoss?: number;
  lastLoss?: number;
  steps: number;
  trained: number;
  total: number;
  answer?: string;
}

testManual("finetune_chat");

const CHATS = ["Hi", "Bye"].map((content, i) => ({
  messages: [{ role: "user", content }, { role: "assistant", content: ["Hello.", "See you."][i] }],
}));
const PAIRS = [{
  messages: [{ role: "user", content: "Hi" }],
  chosen: "Hello.",
  rejected: "What?",
}];

Deno.test("finetune_chat.ts learns chats and preferences by adapters, keeps them, and answers with them", async () => {
  await useDevice("wasm");
  seed(1);
  const cwd = await Deno.makeTempDir();
  try {
    const tokenizer = trainBytePair(["Hello. Hi Bye See you. What? user assistant"], {
      vocabSize: 280,
      specialTokens: ["<|im_start|>", "<|im_end|>"],
    });
    using model = new Llama({
      vocabSize: tokenizer.vocabSize,
      contextLength: 128,
      numLayers: 2,
      numHeads: 2,
      embedDim: 32,
      hiddenDim: 64,
    });
    for (const p of model.parameters()) if (p.rank === 2) p.assign(p.mul(4)); // as after training
    await saveLlama(model, `${cwd}/model`);
    await saveTokenizer(`${cwd}/model`, tokenizer);
    const lines = (values: unknown[]) => values.map((value) => JSON.stringify(value)).join("\n");
    await Deno.writeTextFile(`${cwd}/chats.jsonl`, lines(CHATS));
    await Deno.writeTextFile(`${cwd}/pairs.jsonl`, lines(PAIRS));
    const common = ["--model=model", "--template=chatml", "--context=48", "--device=wasm"];
    const adapters = [
      "--targets=attn.*,mlp.*,output",
      "--rank=16",
      "--lr=5e-3",
      "--prompt=Hi",
      "--maxNewTokens=8",
    ];
    const chats = await runForJson<Tuned>("finetune_chat", [
      ...common,
      ...adapters,
      "--chats=chats.jsonl",
      "--steps=200",
      "--out=runs/chat",
      "--merge",
    ], { cwd });
    assert.equal(chats.steps, 200);
    assert.ok(chats.lastLoss! < chats.firstLoss! / 3, `${chats.firstLoss} to ${chats.lastLoss}`);
    assert.ok(chats.trained < chats.total);
    assert.equal(chats.answer, "Hello.");
    const again = await runForJson<Tuned>(
      "finetune_chat",
      [...common, "--out=runs/chat", "--prompt=Hi", "--maxNewTokens=8"],
      { cwd },
    );
    assert.deepEqual([again.steps, again.answer], [0, "Hello."]);
    using merged = await loadLlama(`${cwd}/runs/chat/merged`);
    assert.equal(merged.numParameters(), model.numParameters());
    const preferences = await runForJson<Tuned>("finetune_chat", [
      ...common,
      ...adapters,
      "--preferences=pairs.jsonl",
      "--steps=10",
    ], { cwd });
    assert.ok(Math.abs(preferences.firstLoss! - Math.LN2) < 1e-4);
    assert.ok(preferences.lastLoss! < preferences.firstLoss! / 2);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("finetune_chat.ts says in one line what it lacks", async () => {
  await assertFails("finetune_chat", ["--model=nowhere"], {
    code: 2,
    message: /it needs --chats, --preferences or --prompt/,
  });
});
