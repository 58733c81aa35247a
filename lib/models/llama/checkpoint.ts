import {
  CheckpointError,
  type CheckpointMap,
  type JsonObject,
  loadFolder,
  loadWeights,
  recordsForFile,
  saveFolder,
  type ShardOptions,
  tensorsToRecords,
} from "../../checkpoint/mod.ts";
import { refuseAdapters } from "../../nn/mod.ts";
import { checkSameConfig, filled } from "../fill.ts";
import { numberIn, type SaveOptions } from "../loading.ts";
import type { LlamaConfig, LlamaFamily } from "./config.ts";
import { Llama } from "./model.ts";
import { ropeFromJson, ropeToJson } from "./rope_json.ts";

/** For each `model_type`, the class that reads the folder. */
const ARCHITECTURES: Readonly<Record<LlamaFamily, string>> = {
  llama: "LlamaForCausalLM",
  mistral: "MistralForCausalLM",
  qwen2: "Qwen2ForCausalLM",
  qwen3: "Qwen3ForCausalLM",
  smollm3: "SmolLM3ForCausalLM",
};

/** A field of `config.json` that must be a number. */
const number = (json: JsonObject, key: string, fallback?: number): number =>
  numberIn(json, key, "a Llama", fallback);

/** The blocks that `layer_types`, or what stands for it, gives a window. */
function windowOf(json: JsonObject, family: LlamaFamily): Partial<LlamaConfig> {
  const window = json.sliding_window;
  const unused = family !== "mistral" && json.use_sliding_window !== true;
  if (family === "llama" || typeof window !== "number" || unused) return {};
  const layers = [...Array(number(json, "num_hidden_layers")).keys()];
  if (Array.isArray(json.layer_types)) {
    const types = json.layer_types as unknown[];
    return { window, windowLayers: layers.filter((i) => types[i] === "sliding_attention") };
  }
  if (family === "mistral") return { window };
  if (family === "smollm3") return { window, windowLayers: unturnedOf(json) };
  const from = number(json, "max_window_layers", 28);
  return { window, windowLayers: layers.filter((i) => i >= from) };
}

/** The blocks of a SmolLM3 that know no positions. */
function unturnedOf(json: JsonObject): number[] {
  const layers = [...Array(number(json, "num_hidden_layers")).keys()];
  const given = json.no_rope_layers; // 1 for those with positions
  if (Array.isArray(given)) return layers.filter((i) => !given[i]);
  const interval = number(json, "no_rope_layer_interval", 4);
  return layers.filter((i) => (i + 1) % interval === 0);
}

/** Llama, Mistral, Qwen2, Qwen3 and SmolLM as published on Hugging Face. */
export const llamaCheckpoint: CheckpointMap<LlamaConfig> = {
  config(json) {
    const family = String(json.model_type) as LlamaFamily;
    if (!Object.hasOwn(ARCHITECTURES, family)) {
      throw new CheckpointError(
        `Cannot load a Llama as model_type in config.json must be one of ${
          Object.keys(ARCHITECTURES).join(", ")
        }: current value is ${json.model_type}`,
      );
    }
    const activation = json.hidden_act ?? "silu";
    if (activation !== "silu") {
      throw new CheckpointError(
        `Cannot load a Llama as hidden_act must be "silu": current value is ${activation}`,
      );
    }
    const numHeads = number(json, "num_attention_heads");
    const embedDim = number(json, "hidden_size");
    const headDim = number(json, "head_dim", family === "qwen3" ? 128 : embedDim / numHeads);
    return {
      family,
      vocabSize: number(json, "vocab_size"),
      contextLength: number(json, "max_position_embeddings"),
      numLayers: number(json, "num_hidden_layers"),
      numHeads,
      numKeyHeads: number(json, "num_key_value_heads", numHeads),
      headDim,
      embedDim,
      hiddenDim: number(json, "intermediate_size"),
      normEps: number(json, "rms_norm_eps", 1e-6),
      ...ropeFromJson(json, headDim),
      tied: Boolean(json.tie_word_embeddings ?? family === "smollm3"),
      bias: json.attention_bias === true,
      mlpBias: json.mlp_bias === true,
      dropout: number(json, "attention_dropout", 0),
      ...windowOf(json, family),
      ...(family === "smollm3" ? { unturnedLayers: unturnedOf(json) } : {}),
    };
  },
  configJson: (config) => {
    const { family = "llama", numHeads, embedDim, numLayers, window } = config;
    const layers = [...Array(numLayers).keys()];
    const { unturnedLayers = [], windowLayers = layers } = config;
    return {
      model_type: family,
      architectures: [ARCHITECTURES[family]],
      hidden_act: "silu",
      vocab_size: config.vocabSize,
      max_position_embeddings: config.contextLength,
      num_hidden_layers: numLayers,
      num_attention_heads: numHeads,
      num_key_value_heads: config.numKeyHeads ?? numHeads,
      head_dim: config.headDim ?? embedDim / numHeads,
      hidden_size: embedDim,
      intermediate_size: config.hiddenDim,
      rms_norm_eps: config.normEps ?? 1e-5,
      ...ropeToJson(config),
      tie_word_embeddings: config.tied ?? false,
      attention_bias: config.bias ?? false,
      mlp_bias: config.mlpBias ?? false,
      attention_dropout: config.dropout ?? 0,
      ...(family === "llama" ? {} : { sliding_window: window ?? null }),
      ...(family === "llama" || family === "mistral" ? {} : {
        use_sliding_window: window !== undefined,
        layer_types: layers.map((i) =>
          window !== undefined && windowLayers.includes(i) ? "sliding_attention" : "full_attention"
        ),
      }),
      ...(family === "smollm3"
        ? { no_rope_layers: layers.map((i) => unturnedLayers.includes(i) ? 0 : 1) }
        : {}),
    };
  },
  names: [
    ["tokens", "model.embed_tokens"],
    ["blocks.*.norm1", "model.layers.*.input_layernorm"],
    ["blocks.*.attn.q", "model.layers.*.self_attn.q_proj"],
    ["blocks.*.attn.k", "model.layers.*.self_attn.k_proj"],
    ["blocks.*.attn.v", "model.layers.*.self_attn.v_proj"],
    ["blocks.*.attn.proj", "model.layers.*.self_attn.o_proj"],
    ["blocks.*.attn.qNorm", "model.layers.*.self_attn.q_norm"],
    ["blocks.*.attn.kNorm", "model.layers.*.self_attn.k_norm"],
    ["blocks.*.norm2", "model.layers.*.post_attention_layernorm"],
    ["blocks.*.mlp.gate", "model.layers.*.mlp.gate_proj"],
    ["blocks.*.mlp.up", "model.layers.*.mlp.up_proj"],
    ["blocks.*.mlp.down", "model.layers.*.mlp.down_proj"],
    ["norm", "model.norm"],
    ["output", "lm_head"],
  ],
  ignore: ["model.layers.*.self_attn.rotary_emb.inv_freq"],
};

