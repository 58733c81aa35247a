import type { ItemScorer } from "./ranking.ts";

/**
 * Recommends what most people met: what everything else must beat.
 *
 * @param history The items of each user.
 * @param numItems The number of items.
 */
export function popularItems(
  history: readonly (readonly number[])[],
  numItems: number,
): ItemScorer {
  const counts = new Float64Array(numItems);
  for (const items of history) for (const item of items) counts[item]!++;
  return {
    name: "popularity",
    scores: (cases) => cases.map(({ items }) => Array.from(items, (item) => counts[item]!)),
  };
}

/** How {@link itemNeighbours} compares. */
export interface ItemNeighboursOptions {
  /** How many of the items most alike to an item count for it. @default {100} */
  neighbours?: number;
  /** Added to the product of the lengths, so that rare items are not alike by chance. @default {10} */
  shrink?: number;
}

/**
 * Recommends what is like the things that a user met (item-kNN).
 *
 * `score(u, i) = Σ_{j ∈ history(u) ∩ N(i)} s(i, j)`, `s(i, j) = |U_i ∩ U_j| / (√(|U_i| |U_j|) + shrink)`, with `U_i` the
 * users who met `i`, and `N(i)` the items most alike to it; without `shrink`, `s` is the cosine.
 *
 * @param history The items of each user.
 * @param numItems The number of items.
 * @see Sarwar et al., 2001, "Item-based collaborative filtering recommendation algorithms",
 *   https://doi.org/10.1145/371920.372071; the shrinking after Dacrema et al., 2019, https://arxiv.org/abs/1907.06902
 */
export function itemNeighbours(
  history: readonly (readonly number[])[],
  numItems: number,
  { neighbours = 100, shrink = 10 }: ItemNeighboursOptions = {},
): ItemScorer {
  const users: number[][] = Array.from({ length: numItems }, () => []);
  history.forEach((items, user) => items.forEach((item) => users[item]!.push(user)));
  // for each item, those that it is among the neighbours of: a user's scores are then sums over the history alone
  const counting: (readonly [item: number, alike: number])[][] = users.map(() => []);
  users.forEach((_, item) => {
    for (const [other, alike] of alikeTo(item)) counting[other]!.push([item, alike]);
  });
  function alikeTo(item: number) {
    const shared = new Map<number, number>();
    for (const user of users[item]!) {
      for (const other of history[user]!) {
        if (other !== item) shared.set(other, (shared.get(other) ?? 0) + 1);
      }
    }
    const all = [...shared].map(([other, count]) => {
      const lengths = Math.sqrt(users[item]!.length * users[other]!.length);
      return [other, count / (lengths + shrink)] as const;
    });
    return all.sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, neighbours);
  }
  return {
    name: "item-kNN",
    scores: (cases) =>
      cases.map(({ user, items }) => {
        const sums = new Float64Array(numItems);
        for (const known of history[user]!) {
          for (const [item, alike] of counting[known]!) sums[item]! += alike;
        }
        return Array.from(items, (item) => sums[item]!);
      }),
  };
}
