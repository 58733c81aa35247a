import {
  type CausalLM,
  type ForwardOptions,
  Module,
  type Seq2SeqLM,
  type Seq2SeqWriter,
} from "../nn/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { ownVariable, type Tensor, type Variable } from "../tensor/mod.ts";
import { searchBeams } from "./beam.ts";
import { inUse } from "./context.ts";
import { decodeRows, type GeneratedToken } from "./decode.ts";
import type { TextTokenizer } from "./detokenizer.ts";
import { type GenerateResult, resultOf } from "./generate.ts";
import { type CheckedOptions, checkOptions, checkPrompt, type GenerateOptions } from "./options.ts";

/** How a sequence is written from a source. */
export interface GenerateSeq2SeqOptions extends GenerateOptions {
  /** How many sequences are given for each source, the best first; of a beam search at most `numBeams`. @default {1} */
  numReturnSequences?: number;
  /** Tokens that every sequence begins with, after `startId`: a language, for example. @default {none} */
  prefixIds?: readonly number[];
  /** Tokens that are never written, such as the one that fills rows up. @default {none} */
  suppressIds?: readonly number[];
  /** The most sources that run together. @default {32} */
  batchSize?: number;
}

/** Sources that a model has read; whoever is given them frees them. */
export interface ReadSources {
  /** What decoding looks at, `[B, S, C]`. */
  memory: Variable;
  /** Where it is not filled up, `[B, S]`, int32; without, it is so nowhere. */
  mask?: Variable;
}

/** Reads tokens, filled up to one length. */
function readTokens(model: Seq2SeqLM, sources: readonly (readonly number[])[]): ReadSources {
  const length = Math.max(...sources.map((source) => source.length));
  const fill = model.padId ?? model.endId;
  const padded = sources.map((row) => [...row, ...Array(length - row.length).fill(fill)]);
  const present = sources.map((row) => padded[0]!.map((_, s) => s < row.length ? 1 : 0));
  const ragged = sources.some((row) => row.length < length);
  const mask = ragged ? ownVariable(tf.tensor2d(present, undefined, "int32")) : undefined;
  const memory = ownVariable(tf.tidy(() => {
    const ids = tf.tensor2d(padded, undefined, "int32");
    return inUse(model, () => model.encode(mask ? { ids, mask } : { ids }));
  }));
  return { memory, ...(mask && { mask }) };
}

/**
 * A model whose sources are read, as a model that continues what is written from them.
 *
 * Its rows are the sources in order, or, of one source, any number; a cache keeps them apart as they become fewer.
 */
class Reader extends Module implements CausalLM {
  readonly vocabSize: number;
  readonly #model: Seq2SeqWriter;
  readonly #memory: Variable;
  readonly #mask?: Variable;
  readonly #suppressed?: Variable;

  constructor(
    model: Seq2SeqWriter,
    { memory, mask }: ReadSources,
    suppressIds: readonly number[],
    readonly contextLength: number,
  ) {
    super();
    this.#model = model;
    this.vocabSize = model.vocabSize;
    this.#memory = memory;
    if (mask) this.#mask = mask;
    if (suppressIds.length > 0) {
      const values = new Float32Array(this.vocabSize);
      for (const id of suppressIds) values[id] = -Infinity;
      this.#suppressed = ownVariable(tf.tensor1d(values));
    }
  }

