import { multiplyOnHeap, type WasmBackend } from "../tensor/heap_product.ts";
import * as tf from "../tensor/_tf.ts";
import { checkShape, type Shape, type Tensor } from "../tensor/mod.ts";
import { defineKernel, type GpuProgram } from "./_define.ts";
import { parameterGradients } from "./linear.ts";
import { CELLS, type RecurrentCell } from "./recurrent_cells.ts";
import cellWgsl from "./recurrent_cell.wgsl" with { type: "text" };
import gradWgsl from "./recurrent_grad.wgsl" with { type: "text" };
import wgsl from "./recurrent.wgsl" with { type: "text" };

/** How {@link recurrent} is computed. */
export interface RecurrentOptions {
  /** The state before the first step, `[S, B, H]`. @default {zeros} */
  state?: Tensor;
  /** 1 where a step counts, and 0 where it leaves the state as it is, `[B, T]`, int32. @default {all 1} */
  mask?: Tensor;
  /** Whether the steps are made from the last to the first. @default {false} */
  reverse?: boolean;
}

interface Attrs {
  cell: RecurrentCell;
  reverse: boolean;
}

type Forward = "x_" | "weight" | "bias" | "state" | "mask";
type Backward = "dy" | "kept" | "dlast" | "weight" | "mask";

/** Steps, rows of the batch, and units, of what comes from the input, `[T, B, G H]`. */
function sizes([T, B, width]: Shape, { cell }: Attrs): { T: number; B: number; H: number } {
  return { T: T!, B: B!, H: width! / CELLS[cell].gates };
}

/** `C += A B` or `C += A Bᵀ`, all three whole arrays in the memory of the cpu or of the wasm device. */
function addProduct(
  [a, b, c]: readonly [Float32Array, Float32Array, Float32Array],
  [m, n, k]: readonly [number, number, number],
  transposeB: boolean,
): void {
  if (tf.getBackend() === "wasm") {
    const backend = tf.backend() as WasmBackend;
    const at = { a: a.byteOffset, b: b.byteOffset, c: c.byteOffset };
    multiplyOnHeap({ ...at, m, n, k, transposeA: false, transposeB, accumulate: true, backend });
    return;
  }
  for (let row = 0; row < m; row++) {
    for (let j = 0; transposeB && j < n; j++) {
      let sum = c[row * n + j]!;
      for (let i = 0; i < k; i++) sum += a[row * k + i]! * b[j * k + i]!;
      c[row * n + j] = sum;
    }
    for (let i = 0; !transposeB && i < k; i++) {
      const factor = a[row * k + i]!;
      for (let j = 0; j < n; j++) c[row * n + j]! += factor * b[i * n + j]!;
    }
  }
}

/** The number of each step of `T`, in the order in which they are made. */
export function stepsOf(T: number, reverse: boolean): number[] {
  return Array.from({ length: T }, (_, i) => reverse ? T - 1 - i : i);
}

/** What both programs on the GPU have in front. */
function program(
  { cell, reverse }: Attrs,
  { T, B, H }: ReturnType<typeof sizes>,
  functions: string,
): Pick<GpuProgram, "wgsl" | "constants" | "uniforms" | "launch" | "workgroup"> {
  const { gates, states, keeps, wgsl } = CELLS[cell];
  return {
    wgsl: `${cellWgsl}\n${wgsl}\n${functions}`,
    constants: {
      GATES: gates,
      STATES: states,
      KEEPS: keeps,
      REVERSE: Number(reverse),
      RELU: Number(cell === "relu"),
      THREADS: threadsOf(H), // the size of a workgroup is part of the program
    },
    uniforms: Object.entries({ steps: T, batch: B, hidden: H }).map(
      ([name, value]) => ({ name, type: "i32", value }),
    ),
    launch: B,
    workgroup: threadsOf(H),
  };
}

/** A thread for each unit, as many as every adapter allows. */
const threadsOf = (H: number) => Math.min(256, Math.max(32, 2 ** Math.ceil(Math.log2(H))));

const countsIf = (masked: boolean) =>
  `fn counts(t : i32, b : i32) -> bool { return ${
    masked ? "mask[b * uniforms.steps + t] != 0" : "true"
  }; }\n`;

