import assert from "node:assert/strict";
import {
  applyChatTemplate,
  CharacterTokenizer,
  type ChatMessage,
  loadTokenizer,
  saveTokenizer,
  tokenizerFromJSON,
} from "@tome/tome/text";
import golden from "../../golden/chat_templates.json" with { type: "json" };

interface Chat {
  messages: ChatMessage[];
  tools: Record<string, unknown>[] | null;
}

const chats = golden.chats as unknown as Record<string, Chat>;

for (const { template, chat, prompt, text } of golden.cases) {
  Deno.test(`applyChatTemplate() writes what transformers writes (${template}, ${chat}${prompt ? ", prompt" : ""})`, () => {
    const { messages, tools } = chats[chat]!;
    const write = () =>
      applyChatTemplate(template === "qwen3" ? golden.qwen3 : template, messages, {
        addGenerationPrompt: prompt,
        tools: tools ?? undefined,
        variables: golden.tokens,
      });
    if (text !== null) assert.equal(write(), text);
    else {
      assert.throws(write, {
        name: "RangeError",
        message:
          /^Cannot write the chat as its template must take it: .*(must alternate|Only user)/,
      });
    }
  });
}

Deno.test("applyChatTemplate() takes the template and the tokens of a tokenizer", async () => {
  const json = CharacterTokenizer.fromText("ab").toJSON();
  const messages = [{ role: "user", content: "a" }];
  const tokenizer = tokenizerFromJSON(json, {
    bos_token: { content: "<b>" },
    eos_token: "<e>",
    chat_template: [
      { name: "default", template: "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}" },
      { name: "tool_use", template: "{{ tools | length }}" },
    ],
  });
  assert.equal(applyChatTemplate(tokenizer, messages), "<b>a<e>");
  assert.equal(applyChatTemplate(tokenizer, messages, { tools: [{}, {}] }), "2");
  assert.equal(applyChatTemplate(tokenizer, messages, { variables: { eos_token: "!" } }), "<b>a!");
  assert.throws(() => applyChatTemplate(tokenizer, messages, { name: "rag" }), {
    name: "TypeError",
    message:
      'Cannot write the chat as the tokenizer must have the chat template "rag": current templates are ["default","tool_use"]; pass one, such as "chatml"',
  });
  assert.throws(() => applyChatTemplate(tokenizerFromJSON(json), messages), { name: "TypeError" });
  const folder = await Deno.makeTempDir();
  try {
    await saveTokenizer(folder, tokenizer);
    assert.equal(applyChatTemplate(await loadTokenizer(folder), messages), "<b>a<e>");
    await Deno.writeTextFile(`${folder}/chat_template.jinja`, "{{ messages | length }}");
    assert.equal(applyChatTemplate(await loadTokenizer(folder), messages), "1");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("applyChatTemplate() refuses what is no template", () => {
  assert.throws(() => applyChatTemplate("{% if %}", []), {
    name: "SyntaxError",
    message: /^Cannot read the chat template as it must be Jinja: /,
  });
});
