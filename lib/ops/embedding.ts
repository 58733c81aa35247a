import * as tf from "../tensor/_tf.ts";
import { checkShape, rowsOf, type Shape, ShapeError, sizeOf, type Tensor } from "../tensor/mod.ts";
import { type Live, valueOf } from "../tensor/live.ts";
import { defineKernel, type GpuProgram, seenAs } from "./_define.ts";
import gradWgsl from "./embedding_grad.wgsl" with { type: "text" };
import wgsl from "./embedding.wgsl" with { type: "text" };

/** How {@link embedding} is computed. */
export interface EmbeddingPositions {
  /** A vector for each position, `[P, C]`, added to the one of each id. @default {none} */
  positions?: Tensor;
  /** The position of the first id along the last axis; a function gives it anew when a recording is replayed. @default {0} */
  start?: Live;
}

interface Attrs {
  /** Rows of the table. */
  table: number;
  /** Rows of the positions; 0 if there are none. */
  places: number;
  /** Ids along the last axis. */
  tokens: number;
  start: Live;
}

/** The position of each row of ids: where it is along the last axis. */
const placeOf = `fn placeOf(r : i32) -> i32 { return uniforms.start + r % uniforms.tokens; }\n`;

const uniformsOf = ({ tokens, start }: Attrs): GpuProgram["uniforms"] => [
  { name: "tokens", type: "i32", value: tokens },
  { name: "start", type: "i32", value: start },
];

/** The positions' gradient: the rows `t, t + tokens, …` of `dy` belong to the place `start + t`. */
const ADD_UP = `fn addUp(place : i32, lane : i32, rows : i32, cols : i32) {
  if (place < 0 || place >= uniforms.dplacesShape[0]) { return; }
  let t = place - uniforms.start;
  let end = select(0, rows, t >= 0 && t < uniforms.tokens);
  for (var c = lane; c < cols; c += WORKGROUP) {
    var sum = 0.0;
    for (var r = t; r < end; r += uniforms.tokens) { sum += dy[r * cols + c]; }
    dplaces[place * cols + c] = sum;
  }
}`;

const derivative = defineKernel<"dy" | "ids", Attrs>({
  name: "EmbeddingGrad",
  inputs: ["dy", "ids"],
  outputs: ({ dy }, { table, places }) =>
    (places > 0 ? [table, places] : [table]).map((rows) => [rows, dy.at(-1)!]),
  host({ dy, ids }, [dtable, dplaces], { tokens, start }, shapes) {
    const first = valueOf(start);
    const cols = shapes.dy.at(-1)!;
    dtable!.fill(0);
    for (let r = 0, i = 0; r < ids.length; r++) {
      const to = ids[r]! * cols;
      for (let c = 0; c < cols; c++, i++) dtable![to + c]! += dy[i]!;
    }
    if (!dplaces) return;
    dplaces.fill(0);
    for (let r = 0, i = 0; r < ids.length; r++) {
      const to = (first + r % tokens) * cols;
      for (let c = 0; c < cols; c++, i++) dplaces[to + c]! += dy[i]!;
    }
  },
  gpu({ dy, ids }, attrs, run) {
    const { table, places } = attrs;
    const [rows, cols] = rowsOf(dy.shape);
    const workgroup = 256;
    const functions = places > 0
      ? ADD_UP
      : "fn addUp(place : i32, lane : i32, rows : i32, cols : i32) {}";
    return run.all({
      name: `embeddingGrad_${places > 0}`,
      wgsl: `${functions}\n${gradWgsl}`,
      inputs: ["dy", "ids"],
      outShape: [table, cols],
      ...(places > 0 ? { further: { dplaces: [places, cols] } } : {}),
      launch: table + places,
      workgroup,
      uniforms: uniformsOf(attrs),
      constants: { WORDS: workgroup / 32 },
    }, [seenAs(dy, [rows, cols]), seenAs(ids, [rows])]);
  },
});

