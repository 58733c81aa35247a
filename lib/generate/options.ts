import { interruptSignal, Rng, rng } from "../tensor/mod.ts";
import type { Draft } from "./draft.ts";

/** How text is continued; the names are those of Hugging Face, in camel case. */
export interface GenerateOptions {
  /** The most tokens to write. @default {64} */
  maxNewTokens?: number;
  /**
   * Whether tokens are drawn at random; otherwise each is the likeliest.
   *
   * @default {true if temperature, topK, topP or minP is given}
   */
  doSample?: boolean;
  /** What logits are divided by before drawing: below 1 bolder, above 1 more varied; 0 takes the likeliest. @default {1} */
  temperature?: number;
  /** Draw from the `topK` likeliest tokens. @default {all} */
  topK?: number;
  /** Draw from the fewest tokens whose probabilities sum to at least `topP`. @default {1} */
  topP?: number;
  /** Draw from the tokens with at least `minP` times the probability of the likeliest. @default {0} */
  minP?: number;
  /** Above 1, makes tokens that have appeared, in the prompt too, less likely. @default {1} */
  repetitionPenalty?: number;
  /** Runs of so many tokens appear only once, those of the prompt included; 0 lets them. @default {0} */
  noRepeatNgramSize?: number;
  /** Above 1, searches for the likeliest sequence with this many candidates at a time. @default {1} */
  numBeams?: number;
  /** The power of the length by which a beam's log probability is divided; above 0 favours longer ones. @default {1} */
  lengthPenalty?: number;
  /**
   * When a beam search ends: `true` once `numBeams` sequences are finished, `false` once a better one is unlikely,
   * `"never"` once a better one is impossible.
   *
   * @default {false}
   */
  earlyStopping?: boolean | "never";
  /** The token, or tokens, after which nothing is written. @default {none} */
  eosTokenId?: number | readonly number[];
  /** Fixes what is drawn; without it, the library's own generator is used. */
  seed?: number;
  /** How many of the likeliest alternatives are reported for each token. @default {0} */
  logProbs?: number;
  /** Stops the work; what was asked for then throws the signal's reason. @default {the Stop button, in a notebook} */
  signal?: AbortSignal;
  /** Whether keys and values of earlier tokens are kept, which is faster and gives the same tokens. @default {true} */
  useCache?: boolean;
  /**
   * What proposes tokens that the model then checks several at a time: a smaller model with the same tokens, or
   * `"prompt-lookup"`. The tokens are those that the model would write alone, but for the rounding of near ties; at random
   * they have the same probabilities, and other draws. Rows run one after another.
   *
   * @default {none}
   */
  draft?: Draft;
  /** The most tokens that the draft proposes at a time. @default {4} */
  draftTokens?: number;
  /**
   * On WebGPU, the tokens that are written before they are read together. More of them keep the GPU from waiting; those
   * after an end token are thrown away. With `repetitionPenalty`, `noRepeatNgramSize`, `logProbs` or beams, each token is
   * read.
   *
   * @default {4; 1 while streaming}
   */
  tokensPerRead?: number;
}

/** Options with their defaults, checked. */
export type CheckedOptions =
  & Required<Omit<GenerateOptions, "eosTokenId" | "signal" | "seed" | "draft">>
  & {
    draft?: Draft;
    eos: ReadonlySet<number>;
    signal?: AbortSignal;
    random: Rng;
  };

/** The tokens after which nothing is written. */
export function endTokens({ eosTokenId = [] }: GenerateOptions): ReadonlySet<number> {
  return new Set(typeof eosTokenId === "number" ? [eosTokenId] : eosTokenId);
}

/**
 * Fills in the defaults and checks every value.
 *
 * @throws {RangeError} If a value is out of its range.
 */
