import { join } from "node:path";
import {
  CheckpointError,
  exists,
  type JsonObject,
  readJson,
  settledFolder,
  stableJson,
  writeAtomic,
} from "../checkpoint/mod.ts";
import {
  Module,
  poolTokens,
  type TextEncoder,
  type TokenInputs,
  type TokenPooling,
} from "../nn/mod.ts";
import { dispose, type Tensor, tidy } from "../tensor/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { encodeBatch, loadTokenizer, saveTokenizer, type Tokenizer } from "../text/mod.ts";
import { Bert, saveBert } from "./bert/mod.ts";
import { loadModel } from "./registry.ts";

/** How a {@link SentenceEncoder} is made. */
export interface SentenceEncoderOptions {
  /** What a text's vector is made of. @default {"mean"} */
  pooling?: TokenPooling;
  /** Whether vectors are scaled to length 1, so that their products are cosines. @default {false} */
  normalize?: boolean;
  /** The most tokens of a text; what follows is cut off. @default {all that the encoder can see} */
  maxLength?: number;
  /** Turns texts into tokens; only {@link SentenceEncoder.embed} needs it. @default {none} */
  tokenizer?: Tokenizer;
}

/** How {@link SentenceEncoder.embed} works. */
export interface EmbedOptions {
  /** Texts that are encoded at once. @default {32} */
  batchSize?: number;
  /** Ends the work early, which then throws the signal's reason. @default {undefined} */
  signal?: AbortSignal;
}

/**
 * Gives texts vectors that lie near each other where the texts mean the same.
 *
 * @example
 * ```ts
 * import { SentenceEncoder } from "@tome/tome/models";
 * import { Bert, BERT_PRESETS } from "@tome/tome/models/bert";
 * import { ByteTokenizer } from "@tome/tome/text";
 * import { useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * const encoder = new Bert({ ...BERT_PRESETS["bert-tiny"], vocabSize: 257, numLayers: 1 });
 * using model = new SentenceEncoder(encoder, { normalize: true, tokenizer: new ByteTokenizer() });
 * const [a, b] = await model.embed(["the sea", "a ship"]);
 * console.assert(a!.length === 128 && b!.length === 128);
 * ```
 * @see Reimers and Gurevych, 2019, "Sentence-BERT", https://arxiv.org/abs/1908.10084
 */
export class SentenceEncoder extends Module {
  /** Gives tokens their vectors. */
  readonly encoder: TextEncoder;
  /** What a text's vector is made of. */
  readonly pooling: TokenPooling;
  /** Whether vectors have length 1. */
  readonly normalize: boolean;
  /** The most tokens of a text. */
  readonly maxLength: number;
  /** Turns texts into tokens, if there is one. */
  readonly tokenizer?: Tokenizer;

  /**
   * Puts an encoder of tokens to this use.
   *
   * @param encoder The encoder, which is disposed with this.
   * @param options What a text's vector is made of.
   */
  constructor(encoder: TextEncoder, options: SentenceEncoderOptions = {}) {
    super();
    this.encoder = encoder;
    this.pooling = options.pooling ?? "mean";
    this.normalize = options.normalize ?? false;
    this.maxLength = Math.min(options.maxLength ?? Infinity, encoder.contextLength);
    if (options.tokenizer) this.tokenizer = options.tokenizer;
  }

  /** The length of a vector. */
  get embedDim(): number {
    return this.encoder.embedDim;
  }

  /**
   * Gives texts their vectors, on the device; what training takes.
   *
   * @param inputs The texts' tokens.
   * @returns `[B, C]`, float32.
   */
  forward(inputs: TokenInputs): Tensor {
    const pooled = poolTokens(this.encoder.encode(inputs), inputs.mask, this.pooling); // [B, C]
    if (!this.normalize) return pooled;
    const length = tf.sqrt(tf.maximum(tf.sum(tf.square(pooled), 1, true), 1e-24));
    return tf.div(pooled, length);
  }

  /**
   * Gives texts their vectors, batch by batch, with dropout off.
   *
   * @param texts The texts, of any length and number.
   * @param options The size of a batch.
   * @returns A vector for each text, in their order.
   * @throws {TypeError} If there is no tokenizer.
   */
  async embed(
    texts: readonly string[],
    { batchSize = 32, signal }: EmbedOptions = {},
  ): Promise<Float32Array[]> {
    const { tokenizer, maxLength } = this;
    if (!tokenizer) {
      throw new TypeError(
        "Cannot embed texts as the encoder must have a tokenizer: pass { tokenizer } when it is made",
      );
    }
    // texts of about one length together, so that little is filled up
    const order = texts.map((_, i) => i).sort((a, b) => texts[b]!.length - texts[a]!.length);
    const vectors = new Array<Float32Array>(texts.length);
    const modes = [...this.namedModules()].map(([, module]) => [module, module.training] as const);
    this.eval();
    try {
      for (let first = 0; first < order.length; first += batchSize) {
        signal?.throwIfAborted();
        const chosen = order.slice(first, first + batchSize);
        const batch = encodeBatch(tokenizer, chosen.map((i) => texts[i]!), { maxLength });
        const rows = tidy(() => this.forward(batch));
        try {
          const values = await rows.data<"float32">();
          for (const [row, i] of chosen.entries()) {
            vectors[i] = values.slice(row * this.embedDim, (row + 1) * this.embedDim);
          }
        } finally {
          dispose([rows, ...Object.values(batch)]);
        }
      }
    } finally {
      for (const [module, training] of modes) module.training = training;
    }
    return vectors;
  }
}

