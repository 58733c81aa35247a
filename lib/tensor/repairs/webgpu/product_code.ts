/**
 * The WGSL of matrix products for adapters that are programs on the CPU.
 *
 * Such an adapter runs 8 threads of a workgroup as the lanes of one vector. Reads from the same address in all lanes
 * cost little, and other reads much more. So a thread keeps its part of the result in registers, the lanes lie side by
 * side along the columns, and each number of the first matrix is the same for all of them.
 *
 * @module
 */
import type { Program } from "../../dispatch.ts";
import { declareBuffers, type EpilogueCode, PLAIN } from "./epilogue.ts";

/** Threads of a workgroup, side by side along the columns: the lanes of a vector of 256 bits. */
export const LANES = 8;

/** The part of the result that one thread makes. */
export interface Tile {
  /** Its rows. */
  rows: number;
  /** Its columns, a multiple of 4. */
  columns: number;
}

/** The numbers of {@link productProgram}, `u32`, in the order of its uniform buffer. */
export const PRODUCT_FIELDS = [
  "rows",
  "inner",
  "columns",
  // steps along the axes of both matrices and the result
  "aRow",
  "aInner",
  "bInner",
  "bColumn",
  "outRow",
  "outColumn",
  // workgroups
  "rowGroups",
  "columnGroups",
  "groups",
  // parts of the inner axis, and their length
  "parts",
  "part",
  // the last two of three axes of the batch, and steps along all three
  "batch1",
  "batch2",
  "aBatch0",
  "aBatch1",
  "aBatch2",
  "bBatch0",
  "bBatch1",
  "bBatch2",
  "outBatch",
  // steps of the bias along rows and columns, of which one is 0
  "biasRow",
  "biasColumn",
] as const;

/** A number for each field. */
export type ProductFields = Record<typeof PRODUCT_FIELDS[number], number>;

/** The numbers from 0 to below `n`. */
export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** The structure of a program's numbers. */
export function struct(fields: readonly string[]): string {
  return `struct Numbers { ${fields.map((name) => `${name} : u32,`).join(" ")} }`;
}

/** The first buffers of every product. */
export const BUFFERS: { name: string; write: boolean }[] = [
  { name: "out", write: true },
  { name: "a", write: false },
  { name: "b", write: false },
];

/** WGSL that finds where the matrices of a workgroup's batch, and its result, begin. */
export const PLACES = `
  let place = vec3u(batch / (u.batch1 * u.batch2), (batch / u.batch2) % u.batch1, batch % u.batch2);
  let aAt = place.x * u.aBatch0 + place.y * u.aBatch1 + place.z * u.aBatch2;
  let bAt = place.x * u.bBatch0 + place.y * u.bBatch1 + place.z * u.bBatch2;
  let outAt = z * u.outBatch;`;

/** What a program does besides the product. */
export interface ProductExtras {
  /** What becomes of each element. @default {it is written} */
  epilogue?: EpilogueCode;
  /** Whether it also writes the sum of each row of the first matrix. @default {false} */
  sums?: boolean;
}

/**
 * `out[z] = a[z] b[z]` and an epilogue, each matrix by its steps, so that transposes cost nothing.
 *
 * Buffers: out, a, b, those of the epilogue, or the sums of rows. Rows and columns beyond the edge repeat the last one,
 * within the same thread.
 */
export function productProgram(
  { rows, columns }: Tile,
  { epilogue = PLAIN, sums = false }: ProductExtras = {},
): Program {
  const vectors = range(columns / 4);
  const lines = {
    start: [
      ...range(rows).map((i) => `let r${i} = min(row + ${i}u, u.rows - 1u);`),
      ...range(rows).map((i) => `let a${i} = aAt + r${i} * u.aRow;`),
      ...range(columns).map((j) => `let c${j} = min(column + ${j}u, u.columns - 1u);`),
      ...range(columns).map((j) => `let b${j} = bAt + c${j} * u.bColumn;`),
      ...range(rows).flatMap((i) => vectors.map((j) => `var s${i}_${j} = vec4f();`)),
      ...range(sums ? rows : 0).map((i) => `var sum${i} = 0.0;`),
    ],
    step: [
      ...range(rows).map((i) => `let x${i} = vec4f(a[a${i} + aStep]);`),
      ...vectors.map((j) =>
        `let y${j} = vec4f(${range(4).map((q) => `b[b${4 * j + q} + bStep]`).join(", ")});`
      ),
      ...range(rows).flatMap((i) =>
        vectors.map((j) => `s${i}_${j} = fma(x${i}, y${j}, s${i}_${j});`)
      ),
      ...range(sums ? rows : 0).map((i) => `sum${i} += x${i}.x;`),
    ],
    end: range(rows).flatMap((i) =>
      range(columns).map((j) =>
        `finish(outAt + r${i} * u.outRow + c${j} * u.outColumn, ` +
        `r${i} * u.biasRow + c${j} * u.biasColumn, s${i}_${j >> 2}[${j & 3}]);`
      )
    ),
  };
  const buffers = [...BUFFERS, ...(sums ? [{ name: "sums", write: true }] : [])];
  return {
    label: "multiply matrices",
    writes: [...buffers, ...epilogue.buffers].map(({ write }) => write),
    code: `${struct(PRODUCT_FIELDS)}
${declareBuffers(buffers, epilogue)}
${epilogue.wgsl}

@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group : vec3u,
  @builtin(num_workgroups) groups : vec3u,
  @builtin(local_invocation_id) lane : vec3u,
) {
  let flat = group.y * groups.x + group.x;
  let panel = flat / u.rowGroups;
  let z = panel / u.columnGroups;
  let batch = z / u.parts;
  let row = (flat % u.rowGroups) * ${rows}u;
  let column = ((panel % u.columnGroups) * ${LANES}u + lane.x) * ${columns}u;
  if (flat >= u.groups || column >= u.columns) { return; }${PLACES}
  ${lines.start.join("\n  ")}
  let first = (z % u.parts) * u.part;
  let last = min(first + u.part, u.inner);
  for (var k = first; k < last; k++) {
    let aStep = k * u.aInner;
    let bStep = k * u.bInner;
    ${lines.step.join("\n    ")}
  }
  ${lines.end.join("\n  ")}
  ${
      sums
        ? `if (column == 0u) { ${
          range(rows).map((i) => `sums[r${i}] = sum${i};`).join(" ")
        } } // of a single matrix`
        : ""
    }
}
`,
  };
}

/** Adds up the parts of a product over parts of its inner axis, always in the same order, and then finishes. */
export function sumProgram(epilogue: EpilogueCode): Program {
  const buffers = [{ name: "out", write: true }, { name: "partial", write: false }];
  return {
    label: "add up the parts of a matrix product",
    writes: [...buffers, ...epilogue.buffers].map(({ write }) => write),
    code: `${struct(["size", "matrix", "parts", "columns"])}
${declareBuffers(buffers, epilogue)}
${epilogue.wgsl}
@compute @workgroup_size(64)
fn main(
  @builtin(global_invocation_id) id : vec3u,
  @builtin(num_workgroups) groups : vec3u,
) {
  for (var i = id.x; i < u.size; i += groups.x * 64u) {
    let at = (i / u.matrix) * u.matrix * u.parts + i % u.matrix;
    var sum = partial[at];
    for (var p = 1u; p < u.parts; p++) { sum += partial[at + p * u.matrix]; }
    finish(i, i % u.columns, sum);
  }
}
`,
  };
}
