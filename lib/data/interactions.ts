import { Rng } from "../tensor/mod.ts";

/** A person met a thing: rated it, bought it, read it. */
export interface Interaction {
  /** The person, from 0. */
  user: number;
  /** The thing, from 0. */
  item: number;
  /** When, in any unit. */
  time: number;
  /** How much it was liked, where that is known. @default {not known} */
  rating?: number;
}

/** Interactions, and how many users and items their numbers go up to. */
export interface InteractionSet {
  /** The interactions, in any order. */
  interactions: readonly Interaction[];
  /** Users are 0 to `numUsers − 1`. */
  numUsers: number;
  /** Items are 0 to `numItems − 1`. */
  numItems: number;
}

/** What a recommender learns from, and what it is to foretell. */
export interface LeaveOneOut {
  /** The items of each user that are known, oldest first: `history[user]`. */
  history: readonly (readonly number[])[];
  /** The users with a held-out item, and that item. */
  held: readonly { user: number; item: number }[];
  /** The number of items. */
  numItems: number;
}

/**
 * Keeps the last item of each user for the test, as is usual for recommenders of implicit feedback.
 *
 * Where several are equally late, the one that comes last among the interactions is taken. Users with fewer than
 * `least` items keep them all. An item that a user met more than once counts at its first time.
 *
 * @param set The interactions.
 * @param least Items that a user must have for one to be held out. @default {2}
 * @see He et al., 2017, "Neural Collaborative Filtering", https://arxiv.org/abs/1708.05031, §4.1
 */
export function leaveOneOut(
  { interactions, numUsers, numItems }: InteractionSet,
  least = 2,
): LeaveOneOut {
  const history: number[][] = Array.from({ length: numUsers }, () => []);
  const seen = Array.from({ length: numUsers }, () => new Set<number>());
  const held: { user: number; item: number }[] = [];
  for (const { user, item } of interactions.toSorted((a, b) => a.time - b.time)) {
    if (!(user >= 0 && user < numUsers && item >= 0 && item < numItems)) {
      throw new RangeError(
        `Cannot split the interactions as users must be below ${numUsers} and items below ${numItems}: ` +
          `current user is ${user}, item ${item}`,
      );
    }
    if (seen[user]!.has(item)) continue;
    seen[user]!.add(item);
    history[user]!.push(item);
  }
  history.forEach((items, user) => {
    if (items.length >= Math.max(2, least)) held.push({ user, item: items.pop()! });
  });
  return { history, held, numItems };
}

/** How {@link NegativeSampler} draws. */
export interface NegativeSamplerOptions {
  /** Equal seeds give equal draws. @default {0} */
  seed?: number;
  /**
   * Items of each user that are never drawn besides those of the history: for the candidates of a test, the held-out item.
   * Training must leave it out, or it would learn which item is hidden. @default {none}
   */
  exclude?: readonly { user: number; item: number }[];
}

/** Draws items that a user has not met, each equally likely. */
export class NegativeSampler {
  readonly #known: readonly Set<number>[];
  readonly #numItems: number;
  readonly #rng: Rng;

  /**
   * Remembers who met what.
   *
   * @param split The items of each user. What is held out is unknown here: as in life, it may be drawn for training.
   * @param options The seed, and what else is never drawn.
   */
  constructor(
    { history, numItems }: Pick<LeaveOneOut, "history" | "numItems">,
    { seed = 0, exclude = [] }: NegativeSamplerOptions = {},
  ) {
    this.#known = history.map((items) => new Set(items));
    for (const { user, item } of exclude) this.#known[user]!.add(item);
    this.#numItems = numItems;
    this.#rng = new Rng(seed);
  }

  /** One item that the user has not met; the same one may come again. @throws {RangeError} If the user has met all. */
  draw(user: number): number {
    const known = this.#known[user]!;
    this.#check(user, 1);
    for (;;) {
      const item = this.#rng.int(this.#numItems);
      if (!known.has(item)) return item;
    }
  }

  /** So many different items that the user has not met. @throws {RangeError} If there are not so many. */
  sample(user: number, count: number): number[] {
    this.#check(user, count);
    const found = new Set<number>();
    while (found.size < count) found.add(this.draw(user));
    return [...found];
  }

  #check(user: number, count: number): void {
    const left = this.#numItems - this.#known[user]!.size;
    if (left >= count) return;
    throw new RangeError(
      `Cannot draw ${count} items for user ${user} as there must be as many that the user has not met: current number is ${left}`,
    );
  }
}
