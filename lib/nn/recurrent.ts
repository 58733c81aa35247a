import { type Tensor, type Variable, writeRows } from "../tensor/mod.ts";
import type { RecurrentCell } from "../ops/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { Dropout } from "./dropout.ts";
import type { KVCache } from "./kv_cache.ts";
import { Module } from "./module.ts";
import { Recurrence, type RecurrenceOptions } from "./recurrence.ts";

/** How a stack of recurrent layers is made. */
export interface RecurrentLayersOptions extends RecurrenceOptions {
  /** Layers, each of which reads the one before. @default {1} */
  numLayers?: number;
  /** Whether each layer also reads from the end; its output is then twice as wide. @default {false} */
  bidirectional?: boolean;
  /** The share of activations dropped between layers, in training. @default {0} */
  dropout?: number;
}

/**
 * The state of a stack: for each layer, and each of its directions, `[S, B, H]`, the hidden state and, of an LSTM, its
 * memory. PyTorch's `h_n` are their first halves, one after another, and `c_n` the second.
 */
export type RecurrentState = readonly Tensor[];

/** What a stack is given besides its input. */
export interface RecurrentInputs {
  /** The state before the first step. @default {zeros} */
  state?: RecurrentState;
  /** 1 where there is a token, and 0 where the row is filled up and the state stays as it is, `[B, T]`. @default {all 1} */
  mask?: Tensor;
  /** Whether input and output are `[T, B, …]` instead of `[B, T, …]`, which saves turning them. @default {false} */
  timeMajor?: boolean;
}

/** What a stack gives. */
export interface RecurrentResult {
  /** The hidden states of the last layer, `[B, T, H]`; of both directions side by side, `[B, T, 2 H]`. */
  output: Tensor;
  /** The state after the last step. */
  state: RecurrentState;
}

/** A layer: one direction, or two. */
export class RecurrentLayer extends Module {
  /** From the first step to the last. */
  readonly ahead: Recurrence;
  /** From the last step to the first. */
  readonly back?: Recurrence;

  /**
   * Makes the directions.
   *
   * @param make Makes one.
   * @param bidirectional Whether there are two.
   */
  constructor(make: () => Recurrence, bidirectional: boolean) {
    super();
    this.ahead = make();
    if (bidirectional) this.back = make();
  }
}

/** A stack of recurrent layers of any cell; {@link RNN}, {@link LSTM} and {@link GRU} are its kinds. */
export class RecurrentLayers extends Module {
  /** The layers, the one that reads the input first. */
  readonly layers: RecurrentLayer[];
  /** Drops between layers. */
  readonly drop: Dropout;

  /**
   * Makes the layers.
   *
   * @param cell What a step computes.
   * @param inputSize The width of the input.
   * @param hiddenSize H, the units of each direction of each layer.
   * @throws {RangeError} If a size is no positive integer.
   */
  constructor(
    cell: RecurrentCell,
    inputSize: number,
    hiddenSize: number,
    options: RecurrentLayersOptions = {},
  ) {
    super();
    const { numLayers = 1, bidirectional = false, dropout = 0 } = options;
    if (!(Number.isSafeInteger(numLayers) && numLayers > 0)) {
      throw new RangeError(
        `Cannot make a recurrent layer as numLayers must be a positive integer: current value is ${numLayers}`,
      );
    }
    const wide = hiddenSize * (bidirectional ? 2 : 1);
    this.layers = Array.from({ length: numLayers }, (_, layer) =>
      new RecurrentLayer(
        () => new Recurrence(cell, layer === 0 ? inputSize : wide, hiddenSize, options),
        bidirectional,
      ));
    this.drop = new Dropout(dropout);
  }

  /** Each direction of each layer, in the order of the state. */
  get directions(): Recurrence[] {
    return this.layers.flatMap(({ ahead, back }) => back ? [ahead, back] : [ahead]);
  }

  /**
   * Reads sequences.
   *
   * @param x `[B, T, I]`; with `timeMajor`, `[T, B, I]`.
   * @returns The hidden states of the last layer, and the state after the last step. Where the mask is 0, the output is
   *   that of the step before (PyTorch's packed sequences have 0 there).
   * @throws {ShapeError} If the shapes do not fit together.
   */
  forward(
    x: Tensor,
    { state, mask, timeMajor = false }: RecurrentInputs = {},
  ): RecurrentResult {
    const next: Tensor[] = [];
    let now = timeMajor ? x : tf.transpose(x, [1, 0, 2]); // [T, B, I]
    const run = (recurrence: Recurrence, reverse: boolean) => {
      const before = state?.[next.length];
      const made = recurrence.forward(now, {
        ...(before ? { state: before } : {}),
        ...(mask ? { mask } : {}),
        reverse,
      });
      next.push(made.state);
      return made.output;
    };
    for (const [i, { ahead, back }] of this.layers.entries()) {
      if (i > 0) now = this.drop.forward(now);
      const outputs = [run(ahead, false), ...(back ? [run(back, true)] : [])];
      now = back ? tf.concat(outputs, 2) : outputs[0]!; // [T, B, D H]
    }
    return { output: timeMajor ? now : tf.transpose(now, [1, 0, 2]), state: next };
  }

  /** A state of zeros for a batch of so many rows. */
  zeroState(batch: number): RecurrentState {
    return this.directions.map((direction) => direction.zeroState(batch));
  }
}

/**
 * PyTorch's names of the parameters of a stack, as rows of a checkpoint's table; those of both directions.
 *
 * @param ours The path of the stack in the model, such as `"rnn"`.
 * @param theirs Its path in the file.
 */
export function recurrentNames(ours: string, theirs = ours): [ours: string, theirs: string][] {
  return ["ahead", "back"].flatMap((direction) =>
    Object.entries(TORCH_NAMES).map(([name, torch]): [string, string] => [
      `${ours}.layers.*.${direction}.${name}`,
      `${theirs}.${torch}_l*${direction === "back" ? "_reverse" : ""}`,
    ])
  );
}

const TORCH_NAMES = {
  weightIh: "weight_ih",
  weightHh: "weight_hh",
  biasIh: "bias_ih",
  biasHh: "bias_hh",
};

/**
 * Takes the state that a cache holds, and gives the function that leaves the next one there, in place.
 *
 * The state taken is a copy, so that the next one may be written before the way back.
 *
 * @param cache Where the state is between two calls.
 * @param name What it is called there.
 * @param first Makes the state of the first call.
 */
export function carriedState(
  cache: KVCache,
  name: string,
  first: () => RecurrentState,
): { state: RecurrentState; keep: (next: RecurrentState) => void } {
  // a cache has the batch first, so that its rows can be chosen
  const held = cache.hold(name, () => first().map((state) => turned(state)));
  return {
    state: held.map((state) => turned(state)),
    keep: (next) => next.forEach((state, i) => writeRows(held[i] as Variable, turned(state), 0)),
  };
}

/** A copy with the first two axes swapped: `[S, B, H]` from `[B, S, H]`, and back. */
function turned(x: Tensor): Tensor {
  const [P, Q, H] = x.shape as [number, number, number];
  return P === 1 || Q === 1 ? tf.add(tf.reshape(x, [Q, P, H]), 0) : tf.transpose(x, [1, 0, 2]);
}