/** The gradients of x, of the first state, and, where they differ from x's, of what came from the state. */
function defineDerivative<Name extends Backward>(name: string, inputs: readonly Name[]) {
  return defineKernel<Name, Attrs>({
    name,
    inputs,
    outputs(given, attrs) {
      const { dy, dlast } = given as Record<string, Shape>;
      const { gates, split } = CELLS[attrs.cell];
      const wide = [dy![0]!, dy![1]!, gates * dy![2]!];
      return [wide, dlast!, ...(split ? [wide] : [])];
    },
    host(arrays, [dx, dstate, own], attrs, shapes) {
      const { dy, kept, dlast, weight, mask } = arrays as unknown as Record<string, Float32Array>;
      const [T, B, H] = (shapes as Record<string, Shape>).dy as [number, number, number];
      const { gates: G, keeps: K, states, back } = CELLS[attrs.cell];
      const ds = own ?? dx!;
      dstate!.set(dlast!);
      const [W, rest, R] = [G * H, B * G * H, (K - G) * H];
      const dh = dstate!.subarray(0, B * H);
      const step = (of: Float32Array, t: number) => of.subarray(t * B * W, (t + 1) * B * W);
      for (const t of stepsOf(T, !attrs.reverse)) {
        for (let i = 0; i < B * H; i++) dh[i]! += dy![t * B * H + i]!;
        for (let b = 0; b < B; b++) {
          const [at, to] = [(t * B + b) * W, b * H];
          if (mask && mask[b * T + t] === 0) {
            dx!.fill(0, at, at + W);
            ds.fill(0, at, at + W);
            continue;
          }
          const old = t * B * K * H;
          back({
            gates: kept!.subarray(old + b * W, old + (b + 1) * W),
            rest: kept!.subarray(old + rest + b * R, old + rest + (b + 1) * R),
            dh: dstate!.subarray(to, to + H),
            dc: dstate!.subarray((states - 1) * B * H + to, (states - 1) * B * H + to + H),
            dx: dx!.subarray(at, at + W),
            ds: ds.subarray(at, at + W),
          }, H);
        }
        addProduct([step(ds, t), weight!, dh], [B, H, W], false);
      }
    },
    gpu(infos, attrs, run) {
      const { dy, dlast, mask } = infos as Record<string, tf.TensorInfo>;
      const [T, B, H] = dy!.shape as [number, number, number];
      const { gates, split } = CELLS[attrs.cell];
      const wide = [T, B, gates * H];
      const own = split ? "ds" : "result";
      const functions = `${countsIf(mask !== undefined)}
fn hidden(i : i32) -> f32 { return ${own}[i]; }
fn setHidden(i : i32, v : f32) { ${split ? "ds[i] = v;" : ""} }
${gradWgsl}`;
      return run.all({
        name: `${name}_${attrs.cell}`,
        ...program(attrs, { T, B, H }, functions),
        inputs: [...inputs],
        outShape: wide,
        further: { dstate: dlast!.shape, ...(split ? { ds: wide } : {}) },
      }, inputs.map((input) => infos[input]));
    },
  });
}

const derivative = defineDerivative("RecurrentGrad", ["dy", "kept", "dlast", "weight"]);
const maskedDerivative = defineDerivative("MaskedRecurrentGrad", [
  "dy",
  "kept",
  "dlast",
  "weight",
  "mask",
]);

/** Gives what the gradient keeps, the hidden states, and the last state. */
function define<Name extends Forward>(name: string, inputs: readonly Name[]) {
  return defineKernel<Name, Attrs>({
    name,
    inputs,
    outputs(given, attrs) {
      const { x_, state } = given as Record<string, Shape>;
      const { T, B, H } = sizes(x_!, attrs);
      return [[T, B, H], [T, CELLS[attrs.cell].keeps * B * H], state!];
    },
    host(arrays, [y, kept, last], attrs, shapes) {
      const { x_, weight, bias, state, mask } = arrays as unknown as Record<string, Float32Array>;
      const { T, B, H } = sizes((shapes as Record<string, Shape>).x_!, attrs);
      const { gates: G, keeps: K, states, step } = CELLS[attrs.cell];
      const [W, R] = [G * H, (K - G) * H];
      last!.set(state!);
      const memory = last!.subarray((states - 1) * B * H);
      let before = state!.subarray(0, B * H);
      for (const t of stepsOf(T, attrs.reverse)) {
        const old = t * B * K * H;
        const gates = kept!.subarray(old, old + B * W);
        for (let b = 0; b < B; b++) gates.set(bias!, b * W);
        addProduct([before, weight!, gates], [B, W, H], true);
        const after = y!.subarray(t * B * H, (t + 1) * B * H);
        for (let b = 0; b < B; b++) {
          const [from, to, at] = [b * H, (b + 1) * H, (t * B + b) * W];
          if (mask && mask[b * T + t] === 0) {
            after.set(before.subarray(from, to), from);
            continue;
          }
          step({
            x: x_!.subarray(at, at + W),
            gates: gates.subarray(b * W, (b + 1) * W),
            rest: kept!.subarray(old + B * W + b * R, old + B * W + (b + 1) * R),
            before: before.subarray(from, to),
            after: after.subarray(from, to),
            memory: memory.subarray(from, to),
          }, H);
        }
        before = after;
      }
      last!.set(before);
    },
    gpu(infos, attrs, run) {
      const { x_, weight, state, mask } = infos as Record<string, tf.TensorInfo>;
      const { T, B, H } = sizes(x_!.shape, attrs);
      const turned = transposed(weight!);
      const functions = `${countsIf(mask !== undefined)}${wgsl}`;
      const outputs = run.all(
        {
          name: `${name}_${attrs.cell}`,
          ...program(attrs, { T, B, H }, functions),
          inputs: [...inputs],
          outShape: [T, B, H],
          further: { kept: [T, CELLS[attrs.cell].keeps * B * H], last: state!.shape },
        },
        inputs.map((input) => input === "weight" ? turned : infos[input]),
      );
      tf.backend().disposeData(turned.dataId);
      return outputs;
    },
    saves: { inputs: inputs.filter((input) => input !== "x_" && input !== "bias"), outputs: 2 },
    gradient(dy, given, attrs, y, [, , dlast], [, kept]) {
      const { weight, state, mask } = given as Record<string, Tensor>;
      const known = { dy, kept: kept!, dlast: dlast!, weight: weight! };
      const [dx, dstate, own] = mask
        ? maskedDerivative({ ...known, mask }, attrs)
        : derivative(known, attrs);
      const ds = own ?? dx!;
      const [T, B, H] = y.shape as [number, number, number];
      const first = tf.slice(state!, [0, 0, 0], [1, B, H]);
      const others = tf.slice(y, [attrs.reverse ? 1 : 0, 0, 0], [T - 1, B, H]);
      const before = T === 1
        ? first
        : tf.concat(attrs.reverse ? [others, first] : [first, others], 0);
      const parts = parameterGradients(
        tf.reshape(ds, [T * B, ds.shape[2]!]),
        tf.reshape(before, [T * B, H]),
      );
      return {
        x_: () => dx!,
        weight: parts.weight,
        bias: parts.bias,
        state: () => dstate!,
      } as Partial<Record<Name, () => Tensor>>;
    },
  });
}

