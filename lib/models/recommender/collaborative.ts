import {
  Dropout,
  Embedding,
  Linear,
  Module,
  parameter,
  type Recommender,
  type RecommenderInputs,
} from "../../nn/mod.ts";
import { checkShape, type Tensor, type Variable } from "../../tensor/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { CollaborativeConfig } from "./config.ts";

/** A table of vectors for users and one for items. */
export class UserItemVectors extends Module {
  /** The vectors of users. */
  readonly users: Embedding;
  /** The vectors of items. */
  readonly items: Embedding;

  /** Makes small random vectors of one width. */
  constructor(numUsers: number, numItems: number, width: number, std = 0.01) {
    super();
    this.users = new Embedding(numUsers, width, { std });
    this.items = new Embedding(numItems, width, { std });
  }
}

/** Users by rows, repeated for each of their items, `[B, N, D]`. */
function besides(users: Tensor, items: Tensor): Tensor {
  const [B, N] = items.shape as [number, number];
  return tf.tile(tf.expandDims(users, 1), [1, N, 1]).reshape([B, N, users.shape[1]!]);
}

/**
 * Models of collaborative filtering: matrix factorisation, GMF, MLP and NeuMF.
 *
 * The scores are logits of a user's meeting an item, or, if trained so, ratings.
 *
 * @example
 * ```ts
 * import { CollaborativeFilter } from "@tome/tome/models/recommender";
 * import { useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * using model = new CollaborativeFilter({ kind: "neumf", numUsers: 10, numItems: 20 });
 * console.assert(model.numParameters() === 30 * 8 + 30 * 32 + (64 * 32 + 32) + (32 * 16 + 16) + (16 * 8 + 8) + 17);
 * ```
 * @see Koren et al., 2009, "Matrix Factorization Techniques for Recommender Systems", https://doi.org/10.1109/MC.2009.263
 * @see He et al., 2017, "Neural Collaborative Filtering", https://arxiv.org/abs/1708.05031, §3
 */
export class CollaborativeFilter extends Module implements Recommender {
  /** The sizes of this model. */
  readonly config: Readonly<CollaborativeConfig>;
  /** The vectors whose products count: of MF, GMF and NeuMF. */
  readonly factors?: UserItemVectors;
  /** The vectors that layers read: of MLP and NeuMF. */
  readonly inputs?: UserItemVectors;
  /** The layers, with ReLU after each. */
  readonly layers?: readonly Linear[];
  /** From what GMF and MLP end in to the score. */
  readonly head?: Linear;
  /** What is added for everyone, `[1]`, of MF. */
  readonly bias?: Variable;
  /** What is added for each user, `[numUsers, 1]`, and each item, `[numItems, 1]`, of MF. */
  readonly biases?: UserItemVectors;
  /** In front of each layer. */
  readonly drop: Dropout;

  /**
   * Makes a model with random initial weights.
   *
   * @param config The kind and the sizes.
   * @throws {RangeError} If a size is no positive integer, or the first layer's width is odd.
   */
  constructor(config: CollaborativeConfig) {
    super();
    const { kind, numUsers, numItems, embedDim = 8, layers = [64, 32, 16, 8], dropout = 0 } =
      config;
    for (
      const [name, size] of Object.entries<number>({ numUsers, numItems, embedDim, ...layers })
    ) {
      if (Number.isSafeInteger(size) && size > 0) continue;
      throw new RangeError(
        `Cannot make a CollaborativeFilter as ${name} must be a positive integer: current value is ${size}`,
      );
    }
    if (layers[0]! % 2 !== 0) {
      throw new RangeError(
        `Cannot make a CollaborativeFilter as the first layer reads two vectors side by side and must be even: current width is ${
          layers[0]
        }`,
      );
    }
    this.config = { ...config };
    this.drop = new Dropout(dropout);
    if (kind !== "mlp") {
      this.factors = new UserItemVectors(numUsers, numItems, embedDim, kind === "mf" ? 0.1 : 0.01);
    }
    if (kind === "mf") {
      this.bias = parameter(() => tf.zeros([1]));
      this.biases = new UserItemVectors(numUsers, numItems, 1);
      return;
    }
    if (kind !== "gmf") {
      this.inputs = new UserItemVectors(numUsers, numItems, layers[0]! / 2);
      this.layers = layers.slice(1).map((width, i) =>
        new Linear(layers[i]!, width, { init: "glorot" })
      );
    }
    const products = this.factors ? embedDim : 0;
    const last = this.layers ? layers.at(-1)! : 0;
    this.head = new Linear(products + last, 1, { init: "torch" });
  }

  /** The number of items. */
  get numItems(): number {
    return this.config.numItems;
  }

  /**
   * Scores items for users.
   *
   * @param inputs Users, `[B]`, and items, `[B, N]`.
   * @returns `[B, N]`
   * @throws {ShapeError} If the shapes do not fit together.
   */
  forward({ users, items }: RecommenderInputs): Tensor {
    checkShape("score items", "users", users, [-1]);
    checkShape("score items", "items", items, [users.shape[0]!, -1]);
    const found: Tensor[] = [];
    if (this.factors) {
      const own = tf.expandDims(this.factors.users.forward(users), 1); // [B, 1, D]
      found.push(tf.mul(own, this.factors.items.forward(items))); // [B, N, D]
    }
    if (!this.head) {
      const { users: ofUsers, items: ofItems } = this.biases!;
      const sums = tf.add(ofUsers.forward(users), tf.squeeze(ofItems.forward(items), [2])); // [B, N]
      return tf.add(tf.add(tf.sum(found[0]!, 2), sums), this.bias!);
    }
    if (this.inputs) {
      const own = this.inputs.users.forward(users); // [B, D]
      let x: Tensor = tf.concat([besides(own, items), this.inputs.items.forward(items)], 2);
      for (const layer of this.layers!) x = tf.relu(layer.forward(this.drop.forward(x)));
      found.push(x);
    }
    const joined = found.length === 1 ? found[0]! : tf.concat(found, 2);
    return tf.squeeze(this.head.forward(joined), [2]); // [B, N]
  }
}
