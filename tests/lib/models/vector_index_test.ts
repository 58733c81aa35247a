import assert from "node:assert/strict";
import { VectorIndex } from "@tome/tome/models";
import { Rng } from "@tome/tome/tensor";
import { writeSafetensors } from "@tome/tome/checkpoint";
import { inFolder } from "../../_support/folder.ts";

const random = new Rng(5);
const vectors = Array.from(
  { length: 100 },
  () => Array.from({ length: 7 }, () => random.uniform() - 0.5),
);

/** An index of random vectors, whose items are their numbers. */
function filled(): VectorIndex<number> {
  const index = new VectorIndex<number>(7);
  for (const [i, vector] of vectors.entries()) index.add(i, vector);
  return index;
}

const cosine = (a: number[], b: number[]) =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0) / Math.hypot(...a) / Math.hypot(...b);

Deno.test("VectorIndex.search() gives what sorting all cosines gives", () => {
  const index = filled();
  for (
    const [k, query] of [[1, vectors[3]!], [10, vectors[4]!.map((x) => -x)], [500, [
      1,
      2,
      3,
      4,
      5,
      6,
      7,
    ]]] as const
  ) {
    const expected = vectors.map((vector, i) => ({ i, score: cosine(vector, query as number[]) }))
      .sort((a, b) => b.score - a.score).slice(0, k);
    const hits = index.search(query, { k });
    assert.deepEqual(hits.map(({ item }) => item), expected.map(({ i }) => i));
    for (const [i, { score, index }] of hits.entries()) {
      assert.ok(Math.abs(score - expected[i]!.score) < 1e-6);
      assert.equal(index, expected[i]!.i);
    }
  }
  assert.deepEqual(index.search(vectors[0]!, { minScore: 0.9999 }).map(({ item }) => item), [0]);
});

Deno.test("VectorIndex.search() keeps the order of equal vectors, and has zeros far from all", () => {
  const index = new VectorIndex(2);
  for (const [name, vector] of [["a", [1, 0]], ["none", [0, 0]], ["b", [3, 0]]] as const) {
    index.add(name, vector);
  }
  assert.deepEqual(index.search([2, 0]).map(({ item, score }) => [item, score]), [
    ["a", 1],
    ["b", 1],
    ["none", 0],
  ]);
  assert.deepEqual(index.search([2, 0], { k: 1 }).map(({ item }) => item), ["a"]);
  assert.deepEqual([...index.vector(2)], [1, 0]);
  assert.deepEqual(new VectorIndex(2).search([1, 1]), []);
});

Deno.test("VectorIndex.save() writes what load() reads", () =>
  inFolder(async (folder) => {
    const index = filled();
    await index.save(`${folder}/index.safetensors`, { model: "a" });
    const { index: same, details } = await VectorIndex.load<number>(`${folder}/index.safetensors`);
    assert.deepEqual(details, { model: "a" });
    assert.deepEqual([same.size, same.items], [100, index.items]);
    const [wanted, found] = [index, same].map((it) => it.search(vectors[9]!, { k: 5 }));
    assert.deepEqual(found!.map(({ item }) => item), wanted!.map(({ item }) => item));
    await new VectorIndex(3).save(`${folder}/empty.safetensors`);
    assert.equal((await VectorIndex.load(`${folder}/empty.safetensors`)).index.size, 0);
    await writeSafetensors(`${folder}/other.safetensors`, []);
    await assert.rejects(VectorIndex.load(`${folder}/other.safetensors`), {
      name: "CheckpointError",
      message: /must have vectors \[N, D\], F32, and N items: current shape is \[\]/,
    });
  }));

Deno.test("VectorIndex refuses vectors and numbers that make no sense", () => {
  const index = new VectorIndex(2);
  assert.throws(() => new VectorIndex(0), RangeError);
  assert.throws(() => index.add("a", [1]), /must have 2 numbers: current length is 1/);
  assert.throws(() => index.add("a", [1, NaN]), /must be finite/);
  assert.throws(() => index.search([1, 2], { k: 0 }), /k must be a positive integer/);
  assert.throws(() => index.vector(0), RangeError);
  assert.equal(index.size, 0);
});
