/**
 * The WGSL of products of few rows, as in writing token by token: each number of the matrix is read once, and that is
 * what takes the time.
 *
 * @module
 */
import type { Program } from "../../dispatch.ts";
import { declareBuffers, type EpilogueCode } from "./epilogue.ts";
import { BUFFERS, PLACES, PRODUCT_FIELDS, range, struct } from "./product_code.ts";
import type { MatrixLayout } from "./tiled_code.ts";

/** Threads of a workgroup. */
const THREADS = 64;
/** The most rows that there may be. */
export const MOST_ROWS = 4;

/** What shapes a program of few rows. */
export interface VectorOptions {
  /** Rows, 1 … {@link MOST_ROWS}. */
  rows: number;
  /** How the second matrix lies. */
  b: MatrixLayout;
  /** Whether the first matrix can be read by vectors along the inner axis as well. */
  vectors: boolean;
  /** What becomes of each element. */
  epilogue: EpilogueCode;
  /** Whether sums are made within subgroups, which the device must have. */
  subgroups: boolean;
}

/** Columns that one workgroup makes. */
export function columnsOf({ alongInner }: MatrixLayout): number {
  return alongInner ? 4 : THREADS / 4;
}

/**
 * `out[z] = a[z] b[z]` and an epilogue, of few rows. Buffers: out, a, b and those of the epilogue.
 *
 * Where the columns of the second matrix are contiguous along the inner axis, all threads go along it together;
 * otherwise a quarter of them does, and neighbouring threads read neighbouring columns.
 */
export function vectorProgram(options: VectorOptions): Program {
  const { rows, b, epilogue, subgroups } = options;
  const vectors = options.vectors && b.alongInner && b.vectors;
  const width = vectors ? 4 : 1;
  const wide = b.alongInner ? 4 : 1; // columns of a thread
  const slices = b.alongInner ? THREADS : 4; // threads along the inner axis
  const number = vectors ? "vec4f" : "f32";
  const sums = range(rows).flatMap((i) => range(wide).map((j) => ({ i, j, name: `s${i}_${j}` })));
  const at = (text: string) => vectors ? `(${text}) / 4u` : text;
  const buffers = BUFFERS.map((buffer) =>
    vectors && !buffer.write ? { ...buffer, type: "vec4f" } : buffer
  );
  const total = (name: string) => vectors ? `dot(${name}, vec4f(1.0))` : name;
  const useSubgroups = subgroups && b.alongInner;
  const slice = b.alongInner ? "lane" : "lane / 16u";
  const own = b.alongInner ? "column0" : "column0 + lane % 16u";
  const count = sums.length;
  const writing = b.alongInner
    ? { each: count, from: "lane", row: "lane / 4u", column: "lane % 4u" }
    : { each: 16 * count, from: "(lane / 16u)", row: "lane / 16u", column: "lane % 16u" };
  const inSubgroups = `
  ${
    sums.map(({ name }, n) =>
      `{ let part = subgroupAdd(${total(name)});
    if (subLane == 0u) { partial[${n * THREADS}u + lane / subSize] = part; } }`
    ).join("\n  ")
  }
  workgroupBarrier();
  if (lane < ${count}u) {
    var v = 0.0;
    for (var p = 0u; p < (${THREADS}u + subSize - 1u) / subSize; p++) {
      v += partial[lane * ${THREADS}u + p];
    }
    partial[lane * ${THREADS}u] = v; // read by the same thread
  }`;
  const inMemory = `
  ${sums.map(({ name }, n) => `partial[${n * THREADS}u + lane] = ${total(name)};`).join("\n  ")}
  for (var reach = ${slices / 2}u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (${slice} < reach) {
      for (var n = 0u; n < ${count * THREADS}u; n += ${THREADS}u) {
        partial[n + lane] += partial[n + lane + reach * ${b.alongInner ? 1 : 16}u];
      }
    }
  }
  workgroupBarrier();`;
  const reduce = `${useSubgroups ? inSubgroups : inMemory}
  if (lane < ${writing.each}u) {
    let i = ${writing.row};
    let c = column0 + ${writing.column};
    let v = partial[${writing.from} * ${THREADS}u${b.alongInner ? "" : " + lane % 16u"}];
    if (c < u.columns) {
      finish(outAt + i * u.outRow + c * u.outColumn, i * u.biasRow + c * u.biasColumn, v);
    }
  }`;
  return {
    label: "multiply a matrix by few rows",
    writes: [...BUFFERS, ...epilogue.buffers].map(({ write }) => write),
    code: `${struct(PRODUCT_FIELDS)}
${declareBuffers(buffers, epilogue)}
var<workgroup> partial : array<f32, ${THREADS * count}>;
${epilogue.wgsl}
@compute @workgroup_size(${THREADS})
fn main(
  @builtin(workgroup_id) group : vec3u,
  @builtin(num_workgroups) groups : vec3u,
  @builtin(local_invocation_index) lane : u32,${
      useSubgroups
        ? `
  @builtin(subgroup_invocation_id) subLane : u32,
  @builtin(subgroup_size) subSize : u32,`
        : ""
    }
) {
  let flat = group.y * groups.x + group.x;
  if (flat >= u.groups) { return; } // the whole workgroup
  let z = flat / u.columnGroups;
  let batch = z;
  let column0 = (flat % u.columnGroups) * ${columnsOf(b)}u;${PLACES}
  ${range(wide).map((j) => `let c${j} = min(${own} + ${j}u, u.columns - 1u);`).join("\n  ")}
  ${sums.map(({ name }) => `var ${name} = ${number}();`).join("\n  ")}
  for (var k = ${slice} * ${width}u; k < u.inner; k += ${slices * width}u) {
    ${
      range(rows).map((i) => `let a${i} = a[${at(`aAt + ${i}u * u.aRow + k * u.aInner`)}];`).join(
        "\n    ",
      )
    }
    ${
      range(wide).map((j) => `let b${j} = b[${at(`bAt + c${j} * u.bColumn + k * u.bInner`)}];`)
        .join("\n    ")
    }
    ${sums.map(({ i, j, name }) => `${name} = fma(a${i}, b${j}, ${name});`).join("\n    ")}
  }${reduce}
}
`,
  };
}
