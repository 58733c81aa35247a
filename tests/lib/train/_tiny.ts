import { type CausalLM, Dropout, Embedding, Linear, Module } from "@tome/tome/nn";
import { AdamW, cosineWithMinLr, type Optimizer } from "@tome/tome/optim";
import { Rng, type RngState, type Tensor } from "@tome/tome/tensor";
import type { TokenBatch } from "@tome/tome/data";
import * as tf from "../../../lib/tensor/_tf.ts";

/** A language model that looks at one token only; small, with dropout, so that random numbers matter. */
export class TinyLM extends Module implements CausalLM {
  readonly vocabSize = 11;
  readonly contextLength = 8;
  readonly tokens = new Embedding(11, 8, { std: 0.5 });
  readonly dropout: Dropout;
  readonly hidden = new Linear(8, 12, { std: 0.3 });
  readonly head = new Linear(12, 11, { std: 0.3 });

  constructor(dropout = 0.1) {
    super();
    this.dropout = new Dropout(dropout);
  }

  forward(ids: Tensor): Tensor {
    const x = this.dropout.forward(this.tokens.forward(ids)); // [B, T, C]
    return this.head.forward(tf.tanh(this.hidden.forward(x))); // [B, T, V]
  }
}

/** A batch in which each token is followed by the next larger one, modulo 11. */
export function countingBatch(random: Rng, rows = 4, length = 8): TokenBatch {
  const first = Array.from({ length: rows }, () => random.int(11));
  const ids = (shift: number) =>
    tf.tensor2d(
      first.map((start) => Array.from({ length }, (_, t) => (start + t + shift) % 11)),
      [rows, length],
      "int32",
    );
  return { inputs: ids(0), targets: ids(1) };
}

/** Batches without end whose position can be saved. */
export class CountingBatches implements AsyncIterable<TokenBatch> {
  readonly #random: Rng;
  made = 0;

  constructor(seed: number) {
    this.#random = new Rng(seed);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TokenBatch> {
    while (true) {
      this.made++;
      yield await Promise.resolve(countingBatch(this.#random));
    }
  }

  state(): { random: RngState } {
    return { random: this.#random.state };
  }

  restore({ random }: { random: RngState }): void {
    this.#random.state = random;
  }
}

/** `count` batches, the same in each pass, whose position cannot be saved. */
export function finiteBatches(count: number, seed = 1): Iterable<TokenBatch> {
  return {
    *[Symbol.iterator]() {
      const random = new Rng(seed);
      for (let i = 0; i < count; i++) yield countingBatch(random);
    },
  };
}

/** The optimizer of the tests: every part of its state and of the schedule matters. */
export function tinyOptimizer(model: Module): Optimizer {
  return new AdamW(model.namedParameters(), {
    lr: cosineWithMinLr({ peak: 2e-2, warmup: 5, total: 100, minLr: 1e-4 }),
    weightDecay: 0.1,
  });
}

/** The bits of every parameter, by path. */
export async function bitsOf(model: Module): Promise<Record<string, string>> {
  const entries = [...model.namedParameters()].map(async ([name, parameter]) => {
    const values = Float32Array.from(await parameter.data());
    return [name, new Uint8Array(values.buffer).toHex()] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Runs a test with a folder of its own. */
export async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
