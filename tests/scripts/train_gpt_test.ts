import assert from "node:assert/strict";
import { GPT, loadGPTWeights } from "@tome/tome/models/gpt";
import { useDevice } from "@tome/tome/tensor";
import { DEVICES } from "../_support/devices.ts";
import {
  assertFails,
  BOOK,
  inBookFolder,
  leastPermissions,
  namesIn,
  runForJson,
  runScript,
  testManual,
  TINY,
} from "./_run.ts";

/** What train_gpt.ts --json ends with. */
interface Trained {
  valLoss: number;
  millisPerStep: number;
  tokensPerSecond: number;
  device: string;
  matmul?: string;
  steps: number;
  stopped: string;
  parameters: number;
  firstLosses: number[];
  evaluations: { step: number; loss: number }[];
  sample: string;
}

const RUN = ["--steps=30", "--evalEvery=10", "--checkpointEvery=15", "--warmup=2", "--lr=1e-2"];
const PARTS = ["config", "flags", "trainer_state"].map((name) => `${name}.json`);
const FILES = [...PARTS, "model.safetensors", "optimizer.safetensors", "tokenizer.json"].sort();

testManual("train_gpt");

for (const device of DEVICES) {
  Deno.test(`train_gpt.ts learns, and leaves a checkpoint and logs (${device})`, () =>
    inBookFolder(async (cwd) => {
      const flags = [...TINY, ...RUN, "--text=book.txt", "--out=runs/tiny", "--sample=20"];
      const result = await runForJson<Trained>("train_gpt", [...flags, `--device=${device}`], {
        cwd,
      });
      assert.equal(result.device, device);
      assert.deepEqual([result.steps, result.stopped], [30, "steps"]);
      assert.equal(result.firstLosses.length, 20);
      assert.ok(Math.abs(result.firstLosses[0]! - Math.log(new Set(BOOK).size)) < 0.2);
      assert.ok(result.valLoss < result.firstLosses[0]! - 0.3, `valLoss ${result.valLoss}`);
      assert.ok(result.millisPerStep > 0);
      const speed = 1000 * 4 * 16 / result.millisPerStep;
      assert.ok(Math.abs(result.tokensPerSecond / speed - 1) < 1e-9);
      assert.deepEqual(result.evaluations.map(({ step }) => step), [10, 20, 30]);
      assert.equal(result.sample.length, 20);

      const out = `${cwd}/runs/tiny`;
      const [best, events, last, metrics, ...rest] = namesIn(out);
      assert.deepEqual([best, last, metrics, rest], ["best", "last", "metrics.jsonl", []]);
      assert.match(events!, /^events\.out\.tfevents\./);
      for (const folder of ["best", "last"]) assert.deepEqual(namesIn(`${out}/${folder}`), FILES);
      const lines = (await Deno.readTextFile(`${out}/metrics.jsonl`)).trimEnd().split("\n")
        .map((line) => JSON.parse(line));
      const steps = lines.filter(({ event }) => event === "step");
      assert.deepEqual(steps.map(({ step }) => step), Array.from({ length: 30 }, (_, i) => i + 1));
      assert.deepEqual(steps.slice(0, 20).map(({ loss }) => loss), result.firstLosses);
      const written = new TextDecoder("latin1").decode(await Deno.readFile(`${out}/${events}`));
      for (const tag of ["train/loss", "train/lr", "validation/loss", "weightDecay"]) {
        assert.ok(written.includes(tag), tag);
      }
      const state = JSON.parse(await Deno.readTextFile(`${out}/last/trainer_state.json`));
      assert.deepEqual([state.step, state.tokens], [30, 30 * 4 * 16]);
    }));
}

Deno.test("train_gpt.ts takes its text's bytes or pairs of bytes as tokens too", () =>
  inBookFolder(async (cwd) => {
    const flags = [...TINY, "--text=book.txt", "--steps=2", "--device=cpu", "--sample=5"];
    for (const [tokenizer, vocabSize] of [["bytes", 256], ["bpe", 300]] as const) {
      const own = [`--tokenizer=${tokenizer}`, "--vocab=300", `--out=${tokenizer}`];
      await runForJson<Trained>("train_gpt", [...flags, ...own], { cwd });
      const folder = `${cwd}/${tokenizer}/last`;
      const config = JSON.parse(await Deno.readTextFile(`${folder}/config.json`));
      assert.equal(config.vocab_size, vocabSize);
    }
  }));

