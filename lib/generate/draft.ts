import type { CausalLM } from "../nn/mod.ts";
import type { Rng } from "../tensor/mod.ts";
import { adjust } from "./decode.ts";
import type { CheckedOptions } from "./options.ts";
import { Reader } from "./reader.ts";
import { argmax, draw, softmax } from "./samplers.ts";

/**
 * What proposes tokens: a smaller model with the same tokens, or `"prompt-lookup"`, which needs no model and repeats what
 * followed when the last tokens stood in the text before.
 *
 * @see Saxena, 2023, "Prompt Lookup Decoding", https://github.com/apoorvumang/prompt-lookup-decoding
 */
export type Draft = CausalLM | "prompt-lookup";

/** A token that is proposed. */
export interface Proposal {
  /** The token. */
  id: number;
  /** What it was drawn with, `[V]`. @default {certainty} */
  probabilities?: Float32Array;
}

/** Something that proposes tokens for one sequence. */
export interface Proposer extends Disposable {
  /** Proposes at most `count` tokens to follow; called at each pass of the model, maybe for none. */
  propose(ids: readonly number[], count: number, random: Rng): Promise<Proposal[]>;
  /** Told that only the first `length` tokens stand. */
  rewind(length: number): void;
}

/** The longest and the shortest run of last tokens that is looked up. */
const [LONGEST, SHORTEST] = [4, 2];

/** Makes what `options.draft` names. */
export function startDraft(length: number, most: number, options: CheckedOptions): Proposer {
  const { draft } = options;
  if (draft === undefined || draft === "prompt-lookup") {
    return {
      propose: (ids, count) => Promise.resolve(lookUp(ids, count).map((id) => ({ id }))),
      rewind() {},
      [Symbol.dispose]() {},
    };
  }
  const reader = new Reader(draft, length, most, options.useCache, "the draft");
  return {
    async propose(ids, count, random) {
      reader.room(ids.length); // a draft with the model's context goes on with half of it when the model does
      const all = [...ids];
      const proposals: Proposal[] = [];
      while (proposals.length < count) {
        const [logits] = await reader.read(all, 1, options.signal);
        const scores = adjust(logits!, all, options);
        const probabilities = options.doSample ? softmax(scores) : undefined;
        const id = probabilities ? draw(probabilities, random) : argmax(scores);
        proposals.push({ id, probabilities });
        all.push(id);
      }
      return proposals;
    },
    rewind: (length) => reader.rewind(length),
    [Symbol.dispose]: () => reader[Symbol.dispose](),
  };
}

/**
 * What followed when the last tokens stood in a text before, the longest run of them first and its latest place.
 *
 * @param ids The text.
 * @param count The most tokens that are given.
 */
export function lookUp(ids: readonly number[], count: number): number[] {
  for (let n = Math.min(LONGEST, ids.length - 1); n >= SHORTEST; n--) {
    const last = ids.length - n;
    for (let at = last - 1; at >= 0; at--) {
      let same = 0;
      while (same < n && ids[at + same] === ids[last + same]) same++;
      if (same === n) return ids.slice(at + n, at + n + count);
    }
  }
  return [];
}
