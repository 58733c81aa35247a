import type { AttentionWeights } from "./capture_attention.ts";

/** How {@link attentionRollout} joins layers. */
export interface AttentionRolloutOptions {
  /** The token whose view is wanted. @default {0: the class token} */
  token?: number;
}

/**
 * What a token saw of all tokens through every layer: the product of the layers' weights, each averaged over its heads and with
 * as much of the token itself as of what it looks at, since a block adds to its stream.
 *
 * `R = Π_l (I + mean_h A_l) / 2`, of which one row is given.
 *
 * @param layers What `captureAttention` gave, in the order of the layers.
 * @returns For each example the weight of each token; they sum to 1. Of a ViT the first token is the class token, and the others
 *   are the patches, row by row.
 * @throws {RangeError} If there is no layer, the layers are not of one sequence, or there is no such token.
 * @see Abnar and Zuidema, 2020, "Quantifying Attention Flow in Transformers", https://arxiv.org/abs/2005.00928, equation 1
 */
export function attentionRollout(
  layers: readonly AttentionWeights[],
  { token = 0 }: AttentionRolloutOptions = {},
): Float32Array[] {
  const [B, , T, S] = layers[0]?.shape ?? [0, 0, 0, 0];
  const odd = layers.find(({ shape }) => shape[0] !== B || shape[2] !== T || shape[3] !== T);
  if (layers.length === 0 || odd || S !== T) {
    throw new RangeError(
      `Cannot roll attention out as every layer must look from all tokens at all tokens: current layers have ${
        layers.map(({ shape }) => `[${shape}]`).join(", ") || "no weights"
      }`,
    );
  }
  if (!(Number.isInteger(token) && token >= 0 && token < T)) {
    throw new RangeError(
      `Cannot roll attention out as token must be from 0 to ${T - 1}: current token is ${token}`,
    );
  }
  return Array.from({ length: B }, (_, b) => {
    let row: Float64Array = Float64Array.from({ length: T }, (_, t) => t === token ? 1 : 0);
    for (const { shape: [, H], values } of layers.toReversed()) { // from the last layer down
      const next = row.map((weight) => weight / 2);
      for (let h = 0; h < H; h++) {
        for (let t = 0; t < T; t++) {
          const start = ((b * H + h) * T + t) * T;
          const share = row[t]! / (2 * H);
          if (share > 0) { for (let s = 0; s < T; s++) next[s]! += share * values[start + s]!; }
        }
      }
      row = next;
    }
    return Float32Array.from(row);
  });
}
