import assert from "node:assert/strict";
import { Chat, endOfTurn } from "@tome/tome/generate";
import { ByteTokenizer, trainBytePair } from "@tome/tome/text";
import { memory, type Tensor } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";
import { Table } from "./tiny_models.ts";

const tokenizer = trainBytePair(["user assistant system Hi there"], {
  vocabSize: 270,
  specialTokens: ["<|im_start|>", "<|im_end|>"],
});
const [end, newline] = [tokenizer.specialTokens.get("<|im_end|>")!, tokenizer.encode("\n")[0]!];

/** A model that answers `text`, whatever it is asked, and keeps what it was given. */
class Answering extends Table {
  readonly seen: number[][] = [];
  constructor(text: string, readonly context = 64) {
    const ids = [newline, ...tokenizer.encode(text), end];
    const rows = Array.from({ length: tokenizer.vocabSize }, (_, from) => {
      const to = ids[ids.indexOf(from) + 1] ?? end;
      return Array.from({ length: tokenizer.vocabSize }, (_, id) => id === to ? 9 : 0);
    });
    super(rows);
    Object.defineProperty(this, "contextLength", { value: context });
  }
  override forward(ids: Tensor, options?: object): Tensor {
    this.seen.push([...ids.dataSync()]);
    return super.forward(ids, options);
  }
}

testOnDevices("Chat writes turns by the template, and stops where a turn ends", async () => {
  using model = new Answering("Go");
  const before = memory().numTensors;
  const chat = new Chat(model, tokenizer, {
    template: "chatml",
    system: "S",
    maxNewTokens: 9,
    useCache: false,
  });
  const answer = await chat.ask("Hi");
  assert.deepEqual([answer.text, answer.finishReason, answer.forgotten], ["Go", "eos", 0]);
  assert.equal(
    tokenizer.decode(model.seen[0]!),
    "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
  );
  assert.deepEqual(chat.messages.map(({ role, content }) => [role, content]), [
    ["system", "S"],
    ["user", "Hi"],
    ["assistant", "Go"],
  ]);
  chat.reset();
  assert.equal(chat.messages.length, 1);
  assert.equal(memory().numTensors, before);
});

testOnDevices(
  "Chat leaves out the oldest turns that do not fit, and never the system's",
  async () => {
    using model = new Answering("Go", 64);
    const chat = new Chat(model, tokenizer, { template: "chatml", system: "S", maxNewTokens: 4 });
    const forgotten: number[] = [];
    for (let i = 0; i < 4; i++) forgotten.push((await chat.ask("Hi")).forgotten);
    assert.equal(chat.messages.length, 9);
    assert.deepEqual(forgotten, [0, 0, 2, 4]);
    const last = tokenizer.decode(model.seen.findLast((ids) => ids.length > 1)!);
    assert.ok(last.startsWith("<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nHi"));
    assert.equal(last.split("user").length - 1, 2);
    await assert.rejects(chat.ask("Hi there".repeat(9)), /must fit into the context with 4 tokens/);
    assert.equal(chat.messages.length, 9);
  },
);

testOnDevices("Chat.stream() keeps what was written when it is stopped", async () => {
  using model = new Answering("Go on");
  const chat = new Chat(model, tokenizer, { template: "chatml" });
  for await (const piece of chat.stream("Hi")) {
    assert.equal(piece[0], "G");
    break;
  }
  const [, answer] = chat.messages;
  assert.ok("Go on".startsWith(String(answer!.content)) && answer!.role === "assistant");
  const stopped = AbortSignal.abort(new DOMException("Interrupted", "AbortError"));
  await assert.rejects(chat.ask("Hi", { signal: stopped }), { name: "AbortError" });
  assert.equal(chat.messages.length, 2, "a question without an answer is taken back");
});

Deno.test("endOfTurn() finds the end of an answer in published templates", () => {
  assert.equal(endOfTurn("chatml"), "<|im_end|>");
  assert.equal(endOfTurn("qwen2.5"), "<|im_end|>");
  assert.equal(endOfTurn("llama-3", { bos_token: "<s>" }), "<|eot_id|>");
  assert.equal(endOfTurn("mistral", { bos_token: "<s>", eos_token: "</s>" }), "</s>");
});

testOnDevices("Chat needs a template", () => {
  using model = new Table([[1]]);
  assert.throws(() => new Chat(model, new ByteTokenizer()), TypeError);
});
