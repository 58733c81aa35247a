import {
  CheckpointError,
  type CheckpointMap,
  type JsonObject,
  loadFolder,
  loadWeights,
  type ModelFolder,
  type WeightsReader,
} from "../../checkpoint/mod.ts";
import { checkSameConfig, filled } from "../fill.ts";
import { saveMapped } from "../mapped_folder.ts";
import { numberIn, type SaveOptions } from "../loading.ts";
import type { T5Config } from "./config.ts";
import { T5 } from "./model.ts";

/** What `feed_forward_proj` in a T5's `config.json` means here. */
const NETWORKS: Record<string, "relu" | "gated-gelu"> = {
  "relu": "relu",
  "gated-gelu": "gated-gelu",
};

/** A field of `config.json` that must be a number. */
const number = (json: JsonObject, key: string, fallback?: number): number =>
  numberIn(json, key, "a T5", fallback);

/** The names of a stack's parts; a decoder's blocks have attention to the encoder between the others. */
function stack(ours: "encoder" | "decoder", gated: boolean): [string, string][] {
  const [block, layer] = [`${ours}.blocks.*`, `${ours}.block.*.layer`];
  const network = `${layer}.${ours === "decoder" ? 2 : 1}`;
  const attention = (name: string, layer: string): [string, string][] => [
    [`${block}.${name}.q`, `${layer}.q`],
    [`${block}.${name}.k`, `${layer}.k`],
    [`${block}.${name}.v`, `${layer}.v`],
    [`${block}.${name}.proj`, `${layer}.o`],
  ];
  return [
    [
      `${ours}.positions.table`,
      `${ours}.block.0.layer.0.SelfAttention.relative_attention_bias`,
    ],
    [`${block}.norm1`, `${layer}.0.layer_norm`],
    ...attention("attn", `${layer}.0.SelfAttention`),
    ...(ours === "encoder" ? [] : [
      [`${block}.norm2`, `${layer}.1.layer_norm`] as [string, string],
      ...attention("cross", `${layer}.1.EncDecAttention`),
    ]),
    [`${block}.norm3`, `${network}.layer_norm`],
    [`${block}.network.gate`, `${network}.DenseReluDense.wi_0`],
    [`${block}.network.wi`, `${network}.DenseReluDense.${gated ? "wi_1" : "wi"}`],
    [`${block}.network.wo`, `${network}.DenseReluDense.wo`],
    [`${ours}.norm`, `${ours}.final_layer_norm`],
  ];
}

/**
 * T5 as published on Hugging Face.
 *
 * @param network The kind of the blocks' networks, whose layers the files number.
 */
export function t5Checkpoint(network: T5Config["network"] = "relu"): CheckpointMap<T5Config> {
  const gated = network === "gated-gelu";
  return {
    config: configOf,
    configJson,
    names: [
      ["tokens", "shared"],
      ...stack("encoder", gated),
      ...stack("decoder", gated),
      ["output", "lm_head"],
    ],
    ignore: [
      "encoder.embed_tokens",
      "decoder.embed_tokens",
      "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias",
    ],
    prefixes: ["transformer."],
  };
}

function configOf(json: JsonObject): T5Config {
  if (json.model_type !== "t5") {
    throw new CheckpointError(
      `Cannot load a T5 as model_type in config.json must be "t5": current value is ${json.model_type}`,
    );
  }
  const network = String(json.feed_forward_proj ?? "relu");
  if (!Object.hasOwn(NETWORKS, network)) {
    throw new CheckpointError(
      `Cannot load a T5 as feed_forward_proj must be one of ${
        Object.keys(NETWORKS).join(", ")
      }: current value is ${network}`,
    );
  }
  const numLayers = number(json, "num_layers");
  const scaled = (json.scale_decoder_outputs ?? json.tie_word_embeddings) !== false;
  const padId = number(json, "pad_token_id", 0);
  return {
    vocabSize: number(json, "vocab_size"),
    embedDim: number(json, "d_model"),
    numLayers,
    decoderLayers: number(json, "num_decoder_layers", numLayers),
    numHeads: number(json, "num_heads"),
    headDim: number(json, "d_kv"),
    hiddenDim: number(json, "d_ff"),
    dropout: number(json, "dropout_rate", 0.1),
    network: NETWORKS[network]!,
    // readers tell by this alone whether the output is scaled; whether it is shared shows in the weights
    tied: scaled,
    scaled,
    numBuckets: number(json, "relative_attention_num_buckets", 32),
    maxDistance: number(json, "relative_attention_max_distance", 128),
    normEps: number(json, "layer_norm_epsilon", 1e-6),
    padId,
    startId: number(json, "decoder_start_token_id", padId),
    endId: number(json, "eos_token_id", 1),
  };
}

function configJson(config: T5Config): JsonObject {
  return {
    model_type: "t5",
    architectures: ["T5ForConditionalGeneration"],
    is_encoder_decoder: true,
    vocab_size: config.vocabSize,
    d_model: config.embedDim,
    num_layers: config.numLayers,
    num_decoder_layers: config.decoderLayers ?? config.numLayers,
    num_heads: config.numHeads,
    d_kv: config.headDim ?? 64,
    d_ff: config.hiddenDim,
    dropout_rate: config.dropout ?? 0.1,
    feed_forward_proj: config.network ?? "relu",
    tie_word_embeddings: config.scaled ?? config.tied ?? true,
    relative_attention_num_buckets: config.numBuckets ?? 32,
    relative_attention_max_distance: config.maxDistance ?? 128,
    layer_norm_epsilon: config.normEps ?? 1e-6,
    pad_token_id: config.padId ?? 0,
    decoder_start_token_id: config.startId ?? 0,
    eos_token_id: config.endId ?? 1,
  };
}

/** The configuration of a folder: an output that is not scaled has its own weights if they are there. */
function configFrom({ config, weights }: ModelFolder): T5Config {
  const ours = configOf(config);
  return { ...ours, tied: ours.tied || !weights.infos.has("lm_head.weight") };
}

/**
 * Saves a T5 as a folder that Hugging Face's `T5ForConditionalGeneration.from_pretrained` reads.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveT5(
  model: T5,
  folder: string,
  options: SaveOptions = {},
): Promise<void> {
  await saveMapped(model, folder, t5Checkpoint(model.config.network), options);
}

/**
 * Loads a T5 from a folder in the layout of Hugging Face.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing, damaged, or of another kind of model.
 */
export async function loadT5(folder: string): Promise<T5> {
  using source = await loadFolder(folder);
  return await filled(
    new T5(configFrom(source)),
    (model) => assign(model, source.weights),
  );
}

/**
 * Puts the weights in a folder into a T5 of the same sizes.
 *
 * @param model The model, whose mode stays.
 * @param folder Where `config.json` and the weights are.
 * @throws {CheckpointError} If a part is missing or damaged, or the model differs in anything but its dropout.
 */
export async function loadT5Weights(model: T5, folder: string): Promise<void> {
  using source = await loadFolder(folder);
  checkSameConfig(configFrom(source), model.config, folder);
  await assign(model, source.weights);
}

async function assign(model: T5, weights: WeightsReader): Promise<void> {
  const { network, tied } = model.config;
  const map = t5Checkpoint(network);
  const ignore = tied ? [...map.ignore!, "lm_head"] : map.ignore;
  await loadWeights(model.namedParameters(), weights, { ...map, ignore });
}
