import { randomNormal, type Tensor, type Variable } from "../tensor/mod.ts";
import { embedding, linear } from "../ops/mod.ts";
import { Module, parameter } from "./module.ts";

/** How an {@link Embedding} is made. */
export interface EmbeddingOptions {
  /** Standard deviation of the initial vectors. @default {0.02} */
  std?: number;
}

/** A table of vectors, one for each id. */
export class Embedding extends Module {
  /** The table, `[numEmbeddings, embedDim]`. */
  readonly weight: Variable;

  /**
   * Makes a table of small random vectors.
   *
   * @param numEmbeddings The number of ids.
   * @param embedDim The length of a vector.
   */
  constructor(numEmbeddings: number, embedDim: number, { std = 0.02 }: EmbeddingOptions = {}) {
    super();
    this.weight = parameter(() => randomNormal([numEmbeddings, embedDim], 0, std));
  }

  /**
   * Looks up the vectors of ids.
   *
   * @param ids `[...]`, int32, each below `numEmbeddings`.
   * @returns `[..., embedDim]`
   */
  forward(ids: Tensor): Tensor {
    return embedding(this.weight, ids);
  }

  /**
   * Compares with every vector, as the last layer of a language model whose weights are tied does.
   *
   * @param x `[..., embedDim]`
   * @param bias What is added, `[numEmbeddings]`. @default {nothing}
   * @returns The products with each vector, `[..., numEmbeddings]`
   */
  logits(x: Tensor, bias?: Tensor): Tensor {
    return linear(x, this.weight, bias);
  }
}
