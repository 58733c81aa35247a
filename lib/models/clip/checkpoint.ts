import {
  CheckpointError,
  type CheckpointMap,
  type JsonObject,
  loadFolder,
  loadWeights,
  type NameRule,
} from "../../checkpoint/mod.ts";
import { checkSameConfig, filled } from "../fill.ts";
import type { SaveOptions } from "../loading.ts";
import { saveMapped } from "../mapped_folder.ts";
import type { CLIPConfig, CLIPTextConfig, CLIPTowerConfig, CLIPVisionConfig } from "./config.ts";
import { CLIP } from "./model.ts";

/** Our sizes of a tower, what `config.json` calls them, and what they are where it says nothing. */
const TOWER = [
  ["numLayers", "num_hidden_layers", 12],
  ["numHeads", "num_attention_heads", undefined],
  ["embedDim", "hidden_size", undefined],
  ["hiddenDim", "intermediate_size", undefined],
  ["attentionDropout", "attention_dropout", 0],
  ["normEps", "layer_norm_eps", 1e-5],
] as const;
const VISION = [
  ["imageSize", "image_size", 224],
  ["patchSize", "patch_size", 32],
  ["inChannels", "num_channels", 3],
] as const;
const TEXT = [
  ["vocabSize", "vocab_size", 49408],
  ["contextLength", "max_position_embeddings", 77],
] as const;

/** What Transformers takes for the sizes that a file does not name. */
const THEIR_SIZES = {
  vision: { num_attention_heads: 12, hidden_size: 768, intermediate_size: 3072 },
  text: { num_attention_heads: 8, hidden_size: 512, intermediate_size: 2048 },
};

function towerOf(
  json: JsonObject,
  part: "vision" | "text",
  fields: readonly (readonly [ours: string, theirs: string, otherwise?: number])[],
): Record<string, number | string> {
  const given = (json[`${part}_config`] ?? {}) as JsonObject;
  const others: Record<string, number> = THEIR_SIZES[part];
  const config: Record<string, number | string> = {};
  for (const [ours, theirs, otherwise] of fields) {
    const value = given[theirs] ?? otherwise ?? others[theirs];
    if (typeof value !== "number") {
      throw new CheckpointError(
        `Cannot load a CLIP as ${theirs} of ${part}_config in config.json must be a number: current value is ${value}`,
      );
    }
    config[ours] = value;
  }
  const activation = given.hidden_act ?? "quick_gelu";
  if (activation !== "quick_gelu" && activation !== "gelu") {
    throw new CheckpointError(
      `Cannot load a CLIP as hidden_act must be quick_gelu or gelu: current value is ${activation}`,
    );
  }
  return { ...config, activation };
}

/** The names of a tower's tensors. */
const towerNames = (ours: string, theirs: string): NameRule[] => [
  [`${ours}.layers.*.norm1`, `${theirs}.encoder.layers.*.layer_norm1`],
  [`${ours}.layers.*.norm2`, `${theirs}.encoder.layers.*.layer_norm2`],
  ...(["q", "k", "v"] as const).map((name): NameRule => [
    `${ours}.layers.*.attn.${name}`,
    `${theirs}.encoder.layers.*.self_attn.${name}_proj`,
  ]),
  [`${ours}.layers.*.attn.proj`, `${theirs}.encoder.layers.*.self_attn.out_proj`],
  [`${ours}.layers.*.mlp.fc`, `${theirs}.encoder.layers.*.mlp.fc1`],
  [`${ours}.layers.*.mlp.proj`, `${theirs}.encoder.layers.*.mlp.fc2`],
];

/**
 * CLIP as published on Hugging Face.
 *
 * The first published files call the end token 2, which it is not, and mean the highest id of a row; so does
 * `vocabSize − 1` here. A model whose end token has the id 2 cannot be written.
 */
