import { CheckpointError, type JsonObject } from "../../checkpoint/mod.ts";
import {
  type ImageFamily,
  loadImageModel,
  loadImageWeights,
  saveImageModel,
  torchSpelling,
} from "../image_folder.ts";
import type { Loaded, LoadOptions, SaveOptions } from "../loading.ts";
import type { ResNetConfig } from "./config.ts";
import { ResNet } from "./model.ts";

/** Our names as torchvision has them. */
const inTorchvision = (ours: string) =>
  torchSpelling(ours).replace(
    /^layers\.(\d+)\.blocks\./,
    (_, stage) => `layer${Number(stage) + 1}.`,
  );

/** Our names as Hugging Face has them. */
function inHuggingFace(ours: string): string {
  return torchSpelling(ours)
    .replace(/^(conv1|bn1)\./, "resnet.embedder.embedder.$1.")
    .replace(/^layers\.(\d+)\.blocks\.(\d+)\./, "resnet.encoder.stages.$1.layers.$2.")
    .replace(/downsample\.0\./, "shortcut.convolution.")
    .replace(/downsample\.1\./, "shortcut.normalization.")
    .replace(/embedder\.conv1\./, "embedder.convolution.")
    .replace(/embedder\.bn1\./, "embedder.normalization.")
    .replace(/conv(\d)\./, (_, k) => `layer.${k - 1}.convolution.`)
    .replace(/bn(\d)\./, (_, k) => `layer.${k - 1}.normalization.`)
    .replace(/^fc\./, "classifier.1.");
}

/** A list of numbers in `config.json`. */
function numbers(json: JsonObject, key: string): number[] {
  const value = json[key];
  if (Array.isArray(value) && value.every(Number.isInteger)) return value as number[];
  throw new CheckpointError(
    `Cannot load a ResNet as ${key} in config.json must be a list of whole numbers: current value is ${
      JSON.stringify(value) ?? "none"
    }`,
  );
}

/** Fails where a folder has a form that is not ours. */
function refuse(json: JsonObject, key: string, allowed: readonly unknown[]): void {
  if (!(key in json) || allowed.includes(json[key])) return;
  throw new CheckpointError(
    `Cannot load a ResNet as ${key} in config.json must be ${
      allowed.join(" or ")
    }: current value is ${JSON.stringify(json[key])}`,
  );
}

const FAMILY: ImageFamily<ResNetConfig, ResNet> = {
  type: "resnet",
  architecture: "ResNetForImageClassification",
  make: (config) => new ResNet(config),
  head: "fc",
  namesFor(config, theirs) {
    const torchvision = theirs
      ? theirs.has("conv1.weight")
      : (config.names ?? (config.stem === "small" ? "torchvision" : "huggingface")) ===
        "torchvision";
    return torchvision ? inTorchvision : inHuggingFace;
  },
  config(json) {
    refuse(json, "layer_type", ["basic", "bottleneck"]);
    refuse(json, "hidden_act", ["relu"]);
    refuse(json, "downsample_in_first_stage", [false]);
    refuse(json, "downsample_in_bottleneck", [false]);
    return {
      block: json.layer_type === "basic" ? "basic" : "bottleneck",
      depths: numbers(json, "depths"),
      hiddenDims: numbers(json, "hidden_sizes"),
      embedDim: Number(json.embedding_size ?? 64),
      inChannels: Number(json.num_channels ?? 3),
      ...(json.stem === "small" ? { stem: "small" as const } : {}),
      ...(json.weight_names === "torchvision" ? { names: "torchvision" as const } : {}),
    };
  },
  configJson: ({ block, depths, hiddenDims, embedDim = 64, inChannels = 3, stem, names }) => ({
    layer_type: block,
    depths: [...depths],
    hidden_sizes: [...hiddenDims],
    embedding_size: embedDim,
    num_channels: inChannels,
    hidden_act: "relu",
    downsample_in_first_stage: false,
    downsample_in_bottleneck: false,
    ...(stem === "small" ? { stem } : {}),
    ...(names === "torchvision" ? { weight_names: names } : {}),
  }),
};

/**
 * Saves a ResNet as a folder: `config.json`, and weights by the names and in the layout of PyTorch.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveResNet(
  model: ResNet,
  folder: string,
  options: Pick<SaveOptions, "dtype"> = {},
): Promise<void> {
  await saveImageModel(FAMILY, model, folder, options);
}

/**
 * Loads a ResNet from a folder.
 *
 * @param folder Where `config.json` and the weights are.
 * @param options Other classes, for which the last layer is made anew, and another dropout.
 * @returns The model, as in use (`eval()`); its caller disposes it. `fresh` names the parameters that were made anew.
 * @throws {CheckpointError} If a part is missing, damaged, or of another kind of model.
 */
export async function loadResNet(
  folder: string,
  options: LoadOptions = {},
): Promise<Loaded<ResNet>> {
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
export async function loadResNetWeights(model: ResNet, folder: string): Promise<void> {
  await loadImageWeights(FAMILY, model, folder);
}
