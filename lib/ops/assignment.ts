/**
 * Pairs rows with columns so that the sum of their costs is least: the assignment problem, by the Hungarian method with
 * potentials, in `O(R² C)` steps.
 *
 * @example
 * ```ts
 * import { linearAssignment } from "@tome/tome/ops";
 *
 * const pairs = linearAssignment([[4, 1], [2, 8]]);
 * console.assert(pairs[0] === 1 && pairs[1] === 0); // 1 + 2
 * ```
 * @param costs Costs, `[R][C]`, finite numbers.
 * @returns The column of each row, `-1` for rows without one where there are fewer columns than rows.
 * @throws {RangeError} If rows differ in length, or a cost is not finite.
 * @see Kuhn, 1955, "The Hungarian Method for the Assignment Problem", https://doi.org/10.1002/nav.3800020109
 */
export function linearAssignment(costs: readonly ArrayLike<number>[]): number[] {
  const rows = costs.length;
  const columns = costs[0]?.length ?? 0;
  for (const [r, row] of costs.entries()) {
    for (let c = 0; c < Math.max(row.length, columns); c++) {
      if (!Number.isFinite(row[c]) || c >= columns) {
        throw new RangeError(
          `Cannot assign as each of ${rows} rows must have ${columns} finite costs: current cost in row ${r}, column ${c} is ${
            row[c]
          }`,
        );
      }
    }
  }
  if (columns === 0) return costs.map(() => -1);
  if (rows <= columns) return assign(rows, columns, (r, c) => costs[r]![c]!);
  const ofColumn = assign(columns, rows, (c, r) => costs[r]![c]!);
  const found = costs.map(() => -1);
  for (const [c, r] of ofColumn.entries()) found[r] = c;
  return found;
}

/** The same where there are at least as many columns as rows: rows come in one by one, each by a shortest augmenting path. */
function assign(rows: number, columns: number, cost: (r: number, c: number) => number): number[] {
  const [rowPrice, columnPrice] = [new Float64Array(rows), new Float64Array(columns + 1)];
  const owner = new Int32Array(columns + 1).fill(-1); // the row of each column; the last is where paths begin
  for (let row = 0; row < rows; row++) {
    owner[columns] = row;
    const nearest = new Float64Array(columns).fill(Infinity);
    const from = new Int32Array(columns).fill(columns);
    const seen = new Uint8Array(columns + 1);
    let at = columns;
    do {
      seen[at] = 1;
      const r = owner[at]!;
      let [step, next] = [Infinity, -1];
      for (let c = 0; c < columns; c++) {
        if (seen[c]) continue;
        const reduced = cost(r, c) - rowPrice[r]! - columnPrice[c]!;
        if (reduced < nearest[c]!) [nearest[c], from[c]] = [reduced, at];
        if (nearest[c]! < step) [step, next] = [nearest[c]!, c];
      }
      for (let c = 0; c <= columns; c++) {
        if (seen[c]) {
          rowPrice[owner[c]!]! += step;
          columnPrice[c]! -= step;
        } else if (c < columns) nearest[c]! -= step;
      }
      at = next;
    } while (owner[at] !== -1);
    while (at !== columns) { // each column on the path takes the row of the one before
      owner[at] = owner[from[at]!]!;
      at = from[at]!;
    }
  }
  const found = new Array<number>(rows).fill(-1);
  for (let c = 0; c < columns; c++) if (owner[c] !== -1) found[owner[c]!] = c;
  return found;
}
