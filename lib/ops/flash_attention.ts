import * as tf from "../tensor/_tf.ts";
import { sizeOf, type Tensor } from "../tensor/mod.ts";
import { asFloat32, dispatch, type GPUBackend, type Program } from "../tensor/dispatch.ts";
import {
  type AttentionInputs,
  type AttentionSpec,
  broadcastsTo,
  defineAttention,
} from "./_attention_form.ts";
import { threshold } from "./dropout.ts";
import commonWgsl from "./flash_attention_common.wgsl" with { type: "text" };
import forwardWgsl from "./flash_attention.wgsl" with { type: "text" };
import queriesWgsl from "./flash_attention_queries.wgsl" with { type: "text" };
import rowsWgsl from "./flash_attention_rows.wgsl" with { type: "text" };
import keysWgsl from "./flash_attention_keys.wgsl" with { type: "text" };
import hashWgsl from "./hash.wgsl" with { type: "text" };

/** Threads of a workgroup, each of which has a query or a key. */
const BLOCK = 64;
/** Rows that a workgroup keeps at most; fewer where they would not fit into its memory. */
const MOST_ROWS = 32;
/** Vectors of four numbers that fit into a workgroup's memory on every device: 16 KiB. */
const ROOM = 1024;
/** The longest query and value. */
const LONGEST = 256;
/** Queries of a head below which most threads would have nothing to do. */
const FEWEST = 16;
const MAX_WORKGROUPS = 65535;

/** Whether {@link flashAttention} can take the tensors, and has queries enough. */
export function fitsFlash(q: Tensor, k: Tensor, v: Tensor, mask?: Tensor): boolean {
  if (tf.getBackend() !== "webgpu") return false;
  const [B, H, T, D] = q.shape as [number, number, number, number];
  return T >= FEWEST && D <= LONGEST && v.shape[3]! <= LONGEST &&
    q.size * k.size * v.size > 0 &&
    [q, k, v, mask ?? q].every(({ dtype }) => dtype === "float32") &&
    (!mask || broadcastsTo(mask.shape, [B, H, T, k.shape[2]!]));
}

/** A buffer of a program: its name there, and what is in it. */
interface Binding {
  name: string;
  tensor: Tensor;
  /** How the program sees it: rows of its last axis, read or written by fours, or numbers, read or changed. */
  as: "read" | "write" | "numbers" | "changed";
}

const read = (name: string, tensor: Tensor): Binding => ({ name, tensor, as: "read" });
const write = (name: string, tensor: Tensor): Binding => ({ name, tensor, as: "write" });

const programs = new Map<string, Program>();

/** Runs a program, with a thread for each row of `rows`. */
function run(
  name: string,
  body: string,
  bindings: Binding[],
  { q, k, v, mask }: AttentionInputs,
  { causal, scale, drops }: AttentionSpec,
  rows: Tensor,
): void {
  const backend = tf.backend() as unknown as GPUBackend;
  const [B, H, T, D] = q.shape as [number, number, number, number];
  const [, K, S] = k.shape as [number, number, number];
  const [D4, E4] = [Math.ceil(D / 4), Math.ceil(v.shape[3]! / 4)];
  const constants = {
    BLOCK,
    TILE: Math.min(MOST_ROWS, Math.floor(ROOM / (D4 + E4))),
    D4,
    E4,
    CAUSAL: Number(causal),
    DROPS: Number(drops.rate > 0),
  };
  const all: Binding[] = mask
    ? [...bindings, { name: "masks", tensor: mask, as: "numbers" }]
    : bindings;
  const key = JSON.stringify([name, D, v.shape[3], constants, mask !== undefined]);
  let program = programs.get(key);
  if (!program) {
    const code = [
      ...Object.entries(constants).map(([name, value]) => `const ${name} : u32 = ${value}u;`),
      UNIFORMS,
      ...all.map(declare),
      `@group(0) @binding(${all.length}) var<uniform> uniforms : Uniforms;`,
      `fn mask(i : u32) -> f32 { return ${mask ? "masks[i]" : "0.0"}; }`,
      hashWgsl,
      commonWgsl,
      body,
    ].join("\n");
    const writes = all.map(({ as }) => as === "write" || as === "changed");
    programs.set(key, program = { label: name, code, writes });
  }
  const floats = all.map(({ tensor }) => asFloat32(backend, tensor));
  const blocks = sizeOf(rows.shape.slice(0, 2)) * Math.ceil(rows.shape[2]! / BLOCK);
  dispatch(
    backend,
    program,
    floats.map(({ dataId }) => dataId),
    [blocks, H, H / K, T, S, ...stridesOf(mask, [B, H, T, S]), drops.seed],
    [scale, threshold(drops.rate), 1 / (1 - drops.rate)],
    Math.min(blocks, MAX_WORKGROUPS),
  );
  tf.dispose(floats.filter((x, i) => x !== all[i]!.tensor));
}

