import assert from "node:assert/strict";
import {
  generateText,
  type GenerateTextOptions,
  streamText,
  type TextTokenizer,
} from "@tome/tome/generate";
import { memory } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";
import { Table, TinyAttention } from "./tiny_models.ts";

/** Tokens are bytes. */
const BYTES: TextTokenizer = {
  encode: (text) => [...new TextEncoder().encode(text)],
  decode: (ids) => new TextDecoder().decode(Uint8Array.from(ids)),
};

/** A chain over bytes that writes a text again and again; each byte must stand in it once. */
function writing(text: string): Table {
  const bytes = BYTES.encode(text);
  assert.equal(new Set(bytes).size, bytes.length);
  return new Table(Array.from({ length: 256 }, (_, from) => {
    const to = bytes[(bytes.indexOf(from) + 1) % bytes.length];
    return Array.from({ length: 256 }, (_, id) => id === to ? 5 : 0);
  }));
}

testOnDevices("streamText() never splits a character", async () => {
  using model = writing("aé😀.");
  const pieces: string[] = [];
  const stream = streamText(model, BYTES, "a", { maxNewTokens: 14 });
  while (true) {
    const { done, value } = await stream.next();
    if (done) {
      assert.equal(value.text, "é😀.aé😀");
      assert.equal(value.finishReason, "length");
      assert.deepEqual(value.ids, BYTES.encode("aé😀.aé😀"));
      break;
    }
    pieces.push(value);
  }
  assert.deepEqual(pieces, ["é", "😀", ".", "a", "é", "😀"]);
});

testOnDevices("streamText() ends before a stop string that spans tokens", async () => {
  using model = writing("xEND, é");
  const before = memory().numTensors;
  for (const numBeams of [1, 2]) {
    const write = (options: GenerateTextOptions) =>
      generateText(model, BYTES, "x", { maxNewTokens: 20, numBeams, lengthPenalty: 0, ...options });
    assert.deepEqual(pick(await write({ stop: "ND," })), ["E", "stop", 4]);
    assert.deepEqual(pick(await write({ stop: ["none", "D"] })), ["EN", "stop", 3]);
    assert.deepEqual(pick(await write({ stop: "é" })), ["END, ", "stop", 7]);
    assert.deepEqual(pick(await write({ stop: "ENX", maxNewTokens: 2 })), ["EN", "length", 2]);
    assert.deepEqual(pick(await write({ eosTokenId: 0x44 })), ["EN", "eos", 3]);
    assert.equal(memory().numTensors, before);
  }
  assert.deepEqual(await Array.fromAsync(streamText(model, BYTES, "x", { stop: "ND" })), ["E"]);
});

function pick({ text, finishReason, tokens }: Awaited<ReturnType<typeof generateText>>) {
  return [text, finishReason, tokens.length];
}

testOnDevices(
  "streamText() gives what generateText() gives, and frees everything at a break",
  async () => {
    using model = new TinyAttention(256, 16);
    const options = { temperature: 1.5, seed: 4, maxNewTokens: 40, stop: ["zz"] };
    const whole = await generateText(model, BYTES, "début", options);
    assert.equal(
      (await Array.fromAsync(streamText(model, BYTES, "début", options))).join(""),
      whole.text,
    );
    const before = memory().numTensors;
    for await (const _ of streamText(model, BYTES, "début", options)) break;
    assert.equal(memory().numTensors, before);
  },
);

testOnDevices("generateText() throws for an empty prompt and an empty stop string", async () => {
  using model = writing("ab");
  await assert.rejects(generateText(model, BYTES, ""), {
    name: "RangeError",
    message: /at least one token/,
  });
  const empty = { stop: [""] };
  await assert.rejects(generateText(model, BYTES, "a", empty), {
    name: "RangeError",
    message: /empty text/,
  });
  await assert.rejects(generateText(model, BYTES, "a", { ...empty, numBeams: 2 }), {
    name: "RangeError",
  });
}, ["cpu"]);
