// deno-lint-ignore-file no-console
/**
 * Trains a small GPT on Moby Dick in a few minutes, lets it write, and leaves a checkpoint and a report.
 *
 *     deno task quickstart
 *     deno run -A scripts/quickstart.ts --steps=2000 --minutes=30 --out=runs/long
 *     deno run -A scripts/quickstart.ts --text=book.txt --prompt="Once upon a time"
 *
 * The checkpoint, `model/` in the folder of `--out`, is one of Hugging Face: `GPT2LMHeadModel.from_pretrained` loads it.
 *
 * @module
 */
import { readText, splitSequence, TextWindows } from "@tome/tome/data";
import { lineFigure, renderSvg, renderText, type Sample, trainingReport } from "@tome/tome/display";
import { generateText, streamText } from "@tome/tome/generate";
import { GPT, type GPTConfig, saveGPT } from "@tome/tome/models/gpt";
import { writeAtomic } from "@tome/tome/checkpoint";
import { cosine, Muon } from "@tome/tome/optim";
import { seed, useDevice } from "@tome/tome/tensor";
import { trainBytePair } from "@tome/tome/text";
import { type Callback, nextToken, progress, Trainer } from "@tome/tome/train";
import { DEVICE, readFlags, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  text: { type: "string", help: "file to learn from; without it, Moby Dick" },
  device: DEVICE,
  vocab: { type: "integer", default: 2048, min: 257, help: "tokens to learn from the text" },
  layers: { type: "integer", default: 4, min: 1, help: "blocks of the model" },
  width: {
    type: "integer",
    default: 128,
    min: 8,
    help: "length of a token's vector; a multiple of 4",
  },
  context: { type: "integer", default: 64, min: 2, help: "tokens that the model sees at once" },
  batch: { type: "integer", default: 8, min: 1, help: "windows of the text in a step" },
  steps: { type: "integer", default: 1000, min: 1, help: "optimizer steps" },
  lr: { type: "number", default: 0.02, min: 0, help: "highest learning rate" },
  minutes: { type: "number", default: 2.5, min: 0, help: "longest that the training may take" },
  write: { type: "integer", default: 200, min: 1, help: "tokens to write in the end" },
  prompt: { type: "string", default: "The whale", help: "what the text begins with" },
  seed: { type: "integer", default: 1, help: "fixes every random number" },
  out: { type: "string", default: "runs/quickstart", help: "folder for checkpoint and report" },
});

/** The text, and what it is called. */
async function readBook(): Promise<[text: string, name: string]> {
  if (flags.text) return [await readText(flags.text), flags.text];
  const { mobyDick } = await import("@tome/tome/data/moby-dick");
  const text = await mobyDick();
  return [text.replace(/([^\n])\n(?=[^\n])/g, "$1 "), "Moby Dick"]; // its lines are those of a page
}