const UNIFORMS = `struct Uniforms {
  blocks : u32, H : u32, group : u32, T : u32, S : u32,
  maskB : u32, maskH : u32, maskT : u32, maskS : u32,
  seed : u32, scale : f32, threshold : f32, gain : f32,
}`;

/** Elements from one index to the next along each axis of `shape`; 0 where the mask broadcasts, or there is none. */
function stridesOf(mask: Tensor | undefined, shape: readonly number[]): number[] {
  const own = mask?.shape ?? [];
  return shape.map((_, axis) => {
    const at = axis - shape.length + own.length;
    return at < 0 || own[at] === 1 ? 0 : sizeOf(own.slice(at + 1));
  });
}

/** Declares a buffer, and how vectors of four are read from its rows or written to them; what is past a row's end is 0. */
function declare({ name, tensor, as }: Binding, binding: number): string {
  const access = as === "write" || as === "changed" ? "read_write" : "read";
  const length = tensor.shape.at(-1)!;
  const four = (as === "read" || as === "write") && length % 4 === 0;
  const buffer = as === "read" || as === "write" ? `${name}_data` : name;
  const type = four ? "vec4<f32>" : "f32";
  const lines = [
    `@group(0) @binding(${binding}) var<storage, ${access}> ${buffer} : array<${type}>;`,
  ];
  const parts = ["x", "y", "z", "w"].map((part, i) => ({
    part,
    at: `row * ${length}u + 4u * c + ${i}u`,
    inside: `4u * c + ${i}u < ${length}u`,
  }));
  if (as === "read") {
    lines.push(
      `fn ${name}(row : u32, c : u32) -> vec4<f32> {`,
      ...(four ? [`  return ${buffer}[row * ${length / 4}u + c];`] : [
        "  var value : vec4<f32>;",
        ...parts.map(({ part, at, inside }) =>
          `  if (${inside}) { value.${part} = ${buffer}[${at}]; }`
        ),
        "  return value;",
      ]),
      "}",
    );
  } else if (as === "write") {
    lines.push(
      `fn set_${name}(row : u32, c : u32, value : vec4<f32>) {`,
      ...(four ? [`  ${buffer}[row * ${length / 4}u + c] = value;`] : parts.map((
        { part, at, inside },
      ) => `  if (${inside}) { ${buffer}[${at}] = value.${part}; }`)),
      "}",
    );
  }
  return lines.join("\n");
}

function make(shape: number[]): Tensor {
  const backend = tf.backend();
  const info = (backend as unknown as GPUBackend).makeTensorInfo(shape, "float32");
  return tf.engine().makeTensorFromTensorInfo(info, backend);
}

/**
 * Attention on the GPU, without its weights ever being stored: one dispatch, and two for the gradient, which computes
 * them anew from each row's largest score and sum.
 *
 * @see Dao et al., 2022, "FlashAttention", https://arxiv.org/abs/2205.14135
 */
export const flashAttention = defineAttention({
  name: "FlashAttention",
  backends: ["webgpu"],
  forward(inputs, spec) {
    const { q, k, v } = inputs;
    const y = make([...q.shape.slice(0, 3), v.shape[3]!]);
    const rows = make([...q.shape.slice(0, 3), 3]);
    const bindings: Binding[] = [
      write("y", y),
      { name: "rows", tensor: rows, as: "changed" },
      ...[read("q", q), read("k", k), read("v", v)],
    ];
    run("apply flash attention", rowsWgsl + forwardWgsl, bindings, inputs, spec, q);
    return [y, rows];
  },
  backward(dy, inputs, [y, rows], spec) {
    const { q, k, v } = inputs;
    const [dq, dk, dv] = [make(q.shape), make(k.shape), make(v.shape)];
    // no device grants fewer than eight buffers, so what the first program finds goes where the second looks anyway
    const given = [read("q", q), read("k", k), read("v", v), read("dy", dy)];
    run(
      "differentiate flash attention by queries",
      rowsWgsl + queriesWgsl,
      [write("dq", dq), { name: "rows", tensor: rows!, as: "changed" }, ...given, read("y", y!)],
      inputs,
      spec,
      q,
    );
    run(
      "differentiate flash attention by keys",
      keysWgsl,
      [write("dk", dk), write("dv", dv), ...given, { name: "rows", tensor: rows!, as: "numbers" }],
      inputs,
      spec,
      k,
    );
    return [dq, dk, dv];
  },
});