/** What else {@link saveLlama} writes. */
export interface SaveLlamaOptions extends SaveOptions, Pick<ShardOptions, "maxShardBytes"> {
  /** The token that begins a text. @default {none} */
  bosId?: number;
  /** The token, or tokens, that end one. @default {none} */
  eosId?: number | readonly number[];
  /** The token that fills rows up. @default {none} */
  padId?: number;
}

/**
 * Saves a model as a folder that Hugging Face's `AutoModelForCausalLM.from_pretrained` reads.
 *
 * @param model The model, without adapters: merge them first.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 * @throws {RangeError} If the model has adapters.
 */
export async function saveLlama(
  model: Llama,
  folder: string,
  options: SaveLlamaOptions = {},
): Promise<void> {
  const { tokenizerJson, dtype = "F32", maxShardBytes, bosId, eosId, padId } = options;
  checkFamily(model.config);
  refuseAdapters(model, "save a Llama");
  await saveFolder(folder, {
    config: {
      ...llamaCheckpoint.configJson(model.config),
      bos_token_id: bosId ?? null,
      eos_token_id: eosId ?? null,
      pad_token_id: padId ?? null,
    },
    weights: recordsForFile(
      llamaCheckpoint,
      await tensorsToRecords(model.namedParameters(), { dtype }),
    ),
    ...(maxShardBytes === undefined ? {} : { maxShardBytes }),
    ...(tokenizerJson === undefined ? {} : { tokenizerJson }),
  });
}

/** Refuses what readers of the folder would take for something else. */
function checkFamily({ family = "llama", ...config }: LlamaConfig): void {
  const faults: [boolean, string][] = [
    [family === "llama" && config.window !== undefined, "a window"],
    [family !== "smollm3" && (config.unturnedLayers?.length ?? 0) > 0, "unturnedLayers"],
    [family === "mistral" && config.windowLayers !== undefined, "windowLayers"],
    [(family === "mistral" || family === "qwen2") && config.bias === true, "bias"],
    [family !== "llama" && family !== "smollm3" && config.mlpBias === true, "mlpBias"],
  ];
  const fault = faults.find(([wrong]) => wrong);
  if (!fault) return;
  throw new CheckpointError(
    `Cannot save the model as readers of the family ${family} know no ${
      fault[1]
    }: choose another family`,
  );
}

/**
 * Loads a model of one of the families from a folder in the layout of Hugging Face.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing, damaged, or of another kind of model.
 */
export async function loadLlama(folder: string): Promise<Llama> {
  using source = await loadFolder(folder);
  return await filled(
    new Llama(llamaCheckpoint.config(source.config)),
    (model) => loadWeights(model.namedParameters(), source.weights, mapOf(model)),
  );
}

/**
 * Puts the weights in a folder into a model of the same sizes.
 *
 * @param model The model, whose mode stays.
 * @param folder Where `config.json` and the weights are.
 * @throws {CheckpointError} If a part is missing or damaged, or the model differs in anything but its dropout.
 * @throws {RangeError} If the model has adapters.
 */
export async function loadLlamaWeights(model: Llama, folder: string): Promise<void> {
  refuseAdapters(model, "load the weights of a Llama");
  using source = await loadFolder(folder);
  checkSameConfig(textsOf(llamaCheckpoint.config(source.config)), textsOf(model.config), folder);
  await loadWeights(model.namedParameters(), source.weights, mapOf(model));
}

/** The fields of `config.json` as texts, which can be compared. */
function textsOf(config: LlamaConfig): Record<string, string> {
  const fields = Object.entries(llamaCheckpoint.configJson(config));
  return Object.fromEntries(fields.map(([key, value]) => [key, JSON.stringify(value)]));
}

/** The table, and that folders may hold the output of a model whose output is tied. */
function mapOf(model: Llama): CheckpointMap<LlamaConfig> {
  if (model.output) return llamaCheckpoint;
  return { ...llamaCheckpoint, ignore: [...llamaCheckpoint.ignore!, "lm_head"] };
}
