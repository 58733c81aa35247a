/**
 * The GPT that contenders train: its weights, batches and operations, the same in every process.
 *
 * @module
 */

/** The sizes of a GPT and of its batches, and how it is trained. */
export type GPTTask = {
  /** Blocks. */
  layers: number;
  /** Heads in each block. */
  heads: number;
  /** Width of a token's vector. */
  width: number;
  /** Tokens in a sequence. */
  context: number;
  /** Sequences in a batch. */
  batch: number;
  /** Different tokens. */
  vocab: number;
  /** Whether linear layers and norms add a bias. */
  bias: boolean;
  /** How GELU is computed. */
  gelu: "tanh" | "none";
  /** The optimizer's numbers; `clip` is the longest gradient. */
  recipe: { lr: number; beta1: number; beta2: number; eps: number; decay: number; clip?: number };
};

/** The 2-layer GPT of 8 × 64 tokens, trained with plain Adam. */
export const SMALL: GPTTask = {
  layers: 2,
  heads: 4,
  width: 64,
  context: 64,
  batch: 8,
  vocab: 65,
  bias: true,
  gelu: "tanh",
  recipe: { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-7, decay: 0 },
};

/** nanoGPT's configuration for a CPU, with its AdamW and clipping. */
export const NANO: GPTTask = {
  layers: 4,
  heads: 4,
  width: 128,
  context: 64,
  batch: 12,
  vocab: 65,
  bias: false,
  gelu: "none",
  recipe: { lr: 1e-3, beta1: 0.9, beta2: 0.99, eps: 1e-8, decay: 0.1, clip: 1 },
};

/** A weight's shape and values. */
export interface Weight {
  /** Its shape. */
  shape: number[];
  /** Its values, row by row. */
  values: Float32Array<ArrayBuffer>;
}

/** A generator of numbers in [0, 1) that is the same in every language: x ← 1664525 x + 1013904223 mod 2³². */
export function numbers(seed: number): () => number {
  let x = seed >>> 0;
  return () => (x = (Math.imul(x, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** The first weights by name, in Tome's names and layouts: matrices are [out, in]. */
export function firstWeights(task: GPTTask): Map<string, Weight> {
  const { layers, width: C, context, vocab, bias } = task;
  const next = numbers(1);
  const found = new Map<string, Weight>();
  const random = (name: string, shape: number[], size = 0.02) => {
    const length = shape.reduce((a, b) => a * b, 1);
    const values = Float32Array.from({ length }, () => size * Math.sqrt(12) * (next() - 0.5));
    found.set(name, { shape, values });
  };
  const norm = (name: string) => {
    found.set(`${name}.weight`, { shape: [C], values: new Float32Array(C).fill(1) });
    if (bias) found.set(`${name}.bias`, { shape: [C], values: new Float32Array(C) });
  };
  const linear = (name: string, out: number, into: number) => {
    random(`${name}.weight`, [out, into]);
    if (bias) found.set(`${name}.bias`, { shape: [out], values: new Float32Array(out) });
  };
  random("tokens.weight", [vocab, C]);
  random("positions.weight", [context, C]);
  for (let k = 0; k < layers; k++) {
    norm(`blocks.${k}.norm1`);
    linear(`blocks.${k}.attn.qkv`, 3 * C, C);
    linear(`blocks.${k}.attn.proj`, C, C);
    norm(`blocks.${k}.norm2`);
    linear(`blocks.${k}.mlp.fc`, 4 * C, C);
    linear(`blocks.${k}.mlp.proj`, C, 4 * C);
  }
  norm("norm");
  return found;
}

/** Batches of token ids, each with the id that follows; the next depends on the last, so that there is something to learn. */
export function* batches(task: GPTTask): Generator<{ inputs: Int32Array; targets: Int32Array }> {
  const { batch, context, vocab } = task;
  const next = numbers(2);
  while (true) {
    const inputs = new Int32Array(batch * context);
    const targets = new Int32Array(batch * context);
    for (let row = 0; row < batch; row++) {
      let id = Math.floor(next() * vocab);
      for (let t = 0; t < context; t++) {
        inputs[row * context + t] = id;
        id = (3 * id + Math.floor(next() * 4)) % vocab;
        targets[row * context + t] = id;
      }
    }
    yield { inputs, targets };
  }
}

/** Operations of matrix products in a training step: forward, and twice that backward. */
export function stepFlops({ layers, width, context, batch, vocab }: GPTTask): number {
  const perToken = 2 * (layers * 12 * width ** 2 + vocab * width) + layers * 4 * context * width;
  return 3 * batch * context * perToken;
}
