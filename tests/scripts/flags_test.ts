import assert from "node:assert/strict";
import { checkFlags, remember } from "../../scripts/_flags.ts";

const FLAGS = {
  text: { type: "string", help: "file" },
  device: { type: "string", help: "device", default: "auto", choices: ["auto", "cpu"] },
  steps: { type: "integer", help: "steps", default: 10, min: 1 },
  lr: { type: "number", help: "rate", default: 1e-3 },
  json: { type: "boolean", help: "JSON" },
} as const;

Deno.test("checkFlags() gives typed values and defaults", () => {
  const values = checkFlags(FLAGS, ["--text=a.txt", "--lr", "3e-4", "--json"]);
  assert.deepEqual(values, { text: "a.txt", device: "auto", steps: 10, lr: 3e-4, json: true });
});

Deno.test("checkFlags() says what is wrong with a flag", () => {
  const fails = (arg: string, message: RegExp) =>
    assert.throws(() => checkFlags(FLAGS, [arg]), { name: "FlagError", message });
  fails("--step=3", /no flag --step; did you mean --steps\?/);
  fails("--jso", /no flag --jso; did you mean --json\?/);
  fails("--steps=2.5", /--steps must be an integer: it is 2.5/);
  fails("--steps=0", /--steps must be at least 1: it is 0/);
  fails("--lr=fast", /--lr must be a number: it is fast/);
  fails("--device=tpu", /--device must be one of auto, cpu: it is tpu/);
  fails("--text=", /--text needs a value/);
  fails("-1", /no flag -1$/);
  fails("stray", /no flag stray/);
});

Deno.test("checkFlags() asks for a flag that the script cannot do without", () => {
  const needed = { model: { type: "string", help: "the model's folder", required: true } } as const;
  const message = "it needs --model=string: the model's folder";
  assert.throws(() => checkFlags(needed, []), { name: "FlagError", message });
  const { model }: { model: string } = checkFlags(needed, ["--model=m"]);
  assert.equal(model, "m");
});

Deno.test("remember() puts earlier values before arguments that do not give them", () => {
  const before = { text: "a b.txt", steps: 5, lr: undefined, json: true, gone: 1 };
  const args = ["--steps", "7"];
  assert.deepEqual(remember(FLAGS, before, args), ["--text=a b.txt", "--json", ...args]);
  const now = checkFlags(FLAGS, remember(FLAGS, before, ["--steps=7", "--json=false"]));
  assert.deepEqual(now, { text: "a b.txt", device: "auto", steps: 7, lr: 1e-3, json: false });
});
