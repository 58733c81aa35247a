import {
  CheckpointError,
  type CheckpointMap,
  type JsonObject,
  loadFolder,
  loadWeights,
  recordsForFile,
  saveFolder,
  type TensorRecord,
  tensorsToRecords,
  type WeightsReader,
} from "../../checkpoint/mod.ts";
import { refuseAdapters } from "../../nn/mod.ts";
import { checkSameConfig, filled } from "../fill.ts";
import { numberIn, type SaveOptions } from "../loading.ts";
import type { GPTConfig } from "./config.ts";
import { GPT } from "./model.ts";

/** What `activation_function` in a GPT-2's `config.json` means here. */
const ACTIVATIONS: Record<string, "none" | "tanh"> = {
  gelu_new: "tanh",
  gelu_pytorch_tanh: "tanh",
  gelu: "none",
};

/** A field of `config.json` that must be a number. */
const number = (json: JsonObject, key: string, fallback?: number): number =>
  numberIn(json, key, "a GPT-2", fallback);

/**
 * GPT-2 as published on Hugging Face.
 *
 * Its "Conv1D" weights are stored `[in, out]`; ours, like PyTorch's `Linear`, are `[out, in]`.
 */
export const gptCheckpoint: CheckpointMap<GPTConfig> = {
  config(json) {
    if (json.model_type !== "gpt2") {
      throw new CheckpointError(
        `Cannot load a GPT as model_type in config.json must be "gpt2": current value is ${json.model_type}`,
      );
    }
    const activation = String(json.activation_function ?? "gelu_new");
    if (!(activation in ACTIVATIONS)) {
      throw new CheckpointError(
        `Cannot load a GPT as activation_function must be one of ${
          Object.keys(ACTIVATIONS).join(", ")
        }: current value is ${activation}`,
      );
    }
    const [inner, width] = [json.n_inner, number(json, "n_embd")];
    if (typeof inner === "number" && inner !== 4 * width) {
      throw new CheckpointError(
        `Cannot load a GPT as n_inner must be 4 n_embd = ${4 * width}: current value is ${inner}`,
      );
    }
    return {
      vocabSize: number(json, "vocab_size"),
      contextLength: number(json, "n_positions"),
      numLayers: number(json, "n_layer"),
      numHeads: number(json, "n_head"),
      embedDim: width,
      dropout: number(json, "resid_pdrop", 0.1),
      bias: json.bias !== false,
      gelu: ACTIVATIONS[activation]!,
      normEps: number(json, "layer_norm_epsilon", 1e-5),
    };
  },
  configJson: (config) => ({
    model_type: "gpt2",
    architectures: ["GPT2LMHeadModel"],
    activation_function: (config.gelu ?? "tanh") === "tanh" ? "gelu_new" : "gelu",
    vocab_size: config.vocabSize,
    n_positions: config.contextLength,
    n_ctx: config.contextLength,
    n_layer: config.numLayers,
    n_head: config.numHeads,
    n_embd: config.embedDim,
    attn_pdrop: config.dropout,
    embd_pdrop: config.dropout,
    resid_pdrop: config.dropout,
    layer_norm_epsilon: config.normEps ?? 1e-5,
    tie_word_embeddings: true,
    // GPT-2's "<|endoftext|>", which readers assume where nothing is said; other vocabularies lack it
    bos_token_id: config.vocabSize === 50257 ? 50256 : null,
    eos_token_id: config.vocabSize === 50257 ? 50256 : null,
    ...(config.bias === false ? { bias: false } : {}), // its biases are stored as zeros, as readers expect them
  }),
  names: [
    ["tokens", "wte"],
    ["positions", "wpe"],
    ["blocks.*.norm1", "h.*.ln_1"],
    ["blocks.*.attn.qkv", "h.*.attn.c_attn", "transpose"],
    ["blocks.*.attn.proj", "h.*.attn.c_proj", "transpose"],
    ["blocks.*.norm2", "h.*.ln_2"],
    ["blocks.*.mlp.fc", "h.*.mlp.c_fc", "transpose"],
    ["blocks.*.mlp.proj", "h.*.mlp.c_proj", "transpose"],
    ["norm", "ln_f"],
  ],
  ignore: ["h.*.attn.bias", "h.*.attn.masked_bias", "lm_head"],
  prefixes: ["transformer."],
};

/** What else {@link saveGPT} writes. */
export type SaveGPTOptions = SaveOptions;

/**
 * Saves a GPT as a folder that Hugging Face's `GPT2LMHeadModel.from_pretrained` reads.
 *
 * @param model The model, without adapters: merge them first.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 * @throws {RangeError} If the model has adapters.
 */
export async function saveGPT(
  model: GPT,
  folder: string,
  { tokenizerJson, dtype = "F32" }: SaveGPTOptions = {},
): Promise<void> {
  refuseAdapters(model, "save a GPT");
  const records = await tensorsToRecords(model.namedParameters(), { dtype });
  if (model.config.bias === false) records.push(...zeroBiases(records));
  await saveFolder(folder, {
    config: gptCheckpoint.configJson(model.config),
    weights: recordsForFile(gptCheckpoint, records),
    ...(tokenizerJson === undefined ? {} : { tokenizerJson }),
  });
}

/** The biases that GPT-2 has and a model without them lacks. */
function zeroBiases(records: TensorRecord[]): TensorRecord[] {
  return records
    .filter(({ name }) => name.endsWith(".weight") && !/^(tokens|positions)\./.test(name))
    .map(({ name, dtype, shape, bytes }) => ({
      name: name.replace(/weight$/, "bias"),
      dtype,
      shape: [shape[0]!],
      bytes: new Uint8Array(shape[0]! * bytes.length / shape.reduce((a, b) => a * b, 1)),
    }));
}

/**
 * Loads a GPT-2 from a folder in the layout of Hugging Face.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing, damaged, or of another kind of model.
 */
export async function loadGPT(folder: string): Promise<GPT> {
  using source = await loadFolder(folder);
  return await filled(
    new GPT(gptCheckpoint.config(source.config)),
    (model) => assignWeights(model, source.weights),
  );
}

/**
 * Puts the weights in a folder into a GPT of the same sizes.
 *
 * @param model The model, whose mode stays.
 * @param folder Where `config.json` and the weights are.
 * @throws {CheckpointError} If a part is missing or damaged, or the model differs in anything but its dropout.
 * @throws {RangeError} If the model has adapters.
 */
export async function loadGPTWeights(model: GPT, folder: string): Promise<void> {
  refuseAdapters(model, "load the weights of a GPT");
  using source = await loadFolder(folder);
  const whole = (config: GPTConfig) => ({ ...DEFAULTS, ...config });
  checkSameConfig(whole(gptCheckpoint.config(source.config)), whole(model.config), folder);
  await assignWeights(model, source.weights);
}

/** What a configuration means that does not say it. */
const DEFAULTS = { bias: true, gelu: "tanh", normEps: 1e-5 } as const;

async function assignWeights(model: GPT, weights: WeightsReader): Promise<void> {
  const map = model.config.bias === false
    ? { ...gptCheckpoint, ignore: [...gptCheckpoint.ignore!, ...BIASES] }
    : gptCheckpoint;
  await loadWeights(model.namedParameters(), weights, map);
}

/** The stored zeros of a model without biases. */
const BIASES = gptCheckpoint.names
  .filter(([ours]) => ours !== "tokens" && ours !== "positions")
  .map(([, theirs]) => `${theirs}.bias`);
