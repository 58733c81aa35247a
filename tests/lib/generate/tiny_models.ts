import { type CausalLM, type ForwardOptions, Module, parameter } from "@tome/tome/nn";
import { randomNormal, Rng, type Tensor, type Variable } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";

/** One layer of causal attention with learned positions: small, random, and wrong if its cache is. */
export class TinyAttention extends Module implements CausalLM {
  readonly tokens: Variable;
  readonly positions: Variable;
  readonly query: Variable;
  readonly key: Variable;
  readonly value: Variable;
  readonly out: Variable;
  /** The number of tokens that the model was given in all. */
  given = 0;
  /** Whether some forward pass ran as in training. */
  sawTraining = false;

  constructor(readonly vocabSize: number, readonly contextLength: number, seed = 1) {
    super();
    const rng = new Rng(seed);
    const random = (...shape: number[]) => parameter(() => randomNormal(shape, 0, 0.7, { rng }));
    this.tokens = random(vocabSize, 8);
    this.positions = random(contextLength, 8);
    [this.query, this.key, this.value] = [random(8, 8), random(8, 8), random(8, 8)];
    this.out = random(8, vocabSize);
  }

  forward(ids: Tensor, { cache, lastOnly = false }: ForwardOptions = {}): Tensor {
    const [B, T] = ids.shape as [number, number];
    const past = cache?.length ?? 0;
    if (past + T > this.contextLength) throw new RangeError("The context is full");
    this.given += B * T;
    this.sawTraining ||= this.training;
    const x = tf.add(
      tf.gather(this.tokens, ids as tf.Tensor2D),
      tf.slice(this.positions, [past, 0], [T, 8]),
    ); // [B, T, 8]
    const heads = (w: Variable) =>
      tf.transpose(
        tf.reshape(tf.matMul(tf.reshape(x, [-1, 8]), w as tf.Tensor2D), [B, T, 2, 4]),
        [0, 2, 1, 3],
      ); // [B, 2, T, 4]
    let [keys, values] = [heads(this.key), heads(this.value)] as [Tensor, Tensor];
    if (cache) ({ keys, values } = cache.append(0, keys, values));
    const S = keys.shape[2]!;
    const mask = tf.tensor2d(
      Array.from(
        { length: T },
        (_, t) => Array.from({ length: S }, (_, s) => s > S - T + t ? -1e9 : 0),
      ),
      [T, S],
    );
    const weights = tf.softmax(tf.add(tf.matMul(heads(this.query), keys, false, true), mask));
    const y = tf.reshape(tf.transpose(tf.matMul(weights, values), [0, 2, 1, 3]), [-1, 8]);
    const z = tf.add(y, tf.reshape(x, [-1, 8]));
    const logits = tf.reshape(tf.matMul(z, this.out as tf.Tensor2D), [B, T, this.vocabSize]);
    return lastOnly ? tf.slice(logits, [0, T - 1, 0], [B, 1, this.vocabSize]) : logits;
  }
}

/** A chain in which the logits of the next token depend on the last one only. */
export class Table extends Module implements CausalLM {
  readonly table: Variable;
  readonly vocabSize: number;
  readonly contextLength = 64;

  constructor(rows: number[][]) {
    super();
    this.vocabSize = rows.length;
    this.table = parameter(() => tf.tensor2d(rows));
  }

  forward(ids: Tensor, { lastOnly = false }: ForwardOptions = {}): Tensor {
    const wanted = lastOnly ? tf.slice(ids, [0, ids.shape[1]! - 1], [ids.shape[0]!, 1]) : ids;
    return tf.gather(this.table, wanted as tf.Tensor2D);
  }
}
