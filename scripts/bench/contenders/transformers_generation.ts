/**
 * A GPT-2 writes, token after token, on the CPU: transformers.js with ONNX Runtime.
 *
 * @module
 */
import type { SetUp } from "../contender.ts";
import type { GenerationTask } from "../generation.ts";

/** The part of transformers.js that is used here; the package is fetched only by who runs this row. */
interface Transformers {
  env: { version: string; allowRemoteModels: boolean; localModelPath: string };
  Tensor: new (type: "int64", data: BigInt64Array, dims: number[]) => unknown;
  AutoModelForCausalLM: {
    from_pretrained(
      name: string,
      options: { dtype: string; device: string },
    ): Promise<
      { generate(options: Record<string, unknown>): Promise<{ data: BigInt64Array }> }
    >;
  };
}

const PACKAGE = "npm:@huggingface/transformers@4.3.1";

/** On the CPU. */
export const cpu: SetUp<GenerationTask> = async ({ folder, onnx, quantized, bits, prompt }) => {
  if (bits && !quantized) {
    throw new Error("no ONNX graph of 8 bits was written; it takes a Python with onnxruntime");
  }
  if (!folder || !onnx) {
    throw new Error(
      "no ONNX graph was written; it takes a Python with torch, transformers and onnx",
    );
  }
  const { env, Tensor, AutoModelForCausalLM } = await import(PACKAGE) as Transformers;
  env.allowRemoteModels = false;
  const at = folder.lastIndexOf("/");
  env.localModelPath = folder.slice(0, at + 1);
  const model = await AutoModelForCausalLM.from_pretrained(folder.slice(at + 1), {
    dtype: bits ? "q8" : "fp32",
    device: "cpu",
  });
  const row = (values: number[]) =>
    new Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
  return {
    facts: {
      device: "cpu",
      detail: "ONNX Runtime",
      versions: { "transformers.js": env.version },
      limit: "cpu",
    },
    async run(units) {
      const { data } = await model.generate({
        inputs: row(prompt),
        attention_mask: row(prompt.map(() => 1)),
        max_new_tokens: units,
        do_sample: false,
        eos_token_id: -1,
      });
      return [...data].slice(prompt.length).map(Number);
    },
  };
};
