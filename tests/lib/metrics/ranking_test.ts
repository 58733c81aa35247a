import assert from "node:assert/strict";
import {
  featureStatistics,
  frechetDistance,
  hitRateAt,
  meanAveragePrecision,
  meanReciprocalRank,
  ndcgAt,
  precisionAt,
  rankByScore,
  recallAt,
} from "@tome/tome/metrics";
import golden from "../../golden/recommender.json" with { type: "json" };

Deno.test("measures of rankings are scikit-learn's, or the formula's", () => {
  const { k, scores, relevant, ...given } = golden.rankings;
  const rankings = scores.map((row) => rankByScore(row.map((_, i) => i), row));
  const sets = relevant.map((items) => new Set(items));
  const found = {
    ndcg: ndcgAt(k)(rankings, sets),
    ndcgAll: ndcgAt(20)(rankings, sets),
    map: meanAveragePrecision()(rankings, sets),
    mrr: meanReciprocalRank()(rankings, sets),
    hitRate: hitRateAt(k)(rankings, sets),
    recall: recallAt(k)(rankings, sets),
    precision: precisionAt(k)(rankings, sets),
  };
  for (const [name, value] of Object.entries(found)) {
    assert.ok(Math.abs(value - given[name as keyof typeof given]) < 1e-9, `${name} is ${value}`);
  }
});

Deno.test("rankByScore() puts equal scores in the order of the items, whatever the order given", () => {
  assert.deepEqual(rankByScore([5, 2, 9, 4], [1, 1, 3, 1]), [9, 2, 4, 5]);
  assert.deepEqual(rankByScore([5, 2, 9, 4], [1, 1, 3, 1], 2), [9, 2]);
});

Deno.test("measures of rankings know no item, cut lists, and refuse k of 0", () => {
  assert.equal(hitRateAt(3)([[1, 2]], [new Set([7])]), 0);
  assert.equal(meanReciprocalRank(2)([[1, 2, 7]], [new Set([7])]), 0);
  assert.equal(meanAveragePrecision(2)([[7, 8, 9]], [new Set([7, 8, 9])]), 1);
  assert.throws(() => ndcgAt(0), { name: "RangeError", message: /k must be at least 1/ });
  assert.throws(() => hitRateAt(1)([], []), { message: /there are no examples/ });
});

Deno.test("frechetDistance() is scipy's, also of covariances without full rank", () => {
  for (const { width, a, b, distance } of golden.frechet) {
    const [one, two] = [featureStatistics(a, width), featureStatistics(b, width)];
    const found = frechetDistance(one, two);
    assert.ok(Math.abs(found - distance) < 1e-5 * distance, `${found}, not ${distance}`);
    assert.ok(Math.abs(frechetDistance(two, one) - found) < 1e-6);
    assert.ok(frechetDistance(one, one) < 1e-6);
  }
  assert.throws(() => featureStatistics([1, 2, 3], 2), { message: /two whole rows or more of 2/ });
  const [one, two] = [featureStatistics([1, 2], 1), featureStatistics([1, 2, 3, 4], 2)];
  assert.throws(() => frechetDistance(one, two), { message: /current widths are 1 and 2/ });
});
