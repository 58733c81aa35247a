import type { RotaryScaling } from "../ops/mod.ts";

/** How Llama 3 changes the frequencies of rotary positions. */
export interface Llama3ScalingOptions {
  /** What low frequencies are divided by. */
  factor: number;
  /** Turns in the original context below which a frequency is divided. @default {1} */
  lowTurns?: number;
  /** Turns in the original context above which a frequency stays. @default {4} */
  highTurns?: number;
  /** Tokens of the context that the model was first trained on. */
  originalLength: number;
}

/**
 * Llama 3's scaling: frequencies that turn rarely in the original context are divided, those that turn often stay, and those between
 * go over in a straight line.
 *
 * @throws {RangeError} If the bounds are not in order.
 * @see Grattafiori et al., 2024, "The Llama 3 Herd of Models", https://arxiv.org/abs/2407.21783
 */
export function llama3Scaling(
  { factor, lowTurns = 1, highTurns = 4, originalLength }: Llama3ScalingOptions,
): RotaryScaling {
  if (!(lowTurns < highTurns)) {
    throw new RangeError(
      `Cannot scale rotary positions as lowTurns must be below highTurns: current values are ${lowTurns} and ${highTurns}`,
    );
  }
  const between = highTurns - lowTurns;
  return {
    factor,
    perFrequency: originalLength / (2 * Math.PI * between), // f originalLength / 2π turns
    offset: -lowTurns / between,
  };
}

/** How YaRN changes the frequencies of rotary positions. */
export interface YarnScalingOptions {
  /** How many times longer the context becomes. */
  factor: number;
  /** Tokens of the context that the model was first trained on. */
  originalLength: number;
  /** The wavelengths grow from 2π to 2π times this. @default {10000} */
  base?: number;
  /** How many channels of a head are turned. */
  rotated: number;
  /** Turns in the original context from which a frequency stays. @default {32} */
  fastTurns?: number;
  /** Turns in the original context up to which a frequency is divided. @default {1} */
  slowTurns?: number;
  /** Whether the bounds are rounded to whole pairs. @default {true} */
  rounded?: boolean;
  /** What turned queries and keys are multiplied by. @default {0.1 ln factor + 1} */
  gain?: number;
}

/**
 * YaRN's scaling: which frequencies are divided depends on the number of the pair, and queries and keys become a little longer.
 *
 * @see Peng et al., 2023, "YaRN: Efficient Context Window Extension of Large Language Models", https://arxiv.org/abs/2309.00071
 */
export function yarnScaling(options: YarnScalingOptions): RotaryScaling {
  const { factor, originalLength, base = 10000, rotated, rounded = true } = options;
  const { fastTurns = 32, slowTurns = 1, gain = factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1 } =
    options;
  /** The pair that turns so often in the original context. */
  const pairOf = (turns: number) =>
    rotated * Math.log(originalLength / (turns * 2 * Math.PI)) / (2 * Math.log(base));
  let [first, last] = [pairOf(fastTurns), pairOf(slowTurns)];
  if (rounded) [first, last] = [Math.floor(first), Math.ceil(last)];
  first = Math.max(first, 0);
  last = Math.min(last, rotated - 1);
  const between = last === first ? 1e-3 : last - first;
  return { factor, perPair: -1 / between, offset: 1 + first / between, gain };
}