export function checkOptions(options: GenerateOptions, vocabSize: number): CheckedOptions {
  const {
    maxNewTokens = 64,
    temperature = 1,
    topK = vocabSize,
    topP = 1,
    minP = 0,
    repetitionPenalty = 1,
    noRepeatNgramSize = 0,
    numBeams = 1,
    lengthPenalty = 1,
    earlyStopping = false,
    seed,
    logProbs = 0,
    signal = interruptSignal(),
    useCache = true,
    draft,
    draftTokens = 4,
    tokensPerRead = 4,
  } = options;
  const sampled = ["temperature", "topK", "topP", "minP"] as const;
  const {
    doSample = numBeams === 1 && temperature !== 0 &&
      sampled.some((name) => options[name] !== undefined),
  } = options;
  const eos = endTokens(options);
  const check = (name: string, value: unknown, holds: boolean, must: string): void => {
    if (!holds) {
      throw new RangeError(
        `Cannot generate as ${name} must be ${must}: current ${name} is ${value}`,
      );
    }
  };
  const whole = (n: number, least: number) => Number.isSafeInteger(n) && n >= least;
  check("maxNewTokens", maxNewTokens, whole(maxNewTokens, 1), "a positive integer");
  check("temperature", temperature, temperature >= 0 && temperature < Infinity, "a number from 0");
  check("topK", topK, whole(topK, 1), "a positive integer");
  check("topP", topP, topP > 0 && topP <= 1, "above 0 and at most 1");
  check("minP", minP, minP >= 0 && minP <= 1, "in 0…1");
  check(
    "repetitionPenalty",
    repetitionPenalty,
    repetitionPenalty > 0 && repetitionPenalty < Infinity,
    "a positive number",
  );
  check("noRepeatNgramSize", noRepeatNgramSize, whole(noRepeatNgramSize, 0), "an integer from 0");
  check("numBeams", numBeams, whole(numBeams, 1), "a positive integer");
  check("lengthPenalty", lengthPenalty, Number.isFinite(lengthPenalty), "a finite number");
  check(
    "earlyStopping",
    earlyStopping,
    [true, false, "never"].includes(earlyStopping),
    'true, false or "never"',
  );
  for (const id of eos) {
    check("eosTokenId", id, whole(id, 0) && id < vocabSize, `a token id below ${vocabSize}`);
  }
  check("seed", seed, seed === undefined || Number.isSafeInteger(seed), "an integer");
  check("logProbs", logProbs, whole(logProbs, 0) && logProbs <= vocabSize, `in 0…${vocabSize}`);
  check("doSample", doSample, !(doSample && numBeams > 1), "false where numBeams is above 1");
  check("temperature", temperature, !(doSample && temperature === 0), "above 0 where doSample is");
  check("draftTokens", draftTokens, whole(draftTokens, 1), "a positive integer");
  check("tokensPerRead", tokensPerRead, whole(tokensPerRead, 1), "a positive integer");
  check("numBeams", numBeams, draft === undefined || numBeams === 1, "1 where there is a draft");
  if (draft !== undefined && draft !== "prompt-lookup") {
    const { vocabSize: size } = draft;
    check("draft.vocabSize", size, size === vocabSize, `the model's, ${vocabSize}`);
  }
  return {
    maxNewTokens,
    doSample,
    temperature,
    topK,
    topP,
    minP,
    repetitionPenalty,
    noRepeatNgramSize,
    numBeams,
    lengthPenalty,
    earlyStopping,
    eos,
    random: seed === undefined ? rng.fork() : new Rng(seed),
    logProbs,
    ...(signal && { signal }),
    useCache,
    draftTokens,
    tokensPerRead,
    ...(draft !== undefined && { draft }),
  };
}

/**
 * Checks a prompt.
 *
 * @throws {RangeError} If it is empty, or an id is not in the vocabulary.
 */
export function checkPrompt(ids: readonly number[], vocabSize: number): void {
  if (ids.length === 0) {
    throw new RangeError(
      "Cannot generate as the prompt must have at least one token: current number is 0",
    );
  }
  for (const [i, id] of ids.entries()) {
    if (Number.isSafeInteger(id) && id >= 0 && id < vocabSize) continue;
    throw new RangeError(
      `Cannot generate as the prompt's ids must be integers in 0…${vocabSize - 1}: ` +
        `current id ${i} is ${id}`,
    );
  }
}
