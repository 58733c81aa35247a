import type { AttentionWeights } from "../../lib/nn/mod.ts";
import { visible } from "./token_text.ts";

/** Layers of attention from some tokens to some tokens, such as all of a decoder's, or all from it to the encoder. */
export interface AttentionGroup {
  /** What it is called. @default {"self-attention" or "cross-attention"} */
  name?: string;
  /** The weights of each layer, as `captureAttention` gives them; all of one shape. */
  weights: readonly AttentionWeights[];
  /** The tokens that look. @default {their positions} */
  queries?: readonly string[];
  /** The tokens that are looked at. @default {those that look if they are as many, else their positions} */
  keys?: readonly string[];
}

/** The weights of one example, ready to draw. */
export interface ReadGroup {
  /** What it is called. */
  name: string;
  /** The paths of the layers. */
  layers: string[];
  /** The number of heads of each layer. */
  heads: number;
  /** The number of tokens that look. */
  T: number;
  /** The number of tokens that are looked at. */
  S: number;
  /** The tokens that look, made visible. */
  queries: string[];
  /** The tokens that are looked at, made visible. */
  keys: string[];
  /** A weight; without a head, the mean over all. */
  at(layer: number, head: number | undefined, t: number, s: number): number;
}

/** More would make a notebook slow to open. */
const MOST_WEIGHTS = 1_000_000;

/** Groups layers whose shapes agree, in the order of their first layer. */
export function groupWeights(
  weights: readonly AttentionWeights[],
  { queries, keys }: { queries?: readonly string[]; keys?: readonly string[] } = {},
): AttentionGroup[] {
  const groups = Map.groupBy(weights, ({ kind, shape }) => `${kind} ${shape}`);
  const sizes = (list: readonly AttentionWeights[]) =>
    `${list[0]!.shape[2]} → ${list[0]!.shape[3]}`;
  return [...groups.values()].map((list) => ({
    name: `${list[0]!.kind}-attention, ${sizes(list)} tokens`,
    weights: list,
    ...(queries?.length === list[0]!.shape[2] ? { queries } : {}),
    ...(keys?.length === list[0]!.shape[3] ? { keys } : {}),
  }));
}

/**
 * Checks the groups of a view, and reads one example of them.
 *
 * @throws {RangeError} If shapes and tokens do not fit together, or there is too much to show.
 */
export function readGroups(
  attention: AttentionGroup | readonly AttentionGroup[],
  example: number,
): ReadGroup[] {
  const groups = Array.isArray(attention) ? attention : [attention];
  const read = groups.map((group: AttentionGroup) => readGroup(group, example));
  const total = read.reduce((sum, g) => sum + g.layers.length * g.heads * g.T * g.S, 0);
  if (total === 0 || total > MOST_WEIGHTS) {
    throw new RangeError(
      `Cannot show attention as there must be 1 to ${MOST_WEIGHTS} weights: current number is ${total}; ` +
        `show fewer layers, or a shorter text`,
    );
  }
  return read;
}

function readGroup({ weights, queries, keys, name }: AttentionGroup, example: number): ReadGroup {
  const first = weights[0];
  if (!first) throw new RangeError("Cannot show attention as there must be at least 1 layer");
  const [B, heads, T, S] = first.shape;
  const other = weights.find(({ shape }) => shape.some((size, i) => size !== first.shape[i]));
  if (other) {
    throw new RangeError(
      `Cannot show attention as the layers of a group must have one shape: current shapes are ` +
        `[${first.shape}] of ${first.path} and [${other.shape}] of ${other.path}; make two groups`,
    );
  }
  if (!(Number.isInteger(example) && example >= 0 && example < B)) {
    throw new RangeError(
      `Cannot show attention as example must be in 0…${B - 1}: current example is ${example}`,
    );
  }
  queries ??= positions(T);
  keys ??= first.kind === "self" && S === T ? queries : positions(S);
  if (queries.length !== T || keys.length !== S) {
    throw new RangeError(
      `Cannot show attention as there must be ${T} queries and ${S} keys: ` +
        `current numbers are ${queries.length} and ${keys.length}`,
    );
  }
  return {
    name: name ?? `${first.kind}-attention`,
    layers: weights.map(({ path }, i) => path || `layer ${i}`),
    heads,
    T,
    S,
    queries: queries.map(visible),
    keys: keys.map(visible),
    at(layer, head, t, s) {
      const { values } = weights[layer]!;
      const one = (h: number) => values[((example * heads + h) * T + t) * S + s]!;
      if (head !== undefined) return one(head);
      let sum = 0;
      for (let h = 0; h < heads; h++) sum += one(h);
      return sum / heads;
    },
  };
}

function positions(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}

/** Every weight as one byte, 255 for 1, layer by layer and head by head, in base64. */
export function packWeights({ layers, heads, T, S, at }: ReadGroup): string {
  const bytes = new Uint8Array(layers.length * heads * T * S);
  let i = 0;
  for (let layer = 0; layer < layers.length; layer++) {
    for (let head = 0; head < heads; head++) {
      for (let t = 0; t < T; t++) {
        for (let s = 0; s < S; s++) {
          bytes[i++] = Math.round(255 * Math.min(1, Math.max(0, at(layer, head, t, s) || 0)));
        }
      }
    }
  }
  return bytes.toBase64();
}
