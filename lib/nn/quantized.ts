import * as tf from "../tensor/_tf.ts";
import { ownVariable, type Tensor, type Variable } from "../tensor/mod.ts";
import {
  dequantizeRows,
  type QuantizedBits,
  quantizedLinear,
  type QuantizedRows,
  type QuantizeOptions,
  quantizeRows,
} from "../ops/mod.ts";
import type { Embedding } from "./embedding.ts";
import type { Linear } from "./linear.ts";
import { Module } from "./module.ts";

/** A matrix of weights in 8 or 4 bits a number, which no optimizer changes. */
export abstract class QuantizedModule extends Module {
  /** The integers, packed, int32; see {@link QuantizedRows.codes}. */
  readonly codes: Variable;
  /** What the integers of each group are multiplied by. */
  readonly scales: Variable;
  /** Bits of an integer. */
  readonly bits: QuantizedBits;
  /** The length of a row of the matrix. */
  readonly columns: number;

  /**
   * Takes over quantized rows.
   *
   * @param rows What {@link quantizeRows} made; its tensors are freed.
   */
  constructor({ codes, scales, bits, columns }: QuantizedRows) {
    super();
    this.codes = ownVariable(codes, false, "parameters");
    this.scales = ownVariable(scales, false, "parameters");
    this.bits = bits;
    this.columns = columns;
  }
}

/** A {@link Linear} with weights of 8 or 4 bits: `y = x Wᵀ + b`, with a gradient for `x` and the bias. */
export class QuantizedLinear extends QuantizedModule {
  /** Bias, `[outFeatures]`, as it was. */
  readonly bias?: Variable;

  /**
   * Takes over quantized weights.
   *
   * @param rows The weights; their tensors are freed.
   * @param bias `[outFeatures]`, owned from now on; none adds nothing.
   */
  constructor(rows: QuantizedRows, bias?: Variable) {
    super(rows);
    if (bias) this.bias = bias;
  }

  /** Length of the last axis of the input. */
  get inFeatures(): number {
    return this.columns;
  }

  /** Length of the last axis of the output. */
  get outFeatures(): number {
    return this.codes.shape[0]!;
  }

  /** Two operations a weight of the matrix. */
  override get flopsPerToken(): number {
    return 2 * this.outFeatures * this.inFeatures;
  }

  /**
   * Quantizes the weights of a layer, and takes over its bias.
   *
   * @param layer The layer, whose `weight` its owner disposes afterwards.
   * @param options Bits and groups.
   */
  static async from(
    layer: Pick<Linear, "weight" | "bias">,
    options?: QuantizeOptions,
  ): Promise<QuantizedLinear> {
    return new QuantizedLinear(await quantizeRows(layer.weight, options), layer.bias);
  }

  /**
   * Maps the last axis.
   *
   * @param x `[..., inFeatures]`
   * @returns `[..., outFeatures]`
   * @throws {ShapeError} If the last axis of `x` is not `inFeatures`.
   */
  forward(x: Tensor): Tensor {
    return quantizedLinear(x, this, this.bias);
  }
}

/** An {@link Embedding} with vectors of 8 or 4 bits a number. */
export class QuantizedEmbedding extends QuantizedModule {
  /**
   * Quantizes the vectors of a table.
   *
   * @param table The table, whose `weight` its owner disposes afterwards.
   * @param options Bits and groups.
   */
  static async from(
    table: Pick<Embedding, "weight">,
    options?: QuantizeOptions,
  ): Promise<QuantizedEmbedding> {
    return new QuantizedEmbedding(await quantizeRows(table.weight, options));
  }

  /**
   * Looks up the vectors of ids.
   *
   * @param ids `[...]`, int32, each below the number of vectors.
   * @returns `[..., embedDim]`
   */
  forward(ids: Tensor): Tensor {
    const flat = tf.reshape(ids, [ids.size]);
    const rows = dequantizeRows({
      codes: tf.gather(this.codes as Tensor, flat),
      scales: tf.gather(this.scales as Tensor, flat),
      bits: this.bits,
      columns: this.columns,
    });
    return tf.reshape(rows, [...ids.shape, this.columns]);
  }

  /**
   * Compares with every vector, as the last layer of a language model does.
   *
   * @param x `[..., embedDim]`
   * @param bias What is added, `[numEmbeddings]`. @default {nothing}
   * @returns `[..., numEmbeddings]`
   */
  logits(x: Tensor, bias?: Tensor): Tensor {
    return quantizedLinear(x, this, bias);
  }
}
