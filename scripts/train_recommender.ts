/**
 * Trains recommenders on ratings, and ranks the last item of each user with them and with two baselines.
 *
 *     deno run -A scripts/train_recommender.ts
 *     deno run -A scripts/train_recommender.ts --kind=all --protocol=both
 *     deno run -A scripts/train_recommender.ts --kind=sasrec --epochs=60 --out=runs/sasrec
 *     deno run -A scripts/train_recommender.ts --ratings=ratings.tsv --kind=bpr,neumf --protocol=full
 *
 * The kinds are mf, gmf, mlp and neumf (which of these a user met), bpr (matrix factorisation by pairs), sasrec and twotower.
 *
 * --ratings names a file of tab-separated values with the columns movieId, title, year, genres, userId, rating and
 * timestamp, maybe compressed (.gz), or is 100k for MovieLens 100K, which PyPI has; without, it is
 * recommender/movielens-dslabs.tsv.gz in the folder that TOME_DATA names, or MovieLens 100K if there is no such folder.
 * That something was rated counts, and not how.
 *
 * The last item of each user is held out. It is ranked among all items that the user has not met (--protocol=full), or
 * among 99 drawn ones (sampled, as papers often do): numbers of the two cannot be compared. With --validate the item before the
 * last takes its place, and the last is not seen: choose settings so. With --export the split and the cases, of
 * both protocols the sampled ones, are written as JSON, so that other programs can be measured on the same ones.
 * With --json the last line is an object with the measures of each recommender.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS), and --allow-net for MovieLens 100K.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { leaveOneOut, type MovieLens, movieLens, movieLens100K } from "@tome/tome/data";
import {
  evaluateRanking,
  itemNeighbours,
  type ItemScorer,
  popularItems,
  type RankingCase,
  rankingCases,
  type RankingProtocol,
  recommenderScorer,
} from "@tome/tome/evaluate";
import { saveRecommender } from "@tome/tome/models/recommender";
import { seed, table, useDevice } from "@tome/tome/tensor";
import { DEVICE, namesOf, readFlags, run } from "./_flags.ts";
import { type Kind, KINDS, makeRecommender } from "./_recommenders.ts";

const ALL = Object.keys(KINDS) as Kind[];

const flags = readFlags(import.meta.url, {
  ratings: { type: "string", help: "file of ratings, or 100k (that of TOME_DATA, else 100k)" },
  kind: { type: "string", default: "neumf", help: `the models, of ${ALL.join(", ")}; or all` },
  protocol: {
    type: "string",
    default: "sampled",
    choices: ["sampled", "full", "both"],
    help: "among what the item is ranked",
  },
  validate: { type: "boolean", help: "rank the item before the last, to choose settings by" },
  least: {
    type: "integer",
    default: 5,
    min: 3,
    help: "items that a user must have to be measured",
  },
  width: { type: "integer", min: 1, help: "width of the vectors (what suits the kind)" },
  length: {
    type: "integer",
    default: 50,
    min: 1,
    help: "the latest items that are read (sasrec, twotower)",
  },
  negatives: {
    type: "integer",
    default: 4,
    min: 1,
    help: "drawn items for each met one (mf, gmf, mlp, neumf)",
  },
  dropout: { type: "number", min: 0, max: 0.99, help: "share dropped (what suits the kind)" },
  batch: { type: "integer", min: 1, help: "examples in a step (what suits the kind)" },
  epochs: { type: "integer", min: 1, help: "passes through the data (what suits the kind)" },
  lr: { type: "number", min: 0, help: "learning rate of Adam (what suits the kind)" },
  decay: { type: "number", min: 0, help: "L2 on vectors and matrices (what suits the kind)" },
  k: { type: "integer", default: 10, min: 1, help: "places that count" },
  seed: { type: "integer", default: 1337, help: "fixes weights, order and drawn items" },
  device: DEVICE,
  out: { type: "string", help: "folder for the models; none writes nothing" },
  export: { type: "string", help: "file for the split and the cases" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

type Split = ReturnType<typeof leaveOneOut>;

async function ratings(): Promise<MovieLens> {
  const given = flags.ratings ?? (Deno.env.get("TOME_DATA") ? undefined : "100k");
  return given === "100k" ? await movieLens100K() : await movieLens(given);
}

/** The split whose held-out items come before those that are held out here. */
function beforeThat({ history, held, numItems }: Split): Split {
  const users = new Set(held.map(({ user }) => user));
  return {
    numItems,
    history: history.map((items, user) => users.has(user) ? items.slice(0, -1) : items),
    held: held.map(({ user }) => ({ user, item: history[user]!.at(-1)! })),
  };
}

