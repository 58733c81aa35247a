import assert from "node:assert/strict";
import { DeadKernelError, KernelClient, KernelTimeoutError } from "@tome/tome/notebook";

Deno.test("KernelClient.execute() loses no output of 200 cells of one line", async () => {
  await using kernel = await KernelClient.start();
  for (let i = 0; i < 200; i++) {
    const { outputs, executionCount } = await kernel.execute(`${i} + 1`);
    assert.deepEqual(outputs, [{
      output_type: "execute_result",
      data: { "text/plain": String(i + 1) },
      metadata: {},
      execution_count: i + 1,
    }]);
    assert.equal(executionCount, i + 1);
  }
});

Deno.test("KernelClient.execute() loses no line of 20 cells that print 1,000 each", async () => {
  await using kernel = await KernelClient.start();
  const expected = Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join("");
  for (let i = 0; i < 20; i++) {
    const code = "for (let i = 0; i < 1000; i++) console.log(`line ${i}`);\n" + `"cell ${i}"`;
    const { outputs } = await kernel.execute(code);
    assert.equal(outputs.length, 2);
    assert.deepEqual(outputs[0], { output_type: "stream", name: "stdout", text: expected });
    assert.deepEqual((outputs[1] as { data: unknown }).data, { "text/plain": `"cell ${i}"` });
  }
});

Deno.test("KernelClient.execute() gives what a cell prints, shows, updates, clears and throws", async () => {
  await using kernel = await KernelClient.start();
  const broken = await kernel.execute(
    `console.log("a"); console.warn("b"); throw new RangeError("c")`,
  );
  assert.equal(broken.status, "error");
  // the kernel sends an error past what was printed before it
  const printed = broken.outputs.filter((output) => output.output_type === "stream");
  assert.deepEqual(printed.map(({ name, text }) => [name, text]), [["stdout", "a\n"], [
    "stderr",
    "b\n",
  ]]);
  const error = broken.outputs.find((output) => output.output_type === "error")!;
  assert.deepEqual([error.ename, error.evalue], ["RangeError", "c"]);

  const syntax = await kernel.execute("let x = ;");
  assert.equal(syntax.status, "error");
  assert.equal(syntax.outputs[0]!.output_type, "error");

  const show = (type: string, text: string) =>
    `await Deno.jupyter.broadcast("${type}", { data: { "text/plain": "${text}" }, metadata: {}, transient: { display_id: "d" } });`;
  const shown = await kernel.execute(`${show("display_data", "old")}\nundefined`);
  await kernel.execute(`${show("update_display_data", "new")}\nundefined`);
  assert.deepEqual(shown.outputs, [
    { output_type: "display_data", data: { "text/plain": "new" }, metadata: {} },
  ]);
  const cleared = await kernel.execute(
    `console.log(1); await Deno.jupyter.broadcast("clear_output", { wait: true }); console.log(2)`,
  );
  assert.deepEqual(cleared.outputs, [{ output_type: "stream", name: "stdout", text: "2\n" }]);
});

Deno.test("KernelClient answers questions, prompts and heartbeats", async () => {
  await using kernel = await KernelClient.start();
  assert.equal((await kernel.kernelInfo()).language_info.name, "typescript");
  const { matches, start, end } = await kernel.complete("Deno.execP");
  assert.deepEqual([matches, start, end], [["execPath"], 5, 10]);
  assert.equal(await kernel.isComplete("f("), "incomplete");
  assert.ok(await kernel.heartbeat() >= 0);
  const { outputs } = await kernel.execute(`prompt("Who?")`, {
    onInput: (prompt) => `${prompt.trim()} me`,
  });
  assert.deepEqual((outputs[0] as { data: unknown }).data, { "text/plain": `"Who? me"` });
});

Deno.test("KernelClient.execute() stops a cell that takes too long and keeps the kernel if the cell heeds", async () => {
  await using kernel = await KernelClient.start();
  await kernel.execute(
    `let stop = false; Deno.addSignalListener("SIGINT", () => { stop = true; });`,
  );
  const loop = `console.log("began"); while (!stop) await new Promise((go) => setTimeout(go, 5));`;
  await assert.rejects(
    kernel.execute(loop, { timeoutMillis: 1000, graceMillis: 20_000 }),
    (error) => {
      assert.ok(error instanceof KernelTimeoutError);
      assert.deepEqual(error.outputs, [{ output_type: "stream", name: "stdout", text: "began\n" }]);
      return true;
    },
  );
  assert.ok(kernel.alive);
  const { outputs } = await kernel.execute("stop");
  assert.deepEqual((outputs[0] as { data: unknown }).data, { "text/plain": "true" });

  const endless = kernel.execute("for (;;);", { timeoutMillis: 200, graceMillis: 100 });
  await assert.rejects(endless, KernelTimeoutError);
  assert.ok(!kernel.alive);
  await assert.rejects(kernel.execute("1"), DeadKernelError);
});

Deno.test("KernelClient says how its kernel died", async () => {
  await using kernel = await KernelClient.start();
  await assert.rejects(kernel.execute("Deno.exit(3)"), {
    name: "DeadKernelError",
    message: /^Cannot go on as the kernel ended with status 3/,
  });
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/deno.json`, "{ not JSON");
    await assert.rejects(KernelClient.start({ cwd: folder }), {
      name: "DeadKernelError",
      message: /deno\.json/,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
