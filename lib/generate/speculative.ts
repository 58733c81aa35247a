/**
 * Speculative decoding: something cheap proposes tokens, and the model checks several in one pass.
 *
 * @see Leviathan et al., 2023, "Fast Inference from Transformers via Speculative Decoding", https://arxiv.org/abs/2211.17192
 * @see Chen et al., 2023, "Accelerating Large Language Model Decoding with Speculative Sampling", https://arxiv.org/abs/2302.01318
 * @module
 */
import type { CausalLM } from "../nn/mod.ts";
import type { Rng } from "../tensor/mod.ts";
import { adjust, describe, type GeneratedToken } from "./decode.ts";
import { type Proposal, startDraft } from "./draft.ts";
import type { CheckedOptions } from "./options.ts";
import { Reader } from "./reader.ts";
import { argmax, draw, logSoftmax, softmax } from "./samplers.ts";

/** How well a draft foresaw what the model wrote. */
export interface SpeculationReport {
  /** Tokens that the draft proposed and the model looked at. */
  proposed: number;
  /** Those of them that the model took. */
  accepted: number;
  /** Passes of the model, that over the prompt included. */
  passes: number;
  /** Tokens that were written. */
  tokens: number;
  /** `accepted / proposed`; 0 if nothing was proposed. */
  acceptanceRate: number;
  /** `tokens / passes`; 1 without a draft. */
  tokensPerPass: number;
}

/** A report of nothing yet. */
export function newReport(): SpeculationReport {
  return { proposed: 0, accepted: 0, passes: 0, tokens: 0, acceptanceRate: 0, tokensPerPass: 0 };
}

/** Adds one more pass. */
function addPass(
  report: SpeculationReport,
  { proposed, accepted, tokens }: { proposed: number; accepted: number; tokens: number },
): void {
  report.passes++;
  report.proposed += proposed;
  report.accepted += accepted;
  report.tokens += tokens;
  report.acceptanceRate = report.proposed > 0 ? report.accepted / report.proposed : 0;
  report.tokensPerPass = report.tokens / report.passes;
}

/**
 * Continues one sequence with the tokens that the model alone would write: greedily the same, at random with the same
 * probabilities.
 *
 * @param model What continues it.
 * @param prompt At least one token.
 * @param options How; `options.draft` proposes.
 * @param random Where chance comes from.
 * @param report Told what was proposed and taken, as it happens.
 */
export async function* decodeSpeculatively(
  model: CausalLM,
  prompt: readonly number[],
  options: CheckedOptions,
  random: Rng,
  report: SpeculationReport,
): AsyncGenerator<GeneratedToken, void> {
  const { maxNewTokens, signal, eos } = options;
  const most = prompt.length + maxNewTokens;
  const ids = [...prompt];
  using target = new Reader(model, ids.length, most, options.useCache, "the model");
  using draft = startDraft(ids.length, most, options);
  while (true) {
    const length = ids.length;
    const room = target.room(length);
    // the prompt is read alone, as logits after each of its tokens are of no use
    const count = target.isBehind(length)
      ? 0
      : Math.min(options.draftTokens, room, most - length - 1);
    const proposals = await draft.propose(ids, count, random);
    const proposed = proposals.map(({ id }) => id);
    const logits = await target.read([...ids, ...proposed], proposals.length + 1, signal);
    const chosen = check(logits, ids, proposals, options, random);
    const end = chosen.findIndex((id) => eos.has(id));
    addPass(report, {
      proposed: proposals.length,
      accepted: chosen.length - 1,
      tokens: end < 0 ? chosen.length : end + 1,
    });
    target.rewind(length + chosen.length - 1);
    draft.rewind(length + chosen.length - 1);
    for (const [k, id] of chosen.entries()) {
      yield describe(logSoftmax(logits[k]!), id, ids.length - prompt.length, options.logProbs);
      if (eos.has(id)) return;
      ids.push(id);
    }
    if (ids.length >= most) return;
  }
}

/**
 * The tokens that the model chooses: proposals up to the first that it does not take, and one of its own.
 *
 * Of a proposal that was drawn with probability q, the model, which finds it has probability p, takes the share min(1, p/q);
 * in place of one not taken it draws from max(0, p − q), made to sum to 1. Together that is p (Leviathan et al., appendix A.1).
 *
 * @param logits The model's, after the tokens so far and after each proposal, `[V]` each.
 * @param ids The tokens so far.
 * @param proposals What was proposed to follow.
 */
function check(
  logits: readonly Float32Array[],
  ids: readonly number[],
  proposals: readonly Proposal[],
  options: CheckedOptions,
  random: Rng,
): number[] {
  const chosen: number[] = [];
  for (const [k, own] of logits.entries()) {
    const scores = adjust(own, [...ids, ...chosen], options);
    const proposal = proposals[k];
    if (!options.doSample) {
      const best = argmax(scores);
      chosen.push(best);
      if (best !== proposal?.id) break;
      continue;
    }
    const p = softmax(scores);
    if (!proposal) {
      chosen.push(draw(p, random));
      break;
    }
    const [id, taken] = acceptOrRedraw(p, proposal, random);
    chosen.push(id);
    if (!taken) break;
  }
  return chosen;
}

/**
 * Takes a proposal or draws another token, so that the result has the probabilities `p`.
 *
 * @param p The probabilities that the model gives, `[V]`.
 * @param proposal A token and the probabilities that it was drawn with.
 * @param random Where chance comes from.
 * @returns The token, and whether it is the proposal.
 */
export function acceptOrRedraw(
  p: Float32Array,
  { id, probabilities: q }: Proposal,
  random: Rng,
): [id: number, taken: boolean] {
  if (random.uniform(0, q ? q[id]! : 1) < p[id]!) return [id, true];
  const rest = p.map((pi, i) => Math.max(0, pi - (q ? q[i]! : i === id ? 1 : 0)));
  // where p and q agree but for rounding nothing may be left: then any draw from p is right
  return [draw(rest.some((x) => x > 0) ? rest : p, random), false];
}
