/**
 * Measures how well a GPT predicts a text: loss, perplexity, bits per byte.
 *
 *     deno run -A scripts/evaluate.ts --model=runs/quickstart/model --text=book.txt
 *     deno run -A scripts/evaluate.ts --model=runs/book/best --text=book.txt --part=last --fraction=0.1 --json
 *
 * The text is cut into windows of the model's context that do not overlap; in each, the token after every one is predicted
 * from those before it in the window. What is left at the end is not used.
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
import { DEVICE, readFlags, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  model: { type: "string", help: "the model's folder", required: true },
  text: { type: "string", help: "file to predict", required: true },
  part: { type: "string", default: "all", choices: ["all", "last"], help: "how much of the text" },
  fraction: { type: "number", default: 0.1, min: 0, max: 1, help: "share that --part=last takes" },
  batch: { type: "integer", default: 12, min: 1, help: "windows at a time" },
  maxBatches: { type: "integer", min: 1, help: "the most batches to use (all)" },
  device: DEVICE,
  json: { type: "boolean", help: "print one JSON object instead of a table" },
});

await run(async () => {
  const text = await readText(flags.text);
  const { name: device } = await useDevice(flags.device);
  using model = await loadGPT(flags.model);
  const tokenizer = await loadTokenizer(flags.model);
  const ids = tokenizer.encode(text);
  const { contextLength } = model;
  const share = flags.part === "all" ? 1 : flags.fraction;
  const count = Math.round(share * ids.length);
  if (count <= contextLength) {
    throw new RangeError(
      `Cannot evaluate on ${flags.text} as the part must have at least ${
        contextLength + 1
      } tokens, ` +
        `one more than the model's context: current part has ${count} of the text's ${ids.length}`,
    );
  }
  const tokens = share === 1 ? ids : splitSequence(ids, share).validation;
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
  const predicted = contextLength * Math.min(
    Math.floor((tokens.length - 1) / contextLength),
    (flags.maxBatches ?? Infinity) * flags.batch,
  );
  const bytes = new TextEncoder().encode(tokenizer.decode(tokens.slice(1, 1 + predicted))).length;
  const result = {
    loss: loss!,
    perplexity: Math.exp(loss!),
    bitsPerByte: loss! / Math.LN2 * predicted / bytes,
    tokens: predicted,
    seconds: (performance.now() - start) / 1000,
    device,
  };
  if (flags.json) console.log(JSON.stringify(result));
  else console.table(result);
});