async function train(): Promise<void> {
  const kinds = namesOf(import.meta.url, "kind", flags.kind, ALL);
  const device = await useDevice(flags.device);
  const data = await ratings();
  const whole = leaveOneOut(data, flags.least);
  const split = flags.validate ? beforeThat(whole) : whole;
  const protocols: RankingProtocol[] = flags.protocol === "both"
    ? ["sampled", "full"]
    : [flags.protocol];
  const cases = new Map<RankingProtocol, RankingCase[]>(
    protocols.map((protocol) => [protocol, rankingCases(split, protocol, { seed: flags.seed })]),
  );
  console.log(
    `${data.interactions.length.toLocaleString("en-US")} ratings of ` +
      `${data.numItems.toLocaleString("en-US")} items by ${data.numUsers} users; ` +
      `${
        flags.validate ? "items before the last" : "the last items"
      } of ${split.held.length} are held out`,
  );
  if (flags.export) {
    const { numUsers, numItems } = data;
    const { history } = split;
    const exported = { numUsers, numItems, history, cases: cases.get(protocols[0]!) };
    await Deno.writeTextFile(flags.export, JSON.stringify(exported));
  }

  const results: Record<string, unknown>[] = [];
  const measure = async (scorer: ItemScorer, more: Record<string, unknown> = {}) => {
    for (const [protocol, some] of cases) {
      const { name, hitRate, ndcg, map, mrr } = await evaluateRanking(scorer, some, { k: flags.k });
      results.push({ protocol, name, hitRate, ndcg, map, mrr, ...more });
    }
  };
  await measure(popularItems(split.history, data.numItems));
  await measure(itemNeighbours(split.history, data.numItems));
  for (const kind of kinds) {
    seed(flags.seed); // equal alone and among others
    const { width, dropout, batch, epochs, lr, decay, length, negatives } = flags;
    const given = Object.entries({ width, dropout, batch, epochs, lr, decay });
    const own = Object.fromEntries(given.filter(([, value]) => value !== undefined));
    const settings = { ...KINDS[kind], ...own, length, negatives, seed: flags.seed };
    const { model, train } = makeRecommender(kind, data, split, settings);
    using _ = model;
    const parameters = model.numParameters();
    console.log(
      `\n${kind} of ${parameters.toLocaleString("en-US")} parameters on ${device.name}`,
    );
    const history = await train();
    if (flags.out) await saveRecommender(model, `${flags.out}/${kind}`);
    const { history: known } = split;
    await measure(recommenderScorer(model, { name: kind, history: known, length }), {
      ...{ parameters, steps: history.length },
      ...{ firstLoss: history[0]?.loss, lastLoss: history.at(-1)?.loss },
    });
  }

  for (const protocol of protocols) {
    const rows = results.filter((result) => result.protocol === protocol).map(
      ({ name, hitRate, ndcg, map }) => [`${name}`, `${hitRate}`, `${ndcg}`, `${map}`],
    );
    const among = protocol === "full" ? "all items" : "99 drawn items";
    console.log(`\nranked among ${among}, with intervals of 95 %`);
    const head = ["", `HR@${flags.k}`, `NDCG@${flags.k}`, "MAP"];
    console.log(table(rows, { head, numbersFrom: 1 })["text/plain"]);
  }
  if (!flags.json) return;
  console.log(
    JSON.stringify({ k: flags.k, device: device.name, users: split.held.length, results }),
  );
}

await run(train);
