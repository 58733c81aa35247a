import {
  CheckpointError,
  type JsonObject,
  loadFolder,
  loadWeights,
  type NameRule,
  recordsForFile,
  saveFolder,
  type TensorRecord,
  tensorsToRecords,
} from "../../checkpoint/mod.ts";
import { filled } from "../fill.ts";
import type { SaveOptions } from "../loading.ts";
import type { TransformerConfig } from "./config.ts";
import { Transformer } from "./model.ts";

/** What `activation_function` in a Marian's `config.json` means here. */
const ACTIVATIONS: Record<string, "relu" | "gelu" | "swish"> = {
  relu: "relu",
  gelu: "gelu",
  swish: "swish",
  silu: "swish",
};

const attention = (ours: string, theirs: string): NameRule[] =>
  (["q", "k", "v"] as const).map((name): NameRule => [`${ours}.${name}`, `${theirs}.${name}_proj`])
    .concat([[`${ours}.proj`, `${theirs}.out_proj`]]);

const stack = (side: "encoder" | "decoder"): NameRule[] => {
  const [ours, theirs] = [`${side}.layers.*`, `model.${side}.layers.*`];
  return [
    ...attention(`${ours}.attn`, `${theirs}.self_attn`),
    [`${ours}.norm1`, `${theirs}.self_attn_layer_norm`],
    ...(side === "decoder" ? attention(`${ours}.cross`, `${theirs}.encoder_attn`) : []),
    [`${ours}.norm2`, `${theirs}.encoder_attn_layer_norm`],
    [`${ours}.network.fc`, `${theirs}.fc1`],
    [`${ours}.network.proj`, `${theirs}.fc2`],
    [`${ours}.norm3`, `${theirs}.final_layer_norm`],
  ];
};

/**
 * Marian's tensors under the names of Hugging Face.
 *
 * @param shared Whether sources and targets have one table of vectors, which we name after the sources.
 */
export function marianNames(shared: boolean): readonly NameRule[] {
  return [
    ["source.tokens", shared ? "model.shared" : "model.encoder.embed_tokens"],
    ["target.tokens", "model.decoder.embed_tokens"],
    ...stack("encoder"),
    ...stack("decoder"),
    ["outputBias", "final_logits_bias"],
  ];
}

const IGNORED = [
  "model.encoder.embed_positions",
  "model.decoder.embed_positions",
  "model.encoder.embed_tokens",
  "model.decoder.embed_tokens",
  "lm_head",
];

function configOf(json: JsonObject): TransformerConfig {
  const refuse = (must: string, current: unknown) => {
    throw new CheckpointError(`Cannot load a Marian as ${must}: current value is ${current}`);
  };
  if (json.model_type !== "marian") {
    refuse('model_type in config.json must be "marian"', json.model_type);
  }
  const number = (key: string, fallback?: number): number => {
    const value = json[key] ?? fallback;
    return typeof value === "number" ? value : refuse(`${key} must be a number`, value) as never;
  };
  const activation = String(json.activation_function ?? "gelu");
  if (!Object.hasOwn(ACTIVATIONS, activation)) {
    refuse(
      `activation_function must be one of ${Object.keys(ACTIVATIONS).join(", ")}`,
      activation,
    );
  }
  for (const name of ["ffn_dim", "attention_heads"]) {
    const [encoder, decoder] = [number(`encoder_${name}`), number(`decoder_${name}`)];
    if (encoder !== decoder) refuse(`decoder_${name} must be encoder_${name}, ${encoder}`, decoder);
  }
  if (json.tie_word_embeddings === false) refuse("tie_word_embeddings must be true", false);
  const vocabSize = number("vocab_size");
  const separate = json.share_encoder_decoder_embeddings === false;
  return {
    vocabSize,
    targetVocabSize: separate ? number("decoder_vocab_size", vocabSize) : vocabSize,
    contextLength: number("max_position_embeddings"),
    embedDim: number("d_model"),
    numHeads: number("encoder_attention_heads"),
    numLayers: number("encoder_layers"),
    decoderLayers: number("decoder_layers"),
    hiddenDim: number("encoder_ffn_dim"),
    dropout: number("dropout", 0.1),
    attentionDropout: number("attention_dropout", 0),
    activationDropout: number("activation_dropout", 0),
    activation: ACTIVATIONS[activation]!,
    positions: "sinesFirst",
    scaleEmbeddings: json.scale_embedding === true,
    shared: separate ? "output" : "all",
    outputBias: true,
    padId: number("pad_token_id"),
    startId: number("decoder_start_token_id"),
    endId: number("eos_token_id", 0),
  };
}

