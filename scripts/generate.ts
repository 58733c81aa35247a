/**
 * Writes text with a GPT, as fast as it thinks of it.
 *
 *     deno run -A scripts/generate.ts --model=runs/quickstart/model --prompt="The whale"
 *     deno run -A scripts/generate.ts --model=runs/book/best --temperature=0.8 --topK=40 --maxNewTokens=500
 *     deno run -A scripts/generate.ts --model=gpt2 --prompt="Once upon a time" --numBeams=4 --json
 *
 * The model is a folder in Hugging Face's layout: config.json, model.safetensors, tokenizer.json.
 * Ctrl-C stops the writing.
 *
 * Least permissions: --allow-read --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { generateText, streamText } from "@tome/tome/generate";
import { loadGPT } from "@tome/tome/models/gpt";
import { useDevice } from "@tome/tome/tensor";
import { loadTokenizer, type Tokenizer } from "@tome/tome/text";
import { DEVICE, readFlags, refuse, run, write } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  model: { type: "string", help: "the model's folder", required: true },
  prompt: { type: "string", help: "the text to continue (a new line)" },
  maxNewTokens: { type: "integer", default: 200, min: 1, help: "the most tokens to write" },
  temperature: {
    type: "number",
    min: 0,
    help: "below 1 bolder, above more varied, 0 the likeliest (0.8)",
  },
  topK: { type: "integer", min: 1, help: "draw from this many likeliest tokens" },
  topP: { type: "number", min: 0, max: 1, help: "draw from the fewest tokens of this probability" },
  minP: {
    type: "number",
    min: 0,
    max: 1,
    help: "drop tokens below this share of the likeliest's probability",
  },
  repetitionPenalty: { type: "number", min: 0, help: "above 1, repeats less" },
  noRepeatNgramSize: { type: "integer", min: 0, help: "runs of so many tokens appear only once" },
  numBeams: {
    type: "integer",
    default: 1,
    min: 1,
    help: "above 1, searches for the likeliest text",
  },
  stop: { type: "string", help: "end before this text" },
  seed: { type: "integer", help: "fixes what is drawn" },
  device: DEVICE,
  json: {
    type: "boolean",
    help: "print one JSON object at the end instead of the text as it comes",
  },
});

const { temperature, topK, topP, minP } = flags;
if (flags.numBeams > 1 && [temperature, topK, topP, minP].some((value) => value !== undefined)) {
  refuse(
    import.meta.url,
    "--numBeams looks for the likeliest text: --temperature, --topK, --topP and --minP do not go with it",
  );
}

await run(async () => {
  const { name: device } = await useDevice(flags.device);
  using model = await loadGPT(flags.model);
  const tokenizer = await loadTokenizer(flags.model);
  const prompt = flags.prompt ?? newLine(tokenizer);
  const controller = new AbortController();
  const interrupt = () => controller.abort(new DOMException("Interrupted", "AbortError"));
  Deno.addSignalListener("SIGINT", interrupt);
  const { maxNewTokens, numBeams, repetitionPenalty, noRepeatNgramSize, stop, seed } = flags;
  const options = {
    maxNewTokens,
    repetitionPenalty,
    noRepeatNgramSize,
    stop,
    seed,
    signal: controller.signal,
    ...(numBeams > 1 ? { numBeams } : { temperature: temperature ?? 0.8, topK, topP, minP }),
  };
  const start = performance.now();
  try {
    if (flags.json || numBeams > 1) {
      const result = await generateText(model, tokenizer, prompt, options);
      const seconds = (performance.now() - start) / 1000;
      console.log(
        flags.json
          ? JSON.stringify({
            prompt,
            text: result.text,
            finishReason: result.finishReason,
            tokens: result.tokens.length,
            tokensPerSecond: result.tokens.length / seconds,
            device,
          })
          : prompt + result.text,
      );
    } else {
      const pieces = streamText(model, tokenizer, prompt, options);
      await write(prompt);
      for await (const piece of pieces) await write(piece);
      await write("\n");
    }
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    console.error("\nstopped by Ctrl-C");
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
  }
});

/** A prompt that says nothing: a line's end, or the first token if the model knows none. */
function newLine(tokenizer: Tokenizer): string {
  try {
    tokenizer.encode("\n");
    return "\n";
  } catch {
    return tokenizer.decode([0]);
  }
}
