import assert from "node:assert/strict";
import { type Host, trust } from "@tome/tome/display";
import { interruptSignal } from "@tome/tome/tensor";
import { Streams } from "../../../kernel/trust/streams.ts";
import { completeCells } from "../../../kernel/trust/results.ts";

type Message = [type: string, content: Record<string, unknown>];

/** Streams whose messages are kept. */
function recorded(): { streams: Streams; messages: Message[] } {
  const messages: Message[] = [];
  const streams = new Streams((type, content) => {
    messages.push([type, content]);
    return Promise.resolve();
  });
  return { streams, messages };
}

Deno.test("trust() does nothing outside of a kernel", () => {
  const { log } = globalThis.console;
  assert.equal(trust(), undefined);
  assert.equal(globalThis.console.log, log);
  assert.equal(interruptSignal(), undefined);
});

Deno.test("Streams send the texts of a turn together, in order with other messages", async () => {
  const { streams, messages } = recorded();
  for (const text of ["a", "b", "c"]) streams.put("stdout", text);
  streams.put("stderr", "d");
  streams.put("stderr", "");
  streams.send("display_data", { data: {} });
  streams.put("stdout", "e");
  await Promise.resolve();
  assert.deepEqual(messages, [
    ["stream", { name: "stdout", text: "abc" }],
    ["stream", { name: "stderr", text: "d" }],
    ["display_data", { data: {} }],
    ["stream", { name: "stdout", text: "e" }],
  ]);
});

Deno.test("Streams send long texts in parts, and text of a loop without a pause on the way", () => {
  const { streams, messages } = recorded();
  streams.put("stdout", "x".repeat(150_000));
  assert.deepEqual(messages.map(([, { text }]) => (text as string).length), [
    64_000,
    64_000,
    22_000,
  ]);
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < 130) streams.put("stdout", `${count++}\n`);
  assert.ok(messages.length >= 5, `${messages.length} messages`);
  streams.flush();
  const text = messages.slice(3).map(([, content]) => content.text).join("");
  assert.equal(text, Array.from({ length: count }, (_, i) => `${i}\n`).join(""));
});

Deno.test("completeCells() does without the internals that are missing", async () => {
  const { streams, messages } = recorded();
  const bare = {} as Host;
  completeCells({ ...bare, internals: {} }, streams, () => {});
  const shown: unknown[] = [];
  const jupyter = {
    broadcastResult: (_: number, result: unknown) => {
      shown.push(result);
      return Promise.resolve();
    },
  };
  let cells = 0;
  completeCells({ ...bare, internals: { jupyter } }, streams, () => cells++);
  streams.put("stdout", "text");
  await jupyter.broadcastResult(1, undefined);
  await jupyter.broadcastResult(2, 5);
  assert.deepEqual([shown, cells], [[undefined, 5], 2]);
  assert.deepEqual(messages, [["stream", { name: "stdout", text: "text" }]]);
});
