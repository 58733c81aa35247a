/**
 * Measures how well a GPT predicts a text: loss, perplexity, bits per byte.
 *
 *     deno run -A scripts/evaluate.ts --model=runs/quickstart/model --text=book.txt
 *     deno run -A scripts/evaluate.ts --model=runs/book/model --text=book.txt --part=last --fraction=0.1 --json
 *
 * The text is cut into windows of the model's context that do not overlap; every token but the first of each is predicted
 * from those before it in its window.
 *
 * Least permissions: --allow-read --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { readText, splitSequence, TextWindows } from "@tome/tome/data";
import { loadGPT } from "@tome/tome/models/gpt";
import { useDevice } from "@tome/tome/tensor";
import { loadTokenizer } from "@tome/tome/text";
import { evaluateLoss, nextToken } from "@tome/tome/train";
import { readFlags, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  model: { type: "string", help: "the model's folder; needed" },
  text: { type: "string", help: "file to predict; needed" },
  part: { type: "string", default: "all", choices: ["all", "last"], help: "how much of the text" },
  fraction: { type: "number", default: 0.1, min: 0, max: 1, help: "share that --part=last takes" },
  batch: { type: "integer", default: 12, min: 1, help: "windows at a time" },
  maxBatches: { type: "integer", min: 1, help: "the most batches to use (all)" },
  device: {
    type: "string",
    default: "auto",
    choices: ["auto", "webgpu", "wasm", "cpu"],
    help: "where to compute",
  },
  json: { type: "boolean", help: "print one JSON object instead of a table" },
});

await run(async () => {
  if (!flags.model || !flags.text) {
    throw new TypeError(
      "Cannot evaluate without a model and a text: pass --model=FOLDER --text=FILE",
    );
  }
  const { name: device } = await useDevice(flags.device);
  using model = await loadGPT(flags.model);
  const tokenizer = await loadTokenizer(flags.model);
  const ids = tokenizer.encode(await readText(flags.text));
  const tokens = flags.part === "all" ? ids : splitSequence(ids, flags.fraction).validation;
  const { contextLength } = model;
  const windows = new TextWindows(tokens, {
    contextLength,
    batchSize: flags.batch,
    order: "sequential",
  });
  const start = performance.now();
  const { loss } = await evaluateLoss(model, windows, {
    loss: nextToken,
    maxBatches: flags.maxBatches,
  });
  const used = Math.min(
    tokens.length,
    (flags.maxBatches ?? Infinity) * flags.batch * contextLength,
  );
  const bytes = new TextEncoder().encode(tokenizer.decode(tokens.slice(0, used))).length;
  const result = {
    loss: loss!,
    perplexity: Math.exp(loss!),
    bitsPerByte: loss! / Math.LN2 * used / bytes,
    tokens: used,
    seconds: (performance.now() - start) / 1000,
    device,
  };
  if (flags.json) console.log(JSON.stringify(result));
  else console.table(result);
});
