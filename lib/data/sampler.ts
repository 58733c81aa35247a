import { Rng } from "../tensor/mod.ts";

/**
 * Says in which order the examples of a data set are taken.
 *
 * @param length The number of examples.
 * @param epoch The number of the pass, from 0; equal passes must give equal orders.
 * @returns Positions of examples; a position may be missing, or appear twice.
 */
export type Sampler = (length: number, epoch: number) => ArrayLike<number>;

/** The examples as they lie. */
export function inOrder(): Sampler {
  return (length) => Uint32Array.from({ length }, (_, i) => i);
}

/**
 * Every example once, in another order each pass.
 *
 * @param seed Equal seeds give equal orders.
 */
export function shuffled(seed: number): Sampler {
  return (length, epoch) =>
    epochRng(seed, epoch).shuffle(Uint32Array.from({ length }, (_, i) => i));
}

/**
 * Examples drawn with replacement, each as often as its weight says; so rare classes can be seen as often as others.
 *
 * @param weights A weight for each example, not negative.
 * @param seed Equal seeds give equal draws.
 * @param count The number of draws in a pass. @default {as many as there are weights}
 * @throws {RangeError} If a weight is negative or not finite, or all are 0.
 */
export function weighted(
  weights: ArrayLike<number>,
  seed: number,
  count: number = weights.length,
): Sampler {
  const sums = new Float64Array(weights.length);
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(
        `Cannot draw by weight as each must be finite and not negative: current weight ${i} is ${weight}`,
      );
    }
    sums[i] = total += weight;
  }
  if (!(total > 0 && total < Infinity)) {
    throw new RangeError(
      `Cannot draw by weight as the weights must have a sum above 0: current sum is ${total}`,
    );
  }
  return (length, epoch) => {
    if (length !== sums.length) {
      throw new RangeError(
        `Cannot draw by weight as each example must have one: current number of examples is ${length}, of weights ${sums.length}`,
      );
    }
    const random = epochRng(seed, epoch);
    return Uint32Array.from({ length: count }, () => firstAbove(sums, random.uniform(0, total)));
  };
}

/** The first position whose value is above `x`. */
function firstAbove(sums: Float64Array, x: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The random numbers of a pass. */
export function epochRng(seed: number, epoch: number): Rng {
  const random = new Rng(seed);
  for (let i = 0; i < epoch; i++) random.bits();
  return random.fork();
}

/**
 * Mixes a stream: of `size` examples waiting, a random one goes out and the next comes in.
 *
 * @param source The stream.
 * @param size How many examples wait; the larger, the better mixed.
 * @param random Where chance comes from.
 */
export async function* shuffleStream<T>(
  source: AsyncIterable<T> | Iterable<T>,
  size: number,
  random: Rng,
): AsyncGenerator<T> {
  const waiting: T[] = [];
  for await (const item of source) {
    if (waiting.length < size) {
      waiting.push(item);
      continue;
    }
    const i = random.int(size);
    yield waiting[i]!;
    waiting[i] = item;
  }
  yield* random.shuffle(waiting);
}
