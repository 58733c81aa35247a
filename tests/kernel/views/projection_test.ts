import assert from "node:assert/strict";
import { project } from "@tome/tome/display";
import { randomNormal, Rng, seed, useDevice } from "@tome/tome/tensor";

/** Groups of points around centres far apart, in some dimensions. */
function clusters(groups: number, each: number, dimensions: number): number[][] {
  const random = new Rng(5);
  return Array.from({ length: groups }, (_, g) => {
    const centre = Array.from({ length: dimensions }, (_, d) => d % groups === g ? 10 : 0);
    return Array.from({ length: each }, () => centre.map((c) => c + random.normal()));
  }).flat();
}

/** The share of points whose nearest neighbour in the plane is of their own group. */
function purity(points: [number, number][], each: number): number {
  const own = points.filter(([x, y], i) => {
    let best = -1, least = Infinity;
    for (const [j, [u, v]] of points.entries()) {
      const far = (x - u) ** 2 + (y - v) ** 2;
      if (j !== i && far < least) [best, least] = [j, far];
    }
    return Math.floor(best / each) === Math.floor(i / each);
  });
  return own.length / points.length;
}

Deno.test("project() finds known axes and their variance by PCA", async () => {
  // along u with deviation 5, along v with deviation 2, nothing else; shifted
  const u = [0.6, 0, 0.8, 0], v = [0, 1, 0, 0];
  const plane = [[5, 2], [5, -2], [-5, 2], [-5, -2], [0, 0]];
  const points = plane.map(([a, b]) => u.map((c, d) => 3 + a! * c + b! * v[d]!));
  const found = await project(points);
  assert.equal(found.method, "pca");
  assert.equal(found.dimensions, 4);
  for (const [i, [x, y]] of found.points.entries()) {
    assert.ok(
      Math.abs(x - plane[i]![0]!) < 1e-9 && Math.abs(y - plane[i]![1]!) < 1e-9,
      `${x}, ${y}`,
    );
  }
  assert.ok(Math.abs(found.explained![0] - 100 / 116) < 1e-12);
  assert.ok(Math.abs(found.explained![1] - 16 / 116) < 1e-12);
});

Deno.test("project() by PCA leaves no variance that two other directions would hold", async () => {
  const random = new Rng(2);
  const scales = [9, 1, 4, 3.9, 2, 1, 0.5];
  const points = Array.from({ length: 60 }, () => scales.map((s) => s * random.normal()));
  const { points: places, explained = [0, 0] } = await project(points);
  // two steps of the definition: uncorrelated places, and as much variance as any pair of coordinates
  const cross = places.reduce((sum, [x, y]) => sum + x * y, 0);
  const size = places.reduce((sum, [x, y]) => sum + x * x + y * y, 0);
  assert.ok(Math.abs(cross) < 1e-7 * size);
  const means = scales.map((_, d) => points.reduce((sum, p) => sum + p[d]!, 0) / 60);
  const variances = scales.map((_, d) =>
    points.reduce((sum, p) => sum + (p[d]! - means[d]!) ** 2, 0)
  );
  const total = variances.reduce((a, b) => a + b);
  const [first, second] = variances.toSorted((a, b) => b - a) as [number, number];
  assert.ok(explained[0] + explained[1] >= (first + second) / total - 1e-12);
  assert.ok(explained[0] >= first / total && explained[0] >= explained[1]);
});

Deno.test("project() takes one point, equal points, one dimension and a tensor", async () => {
  assert.deepEqual(await project([[1, 2]]), {
    method: "pca",
    dimensions: 2,
    points: [[0, 0]],
    explained: [0, 0],
  });
  assert.deepEqual((await project([[1, 2], [1, 2]])).points, [[0, 0], [0, 0]]);
  assert.deepEqual((await project([[1], [3]])).points, [[-1, 0], [1, 0]]);
  await useDevice("cpu");
  seed(1);
  const tensor = randomNormal([6, 3]);
  const rows = Array.from({ length: 6 }, (_, r) => tensor.dataSync().slice(3 * r, 3 * r + 3));
  assert.deepEqual(await project(tensor), await project(rows));
  tensor.dispose();
});

for (const method of ["tsne", "umap"] as const) {
  Deno.test(`project() keeps groups together by ${method}, and equal seeds give equal points`, async () => {
    const points = clusters(3, 20, 8);
    const steps = method === "tsne" ? 400 : 150;
    const found = await project(points, { method, seed: 4, steps });
    assert.equal(found.points.length, 60);
    assert.ok(found.points.flat().every(Number.isFinite));
    assert.equal(purity(found.points, 20), 1);
    assert.deepEqual(await project(points, { method, seed: 4, steps }), found);
    const other = await project(points, { method, seed: 5, steps });
    assert.notDeepEqual(other.points, found.points);
  });

  Deno.test(`project() by ${method} takes equal points and very few`, async () => {
    const few = [[1, 2], [1, 2], [3, 4], [9, 9], [1, 2]];
    const { points } = await project(few, { method, steps: 50 });
    assert.ok(points.flat().every(Number.isFinite), String(points));
  });

  Deno.test(`project() by ${method} stops when it is told`, async () => {
    const stop = new AbortController();
    const work = project(clusters(3, 60, 8), { method, steps: 100_000, signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    await assert.rejects(work, { name: "AbortError" });
  });
}

Deno.test("project() refuses what it cannot project", async () => {
  const range = (message: RegExp) => ({ name: "RangeError", message });
  await assert.rejects(project([]), range(/1 to Infinity points: current number is 0/));
  await assert.rejects(
    project([[1, 2], [3]]),
    range(/must have 2 coordinates: current point 1 has 1/),
  );
  await assert.rejects(project([[1, 2], [3, NaN]]), range(/finite: current point 1 has NaN/));
  await assert.rejects(project([[1], [2], [3]], { method: "tsne" }), range(/4 to 5000 points/));
  const four = [[1], [2], [3], [4]];
  await assert.rejects(
    project(four, { method: "umap", neighbors: 4 }),
    range(/neighbors must be in 1…3/),
  );
  await useDevice("cpu");
  const cube = randomNormal([2, 2, 2]);
  await assert.rejects(project(cube), {
    name: "ShapeError",
    message: /\[N, D\]: current shape is \[2,2,2\]/,
  });
  cube.dispose();
});
