import { historyRows, type LeaveOneOut, NegativeSampler } from "../data/mod.ts";
import {
  bootstrap,
  hitRateAt,
  type Interval,
  meanAveragePrecision,
  meanReciprocalRank,
  ndcgAt,
} from "../metrics/mod.ts";
import type { Recommender } from "../nn/mod.ts";
import * as tf from "../tensor/_tf.ts";
import type { Tensor } from "../tensor/mod.ts";

/** A user, and the items among which one is to be found. */
export interface RankingCase {
  /** The user. */
  user: number;
  /** The items to be ranked. */
  items: ArrayLike<number>;
  /** The item that the user met next, one of `items`. */
  target: number;
}

/** Something that scores items for users: a baseline, or a model by {@link recommenderScorer}. */
export interface ItemScorer {
  /** What it is called in tables. */
  readonly name: string;
  /** Scores the items of each case, higher for better ones. */
  scores(
    cases: readonly RankingCase[],
  ): readonly ArrayLike<number>[] | Promise<readonly ArrayLike<number>[]>;
}

/**
 * Which items the held-out one is ranked among: `"full"`, all that the user has not met; or `"sampled"`, 99 drawn ones, as
 * in the paper of NeuMF. Numbers of the one cannot be compared with those of the other, and the sampled ones may even put
 * recommenders in another order.
 *
 * @see Krichene and Rendle, 2020, "On Sampled Metrics for Item Recommendation", https://doi.org/10.1145/3394486.3403226
 */
export type RankingProtocol = "full" | "sampled";

/** How {@link rankingCases} draws. */
export interface RankingCaseOptions {
  /** How many items are drawn for the sampled protocol. @default {99} */
  candidates?: number;
  /** Equal seeds draw equal items. @default {0} */
  seed?: number;
}

/**
 * Makes the cases on which recommenders are compared; make them once, and use them for all.
 *
 * @param split What is known, and what is held out.
 * @param protocol Which items compete.
 */
export function rankingCases(
  split: LeaveOneOut,
  protocol: RankingProtocol,
  { candidates = 99, seed = 0 }: RankingCaseOptions = {},
): RankingCase[] {
  const sampler = new NegativeSampler(split, { seed, exclude: split.held });
  return split.held.map(({ user, item: target }) => {
    if (protocol === "sampled") {
      return { user, target, items: [target, ...sampler.sample(user, candidates)] };
    }
    const known = new Set(split.history[user]!);
    const all = Array.from({ length: split.numItems }, (_, item) => item);
    return { user, target, items: all.filter((item) => !known.has(item)) };
  });
}

/** How {@link recommenderScorer} runs a model. */
export interface RecommenderScorerOptions {
  /** What it is called in tables. @default {the model's class} */
  name?: string;
  /** The items of each user, for models that read them. */
  history: readonly (readonly number[])[];
  /** How many of the latest items are read. @default {what the model says, or 20} */
  length?: number;
  /** About how many scores are made at once. @default {131,072} */
  scoresAtOnce?: number;
}

/**
 * Lets a model score cases.
 *
 * @param model The model; it is left in the mode it was in.
 * @param options The users' histories.
 */
export function recommenderScorer(
  model: Recommender,
  { name, history, length, scoresAtOnce = 131_072 }: RecommenderScorerOptions,
): ItemScorer {
  const rowLength = length ?? model.contextLength ?? 20;
  const scoreSome = async (cases: readonly RankingCase[], width: number) => {
    const ids = new Int32Array(cases.length * width);
    cases.forEach(({ items }, row) => {
      for (let i = 0; i < width; i++) ids[row * width + i] = items[Math.min(i, items.length - 1)]!;
    });
    const scores = tf.tidy(() => {
      const users = tf.tensor1d(cases.map(({ user }) => user), "int32") as Tensor;
      const items = tf.tensor2d(ids, [cases.length, width], "int32");
      const lists = cases.map(({ user }) => history[user]!);
      return model.forward({
        users,
        items,
        history: historyRows(lists, rowLength, model.numItems),
      });
    });
    const values = await scores.data();
    scores.dispose();
    return cases.map(({ items }, row) => values.slice(row * width, row * width + items.length));
  };
  return {
    name: name ?? model.constructor.name,
    async scores(cases) {
      const modes = [...model.namedModules()].map(([, one]) => [one, one.training] as const);
      model.eval();
      try {
        const width = Math.max(...cases.map(({ items }) => items.length));
        const rows = Math.max(1, Math.floor(scoresAtOnce / width));
        const found: ArrayLike<number>[] = [];
        for (let at = 0; at < cases.length; at += rows) {
          found.push(...await scoreSome(cases.slice(at, at + rows), width));
        }
        return found;
      } finally {
        for (const [one, training] of modes) one.training = training;
      }
    },
  };
}

/** How good a recommender is. */
export interface RankingReport {
  /** What was measured. */
  name: string;
  /** HR@k: how often the item is among the first k. */
  hitRate: Interval;
  /** NDCG@k. */
  ndcg: Interval;
  /** MAP over all places. */
  map: Interval;
  /** MRR over all places; with one relevant item each it is the same as MAP. */
  mrr: number;
}

/**
 * Measures a recommender.
 *
 * @param scorer What scores.
 * @param cases The cases, from {@link rankingCases}.
 * @param options `k`, how many places count for HR and NDCG. @default {10}
 * @returns The measures, HR, NDCG and MAP with intervals of 95 % by bootstrapping the users.
 * @throws {RangeError} If a score is not a number, or a case's target is none of its items.
 */
export async function evaluateRanking(
  scorer: ItemScorer,
  cases: readonly RankingCase[],
  { k = 10 }: { k?: number } = {},
): Promise<RankingReport> {
  const scores = await scorer.scores(cases);
  const rankings = cases.map(({ items, user, target }, i) => {
    const own = scores[i]!;
    const bad = Array.prototype.findIndex.call(own, Number.isNaN);
    if (bad >= 0) {
      throw new RangeError(
        `Cannot rank as each score must be a number: current score of item ${
          items[bad]
        } for user ${user} is NaN`,
      );
    }
    return upTo(target, items, own);
  });
  const relevant = cases.map(({ target }) => new Set([target]));
  return {
    name: scorer.name,
    hitRate: bootstrap(hitRateAt(k), [rankings, relevant]),
    ndcg: bootstrap(ndcgAt(k), [rankings, relevant]),
    map: bootstrap(meanAveragePrecision(), [rankings, relevant]),
    mrr: meanReciprocalRank()(rankings, relevant),
  };
}

/**
 * The ranking by falling score, of equal scores the lower number first, up to one item. The items in front of it are only
 * counted, as no measure asks which they are: sorting thousands for each user would take most of the time.
 */
function upTo(target: number, items: ArrayLike<number>, scores: ArrayLike<number>): number[] {
  const at = Array.prototype.indexOf.call(items, target);
  if (at < 0) {
    throw new RangeError(
      `Cannot rank as the target must be one of the items: current target is ${target}`,
    );
  }
  const own = scores[at]!;
  let place = 0;
  for (let i = 0; i < items.length; i++) {
    if (scores[i]! > own || (scores[i] === own && items[i]! < target)) place++;
  }
  return [...new Array<number>(place).fill(-1), target];
}