Deno.test("train_gpt.ts writes nothing without --out, and a sample of a text without lines", () =>
  inBookFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/line.txt`, BOOK.replaceAll("\n", " "));
    const flags = [...TINY, "--text=line.txt", "--steps=2", "--device=cpu", "--sample=7"];
    const { sample } = await runForJson<Trained>("train_gpt", flags, { cwd });
    assert.equal(sample.length, 7);
    assert.deepEqual(namesIn(cwd), ["book.txt", "line.txt"]);
  }));

Deno.test("train_gpt.ts runs with the least permissions that its manual names", () =>
  inBookFolder(async (cwd) => {
    const { needed, extra } = await leastPermissions("train_gpt");
    assert.deepEqual(needed, ["--allow-read", "--allow-write=runs", "--allow-env"]);
    assert.deepEqual(extra, ["--allow-ffi", "--allow-net"]);
    const flags = [...TINY, "--text=book.txt", "--steps=3", "--sample=2"];
    for (const [device, permissions] of [["cpu", needed], ["wasm", [...needed, "--allow-ffi"]]]) {
      await runForJson("train_gpt", [...flags, `--device=${device}`, `--out=runs/${device}`], {
        cwd,
        permissions: permissions as string[],
      });
    }
    const elsewhere = await runScript("train_gpt", [...flags, "--device=cpu", "--out=other"], {
      cwd,
      permissions: needed,
    });
    assert.equal(elsewhere.code, 1);
    assert.match(elsewhere.stderr.trimEnd().split("\n").at(-1)!, /^NotCapable: .*--allow-write/);
  }));

Deno.test("train_gpt.ts ends with one line if its text or its sizes cannot be used", () =>
  inBookFolder(async (cwd) => {
    await Deno.writeFile(`${cwd}/empty.txt`, new Uint8Array());
    await Deno.writeTextFile(`${cwd}/short.txt`, "x".repeat(99));
    await Deno.writeFile(`${cwd}/latin1.txt`, Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0x21));
    const fails = (flags: string[], message: RegExp, code = 1) =>
      assertFails("train_gpt", flags, { code, message, cwd });
    await fails(["--text=none.txt"], /^NotFound: .* no file none\.txt$/m);
    await fails(["--text=."], /^IsADirectory: .* \. is a folder$/m);
    await fails(["--text=empty.txt"], /^RangeError: .*empty\.txt is empty$/m);
    await fails(["--text=latin1.txt"], /^SyntaxError: .*UTF-8: .* offset 3 is 0xe9/m);
    await fails(
      ["--text=short.txt", "--context=32"],
      /^RangeError: .* at least 33 tokens.* has 99 tokens, of which 10 for validation$/m,
    );
    await fails(["--steps=0"], /--steps must be at least 1: it is 0/, 2);
    await fails(["--device=tpu"], /--device must be one of auto, webgpu, wasm, cpu: it is tpu/, 2);
    await fails(["--resume"], /--resume needs --out/, 2);
    await fails(["--resume", "--out=none"], /^NotFound: .* none holds no checkpoint/m);
    const { code, stderr } = await runScript("train_gpt", ["--text=book.txt", "--heads=3"], {
      cwd,
    });
    assert.deepEqual([code, stderr.trimEnd().split("\n").length], [1, 1]);
    assert.match(stderr, /^RangeError: .*embedDim 128 into 3 heads/);
  }));

Deno.test("loadGPTWeights() throws if the model differs in what no shape shows", () =>
  inBookFolder(async (cwd) => {
    const flags = [...TINY, "--text=book.txt", "--steps=1", "--device=cpu", "--sample=0"];
    await runForJson("train_gpt", [...flags, "--out=run"], { cwd });
    await useDevice("cpu");
    const sizes = { vocabSize: 41, contextLength: 16, numLayers: 1, embedDim: 16, dropout: 0 };
    using model = new GPT({ ...sizes, numHeads: 4, bias: false, gelu: "none" });
    await assert.rejects(loadGPTWeights(model, `${cwd}/run/last`), {
      name: "CheckpointError",
      message: /must have .*numHeads 2: current model has .*numHeads 4$/,
    });
  }));