/**
 * Loads a Marian model, such as Helsinki's translators, from a folder in the layout of Hugging Face.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing, damaged, or of another kind of model.
 */
export async function loadMarian(folder: string): Promise<Transformer> {
  using source = await loadFolder(folder);
  const config = configOf(source.config);
  const map = { names: marianNames(config.shared === "all"), ignore: IGNORED };
  return await filled(new Transformer(config), async (model) => {
    const bias = model.outputBias!;
    const row = await source.weights.read("final_logits_bias"); // [1, V] there
    const weights = {
      ...source.weights,
      infos: new Map(
        [...source.weights.infos].map(([name, info]) =>
          name === row.name
            ? [name, { ...info, shape: [bias.size] }] as const
            : [name, info] as const
        ),
      ),
      read: async (name: string): Promise<TensorRecord> =>
        name === row.name ? { ...row, shape: [bias.size] } : await source.weights.read(name),
    };
    await loadWeights(model.namedParameters(), weights, map);
  });
}

/**
 * Saves a Transformer as a folder that Hugging Face's `MarianMTModel.from_pretrained` reads.
 *
 * @param model A model with `positions: "sinesFirst"`, norms after the sums, and an output that shares the targets' vectors.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If the model is no Marian, or it cannot be written.
 */
export async function saveMarian(
  model: Transformer,
  folder: string,
  { tokenizerJson, dtype = "F32" }: SaveOptions = {},
): Promise<void> {
  const { config } = model;
  const must = { positions: "sinesFirst", normFirst: false, finalNorm: false, normEps: 1e-5 };
  for (const [name, value] of Object.entries(must)) {
    const current = config[name as keyof typeof must];
    if (current !== value) {
      throw new CheckpointError(
        `Cannot save the model as a Marian as ${name} must be ${value}: current value is ${current}`,
      );
    }
  }
  if (config.shared === "none") {
    throw new CheckpointError(
      `Cannot save the model as a Marian as its output must share the targets' vectors: ` +
        `current shared is ${config.shared}`,
    );
  }
  const records = await tensorsToRecords(model.namedParameters(), { dtype });
  const V = config.targetVocabSize;
  const weights = recordsForFile({ names: marianNames(config.shared === "all") }, records)
    .map((record) => record.name === "final_logits_bias" ? { ...record, shape: [1, V] } : record);
  if (!model.outputBias) { // readers expect one
    const bytes = new Uint8Array(4 * V);
    weights.push({ name: "final_logits_bias", dtype: "F32", shape: [1, V], bytes });
  }
  await saveFolder(folder, {
    config: {
      model_type: "marian",
      architectures: ["MarianMTModel"],
      is_encoder_decoder: true,
      vocab_size: config.vocabSize,
      decoder_vocab_size: config.targetVocabSize,
      share_encoder_decoder_embeddings: config.shared === "all",
      tie_word_embeddings: true,
      max_position_embeddings: config.contextLength,
      d_model: config.embedDim,
      encoder_layers: config.numLayers,
      decoder_layers: config.decoderLayers,
      encoder_attention_heads: config.numHeads,
      decoder_attention_heads: config.numHeads,
      encoder_ffn_dim: config.hiddenDim,
      decoder_ffn_dim: config.hiddenDim,
      dropout: config.dropout,
      attention_dropout: config.attentionDropout,
      activation_dropout: config.activationDropout,
      activation_function: config.activation,
      scale_embedding: config.scaleEmbeddings,
      pad_token_id: config.padId,
      decoder_start_token_id: config.startId,
      eos_token_id: config.endId,
      forced_eos_token_id: null,
    },
    weights,
    ...(tokenizerJson === undefined ? {} : { tokenizerJson }),
  });
}