function define<Names extends "weight" | "ids" | "positions">(
  name: string,
  inputs: readonly Names[],
) {
  return defineKernel<Names, Attrs>({
    name,
    inputs,
    outputs(shapes) {
      const { weight, ids } = shapes as Record<string, Shape>;
      return [[...ids!, weight![1]!]];
    },
    host(arrays, [y], { table, tokens, start }) {
      const first = valueOf(start);
      const { weight, ids, positions } = arrays as unknown as Record<string, Float32Array>;
      const cols = weight!.length / table;
      for (let r = 0, i = 0; r < ids!.length; r++) {
        const id = ids![r]!;
        if (!(id >= 0 && id < table)) {
          throw new RangeError(
            `Cannot look up rows as each id must be in 0…${table - 1}: current id ${r} is ${id}`,
          );
        }
        if (!positions) {
          y!.set(weight!.subarray(id * cols, (id + 1) * cols), r * cols);
          continue;
        }
        const [from, place] = [id * cols, (first + r % tokens) * cols];
        for (let c = 0; c < cols; c++, i++) y![i] = weight![from + c]! + positions[place + c]!;
      }
    },
    gpu(infos, attrs, run) {
      const { weight, ids, positions } = infos as Record<string, tf.TensorInfo>;
      const [rows, cols] = [sizeOf(ids!.shape), weight!.shape[1]!];
      const place = positions ? "positions[placeOf(r) * uniforms.weightShape[1] + c]" : "0.0";
      const y = run({
        name,
        wgsl: `${placeOf}fn place(r : i32, c : i32) -> f32 { return ${place}; }\n${wgsl}`,
        inputs: [...inputs],
        outShape: [rows, cols],
        launch: "elements",
        uniforms: uniformsOf(attrs),
      }, [weight!, seenAs(ids!, [rows]), ...(positions ? [positions] : [])]);
      return [seenAs(y, [...ids!.shape, cols])];
    },
    saves: { inputs: ["ids" as Names] },
    gradient(dy, kept, attrs) {
      const { ids } = kept as Record<string, Tensor>;
      const [dtable, dplaces] = derivative({ dy, ids: ids! }, attrs);
      return { weight: () => dtable!, positions: () => dplaces! } as Partial<
        Record<Names, () => Tensor>
      >;
    },
  });
}

const plain = define("Embedding", ["weight", "ids"]);
const positioned = define("PositionedEmbedding", ["weight", "ids", "positions"]);

/**
 * The rows of a table that ids name.
 *
 * `y_t = weight[ids_t] + positions[start + t]`
 *
 * @param weight The table, `[V, C]`, float32.
 * @param ids Row numbers, `[..., T]`, int32.
 * @returns `[..., T, C]`
 * @throws {TypeError} If `ids` is not int32.
 * @throws {RangeError} If an id is no row (on WebGPU, where values are not looked at, its vector is NaN), or a position is
 *   beyond the last.
 */
export function embedding(
  weight: Tensor,
  ids: Tensor,
  { positions, start = 0 }: EmbeddingPositions = {},
): Tensor {
  if (ids.dtype !== "int32") {
    throw new TypeError(`Cannot look up rows as ids must be int32: current dtype is ${ids.dtype}`);
  }
  checkShape("look up rows", "weight", weight, [-1, -1]);
  const [table, width] = weight.shape as [number, number];
  const tokens = ids.shape.at(-1) ?? 1;
  if (!positions) return plain({ weight, ids }, { table, places: 0, tokens, start: 0 })[0]!;
  checkShape("look up rows", "positions", positions, [-1, width]);
  const places = positions.shape[0]!;
  const first = valueOf(start);
  if (!(first >= 0 && first + tokens <= places)) {
    throw new ShapeError(
      `Cannot look up rows as there must be a position for each of ${tokens} ids from ${first} on: ` +
        `current number of positions is ${places}`,
      [first + tokens, width],
      positions.shape,
    );
  }
  return positioned({ weight, ids, positions }, { table, places, tokens, start })[0]!;
}

/** {@link embedding} in TensorFlow.js's own operations: the definition that tests compare with. */
export function embeddingReference(
  weight: Tensor,
  ids: Tensor,
  { positions, start = 0 }: EmbeddingPositions = {},
): Tensor {
  const rows = tf.gather(weight, ids);
  if (!positions) return rows;
  return tf.add(
    rows,
    tf.slice(positions, [valueOf(start), 0], [ids.shape.at(-1)!, positions.shape[1]!]),
  );
}
