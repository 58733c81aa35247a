import type { Linear, WaveStepper } from "../../nn/mod.ts";
import type { WaveNet, WaveNetBlock } from "./model.ts";

/** The numbers of a linear layer. */
interface Matrix {
  weight: Float32Array;
  bias: Float32Array;
}

/** The numbers of a block, and the latest inputs of each row. */
interface Block {
  /** Numbers of inputs from one tap to the next. */
  dilation: number;
  /** Filters, `[taps, C, 2 C]`, and what is added. */
  conv: Matrix;
  /** What the class of each row adds, `[2 C]`; none without classes. */
  condition: Float32Array[];
  residual: Matrix | undefined;
  skip: Matrix;
  /** For each row a ring of inputs, `[length, C]`. */
  rings: Float32Array[];
  /** Inputs that a ring holds. */
  length: number;
}

async function numbers(tensor: { data(): Promise<unknown> }): Promise<Float32Array> {
  return Float32Array.from(await tensor.data() as Float32Array);
}

const matrix = async ({ weight, bias }: Pick<Linear, "weight" | "bias">): Promise<Matrix> => ({
  weight: await numbers(weight),
  bias: await numbers(bias!),
});

/** `out += W x`, of a matrix `[out, in]` as linear layers have it. */
function addProduct({ weight }: Matrix, x: Float32Array, out: Float32Array): void {
  const width = x.length;
  for (let o = 0, at = 0; o < out.length; o++, at += width) {
    let sum = 0;
    for (let c = 0; c < width; c++) sum += weight[at + c]! * x[c]!;
    out[o]! += sum;
  }
}

function relu(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) if (x[i]! < 0) x[i] = 0;
}

/**
 * A {@link WaveNet} that writes: one sample a step, on the CPU, whatever the device of the model.
 *
 * A block needs its input of now and of `dilation` steps ago, so it keeps its latest inputs in a ring. A step then takes one
 * product a layer, where a run over all that is seen would take as many as samples are. The sums of one sample are too small
 * for a GPU to be worth the way there.
 *
 * @see Paine et al., 2016, "Fast Wavenet Generation Algorithm", https://arxiv.org/abs/1611.09482
 */
export class WaveNetSteps implements WaveStepper {
  readonly rows: number;
  readonly levels: number;
  readonly #table: Float32Array;
  readonly #blocks: readonly Block[];
  readonly #fc: Matrix;
  readonly #head: Matrix;
  readonly #taps: number;
  #time = 0;
  readonly #x: Float32Array;
  readonly #both: Float32Array;
  readonly #z: Float32Array;
  readonly #sum: Float32Array;
  readonly #hidden: Float32Array;

  private constructor(
    { config }: WaveNet,
    rows: number,
    parts: { table: Float32Array; blocks: readonly Block[]; fc: Matrix; head: Matrix },
  ) {
    const { residualChannels: C, skipChannels: S } = config;
    this.rows = rows;
    this.levels = config.levels;
    this.#taps = config.taps;
    this.#table = parts.table;
    this.#blocks = parts.blocks;
    this.#fc = parts.fc;
    this.#head = parts.head;
    this.#x = new Float32Array(C);
    this.#both = new Float32Array(2 * C);
    this.#z = new Float32Array(C);
    this.#sum = new Float32Array(S);
    this.#hidden = new Float32Array(S);
  }

