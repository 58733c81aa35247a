import { randomUniform, type Tensor, type Variable } from "../tensor/mod.ts";
import { linear, recurrent, type RecurrentCell, type RecurrentOptions } from "../ops/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { glorotUniform, orthogonal } from "./initial.ts";
import { Module, parameter } from "./module.ts";

/** How the matrices of a recurrent layer start, and what is added to their products. */
export interface RecurrenceOptions {
  /**
   * What is added: a bias to both products, as in PyTorch; to the input's alone, as in Keras' LSTM; or nothing.
   * @default {true}
   */
  bias?: boolean | "input";
  /**
   * How they start. `"torch"`: evenly from `±1 / √H`. `"keras"`: the input's matrix after Glorot, the state's at right
   * angles, biases of 0, and of 1 for an LSTM's forget gate. @default {"torch"}
   */
  init?: "torch" | "keras";
}

/** Gates of each cell. */
const GATES: Readonly<Record<RecurrentCell, number>> = { tanh: 1, relu: 1, gru: 3, lstm: 4 };

/**
 * One direction of a recurrent layer: what PyTorch has as `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`, and so also
 * its `RNNCell`, `LSTMCell` and `GRUCell`.
 *
 * The product of all inputs is one, all steps are one operation. What a cell computes is said at {@link recurrent}.
 */
export class Recurrence extends Module {
  /** What a step computes. */
  readonly cell: RecurrentCell;
  /** From the input, `[G H, I]`; the gates in PyTorch's order. */
  readonly weightIh: Variable;
  /** From the hidden state, `[G H, H]`. */
  readonly weightHh: Variable;
  /** Added to the input's product, `[G H]`. */
  readonly biasIh?: Variable;
  /** Added to the state's product, `[G H]`. */
  readonly biasHh?: Variable;
  readonly #hiddenSize: number;

  /**
   * Makes the matrices.
   *
   * @param cell What a step computes.
   * @param inputSize I, the width of the input.
   * @param hiddenSize H, the number of units.
   * @throws {RangeError} If a size is no positive integer.
   */
  constructor(
    cell: RecurrentCell,
    inputSize: number,
    hiddenSize: number,
    { bias = true, init = "torch" }: RecurrenceOptions = {},
  ) {
    super();
    for (const [name, size] of Object.entries({ inputSize, hiddenSize })) {
      if (Number.isSafeInteger(size) && size > 0) continue;
      throw new RangeError(
        `Cannot make a recurrent layer as ${name} must be a positive integer: current value is ${size}`,
      );
    }
    this.cell = cell;
    this.#hiddenSize = hiddenSize;
    const rows = GATES[cell] * hiddenSize;
    const limit = 1 / Math.sqrt(hiddenSize);
    const even = (shape: number[]) => randomUniform(shape, -limit, limit);
    const keras = init === "keras";
    this.weightIh = parameter(() =>
      keras ? glorotUniform([rows, inputSize]) : even([rows, inputSize])
    );
    this.weightHh = parameter(() =>
      keras ? orthogonal([rows, hiddenSize]) : even([rows, hiddenSize])
    );
    const forget = Float32Array.from(
      { length: rows },
      (_, i) => cell === "lstm" && Math.floor(i / hiddenSize) === 1 ? 1 : 0,
    );
    if (bias) this.biasIh = parameter(() => keras ? tf.tensor1d(forget) : even([rows]));
    if (bias === true) this.biasHh = parameter(() => keras ? tf.zeros([rows]) : even([rows]));
  }

  /** Two operations a weight. */
  override get flopsPerToken(): number {
    return 2 * (this.weightIh.size + this.weightHh.size);
  }

  /**
   * Makes all steps of a sequence.
   *
   * @param x `[T, B, I]`: time comes first.
   * @param options The state before, which steps count, and in which direction.
   * @returns The hidden states, `[T, B, H]`, and the last state, `[S, B, H]`: S is 2 for an LSTM, else 1.
   * @throws {ShapeError} If the shapes do not fit together.
   */
  forward(x: Tensor, options: RecurrentOptions = {}): { output: Tensor; state: Tensor } {
    const bias = this.biasHh ?? tf.zeros([this.weightHh.shape[0]!]);
    return recurrent(
      this.cell,
      linear(x, this.weightIh, this.biasIh),
      this.weightHh,
      bias,
      options,
    );
  }

  /**
   * Makes one step.
   *
   * @param x `[B, I]`
   * @param state The state before, `[S, B, H]`. @default {zeros}
   * @returns The state after, `[S, B, H]`: the hidden one, and, of an LSTM, its memory.
   */
  step(x: Tensor, state?: Tensor): Tensor {
    return this.forward(tf.expandDims(x, 0), state ? { state } : {}).state;
  }

  /** A state of zeros, `[S, B, H]`, for a batch of so many rows. */
  zeroState(batch: number): Tensor {
    return tf.zeros([this.cell === "lstm" ? 2 : 1, batch, this.#hiddenSize]);
  }
}
