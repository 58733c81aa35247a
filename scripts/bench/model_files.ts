/**
 * The folder of a GPT-2 of random weights, written once by Python for all that read it.
 *
 * @module
 */
import { findPython } from "./machine.ts";

/** The sizes of the model. */
export interface Sizes {
  /** Blocks. */
  layers: number;
  /** Heads in each block. */
  heads: number;
  /** Width of a token's vector. */
  width: number;
  /** Different tokens. */
  vocab: number;
}

/** Where the model lies, and whether its ONNX graph does too; nothing without a Python that has transformers. */
export async function modelFiles(
  sizes: Sizes,
  say: (line: string) => void,
): Promise<{ folder: string; onnx: boolean; quantized: boolean } | undefined> {
  const { layers, heads, width, vocab } = sizes;
  const name = `gpt2-random-${layers}-${heads}-${width}-${vocab}`;
  const folder = new URL(`../../.cache/bench/${name}`, import.meta.url).pathname;
  const there = (file: string) => Deno.stat(`${folder}/${file}`).then(() => true, () => false);
  const whole = async () => await there("model.safetensors") && await there("onnx/model.onnx");
  const quantized = () => there("onnx/model_quantized.onnx");
  if (await whole()) return { folder, onnx: true, quantized: await quantized() };
  const python = await findPython(["torch", "transformers"]);
  if (!python) {
    say("generation: no Python has torch and transformers, so Tome's weights are its own");
    return undefined;
  }
  say("generation: Python writes the model, once");
  const part = `${folder}.part`; // renamed once it is whole
  await Deno.mkdir(part, { recursive: true });
  const script = new URL("python/gpt2_files.py", import.meta.url).pathname;
  const { success, stderr } = await new Deno.Command(python, {
    args: [script, part, JSON.stringify({ layers, heads, width, vocab })],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    const last = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
    say(`generation: the model could not be written: ${last}`);
    return undefined;
  }
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.rename(part, folder);
  return { folder, onnx: await there("onnx/model.onnx"), quantized: await quantized() };
}
