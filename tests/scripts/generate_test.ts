import assert from "node:assert/strict";
import { TextWindows } from "@tome/tome/data";
import { GPT, saveGPT } from "@tome/tome/models/gpt";
import { AdamW } from "@tome/tome/optim";
import { seed, useDevice } from "@tome/tome/tensor";
import { CharacterTokenizer } from "@tome/tome/text";
import { nextToken, Trainer } from "@tome/tome/train";
import {
  assertFails,
  BOOK,
  inBookFolder,
  leastPermissions,
  runForJson,
  runScript,
  testManual,
} from "./_run.ts";

/** What generate.ts --json prints. */
interface Generated {
  prompt: string;
  text: string;
  finishReason: string;
  tokens: number;
  tokensPerSecond: number;
  device: string;
}

/** Runs a test in a folder that holds a trained model, `run/last`. */
const inModelFolder = (run: (cwd: string) => Promise<void>) =>
  inBookFolder(async (cwd) => {
    await useDevice("cpu");
    seed(1);
    const tokenizer = CharacterTokenizer.fromText(BOOK);
    using model = new GPT({
      vocabSize: tokenizer.vocabSize,
      contextLength: 16,
      numLayers: 1,
      numHeads: 2,
      embedDim: 16,
      dropout: 0,
    });
    using optimizer = new AdamW(model.namedParameters(), { lr: 1e-2 });
    const batches = new TextWindows(tokenizer.encode(BOOK), { contextLength: 16, batchSize: 4 });
    await new Trainer(model, { optimizer, loss: nextToken }).fit(batches, { steps: 20 });
    await saveGPT(model, `${cwd}/run/last`, { tokenizerJson: JSON.stringify(tokenizer) });
    await run(cwd);
  });

const MODEL = ["--model=run/last", "--device=cpu"];

testManual("generate");

Deno.test("generate.ts goes on with a prompt; the same seed gives the same text", () =>
  inModelFolder(async (cwd) => {
    const flags = [...MODEL, "--prompt=The tide", "--maxNewTokens=40"];
    const written = await runScript("generate", [...flags, "--seed=1"], { cwd });
    assert.deepEqual([written.code, written.stderr], [0, ""]);
    assert.match(written.stdout, /^The tide[\s\S]{40}\n$/);
    const same = await runForJson<Generated>("generate", [...flags, "--seed=1"], { cwd });
    assert.equal(`The tide${same.text}\n`, written.stdout);
    assert.deepEqual([same.prompt, same.finishReason, same.tokens], ["The tide", "length", 40]);
    assert.equal(same.device, "cpu");
    assert.ok(same.tokensPerSecond > 0);
    const other = await runForJson<Generated>("generate", [...flags, "--seed=2"], { cwd });
    assert.notEqual(other.text, same.text);

    const greedy = ["--temperature=0", "--maxNewTokens=40"];
    const [first, second, one] = await Promise.all([
      runForJson<Generated>("generate", [...MODEL, ...greedy, "--seed=1"], { cwd }),
      runForJson<Generated>("generate", [...MODEL, ...greedy, "--seed=2"], { cwd }),
      runForJson<Generated>("generate", [...MODEL, "--topK=1", "--maxNewTokens=40"], { cwd }),
    ]);
    assert.equal(first.prompt, "\n");
    assert.deepEqual([second.text, one.text], [first.text, first.text]);
    const middle = first.text.slice(5, 8);
    const before = first.text.slice(0, first.text.indexOf(middle));
    const stopped = await runForJson<Generated>(
      "generate",
      [...MODEL, ...greedy, `--stop=${middle}`],
      { cwd },
    );
    assert.deepEqual([stopped.text, stopped.finishReason], [before, "stop"]);
    const beams = await runForJson<Generated>(
      "generate",
      [...MODEL, "--numBeams=3", "--maxNewTokens=10"],
      { cwd },
    );
    assert.equal(beams.text.length, 10);
  }));

Deno.test("generate.ts runs with the least permissions that its manual names", () =>
  inModelFolder(async (cwd) => {
    const { needed, extra } = await leastPermissions("generate");
    assert.deepEqual([needed, extra], [["--allow-read", "--allow-env"], ["--allow-ffi"]]);
    for (const [device, permissions] of [["cpu", needed], ["wasm", [...needed, ...extra]]]) {
      const flags = ["--model=run/last", "--maxNewTokens=3", `--device=${device}`];
      const options = { cwd, permissions: permissions as string[] };
      const { code, stdout, stderr } = await runScript("generate", flags, options);
      assert.deepEqual([code, stdout.length, stderr], [0, 5, ""]);
    }
  }));

Deno.test("generate.ts ends with one line if it cannot do what is asked", () =>
  inModelFolder(async (cwd) => {
    const fails = (flags: string[], message: RegExp, code = 1) =>
      assertFails("generate", flags, { code, message, cwd });
    await fails([], /it needs --model=string/, 2);
    await fails(["--model=none"], /^CheckpointError: .* none as it must be a folder/m);
    await fails(["--model=."], /^CheckpointError: Cannot read config\.json .*not exist/m);
    await fails([...MODEL, "--prompt=€"], /^RangeError: .*vocabulary: .*"€"/m);
    await fails([...MODEL, "--topP=0"], /^RangeError: .*topP must be above 0/m);
    await fails([...MODEL, "--numBeams=2", "--topK=3"], /--topK.* do not go with it/, 2);
    await Deno.writeTextFile(`${cwd}/run/last/model.safetensors`, "cut short");
    await fails(MODEL, /^CheckpointError: .*model\.safetensors/m);
  }));

Deno.test("generate.ts stops at Ctrl-C, and when nobody reads on", () =>
  inModelFolder(async (cwd) => {
    const endless = [...MODEL, "--maxNewTokens=100000000"];
    const unread = await runScript("generate", endless, {
      cwd,
      async onStdout({ stdout }) {
        const reader = stdout.getReader();
        await reader.read();
        await reader.cancel();
      },
    });
    assert.deepEqual([unread.code, unread.stderr], [0, ""]);

    if (Deno.build.os === "windows") return; // where Ctrl-C is no signal
    const stopped = await runScript("generate", endless, {
      cwd,
      async onStdout(child) {
        let written = 0;
        for await (const piece of child.stdout) {
          if (written === 0) child.kill("SIGINT");
          written += piece.length;
        }
        assert.ok(written > 0);
      },
    });
    assert.deepEqual([stopped.code, stopped.stderr], [0, "\nstopped by Ctrl-C\n"]);
  }));