  /**
   * Reads the weights of a model.
   *
   * @param model The model.
   * @param rows How many sounds are written together, or the class of each.
   * @throws {RangeError} If there is no row, or a class that the model does not have.
   */
  static async of(model: WaveNet, rows: number | readonly number[]): Promise<WaveNetSteps> {
    const labels = typeof rows === "number" ? [] : rows;
    const count = typeof rows === "number" ? rows : rows.length;
    const { residualChannels: C, taps, dilations, numClasses } = model.config;
    if (!(Number.isSafeInteger(count) && count > 0)) {
      throw new RangeError(
        `Cannot write sounds as there must be at least one: current number is ${count}`,
      );
    }
    const strange = labels.find((label) =>
      !(Number.isSafeInteger(label) && label >= 0 && label < numClasses)
    );
    if (strange !== undefined) {
      throw new RangeError(
        `Cannot write sounds as classes must be whole numbers below ${numClasses}: current class is ${strange}`,
      );
    }
    const read = async (block: WaveNetBlock, i: number): Promise<Block> => {
      const length = (taps - 1) * dilations[i]! + 1;
      const table = block.condition && await numbers(block.condition.weight);
      return {
        dilation: dilations[i]!,
        conv: await matrix(block.conv),
        condition: table
          ? labels.map((label) => table.subarray(2 * C * label, 2 * C * (label + 1)))
          : [],
        residual: block.residual && await matrix(block.residual),
        skip: await matrix(block.skip),
        rings: Array.from({ length: count }, () => new Float32Array(length * C)),
        length,
      };
    };
    const parts = {
      table: await numbers(model.samples.weight),
      blocks: await Promise.all(model.blocks.map(read)),
      fc: await matrix(model.fc),
      head: await matrix(model.head),
    };
    return new WaveNetSteps(model, count, parts);
  }

  /**
   * Reads one sample of each sound.
   *
   * @param samples A whole number below `levels` for each row.
   * @returns The logits of the sample after it, `levels` numbers for each row, one row after another.
   * @throws {RangeError} If there are fewer or more samples than rows, or one is no such number.
   */
  step(samples: ArrayLike<number>): Float32Array {
    const { rows, levels } = this;
    if (samples.length !== rows) {
      throw new RangeError(
        `Cannot read samples as there must be ${rows}, one a row: current number is ${samples.length}`,
      );
    }
    const logits = new Float32Array(rows * levels);
    for (let row = 0; row < rows; row++) {
      const sample = samples[row]!;
      if (!(Number.isSafeInteger(sample) && sample >= 0 && sample < levels)) {
        throw new RangeError(
          `Cannot read samples as they must be whole numbers below ${levels}: current sample is ${sample}`,
        );
      }
      this.#run(row, sample, logits.subarray(row * levels, (row + 1) * levels));
    }
    this.#time++;
    return logits;
  }

  #run(row: number, sample: number, logits: Float32Array): void {
    const [x, both, z, sum, hidden] = [this.#x, this.#both, this.#z, this.#sum, this.#hidden];
    const C = x.length;
    x.set(this.#table.subarray(sample * C, (sample + 1) * C));
    sum.fill(0);
    for (const { conv, condition, residual, skip, rings, dilation, length } of this.#blocks) {
      const ring = rings[row]!;
      ring.set(x, this.#time % length * C);
      both.set(conv.bias);
      const added = condition[row];
      if (added) { for (let o = 0; o < 2 * C; o++) both[o]! += added[o]!; }
      for (let k = 0; k < this.#taps; k++) {
        const time = this.#time - (this.#taps - 1 - k) * dilation;
        if (time < 0) continue; // before the sound there are zeros
        const at = time % length * C;
        for (let c = 0; c < C; c++) {
          const [value, from] = [ring[at + c]!, (k * C + c) * 2 * C];
          for (let o = 0; o < 2 * C; o++) both[o]! += value * conv.weight[from + o]!;
        }
      }
      for (let c = 0; c < C; c++) z[c] = Math.tanh(both[c]!) / (1 + Math.exp(-both[C + c]!));
      for (let s = 0; s < sum.length; s++) sum[s]! += skip.bias[s]!;
      addProduct(skip, z, sum);
      if (!residual) continue;
      for (let c = 0; c < C; c++) x[c]! += residual.bias[c]!;
      addProduct(residual, z, x);
    }
    relu(sum);
    hidden.set(this.#fc.bias);
    addProduct(this.#fc, sum, hidden);
    relu(hidden);
    logits.set(this.#head.bias);
    addProduct(this.#head, hidden, logits);
  }
}