const MODULES = "modules.json";
const LENGTHS = "sentence_bert_config.json";

/** The parts of a folder of sentence-transformers, by the last part of their types' names. */
async function partsOf(folder: string): Promise<Map<string, string>> {
  if (!await exists(join(folder, MODULES))) return new Map([["Transformer", ""], ["Pooling", ""]]);
  const text = await Deno.readTextFile(join(folder, MODULES));
  const listed = JSON.parse(text) as { path: string; type: string }[];
  const parts = new Map(listed.map(({ path, type }) => [type.split(".").at(-1)!, path]));
  for (const name of parts.keys()) {
    if (["Transformer", "Pooling", "Normalize"].includes(name)) continue;
    throw new CheckpointError(
      `Cannot load the sentence encoder ${folder} as its parts must be a Transformer, Pooling and Normalize: current parts are ${
        [...parts.keys()].join(", ")
      }`,
    );
  }
  return parts;
}

/** How the `config.json` of a Pooling says that tokens are pooled: by one flag, or in newer ones by a name. */
function poolingOf(json: JsonObject, folder: string): TokenPooling {
  const flags = { cls: "cls_token", mean: "mean_tokens", max: "max_tokens" } as const;
  const named = json.pooling_mode;
  const found = Object.keys(json).filter((key) => key.startsWith("pooling_mode_") && json[key]);
  for (const [pooling, flag] of Object.entries(flags)) {
    const only = found.length === 1 && found[0] === `pooling_mode_${flag}`;
    if (named === pooling || (named === undefined && only)) return pooling as TokenPooling;
  }
  throw new CheckpointError(
    `Cannot load the sentence encoder ${folder} as it must pool by one of mean, cls, max: current ways are ${
      named ?? found.join(", ")
    }`,
  );
}

/**
 * Loads an encoder of sentences from a folder of the sentence-transformers package, with its tokenizer.
 *
 * A folder of a plain encoder gives the mean of the tokens' vectors, not scaled, as that package does.
 *
 * @param folder Where `config.json`, the weights and, mostly, `modules.json` are.
 * @returns The encoder, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing, damaged, or of a kind that is not known.
 */
export async function loadSentenceEncoder(folder: string): Promise<SentenceEncoder> {
  const root = await settledFolder(folder);
  const parts = await partsOf(root);
  const transformer = join(root, parts.get("Transformer") ?? "");
  const pool = parts.get("Pooling");
  const pooling = pool
    ? poolingOf(await readJson(join(root, pool, "config.json")), folder)
    : "mean";
  const lengths = await exists(join(transformer, LENGTHS))
    ? await readJson(join(transformer, LENGTHS))
    : {};
  const tokenizer = await loadTokenizer(transformer);
  const encoder = await loadModel(transformer, { task: "encoder" });
  const maxLength = typeof lengths.max_seq_length === "number" ? lengths.max_seq_length : undefined;
  const normalize = parts.has("Normalize");
  return new SentenceEncoder(encoder, { pooling, normalize, maxLength, tokenizer }).eval();
}

/**
 * Saves an encoder of sentences as a folder that the sentence-transformers package reads.
 *
 * @param model The encoder; its own encoder must be a BERT, DistilBERT or RoBERTa.
 * @param folder Where to.
 * @throws {TypeError} If the encoder is of another family.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveSentenceEncoder(model: SentenceEncoder, folder: string): Promise<void> {
  const { encoder, pooling, normalize, maxLength, tokenizer } = model;
  if (!(encoder instanceof Bert)) {
    throw new TypeError(
      `Cannot save the sentence encoder as its encoder must be a Bert: current one is a ${encoder.constructor.name}`,
    );
  }
  await saveBert(encoder, folder);
  if (tokenizer) await saveTokenizer(folder, tokenizer);
  const names = ["Transformer", "Pooling", ...normalize ? ["Normalize"] : []];
  const modules = names.map((name, idx) => ({
    idx,
    name: String(idx),
    path: idx === 0 ? "" : `${idx}_${name}`,
    type: `sentence_transformers.models.${name}`,
  }));
  const write = (name: string, json: unknown) =>
    writeAtomic(join(folder, name), stableJson(json as JsonObject));
  for (const { path } of modules) await Deno.mkdir(join(folder, path), { recursive: true });
  await write("1_Pooling/config.json", {
    word_embedding_dimension: encoder.embedDim,
    pooling_mode_cls_token: pooling === "cls",
    pooling_mode_mean_tokens: pooling === "mean",
    pooling_mode_max_tokens: pooling === "max",
    pooling_mode_mean_sqrt_len_tokens: false,
  });
  await write(LENGTHS, { max_seq_length: maxLength, do_lower_case: false });
  await write(MODULES, modules);
}