const whole = define("Recurrent", ["x_", "weight", "bias", "state"]);
const masked = define("MaskedRecurrent", ["x_", "weight", "bias", "state", "mask"]);

/** A matrix with its axes swapped, which the caller frees. */
function transposed(x: tf.TensorInfo): tf.TensorInfo {
  return tf.getKernel("Transpose", "webgpu")!.kernelFunc({
    inputs: { x },
    attrs: { perm: [1, 0] },
    backend: tf.backend(),
  }) as tf.TensorInfo;
}

/**
 * All steps of a recurrent layer, one after another, in one program on the GPU, and one on the way back.
 *
 * `s_t = W h_{t−1} + b`, and of `x_t` and `s_t` the cell makes the next state:
 *
 * - `"tanh"`, `"relu"`: `h = f(x + s)`
 * - `"lstm"`: `i, f, o = σ(x + s)`, `g = tanh(x + s)`, `c_t = f c_{t−1} + i g`, `h = o tanh(c)`; gates in the order i, f, g, o
 * - `"gru"`: `r, z = σ(x + s)`, `n = tanh(x + r s)`, `h_t = (1 − z) n + z h_{t−1}`; gates in the order r, z, n
 *
 * These are PyTorch's cells. Time comes first, as each step needs the one before whole.
 *
 * @param cell What a step does.
 * @param x What comes from the input, already multiplied by its matrix: `[T, B, G H]`, float32.
 * @param weight `[G H, H]`
 * @param bias `[G H]`
 * @returns The hidden states, `[T, B, H]`; and the last state, `[S, B, H]`: the hidden one and, of an LSTM, its memory.
 * @throws {ShapeError} If the shapes do not fit together.
 * @see Hochreiter and Schmidhuber, 1997, "Long Short-Term Memory", https://doi.org/10.1162/neco.1997.9.8.1735
 * @see Cho et al., 2014, "Learning Phrase Representations using RNN Encoder–Decoder", https://arxiv.org/abs/1406.1078
 */
export function recurrent(
  cell: RecurrentCell,
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  { state, mask, reverse = false }: RecurrentOptions = {},
): { output: Tensor; state: Tensor } {
  const { gates, states } = CELLS[cell];
  const H = weight.shape[1]!;
  const what = `run ${cell} cells`;
  checkShape(what, "weight", weight, [gates * H, -1]);
  checkShape(what, "bias", bias, [gates * H]);
  checkShape(what, "x", x, [-1, -1, gates * H]);
  const [T, B] = x.shape as [number, number];
  if (state) checkShape(what, "state", state, [states, B, H]);
  if (mask) checkShape(what, "mask", mask, [B, T]);
  const first = state ?? tf.zeros([states, B, H]);
  if (T === 0) return { output: tf.zeros([0, B, H]), state: first };
  const inputs = { x_: x, weight, bias, state: first };
  const [output, , last] = mask
    ? masked({ ...inputs, mask: tf.cast(mask, "int32") }, { cell, reverse })
    : whole(inputs, { cell, reverse });
  return { output: output!, state: last! };
}
