import assert from "node:assert/strict";
import {
  chatAnswers,
  collateTokens,
  DataLoader,
  encodeChat,
  packExamples,
  type TokenExample,
} from "@tome/tome/data";
import { GPT, GPT_PRESETS } from "@tome/tome/models/gpt";
import { Llama } from "@tome/tome/models/llama";
import { AdamW } from "@tome/tome/optim";
import { type ChatMessage, tokenizerFromJSON, trainBytePair } from "@tome/tome/text";
import { seed, useDevice } from "@tome/tome/tensor";
import { nextToken, Trainer } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import golden from "../../golden/chat_answers.json" with { type: "json" };
import templates from "../../golden/chat_templates.json" with { type: "json" };
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const CHATS = golden.chats as Record<string, ChatMessage[]>;
const variables = { bos_token: "<s>", eos_token: "</s>" };

for (const { template, chat, text, answers } of golden.cases) {
  Deno.test(`chatAnswers() finds what transformers finds between the marks of "${template}", chat "${chat}"`, () => {
    const source = (golden.templates as Record<string, string>)[template]!;
    const found = chatAnswers(source, CHATS[chat]!, { variables });
    assert.equal(found.text, text);
    assert.deepEqual(found.spans.map(([start, end]) => text.slice(start, end)), answers);
    const last = chatAnswers(source, CHATS[chat]!, { variables, answers: "last" });
    assert.deepEqual(last.spans, found.spans.slice(-1));
  });
}

const CHAT: ChatMessage[] = [
  { role: "user", content: "Hi" },
  { role: "assistant", content: "Hello." },
  { role: "user", content: "Bye" },
  { role: "assistant", content: "See you." },
];

const ANSWERS: Record<string, [string, string[]]> = {
  "chatml": ["chatml", ["Hello.<|im_end|>\n", "See you.<|im_end|>\n"]],
  "llama-3": ["llama-3", ["Hello.<|eot_id|>", "See you.<|eot_id|>"]],
  "qwen2.5": ["qwen2.5", ["Hello.<|im_end|>\n", "See you.<|im_end|>\n"]],
};
for (const [name, [template, answers]] of Object.entries(ANSWERS)) {
  Deno.test(`chatAnswers() finds the turns of the template "${name}", which has no marks`, () => {
    const { text, spans } = chatAnswers(template, CHAT, { variables });
    assert.deepEqual(spans.map(([start, end]) => text.slice(start, end)), answers);
  });
}

Deno.test("chatAnswers() learns the last turn of Qwen3's template, which writes earlier ones in another way later", () => {
  const { text, spans } = chatAnswers(templates.qwen3, CHAT, { answers: "last" });
  const [[start, end]] = spans as [[number, number]];
  assert.equal(text.slice(start, end), "<think>\n\n</think>\n\nSee you.<|im_end|>\n");
  assert.throws(() => chatAnswers(templates.qwen3, CHAT), {
    name: "RangeError",
    message: /Cannot learn turn 1 .* learn the last answer only/,
  });
  assert.throws(() => chatAnswers("chatml", CHAT.slice(0, 1)), { message: /must have a turn/ });
});

const tokenizer = trainBytePair(["Hello. Hi Bye See you. user assistant"], {
  vocabSize: 280,
  specialTokens: ["<|im_start|>", "<|im_end|>"],
});

Deno.test("encodeChat() learns the tokens of the answers and of their ends only", () => {
  const { inputs, targets } = encodeChat(CHAT, tokenizer, { template: "chatml" });
  const { text } = chatAnswers("chatml", CHAT);
  assert.equal(tokenizer.decode([...inputs, tokenizer.encode(text).at(-1)!]), text);
  const learnt = targets.filter((id) => id !== -100);
  assert.equal(tokenizer.decode(learnt), "Hello.<|im_end|>\nSee you.<|im_end|>\n");
  for (const [i, id] of targets.entries()) {
    if (id !== -100 && i + 1 < inputs.length) assert.equal(id, inputs[i + 1]);
  }
  const last = encodeChat(CHAT, tokenizer, { template: "chatml", answers: "last" });
  assert.deepEqual(last.inputs, inputs);
  assert.equal(tokenizer.decode(last.targets.filter((id) => id >= 0)), "See you.<|im_end|>\n");
});