await run(async () => {
  const seconds: Record<string, number> = {};
  const time = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await work();
    seconds[name] = (performance.now() - start) / 1e3;
    return result;
  };

  title("Device");
  const device = await time("device", () => useDevice(flags.device));
  console.log(String(device));
  seed(flags.seed);

  title("Text");
  const [text, name] = await readBook();
  const tokenizer = await time("tokenizer", () => trainBytePair(text, { vocabSize: flags.vocab }));
  const ids = await time("encoding", () => tokenizer.encode(text));
  console.log(
    `${name}: ${text.length.toLocaleString("en")} characters are ` +
      `${ids.length.toLocaleString("en")} of ${
        tokenizer.vocabSize.toLocaleString("en")
      } different tokens`,
  );
  const parts = splitSequence(ids, 0.05);
  const sizes = { batchSize: flags.batch, contextLength: flags.context };
  const batches = new TextWindows(parts.train, { ...sizes, seed: flags.seed });
  const validation = new TextWindows(parts.validation, { ...sizes, order: "sequential" });

  title("Training");
  const config: GPTConfig = {
    vocabSize: tokenizer.vocabSize,
    contextLength: flags.context,
    numLayers: flags.layers,
    numHeads: 4,
    embedDim: flags.width,
    dropout: 0,
  };
  using model = new GPT(config);
  const begun = performance.now();
  const schedule = cosine({ peak: flags.lr, warmup: flags.steps / 10, total: flags.steps });
  using optimizer = new Muon(model.namedParameters(), {
    lr(step) { // falls by steps or by minutes, whichever end comes first
      const share = (performance.now() - begun) / (60e3 * flags.minutes);
      return schedule(Math.min(flags.steps, Math.max(step, share * flags.steps)));
    },
    weightDecay: 0.1,
  });
  console.log(
    `a GPT of ${model.numParameters().toLocaleString("en")} parameters, ${flags.steps} steps of ` +
      `${
        (flags.batch * flags.context).toLocaleString("en")
      } tokens, at most ${flags.minutes} minutes`,
  );
  const samples: Sample[] = [];
  const write: Callback = {
    async onEvaluate({ step }) {
      const { text } = await generateText(model, tokenizer, flags.prompt, {
        maxNewTokens: 30,
        temperature: 0.6,
        seed: flags.seed,
      });
      samples.push({ step, text: flags.prompt + text });
      console.log(`  it writes: ${oneLine(flags.prompt + text)}`);
    },
  };
  const trainer = new Trainer(model, {
    optimizer,
    loss: nextToken,
    maxGradNorm: 1,
    maxMinutes: flags.minutes,
    evaluate: { batches: validation, every: Math.ceil(flags.steps / 10), maxBatches: 10 },
    callbacks: [progress({ write: show, terminal: Deno.stdout.isTerminal() }), write],
    stopOnInterrupt: true,
  });
  const history = await time("training", () => trainer.fit(batches, { steps: flags.steps }));
  const losses = {
    train: history.map(({ step, loss }): [number, number] => [step, loss]),
    validation: history.evaluations.map((e): [number, number] => [e.step, e.metrics.loss!]),
  };
  const figure = lineFigure(losses, {
    title: `A GPT of ${(model.numParameters() / 1e6).toFixed(1)} million parameters reads ${name}`,
    x: "step",
    y: "loss (nats per token)",
    marked: ["validation"],
  });
  console.log("\n" + renderText(figure));

  title("What it learned to write");
  model.eval();
  let written = flags.prompt;
  show(written);
  const options = { maxNewTokens: flags.write, temperature: 0.6, topK: 40, seed: flags.seed };
  await time("writing", async () => {
    for await (const piece of streamText(model, tokenizer, flags.prompt, options)) {
      written += piece;
      show(piece);
    }
  });
  console.log();

  title("Files");
  await Deno.mkdir(flags.out, { recursive: true });
  await time(
    "saving",
    () => saveGPT(model, `${flags.out}/model`, { tokenizerJson: JSON.stringify(tokenizer) }),
  );
  await writeAtomic(`${flags.out}/loss.svg`, renderSvg(figure));
  await writeAtomic(
    `${flags.out}/report.html`,
    await trainingReport({
      title: `A GPT reads ${name}`,
      device: device.rows(),
      configuration: {
        ...config,
        parameters: model.numParameters(),
        steps: history.length,
        "batch (windows)": flags.batch,
        "learning rate, highest": flags.lr,
        seed: flags.seed,
      },
      losses,
      marked: ["validation"],
      samples,
      text: written,
      seconds,
    }),
  );
  console.log(`${flags.out}/report.html   the report, for a browser`);
  console.log(`${flags.out}/loss.svg      the loss as a picture`);
  console.log(`${flags.out}/model/        the checkpoint, as Hugging Face lays it out`);
});

function title(text: string): void {
  console.log(`\n── ${text} ${"─".repeat(Math.max(0, 66 - text.length))}`);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}

/** Writes a piece of text at once, without a line of its own. */
function show(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}
