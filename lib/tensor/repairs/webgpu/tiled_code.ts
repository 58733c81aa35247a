/**
 * The WGSL of matrix products for hardware: tiles in the memory that a workgroup shares, and registers of its threads.
 *
 * A workgroup copies a tile of each matrix into shared memory, step by step along the inner axis; a thread multiplies a
 * block of rows and columns of them in registers. Rows and columns of neighbouring threads are neighbours, so that they
 * read and write neighbouring addresses.
 *
 * @module
 */
import type { Program } from "../../dispatch.ts";
import { declareBuffers, type EpilogueCode } from "./epilogue.ts";
import { BUFFERS, PLACES, PRODUCT_FIELDS, range, struct } from "./product_code.ts";

/** The sizes of a tiled product. */
export interface TileSizes {
  /** Threads along the columns. */
  across: number;
  /** Threads along the rows. */
  down: number;
  /** Rows of each thread. */
  rows: number;
  /** Columns of each thread, a multiple of 4. */
  columns: number;
  /** Steps of the inner axis in shared memory at once, a multiple of 4. */
  depth: number;
}

/** How the numbers of a matrix lie, which decides how they are read. */
export interface MatrixLayout {
  /** Whether neighbours along the inner axis lie side by side; else neighbours along the other one do. */
  alongInner: boolean;
  /** Whether four neighbours can be read as a vector: every other step, and every length, is a multiple of 4. */
  vectors: boolean;
}

/** What shapes a program besides its sizes. */
export interface TiledOptions {
  /** How the first matrix lies. */
  a: MatrixLayout;
  /** How the second matrix lies. */
  b: MatrixLayout;
  /** What becomes of each element. */
  epilogue: EpilogueCode;
  /** Whether tiles are kept in half precision; sums stay in single. */
  half: boolean;
}

/** WGSL that copies a tile of one matrix to shared memory, with zeros beyond its edges. */
function copyTile(
  name: "a" | "b",
  extent: number,
  depth: number,
  threads: number,
  { alongInner, vectors }: MatrixLayout,
  type: string,
): string {
  const width = vectors ? 4 : 1;
  const [other, start, steps, stride] = name === "a"
    ? ["rows", "row0", ["aRow", "aInner"], "A_STRIDE"]
    : ["columns", "column0", ["bColumn", "bInner"], "B_STRIDE"];
  const place = alongInner
    ? `let k = (t % ${depth / width}u) * ${width}u; let p = t / ${depth / width}u;`
    : `let p = (t % ${extent / width}u) * ${width}u; let k = t / ${extent / width}u;`;
  const address = `${name}At + (${start} + p) * u.${steps[0]} + (step + k) * u.${steps[1]}`;
  const to = (q: number) => {
    const [p, k] = alongInner ? ["p", `(k + ${q}u)`] : [`p + ${q}u`, "k"];
    return `${name}Tile[${k} * ${stride} + ${p}]`;
  };
  return `for (var t = lane; t < ${extent * depth / width}u; t += ${threads}u) {
      ${place}
      var v = ${vectors ? "vec4f()" : "0.0"};
      if (${start} + p < u.${other} && step + k < last) { v = ${name}[(${address})${
    vectors ? " / 4u" : ""
  }]; }
      ${
    range(width).map((q) => `${to(q)} = ${type}(v${vectors ? `[${q}]` : ""});`).join("\n      ")
  }
    }`;
}

/** Bytes of shared memory that a product of these sizes takes. */
export function sharedBytes({ across, down, rows, columns, depth }: TileSizes): number {
  return 4 * depth * (down * rows + 1 + across * columns + 1);
}

/** `out[z] = a[z] b[z]` and an epilogue, tile by tile. Buffers: out, a, b and those of the epilogue. */
export function tiledProgram(sizes: TileSizes, { a, b, epilogue, half }: TiledOptions): Program {
  const { across, down, rows, columns, depth } = sizes;
  const [high, wide, threads] = [down * rows, across * columns, down * across];
  const vectors = range(columns / 4);
  const type = half ? "f16" : "f32";
  const column = (j: number) => `x + ${j * across}u`;
  const lines = {
    start: range(rows).flatMap((i) => vectors.map((j) => `var s${i}_${j} = vec4f();`)),
    step: [
      ...range(rows).map((i) => `let a${i} = vec4f(f32(aTile[k * A_STRIDE + y + ${i * down}u]));`),
      ...vectors.map((j) =>
        `let b${j} = vec4f(${
          range(4).map((q) => `f32(bTile[k * B_STRIDE + ${column(4 * j + q)}])`).join(", ")
        });`
      ),
      ...range(rows).flatMap((i) =>
        vectors.map((j) => `s${i}_${j} = fma(a${i}, b${j}, s${i}_${j});`)
      ),
    ],
  };
  const typed = BUFFERS.map(({ name, write }) => {
    const layout = name === "a" ? a : name === "b" ? b : undefined;
    return { name, write, ...(layout?.vectors ? { type: "vec4f" } : {}) };
  });
  return {
    label: "multiply matrices in tiles",
    writes: [...BUFFERS, ...epilogue.buffers].map(({ write }) => write),
    code: `${half ? "enable f16;\n" : ""}${struct(PRODUCT_FIELDS)}
${declareBuffers(typed, epilogue)}
const A_STRIDE = ${high + 1}u; // one more, so that columns lie in other banks
const B_STRIDE = ${wide + 1}u;
var<workgroup> aTile : array<${type}, ${depth * (high + 1)}>;
var<workgroup> bTile : array<${type}, ${depth * (wide + 1)}>;
${epilogue.wgsl}
@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) group : vec3u,
  @builtin(num_workgroups) groups : vec3u,
  @builtin(local_invocation_index) lane : u32,
) {
  let flat = group.y * groups.x + group.x;
  if (flat >= u.groups) { return; } // the whole workgroup
  let panel = flat / u.rowGroups;
  let z = panel / u.columnGroups;
  let batch = z / u.parts;
  let row0 = (flat % u.rowGroups) * ${high}u;
  let column0 = (panel % u.columnGroups) * ${wide}u;
  let x = lane % ${across}u;
  let y = lane / ${across}u;${PLACES}
  let first = (z % u.parts) * u.part;
  let last = min(first + u.part, u.inner);
  ${lines.start.join("\n  ")}
  for (var step = first; step < last; step += ${depth}u) {
    ${copyTile("a", high, depth, threads, a, type)}
    ${copyTile("b", wide, depth, threads, b, type)}
    workgroupBarrier();
    for (var k = 0u; k < ${depth}u; k++) {
      ${lines.step.join("\n      ")}
    }
    workgroupBarrier();
  }
  // a loop here, and an array only now: written out, it would be most of what the driver compiles
  var sums = array<vec4f, ${rows * vectors.length}>(${
      range(rows).flatMap((i) => vectors.map((j) => `s${i}_${j}`)).join(", ")
    });
  for (var i = 0u; i < ${rows * columns}u; i++) {
    let r = row0 + y + (i / ${columns}u) * ${down}u;
    let c = column0 + x + (i % ${columns}u) * ${across}u;
    if (r < u.rows && c < u.columns) {
      finish(
        outAt + r * u.outRow + c * u.outColumn,
        r * u.biasRow + c * u.biasColumn,
        sums[i / 4u][i % 4u],
      );
    }
  }
}
`,
  };
}