Deno.test("encodeChat() takes the marked template and the special tokens of the tokenizer", () => {
  const chat_template = "{{ bos_token }}{% for m in messages %}{% if m.role == 'assistant' %}" +
    "{% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}";
  const config = { bos_token: { content: "<|im_start|>" }, chat_template };
  const own = tokenizerFromJSON(tokenizer.toJSON(), config);
  const { inputs, targets } = encodeChat(CHAT, own);
  assert.equal(tokenizer.decode(inputs.slice(0, 3)), "<|im_start|>Hi");
  assert.equal(tokenizer.decode(targets.filter((id) => id >= 0)), "Hello.See you.");
});

const example = (length: number, first: number): TokenExample => ({
  inputs: Array.from({ length }, (_, i) => first + i),
  targets: Array.from({ length }, (_, i) => i === 0 ? -100 : first + i + 1),
});

Deno.test("packExamples() fills rows, the longest first, and keeps every token that fits", () => {
  const rows = packExamples([example(3, 0), example(5, 10), example(2, 20), example(9, 30)], 8);
  assert.deepEqual(rows.map(({ inputs }) => inputs), [
    [30, 31, 32, 33, 34, 35, 36, 37],
    [10, 11, 12, 13, 14, 0, 1, 2],
    [20, 21],
  ]);
  assert.deepEqual(rows[1]!.segments, [0, 0, 0, 0, 0, 1, 1, 1]);
  assert.equal(rows[1]!.targets[5], -100);
  assert.throws(() => packExamples([], 0), { message: /contextLength must be a positive integer/ });
});

testOnDevices("collateTokens() fills rows up at the end, where nothing is learnt", async () => {
  const { inputs, targets, segments } = collateTokens([example(2, 1), example(3, 5)], { padId: 9 });
  assert.deepEqual(await inputs.array(), [[1, 2, 9], [5, 6, 7]]);
  assert.deepEqual(await targets.array(), [[-100, 3, -100], [-100, 7, 8]]);
  assert.equal(segments, undefined);
  const packed = collateTokens(packExamples([example(2, 1), example(3, 5)], 6), { length: 7 });
  assert.deepEqual(await packed.segments!.array(), [[0, 0, 0, 1, 1, -1, -1]]);
}, ["cpu"]);

const CONFIG = {
  vocabSize: tokenizer.vocabSize,
  contextLength: 64,
  numLayers: 1,
  numHeads: 2,
  embedDim: 16,
  hiddenDim: 24,
};

testOnDevices("nextToken() has the same loss on packed rows as on single ones", async () => {
  seed(1);
  using model = new Llama(CONFIG).eval();
  for (const p of model.parameters()) tf.tidy(() => p.assign(tf.mul(p, 4)));
  const examples = [example(3, 1), example(5, 20), example(4, 40)];
  const alone = nextToken(model, collateTokens(examples));
  const packed = collateTokens(packExamples(examples, 16));
  assert.deepEqual(packed.inputs.shape, [1, 12]);
  await assertClose(nextToken(model, packed), alone);
  await assertClose(nextToken.sum!(model, packed), nextToken.sum!(model, collateTokens(examples)));
  using gpt = new GPT({ ...GPT_PRESETS["nanogpt-cpu"], numLayers: 1 });
  assert.throws(() => nextToken(gpt, packed), {
    name: "TypeError",
    message: /keep their texts apart/,
  });
});

testOnDevices("A Trainer fine-tunes on packed chats", async (device) => {
  await useDevice(device); // not in strict mode
  seed(2);
  using model = new Llama(CONFIG);
  using optimizer = new AdamW(model.namedParameters(), { lr: 1e-2 });
  const chats = ["Hi", "Bye"].map((content, i) =>
    encodeChat(
      [
        { role: "user", content },
        { role: "assistant", content: ["Hello.", "See you."][i]! },
      ],
      tokenizer,
      { template: "chatml" },
    )
  );
  const rows = packExamples(chats, CONFIG.contextLength);
  const batches = new DataLoader(rows, {
    batchSize: 1,
    collate: (some) => collateTokens(some, { length: CONFIG.contextLength }),
  });
  const history = await new Trainer(model, { optimizer, loss: nextToken }).fit(batches, {
    steps: 40,
  });
  const [first, last] = [history[0]!.loss, history.at(-1)!.loss];
  assert.ok(last < first / 2, `the loss fell from ${first} to ${last} only`);
});