  forward(ids: Tensor, { cache, lastOnly }: ForwardOptions = {}): Tensor {
    const rows = ids.shape[0]!;
    // once a cache holds what is used of the memory, neither it nor the mask is read
    const unread = cache !== undefined && cache.length > 0;
    const each = (x: Tensor) =>
      x.shape[0] === 1 && rows > 1 && !unread ? tf.tile(x, [rows, ...x.shape.slice(1).fill(1)]) : x;
    const mask = this.#mask && each(this.#mask);
    const logits = this.#model.decode(ids, each(this.#memory), {
      ...(cache && { cache }),
      ...(lastOnly && { lastOnly }),
      ...(mask && { mask }),
    });
    return this.#suppressed ? tf.add(logits, this.#suppressed) : logits;
  }

  // the model is behind a private field, as it is its owner's to free; in use it must be in use as a whole
  override *namedModules(prefix = ""): Generator<[string, Module]> {
    yield* super.namedModules(prefix);
    yield* this.#model.namedModules(prefix);
  }

  override [Symbol.dispose](): void {
    for (const x of [this.#memory, this.#mask, this.#suppressed]) x?.dispose();
  }
}

/** What was asked for, checked. */
interface Task {
  options: CheckedOptions;
  numReturnSequences: number;
  prompt: number[];
  suppressIds: readonly number[];
  batchSize: number;
}

function checkTask(
  model: Seq2SeqWriter,
  lengths: readonly number[],
  { numReturnSequences = 1, prefixIds = [], suppressIds = [], batchSize = 32, ...rest }:
    GenerateSeq2SeqOptions,
): Task {
  const { contextLength = Infinity, vocabSize } = model;
  const prompt = [model.startId, ...prefixIds];
  const most = contextLength - prompt.length + 1; // the last token written is never read
  const options = checkOptions({
    maxNewTokens: Math.max(1, Math.min(64, most)),
    eosTokenId: model.endId,
    ...rest,
    useCache: (model.usesCache ?? true) && (rest.useCache ?? true),
  }, vocabSize);
  const check = (name: string, value: number, holds: boolean, must: string): void => {
    if (holds) return;
    throw new RangeError(`Cannot generate as ${name} must be ${must}: current ${name} is ${value}`);
  };
  const whole = (n: number) => Number.isSafeInteger(n) && n >= 1;
  check("maxNewTokens", options.maxNewTokens, options.maxNewTokens <= most, `at most ${most}`);
  check("batchSize", batchSize, whole(batchSize), "a positive integer");
  check("numReturnSequences", numReturnSequences, whole(numReturnSequences), "a positive integer");
  if (!options.doSample) {
    const { numBeams } = options;
    check(
      "numReturnSequences",
      numReturnSequences,
      numReturnSequences <= numBeams,
      `at most numBeams, ${numBeams}, where tokens are not drawn at random`,
    );
  }
  checkPrompt(prompt, vocabSize);
  for (const id of suppressIds) {
    check("suppressIds", id, id >= 0 && id < vocabSize, `token ids below ${vocabSize}`);
  }
  for (const [row, length] of lengths.entries()) {
    check(`the length of source ${row}`, length, length > 0, "at least 1");
  }
  return { options, numReturnSequences, prompt, suppressIds, batchSize };
}

/**
 * Writes from sources, greedily, at random or by beam search: translation, summaries.
 *
 * Sources of any lengths run together, filled up to one length; what is written from one does not depend on the others.
 *
 * @example
 * ```ts
 * import { generateSeq2Seq } from "@tome/tome/generate";
 * import type { Seq2SeqLM } from "@tome/tome/nn";
 *
 * async function translate(model: Seq2SeqLM, ids: number[]): Promise<number[]> {
 *   const [row] = await generateSeq2Seq(model, [ids], { numBeams: 4 });
 *   return row![0]!.newIds; // the best
 * }
 * ```
 * @param model What reads and writes.
 * @param sources The tokens of each source, at least one.
 * @param options How; the end token is the model's unless another is given.
 * @returns For each source its sequences, the best first. `ids` begin with `startId`.
 * @throws {RangeError} If an option or an id is out of its range.
 */
export async function generateSeq2Seq(
  model: Seq2SeqLM,
  sources: readonly (readonly number[])[],
  options: GenerateSeq2SeqOptions = {},
): Promise<GenerateResult[][]> {
  const lengths = sources.map(({ length }) => length);
  return await writeAll(model, sources, lengths, (some) => readTokens(model, some), options);
}

/**
 * Writes from sources of any kind.
 *
 * @param model What writes.
 * @param sources The sources.
 * @param lengths How long each is, at least 1.
 * @param read Reads some of them; what it gives is freed.
 * @param options How.
 * @returns For each source its sequences, the best first.
 * @throws {RangeError} If an option is out of its range, or a source is empty.
 */
export async function writeAll<S>(
  model: Seq2SeqWriter,
  sources: readonly S[],
  lengths: readonly number[],
  read: (some: readonly S[]) => ReadSources,
  options: GenerateSeq2SeqOptions,
): Promise<GenerateResult[][]> {
  const task = checkTask(model, lengths, options);
  const results: GenerateResult[][] = [];
  const { batchSize, numReturnSequences: copies, options: { numBeams, useCache } } = task;
  // rows of several sources are told apart by a cache alone; of one source all rows are alike
  const together = numBeams > 1 || !useCache ? 1 : Math.max(1, Math.floor(batchSize / copies));
  for (let start = 0; start < sources.length; start += together) {
    results.push(...await writeBatch(model, sources.slice(start, start + together), read, task));
  }
  return results;
}

/** Writes from sources that run together; each has a row for each sequence that is drawn. */
async function writeBatch<S>(
  model: Seq2SeqWriter,
  sources: readonly S[],
  read: (some: readonly S[]) => ReadSources,
  { options, numReturnSequences: copies, prompt, suppressIds }: Task,
): Promise<GenerateResult[][]> {
  const { numBeams, maxNewTokens, eos, random } = options;
  const repeated = sources.length > 1
    ? sources.flatMap((source) => Array<S>(copies).fill(source))
    : sources;
  const length = prompt.length + maxNewTokens - 1;
  using reader = new Reader(model, read(repeated), suppressIds, length);
  if (numBeams > 1) {
    const beams = await searchBeams(reader, prompt, options);
    return [
      beams.slice(0, copies).map(({ tokens, score }) => resultOf(prompt, tokens, eos, score)),
    ];
  }
  const rows = sources.length * copies;
  const written = Array.from({ length: rows }, (): GeneratedToken[] => []);
  const prompts = written.map(() => prompt);
  for await (const step of decodeRows(reader, prompts, options, written.map(() => random.fork()))) {
    for (const { row, token } of step) written[row]!.push(token);
  }
  const all = written.map((tokens) => resultOf(prompt, tokens, eos));
  return sources.map((_, i) => all.slice(i * copies, (i + 1) * copies));
}

/**
 * Writes from one source and gives each token as soon as it is chosen.
 *
 * What was computed is freed when the loop over it ends, also by `break`.
 *
 * @param model What reads and writes.
 * @param source The tokens of the source, at least one.
 * @param options How; beams cannot be streamed.
 * @returns The tokens, an end token included.
 * @throws {RangeError} If an option or an id is out of its range.
 */
export function streamSeq2Seq(
  model: Seq2SeqLM,
  source: readonly number[],
  options: Omit<GenerateSeq2SeqOptions, "numReturnSequences" | "batchSize"> = {},
): AsyncGenerator<GeneratedToken, void> {
  const task = checkTask(model, [source.length], options);
  if (task.options.numBeams > 1) {
    throw new RangeError(
      `Cannot stream tokens as numBeams must be 1: current numBeams is ${task.options.numBeams}; ` +
        `a beam search knows its first token only at the end`,
    );
  }
  return oneSource(model, source, task);
}

async function* oneSource(
  model: Seq2SeqLM,
  source: readonly number[],
  { options, prompt, suppressIds }: Task,
): AsyncGenerator<GeneratedToken, void> {
  const length = prompt.length + options.maxNewTokens - 1;
  using reader = new Reader(model, readTokens(model, [source]), suppressIds, length);
  const randoms = [options.random.fork()];
  for await (const [event] of decodeRows(reader, [prompt], options, randoms)) yield event!.token;
}

/** What turns texts into a model's tokens and back. */
export interface Seq2SeqTokenizers {
  /** Of the texts that are read; it puts the end token, if the model was trained with one. */
  source: Pick<TextTokenizer, "encode">;
  /** Of the texts that are written. */
  target: Pick<TextTokenizer, "decode">;
}

/**
 * Writes texts from texts: translates, sums up, answers.
 *
 * @param model What reads and writes.
 * @param tokenizers What turns texts into the model's tokens and back.
 * @param texts What is read, none empty.
 * @param options How.
 * @returns For each text what was written, the best first where several were asked for.
 * @throws {RangeError} If an option is out of its range, or a text has no tokens.
 */
export async function generateSeq2SeqText(
  model: Seq2SeqLM,
  { source, target }: Seq2SeqTokenizers,
  texts: readonly string[],
  options: GenerateSeq2SeqOptions = {},
): Promise<string[][]> {
  const results = await generateSeq2Seq(model, texts.map((text) => source.encode(text)), options);
  const special = new Set([model.startId, model.endId, model.padId]);
  return results.map((row) =>
    row.map(({ newIds }) => target.decode(newIds.filter((id) => !special.has(id))))
  );
}