export const clipCheckpoint: CheckpointMap<CLIPConfig> = {
  config(json) {
    if (json.model_type !== "clip") {
      throw new CheckpointError(
        `Cannot load a CLIP as model_type in config.json must be "clip": current value is ${json.model_type}`,
      );
    }
    const vision = towerOf(json as JsonObject, "vision", [...TOWER, ...VISION]);
    const text = towerOf(json as JsonObject, "text", [...TOWER, ...TEXT]);
    const { eos_token_id: end } = (json.text_config ?? {}) as JsonObject;
    const endId = typeof end === "number" && end !== 2 ? end : Number(text.vocabSize) - 1;
    return {
      vision: vision as unknown as CLIPVisionConfig,
      text: { ...text, endId } as unknown as CLIPTextConfig,
      projectionDim: Number(json.projection_dim ?? 512),
      logitScale: Number(json.logit_scale_init_value ?? 2.6592),
    };
  },
  configJson({ vision, text, projectionDim, logitScale = Math.log(1 / 0.07) }) {
    const endId = text.endId ?? text.vocabSize - 1;
    if (endId === 2) {
      throw new CheckpointError(
        "Cannot save a CLIP as its end token must not have the id 2, which readers take for the highest id: current endId is 2",
      );
    }
    const tower = (
      config: CLIPTowerConfig & { [name: string]: unknown },
      fields: readonly (readonly [ours: string, theirs: string, otherwise?: number])[],
    ) => ({
      ...Object.fromEntries(
        fields.map(([ours, theirs, otherwise]) => [
          theirs,
          config[ours] ?? (ours === "hiddenDim" ? 4 * config.embedDim : otherwise),
        ]),
      ),
      hidden_act: config.activation ?? "quick_gelu",
      projection_dim: projectionDim,
    });
    return {
      model_type: "clip",
      architectures: ["CLIPModel"],
      projection_dim: projectionDim,
      logit_scale_init_value: logitScale,
      vision_config: {
        model_type: "clip_vision_model",
        ...tower({ ...vision }, [...TOWER, ...VISION]),
      },
      text_config: {
        model_type: "clip_text_model",
        ...tower({ ...text }, [...TOWER, ...TEXT]),
        eos_token_id: endId,
        bos_token_id: null,
        pad_token_id: null,
      },
    };
  },
  names: [
    ["logitScale", "logit_scale"],
    ["imageProjection", "visual_projection"],
    ["textProjection", "text_projection"],
    ["vision.clsToken", "vision_model.embeddings.class_embedding"],
    ["vision.patches", "vision_model.embeddings.patch_embedding", [2, 3, 1, 0]],
    ["vision.positions", "vision_model.embeddings.position_embedding"],
    ["vision.preNorm", "vision_model.pre_layrnorm"], // spelt so
    ["vision.norm", "vision_model.post_layernorm"],
    ...towerNames("vision", "vision_model"),
    ["text.tokens", "text_model.embeddings.token_embedding"],
    ["text.positions", "text_model.embeddings.position_embedding"],
    ["text.norm", "text_model.final_layer_norm"],
    ...towerNames("text", "text_model"),
  ],
  ignore: ["text_model.embeddings.position_ids", "vision_model.embeddings.position_ids"],
};

/**
 * Saves a CLIP as a folder that Hugging Face's `CLIPModel.from_pretrained` reads.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveCLIP(
  model: CLIP,
  folder: string,
  options: SaveOptions = {},
): Promise<void> {
  await saveMapped(model, folder, clipCheckpoint, options);
}

/**
 * Loads a CLIP from a folder in the layout of Hugging Face.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing, damaged, or of another kind of model.
 */
export async function loadCLIP(folder: string): Promise<CLIP> {
  using source = await loadFolder(folder);
  return await filled(
    new CLIP(clipCheckpoint.config(source.config)),
    (model) => loadWeights(model.namedParameters(), source.weights, clipCheckpoint),
  );
}

/**
 * Puts the weights in a folder into a CLIP of the same sizes, as a trainer does that goes on from a checkpoint.
 *
 * @param model The model, whose mode stays.
 * @param folder Where `config.json` and the weights are.
 * @throws {CheckpointError} If a part is missing or damaged, or the sizes differ.
 */
export async function loadCLIPWeights(model: CLIP, folder: string): Promise<void> {
  using source = await loadFolder(folder);
  const theirs = clipCheckpoint.config(source.config);
  const ours = clipCheckpoint.config(clipCheckpoint.configJson(model.config));
  checkSameConfig(theirs.vision, ours.vision, folder);
  checkSameConfig(theirs.text, ours.text, folder);
  await loadWeights(model.namedParameters(), source.weights, clipCheckpoint);
}
