import type { OptimizerOptions } from "./optimizer.ts";

/** What a parameter's learning rate is multiplied by, by its path. */
export type LrScale = NonNullable<OptimizerOptions["lrScale"]>;

/**
 * Learning rates by the beginnings of paths: those of `"tokens"` hold for all parameters inside; `*` stands for any one part. The first
 * pattern that fits counts, and parameters that fit none have 1.
 *
 * @example
 * ```ts
 * import { lrByPath } from "@tome/tome/optim";
 *
 * const lrScale = lrByPath({ "encoder": 0.1, "*": 1 }); // new AdamW(model.namedParameters(), { lr: 1e-3, lrScale })
 * console.assert(typeof lrScale === "function");
 * ```
 * @param scales What the learning rate is multiplied by; 0 keeps a parameter as it is, but for its weight decay.
 * @returns What an optimizer takes as `lrScale`.
 * @throws {RangeError} If a number is below 0 or not finite.
 */
export function lrByPath(scales: Readonly<Record<string, number>>): LrScale {
  const rules = Object.entries(scales).map(([pattern, scale]) => {
    if (!(scale >= 0 && scale < Infinity)) {
      throw new RangeError(
        `Cannot scale learning rates as each scale must be a finite number from 0 on: current scale of ${
          JSON.stringify(pattern)
        } is ${scale}`,
      );
    }
    return { parts: pattern.split("."), scale };
  });
  return (path) => {
    const own = path.split(".");
    const rule = rules.find(({ parts }) =>
      parts.length <= own.length && parts.every((part, i) => part === "*" || part === own[i])
    );
    return rule?.scale ?? 1;
  };
}

/** How {@link layerwiseDecay} finds the layers. */
export interface LayerwiseDecayOptions {
  /** What each layer's learning rate is multiplied by on the way to the one below, in (0, 1]. */
  factor: number;
  /** How many layers there are. */
  numLayers: number;
  /**
   * Where the number of a layer stands in paths, `*` in its place. @default {"blocks.*"}
   */
  layers?: string;
  /** The beginnings of the paths of what lies below the first layer. @default {["tokens", "positions", "embeddings"]} */
  below?: readonly string[];
}

/**
 * Learning rates that fall from the last layer to the first, as lower layers need less change in fine-tuning.
 *
 * Layer `i` of `n` has `factor^(n − 1 − i)`, the embeddings `factor^n`, and everything else, such as a head, 1.
 *
 * @param options The factor, and where the layers are.
 * @returns What an optimizer takes as `lrScale`.
 * @throws {RangeError} If a number is out of range.
 * @see Howard and Ruder, 2018, "Universal Language Model Fine-tuning for Text Classification",
 *   https://arxiv.org/abs/1801.06146, section 3.2
 */
export function layerwiseDecay(options: LayerwiseDecayOptions): LrScale {
  const { factor, numLayers, layers = "blocks.*" } = options;
  const { below = ["tokens", "positions", "embeddings"] } = options;
  if (!(factor > 0 && factor <= 1 && Number.isSafeInteger(numLayers) && numLayers > 0)) {
    throw new RangeError(
      `Cannot scale learning rates as factor must be in (0, 1] and numLayers a positive integer: current values are ` +
        `${factor} and ${numLayers}`,
    );
  }
  const parts = layers.split(".");
  const place = parts.indexOf("*");
  if (place < 0) {
    throw new RangeError(
      `Cannot scale learning rates as layers must hold *: current layers are ${
        JSON.stringify(layers)
      }`,
    );
  }
  const rules: [string, number][] = [];
  for (let i = 0; i < numLayers; i++) {
    rules.push([
      parts.map((part, at) => at === place ? String(i) : part).join("."),
      factor ** (numLayers - 1 - i),
    ]);
  }
  for (const start of below) rules.push([start, factor ** numLayers]);
  return lrByPath(Object.fromEntries(rules));
}
