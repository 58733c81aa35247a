/**
 * The GPT step in jax-js: one jitted function of loss, gradients and Adam, written with its public functions.
 *
 * @module
 */
import {
  type Array,
  blockUntilReady,
  jit,
  nn,
  numpy as np,
  valueAndGrad,
} from "npm:@jax-js/jax@0.1.25";
import type { SetUp } from "../contender.ts";
import { startJax } from "./jax.ts";
import { batches, firstWeights, type GPTTask } from "../gpt.ts";

type Params = Record<string, Array>;

/** Functions of jax-js take their arguments away; what is used again is passed as `.ref`. */
function linear(x: Array, p: Params, name: string): Array {
  const y = np.matmul(x, np.transpose(p[`${name}.weight`]!.ref));
  return p[`${name}.bias`] ? y.add(p[`${name}.bias`]!.ref) : y;
}

function norm(x: Array, p: Params, name: string): Array {
  const y = nn.standardize(x, -1, { epsilon: 1e-5 }).mul(p[`${name}.weight`]!.ref);
  return p[`${name}.bias`] ? y.add(p[`${name}.bias`]!.ref) : y;
}

/** The loss; takes `ids` and `targets` away, and the parameters' own references. */
function lossOf(task: GPTTask) {
  const { layers, heads, width: C, context: T, batch: B, vocab, gelu } = task;
  const D = C / heads;
  return (p: Params, ids: Array, targets: Array): Array => {
    let x = np.matmul(nn.oneHot(ids, vocab), p["tokens.weight"]!.ref).add(
      p["positions.weight"]!.ref,
    );
    for (let k = 0; k < layers; k++) {
      const at = `blocks.${k}`;
      const qkv = linear(norm(x.ref, p, `${at}.norm1`), p, `${at}.attn.qkv`)
        .reshape([B, T, 3, heads, D]);
      const [q, key, v] = [0, 1, 2].map((i) => {
        const part = np.split(i < 2 ? qkv.ref : qkv, 3, 2);
        part.forEach((other, j) => j !== i && other.dispose());
        return part[i]!.reshape([B, T, heads, D]);
      });
      const y = nn.dotProductAttention(q!, key!, v!, { isCausal: true }).reshape([B, T, C]);
      x = x.add(linear(y, p, `${at}.attn.proj`));
      const hidden = linear(norm(x.ref, p, `${at}.norm2`), p, `${at}.mlp.fc`);
      x = x.add(linear(nn.gelu(hidden, { approximate: gelu === "tanh" }), p, `${at}.mlp.proj`));
    }
    const logits = np.matmul(norm(x, p, "norm"), np.transpose(p["tokens.weight"]!.ref));
    const picked = nn.logSoftmax(logits).mul(nn.oneHot(targets, vocab));
    Object.values(p).forEach((each) => each.dispose());
    return picked.sum().mul(-1 / (B * T));
  };
}

/** The step as one function; `t` counts from 1. */
function stepOf(task: GPTTask) {
  const { lr, beta1, beta2, eps, decay, clip } = task.recipe;
  const gradient = valueAndGrad(lossOf(task));
  return (p: Params, m: Params, v: Params, ids: Array, targets: Array, t: Array) => {
    const refs = Object.fromEntries(Object.entries(p).map(([k, x]) => [k, x.ref]));
    const [loss, g] = gradient(refs, ids, targets) as unknown as [Array, Params];
    let scale: Array | undefined;
    if (clip !== undefined) {
      const squares = Object.values(g).map((x) => np.square(x.ref).sum());
      const length = np.sqrt(squares.reduce((a, b) => a.add(b)));
      scale = np.minimum(np.reciprocal(length.add(1e-6)).mul(clip), 1);
    }
    const [one, two] = [
      np.subtract(1, np.exp(t.ref.mul(Math.log(beta1)))),
      np.subtract(1, np.exp(t.mul(Math.log(beta2)))),
    ];
    const next = { p: {} as Params, m: {} as Params, v: {} as Params };
    for (const name of Object.keys(p)) {
      const grad = scale ? g[name]!.mul(scale.ref) : g[name]!;
      next.m[name] = m[name]!.mul(beta1).add(grad.ref.mul(1 - beta1));
      next.v[name] = v[name]!.mul(beta2).add(np.square(grad).mul(1 - beta2));
      const mean = np.divide(next.m[name]!.ref, one.ref);
      const root = np.sqrt(np.divide(next.v[name]!.ref, two.ref)).add(eps);
      next.p[name] = p[name]!.mul(1 - lr * decay).sub(np.divide(mean, root).mul(lr));
    }
    scale?.dispose();
    one.dispose();
    two.dispose();
    return { loss, ...next };
  };
}

async function setUp(device: "webgpu" | "wasm", task: GPTTask) {
  const facts = await startJax(device);
  const step = jit(stepOf(task));
  const weights = firstWeights(task);
  const make = (zero: boolean): Params =>
    Object.fromEntries([...weights].map(([name, { shape, values }]) => [
      name,
      np.array(zero ? new Float32Array(values.length) : values, { shape }),
    ]));
  let state = { p: make(false), m: make(true), v: make(true) };
  const source = batches(task);
  const shape = [task.batch, task.context];
  let t = 0;
  return {
    facts,
    async run(units: number) {
      const losses: Array[] = [];
      for (let i = 0; i < units; i++) {
        const { inputs, targets } = source.next().value!;
        const { loss, ...next } = step(
          state.p,
          state.m,
          state.v,
          np.array(inputs, { shape, dtype: np.int32 }),
          np.array(targets, { shape, dtype: np.int32 }),
          np.array(++t, { dtype: np.float32 }),
        ) as ReturnType<ReturnType<typeof stepOf>>;
        state = next;
        losses.push(loss);
      }
      await blockUntilReady(Object.values(state.p).map((x) => x));
      const read: number[] = [];
      for (const loss of losses) read.push((await loss.data())[0] as number);
      return read;
    },
  };
}

/** On WebGPU. */
export const webgpu: SetUp<GPTTask> = (task) => setUp("webgpu", task);

/** On WebAssembly. */
export const wasm: SetUp<GPTTask> = (task) => setUp("wasm", task);
