import {
  buffer,
  Embedding,
  Linear,
  Module,
  type RecommenderInputs,
  type VectorRecommender,
} from "../../nn/mod.ts";
import { checkShape, type Tensor, type Variable } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { TwoTowerConfig } from "./config.ts";

/** Two layers, and a vector of length 1. */
export class Tower extends Module {
  /** The first layer, with ReLU after it. */
  readonly fc: Linear;
  /** The second layer. */
  readonly proj: Linear;

  /** Makes both layers. */
  constructor(input: number, hidden: number, output: number) {
    super();
    this.fc = new Linear(input, hidden, { init: "glorot" });
    this.proj = new Linear(hidden, output, { init: "glorot" });
  }

  /**
   * Makes a vector of length 1.
   *
   * @param x `[..., input]`
   * @returns `[..., output]`
   */
  forward(x: Tensor): Tensor {
    const y = this.proj.forward(tf.relu(this.fc.forward(x)));
    const length = tf.sqrt(tf.add(tf.sum(tf.square(y), -1, true), 1e-12));
    return tf.div(y, length);
  }
}

/**
 * One network makes a vector of a user and one of an item; the score is their product. As items do not depend on users, their
 * vectors can be computed once and searched.
 *
 * A user is a vector of its own and the mean of those of the items that it met; an item is a vector of its own, the mean
 * above taken from the same table, and what is known of it.
 *
 * @see Yi et al., 2019, "Sampling-bias-corrected neural modeling for large corpus item recommendations",
 *   https://doi.org/10.1145/3298689.3346996
 */
export class TwoTower extends Module implements VectorRecommender {
  /** The sizes of this model. */
  readonly config: Readonly<Required<TwoTowerConfig>>;
  /** A vector for each user. */
  readonly users: Embedding;
  /** A vector for each item, and one for filled places. */
  readonly items: Embedding;
  /** Makes a user's vector. */
  readonly userTower: Tower;
  /** Makes an item's vector. */
  readonly itemTower: Tower;
  /** What is known of each item, `[numItems, numFeatures]`; not learnt, and saved with the model. */
  readonly features?: Variable;

  /**
   * Makes a model with small random weights.
   *
   * @param config The sizes.
   * @param features What is known of each item, one row an item. @default {zeros}
   * @throws {ShapeError} If there are not as many rows and columns as the sizes say.
   */
  constructor(config: TwoTowerConfig, features?: readonly (readonly number[])[]) {
    super();
    const defaults = {
      numFeatures: 0,
      embedDim: 32,
      hiddenDim: 64,
      outputDim: 32,
      temperature: 0.1,
    };
    this.config = { ...defaults, ...config };
    const { numUsers, numItems, numFeatures, embedDim, hiddenDim, outputDim } = this.config;
    if (features || numFeatures > 0) {
      this.features = buffer(() => {
        const rows: Tensor = features
          ? tf.tensor2d(features as number[][])
          : tf.zeros([numItems, numFeatures]);
        checkShape("make a TwoTower", "features", rows, [numItems, numFeatures]);
        return rows;
      });
    }
    this.users = new Embedding(numUsers, embedDim, { std: 0.05 });
    this.items = new Embedding(numItems + 1, embedDim, { std: 0.05 });
    this.userTower = new Tower(2 * embedDim, hiddenDim, outputDim);
    this.itemTower = new Tower(embedDim + numFeatures, hiddenDim, outputDim);
  }

  /** The number of items. */
  get numItems(): number {
    return this.config.numItems;
  }

  /** What products are divided by. */
  get temperature(): number {
    return this.config.temperature;
  }

  /**
   * Makes the vectors of users.
   *
   * @param inputs Users, `[B]`, and what they met, `[B, T]`.
   * @returns `[B, D]`, of length 1.
   */
  userVectors({ users, history }: Omit<RecommenderInputs, "items">): Tensor {
    const own = this.users.forward(users); // [B, C]
    if (!history) return this.userTower.forward(tf.concat([own, tf.zerosLike(own)], 1));
    const there = tf.expandDims(tf.cast(tf.notEqual(history, this.numItems), "float32"), 2); // [B, T, 1]
    const sum = tf.sum(tf.mul(this.items.forward(history), there), 1); // [B, C]
    const mean = tf.div(sum, tf.maximum(tf.sum(there, 1), 1));
    return this.userTower.forward(tf.concat([own, mean], 1));
  }

  /**
   * Makes the vectors of items.
   *
   * @param items `[...]`, int32.
   * @returns `[..., D]`, of length 1.
   */
  itemVectors(items: Tensor): Tensor {
    const own = this.items.forward(items); // [..., C]
    const known = this.features && tf.gather(this.features, items);
    return this.itemTower.forward(known ? tf.concat([own, known], -1) : own);
  }

  /**
   * Scores items for users.
   *
   * @param inputs Users, `[B]`, items, `[B, N]`, and what the users met.
   * @returns `[B, N]`, the cosine of both vectors by the temperature.
   */
  forward(inputs: RecommenderInputs): Tensor {
    const users = tf.expandDims(this.userVectors(inputs), 1); // [B, 1, D]
    const scores = tf.sum(tf.mul(users, this.itemVectors(inputs.items)), 2); // [B, N]
    return tf.div(scores, this.temperature);
  }
}
