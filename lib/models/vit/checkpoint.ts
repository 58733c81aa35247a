import { CheckpointError, type JsonObject } from "../../checkpoint/mod.ts";
import {
  type ImageFamily,
  loadImageModel,
  loadImageWeights,
  saveImageModel,
} from "../image_folder.ts";
import type { Loaded, LoadOptions, SaveOptions } from "../loading.ts";
import type { ViTConfig } from "./config.ts";
import { ViT } from "./model.ts";

/** Our names as files on the hub have them, and as the newest version of Transformers has them. */
const NAMES: readonly (readonly [ours: RegExp, theirs: string, newest?: string])[] = [
  [/^clsToken$/, "embeddings.cls_token"],
  [/^positions$/, "embeddings.position_embeddings"],
  [/^patches\./, "embeddings.patch_embeddings.projection."],
  [/^norm\./, "layernorm."],
  [/\.norm1\./, ".layernorm_before."],
  [/\.norm2\./, ".layernorm_after."],
  [/\.attn\.q\./, ".attention.attention.query.", ".attention.q_proj."],
  [/\.attn\.k\./, ".attention.attention.key.", ".attention.k_proj."],
  [/\.attn\.v\./, ".attention.attention.value.", ".attention.v_proj."],
  [/\.attn\.proj\./, ".attention.output.dense.", ".attention.o_proj."],
  [/\.mlp\.fc\./, ".intermediate.dense.", ".mlp.fc1."],
  [/\.mlp\.proj\./, ".output.dense.", ".mlp.fc2."],
  [/^blocks\./, "encoder.layer.", "layers."],
];

/** Spells our names as a file does that is read, or else as files on the hub. */
function speller(theirs?: ReadonlySet<string>): (ours: string) => string {
  const all = [...theirs ?? []];
  const newest = all.some((name) => /^(vit\.)?layers\./.test(name));
  const prefix = theirs === undefined || all.some((name) => name.startsWith("vit.")) ? "vit." : "";
  return (ours) => {
    if (ours.startsWith("head.")) return ours.replace("head.", "classifier.");
    const spelt = NAMES.reduce(
      (name, [from, to, now]) => name.replace(from, newest && now ? now : to),
      ours,
    );
    return prefix + spelt;
  };
}

/** Our fields, and what `config.json` calls them. */
const FIELDS = [
  ["imageSize", "image_size"],
  ["patchSize", "patch_size"],
  ["inChannels", "num_channels"],
  ["numLayers", "num_hidden_layers"],
  ["numHeads", "num_attention_heads"],
  ["embedDim", "hidden_size"],
  ["hiddenDim", "intermediate_size"],
  ["dropout", "hidden_dropout_prob"],
  ["attentionDropout", "attention_probs_dropout_prob"],
  ["normEps", "layer_norm_eps"],
] as const;

function configOf(json: JsonObject): ViTConfig {
  const config: Record<string, number> = {};
  for (const [ours, theirs] of FIELDS) {
    const value = json[theirs];
    if (typeof value !== "number") {
      throw new CheckpointError(
        `Cannot load a ViT as ${theirs} in config.json must be a number: current value is ${
          JSON.stringify(value) ?? "none"
        }`,
      );
    }
    config[ours] = value;
  }
  for (const [key, must] of [["hidden_act", "gelu"], ["qkv_bias", true]] as const) {
    if (key in json && json[key] !== must) {
      throw new CheckpointError(
        `Cannot load a ViT as ${key} in config.json must be ${must}: current value is ${json[key]}`,
      );
    }
  }
  return config as unknown as ViTConfig;
}

const FAMILY: ImageFamily<ViTConfig, ViT> = {
  type: "vit",
  architecture: "ViTForImageClassification",
  make: (config) => new ViT(config),
  head: "head",
  namesFor: (_, theirs) => speller(theirs),
  ignore: ["pooler", "vit.pooler"],
  config: configOf,
  configJson(config) {
    const whole = {
      inChannels: 3,
      hiddenDim: 4 * config.embedDim,
      dropout: 0,
      attentionDropout: 0,
      normEps: 1e-12,
      ...config,
    };
    const fields = FIELDS.map(([ours, theirs]) => [theirs, whole[ours]]);
    return { ...Object.fromEntries(fields), hidden_act: "gelu", qkv_bias: true };
  },
};

/**
 * Saves a ViT as a folder: `config.json`, and weights by the names and in the layout of PyTorch.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveViT(
  model: ViT,
  folder: string,
  options: Pick<SaveOptions, "dtype"> = {},
): Promise<void> {
  await saveImageModel(FAMILY, model, folder, options);
}

/**
 * Loads a ViT from a folder.
 *
 * @param folder Where `config.json` and the weights are.
 * @param options Other classes, for which the last layer is made anew, and another dropout.
 * @returns The model, as in use (`eval()`); its caller disposes it. `fresh` names the parameters that were made anew.
 * @throws {CheckpointError} If a part is missing, damaged, or of another kind of model.
 */
export async function loadViT(folder: string, options: LoadOptions = {}): Promise<Loaded<ViT>> {
  return await loadImageModel(FAMILY, folder, options);
}

/**
 * Puts the weights in a folder into a model of the same sizes, as a trainer does that goes on from a checkpoint.
 *
 * @param model The model, whose mode stays.
 * @param folder Where `config.json` and the weights are.
 * @throws {CheckpointError} If a part is missing or damaged, or of another kind of model.
 * @throws {ShapeError} If a size differs.
 */
export async function loadViTWeights(model: ViT, folder: string): Promise<void> {
  await loadImageWeights(FAMILY, model, folder);
}
