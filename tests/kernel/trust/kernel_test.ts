import assert from "node:assert/strict";
import { printed, result, withKernel } from "./_kernel.ts";

Deno.test("A kernel with the library loses and misplaces no output", async () => {
  await withKernel(async (cell) => {
    for (let i = 0; i < 20; i++) {
      const told = await cell(`${i} + 1`);
      assert.deepEqual([result(told), told.outputs.length, told.late], [String(i + 1), 1, []]);
    }
    for (let i = 0; i < 2; i++) {
      const many = await cell(`for (let i = 0; i < 1000; i++) console.log("line", i); "end"`);
      assert.equal(printed(many), Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join(""));
      assert.deepEqual(many.late, []);
      assert.ok(many.outputs.length <= 3, `${many.outputs.length} outputs`);
    }
    const mixed = await cell(`
      console.log("a"); console.error("b"); console.table([{ x: 1 }]);
      Deno.jupyter.broadcast("display_data", { data: { "text/plain": "D" }, metadata: {}, transient: {} });
      console.group("g"); console.log("c"); console.groupEnd();
      Deno.stdout.writeSync(new TextEncoder().encode("raw\\n"));
      process.stdout.write("node\\n");
      await Deno.jupyter.display({ "text/plain": "E" }, { raw: true });
      console.log("d");
      undefined`);
    const kinds = mixed.outputs.map((o) =>
      o.output_type === "stream"
        ? `${o.name}:${o.text.replace(/┌.*┘/s, "table").replace(/\n/g, "|")}`
        : "data" in o
        ? String((o.data as Record<string, unknown>)["text/plain"])
        : o.output_type
    );
    assert.deepEqual(kinds, [
      "stdout:a|",
      "stderr:b|",
      "stdout:table|",
      "D",
      "stdout:g|  c|raw|node|",
      "E",
      "stdout:d|",
    ]);
    assert.deepEqual(mixed.late, []);
  });
});

Deno.test("A kernel with the library shows results without JSON and errors in the background", async () => {
  await withKernel(async (cell) => {
    for (
      const [code, expected] of [
        ["0 / 0", "NaN"],
        ["await Promise.resolve(-1 / 0)", "-Infinity"],
        ["const big = 10n ** 20n; big", "100000000000000000000n"],
        ["-0", "-0"],
        ["undefined", undefined],
        ["7", "7"],
      ]
    ) assert.equal(result(await cell(code!)), expected, code);
    const background = await cell(`
      setTimeout(() => { throw new RangeError("a timer"); }, 20);
      Promise.reject(new TypeError("nobody awaits"));
      await new Promise((done) => setTimeout(done, 100));
      console.log("after");
      undefined`);
    assert.ok(background.millis < 5000, `it stalls for ${background.millis} ms`);
    const errors = background.outputs.flatMap((o) =>
      o.output_type === "error" ? [`${o.ename}: ${o.evalue}`] : []
    );
    assert.deepEqual(errors, ["TypeError: nobody awaits", "RangeError: a timer"]);
    assert.equal(printed(background), "after\n");
    const thrown = await cell(`console.log("before"); throw new Error("cell")`);
    assert.deepEqual([thrown.status, printed(thrown)], ["error", "before\n"]);
  });
});

Deno.test("The Stop button ends training within a step and keeps the kernel; cells run again do not leak", async () => {
  await withKernel(async (cell) => {
    const setUp = await cell(`
      import { GPT } from "@tome/tome/models/gpt";
      import { generate } from "@tome/tome/generate";
      import { Trainer, nextToken } from "@tome/tome/train";
      import { AdamW } from "@tome/tome/optim";
      import { TextWindows } from "@tome/tome/data";
      const model = new GPT({ vocabSize: 11, contextLength: 8, numLayers: 1, numHeads: 1, embedDim: 8, dropout: 0 });
      const optimizer = new AdamW(model.namedParameters(), { lr: 1e-3 });
      const data = new TextWindows(Array.from({ length: 500 }, (_, i) => i % 11), { contextLength: 8, batchSize: 2 });
      const trainer = new Trainer(model, { optimizer, loss: nextToken, callbacks: [display.live()] });
      undefined`);
    assert.deepEqual(setUp.outputs, []);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 1500);
    const training = await cell(
      `const history = await trainer.fit(data, { steps: 1e6 }); history.stopped`,
      stop.signal,
    );
    assert.equal(result(training), '"interrupted"');
    assert.ok(training.millis < 10_000, `it ended after ${training.millis} ms`);
    const views = training.outputs.filter((o) => o.output_type === "display_data");
    assert.equal(views.length, 1); // one view, drawn anew in its place
    const [view] = views as unknown as { data: Record<string, string> }[];
    assert.match(
      view!.data["text/plain"]!,
      /^training: step \d+ of 1000000, ended: interrupted\nloss /,
    );
    assert.match(view!.data["text/html"]!, /<img alt="training by step.*learning rate/s);

    const more = await cell(
      `const before = trainer.step; await trainer.fit(data, { steps: 2 }); trainer.step - before`,
    );
    assert.equal(result(more), "2");

    const stopWriting = new AbortController();
    setTimeout(() => stopWriting.abort(), 700);
    const writing = await cell(
      `await generate(model, [1], { maxNewTokens: 1e6 })`,
      stopWriting.signal,
    );
    assert.deepEqual(writing.outputs.map((o) => "ename" in o && o.ename), ["AbortError"]);

    const make = `const many = Array.from({ length: 300 }, () => tensor.randomNormal([10]));
      const again = new GPT({ vocabSize: 11, contextLength: 8, numLayers: 1, numHeads: 1, embedDim: 8, dropout: 0 });
      tensor.memory().numTensors`;
    const counts = [];
    for (let i = 0; i < 8; i++) counts.push(Number(result(await cell(make))));
    assert.ok(Math.max(...counts) < counts[0]! + 3 * 300, `tensors: ${counts}`);
    assert.equal((await cell(`(await many[0].data()).length`)).status, "ok");
  });
});
