import assert from "node:assert/strict";
import {
  afterMove,
  aStar,
  collatePathTasks,
  distancesTo,
  followMoves,
  GRID_MOVES,
  type GridMap,
  isFree,
  manhattanDistance,
  mapsToTensor,
  octileDistance,
  pathTasks,
  randomGridMap,
  shortestMoves,
} from "@tome/tome/data";
import { dispose } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";

/** A map of lines, `#` where it is blocked. */
function mapOf(...lines: string[]): GridMap {
  const blocked = Uint8Array.from(lines.join(""), (sign) => Number(sign === "#"));
  return { width: lines[0]!.length, height: lines.length, blocked };
}

/** Costs by going over all cells until nothing changes: Bellman and Ford's way, for comparison. */
function slowDistances(map: GridMap, goal: number): Float64Array {
  const found = new Float64Array(map.width * map.height).fill(Infinity);
  if (isFree(map, goal)) found[goal] = 0;
  for (let changed = true; changed;) {
    changed = false;
    for (let cell = 0; cell < found.length; cell++) {
      if (!isFree(map, cell)) continue;
      for (const [move, [, , cost]] of GRID_MOVES.entries()) {
        const next = afterMove(map, cell, move);
        if (next < 0 || found[next]! + cost >= found[cell]! - 1e-12) continue;
        found[cell] = found[next]! + cost;
        changed = true;
      }
    }
  }
  return found;
}

Deno.test("afterMove() stays on the map, enters nothing blocked, and cuts no corner", () => {
  const map = mapOf(".#.", "...", "...");
  assert.equal(afterMove(map, 0, 0), -1); // into the block
  assert.equal(afterMove(map, 0, 3), -1); // off the map
  assert.equal(afterMove(map, 3, 0), 4);
  assert.equal(afterMove(map, 3, 7), -1); // up and right, into the block
  assert.equal(afterMove(map, 4, 7), -1); // to the free corner, past the block
  assert.equal(afterMove(map, 4, 4), 8);
});

Deno.test("distancesTo() is what Bellman and Ford find", () => {
  for (let seed = 0; seed < 12; seed++) {
    const map = randomGridMap({ size: 11, density: 0.35, seed });
    const goal = map.blocked.indexOf(0);
    const [found, wanted] = [distancesTo(map, goal), slowDistances(map, goal)];
    found.forEach((cost, i) =>
      assert.ok(cost === wanted[i] || Math.abs(cost - wanted[i]!) < 1e-9, `${cost} ${wanted[i]}`)
    );
  }
  assert.ok(distancesTo(mapOf("#."), 0).every((cost) => cost === Infinity));
});

Deno.test("aStar() is as short as Dijkstra's way, looks at fewer cells, and walks where one can", () => {
  let [looked, all] = [0, 0];
  for (const { map, start, goal, distances } of pathTasks(60, { size: 14, seed: 5 })) {
    const path = aStar(map, start, goal)!;
    assert.ok(Math.abs(path.cost - distances[start]!) < 1e-9);
    let cost = 0;
    for (let i = 1; i < path.cells.length; i++) {
      const move = GRID_MOVES.findIndex((_, m) =>
        afterMove(map, path.cells[i - 1]!, m) === path.cells[i]
      );
      cost += GRID_MOVES[move]![2];
    }
    assert.deepEqual([path.cells[0], path.cells.at(-1)], [start, goal]);
    assert.ok(Math.abs(cost - path.cost) < 1e-9);
    looked += path.expanded;
    all += aStar(map, start, goal, () => 0)!.expanded; // without a guess it is Dijkstra's algorithm
  }
  assert.ok(looked < all / 2, `${looked} of ${all}`);
});

Deno.test("aStar() finds nothing where there is no way", () => {
  const map = mapOf(".#.", "##.", "...");
  assert.equal(aStar(map, 0, 8), undefined);
  assert.equal(aStar(map, 0, 1), undefined);
  assert.deepEqual(aStar(map, 8, 8), { cells: [8], cost: 0, expanded: 1 });
});

Deno.test("octileDistance() never guesses too much, and manhattanDistance() does", () => {
  const open = mapOf("......", "......", "......");
  for (let cell = 0; cell < 18; cell++) {
    const true_ = distancesTo(open, 0)[cell]!;
    assert.ok(Math.abs(octileDistance(open, cell, 0) - true_) < 1e-9);
    assert.ok(manhattanDistance(open, cell, 0) >= true_ - 1e-9);
  }
});

Deno.test("followMoves() goes down the true distances to the goal, and is caught in a pocket by guesses", () => {
  const map = mapOf(".....", ".###.", "...#.", ".###.", ".....");
  const [start, goal] = [10, 14];
  const distances = distancesTo(map, goal);
  const along = (cell: number, move: number) =>
    distances[afterMove(map, cell, move)]! + GRID_MOVES[move]![2];
  assert.equal(followMoves(map, start, goal, along)!.cost, distances[start]);
  const guessed = (cell: number, move: number) =>
    manhattanDistance(map, afterMove(map, cell, move), goal);
  assert.equal(followMoves(map, start, goal, guessed), undefined);
});

testOnDevices("collatePathTasks() marks goals, blocks, and every best move", async () => {
  const tasks = pathTasks(2, { size: 8, seed: 1 });
  const { maps, moves } = collatePathTasks(tasks);
  assert.deepEqual([maps.shape, moves.shape], [[2, 8, 8, 2], [2, 8, 8, 8]]);
  const [m, best] = [await maps.data(), await moves.data()];
  for (const [b, { map, goal, distances }] of tasks.entries()) {
    const own = shortestMoves(map, distances);
    for (let cell = 0; cell < 64; cell++) {
      assert.equal(m[(b * 64 + cell) * 2], map.blocked[cell]);
      assert.equal(m[(b * 64 + cell) * 2 + 1], Number(cell === goal));
      for (let move = 0; move < 8; move++) {
        assert.equal(best[(b * 64 + cell) * 8 + move], own[cell * 8 + move]);
        if (!own[cell * 8 + move]) continue;
        const next = afterMove(map, cell, move);
        assert.ok(Math.abs(distances[next]! + GRID_MOVES[move]![2] - distances[cell]!) < 1e-9);
      }
      const reaches = distances[cell]! > 0 && distances[cell]! < Infinity;
      assert.equal(own.subarray(cell * 8, cell * 8 + 8).includes(1), reaches);
    }
  }
  const again = mapsToTensor(tasks);
  assert.deepEqual(await again.data(), m);
  dispose([maps, moves, again]);
});
