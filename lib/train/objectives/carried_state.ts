import type { TokenBatch } from "../../data/mod.ts";
import { type CausalLM, KVCache } from "../../nn/mod.ts";
import { softmaxCrossEntropy, softmaxCrossEntropyRows } from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { Scalar } from "../../tensor/mod.ts";
import { nextToken, type Objective } from "../objectives.ts";

/** A next-token loss of a model whose state goes on from batch to batch; it owns the state, and is held with `using`. */
export interface CarriedNextToken extends Objective<CausalLM, TokenBatch>, Disposable {
  /** Forgets the state: the next batch begins from nothing, as at the start of another text. */
  reset(): void;
}

/**
 * Makes the objective of truncated back-propagation through time: in training, the state that a recurrent model had at the
 * end of a batch is where it begins the next, and gradients end at the start of a batch.
 *
 * Row `b` of a batch must go on where row `b` of the one before ended, as those of `TextStreams` do. In evaluation each
 * batch begins from nothing, as with `nextToken`.
 *
 * @returns The objective; for models whose cache is a state, such as `RNNLM`.
 * @see Williams and Peng, 1990, "An Efficient Gradient-Based Algorithm for On-Line Training of Recurrent Network
 *   Trajectories", https://doi.org/10.1162/neco.1990.2.4.490
 */
export function carriedNextToken(): CarriedNextToken {
  const cache = new KVCache();
  const logits = (model: CausalLM, { inputs }: TokenBatch) =>
    model.forward(inputs, model.training ? { cache } : {});
  const loss = (model: CausalLM, batch: TokenBatch) =>
    softmaxCrossEntropy(logits(model, batch), batch.targets);
  const { count, tokens } = nextToken;
  return Object.assign(loss, {
    sum: (model: CausalLM, batch: TokenBatch) =>
      tf.sum(softmaxCrossEntropyRows(logits(model, batch), batch.targets)) as Scalar,
    ...(count && { count }),
    ...(tokens && { tokens }),
    reset: () => cache.clear(),
    [Symbol.dispose]: () => cache[Symbol.dispose](),
  });
}
