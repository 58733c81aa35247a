/**
 * The cells of recurrent layers: what one step does, forward and back, in the CPU's memory; on the GPU it is in the file
 * of the same name.
 *
 * @module
 */
import { exp } from "./exp.ts";
import gru from "./gru_cell.wgsl" with { type: "text" };
import lstm from "./lstm_cell.wgsl" with { type: "text" };
import rnn from "./rnn_cell.wgsl" with { type: "text" };

/** The cells: a plain one that bends by tanh or by ReLU, one with a memory (LSTM), and one with gates only (GRU). */
export type RecurrentCell = "tanh" | "relu" | "lstm" | "gru";

/**
 * One row of the batch, at one step. Arrays begin at the row; `gates` holds what of the gates is kept, `rest` what else.
 */
export interface CellRow {
  /** What comes from the input, `[G H]`. */
  x: Float32Array;
  /** Forward: what comes from the state before. Back: what was kept of the gates. `[G H]` */
  gates: Float32Array;
  /** What is kept besides, `[(K − G) H]`. */
  rest: Float32Array;
  /** The hidden state before, `[H]`. */
  before: Float32Array;
  /** The hidden state after, `[H]`. */
  after: Float32Array;
  /** The memory of an LSTM, before and after, `[H]`. */
  memory: Float32Array;
}

/** The way back through one row at one step. */
export interface CellRowGrad {
  /** What was kept of the gates, `[G H]`. */
  gates: Float32Array;
  /** What was kept besides, `[(K − G) H]`. */
  rest: Float32Array;
  /** The gradient of the hidden state: after the step, and then the part for the one before that comes through no matrix. */
  dh: Float32Array;
  /** The gradient of the memory, after and before. */
  dc: Float32Array;
  /** The gradient of what came from the input, `[G H]`. */
  dx: Float32Array;
  /** The gradient of what came from the state, `[G H]`; may be `dx`. */
  ds: Float32Array;
}

/** How a cell is computed. */
export interface CellDefinition {
  /** Gates: a layer of H units multiplies by matrices of G H rows. */
  gates: number;
  /** States that go from step to step: the hidden one, and an LSTM's memory. */
  states: number;
  /** Numbers a unit and step that the way back needs. */
  keeps: number;
  /** Whether the gradients of what comes from the input and from the state differ. */
  split: boolean;
  /** The WGSL of a step. */
  wgsl: string;
  /** Makes a step of `H` units. */
  step(row: CellRow, H: number): void;
  /** Goes back through it. */
  back(row: CellRowGrad, H: number): void;
}

const sigma = (x: number) => 1 / (1 + exp(-x));
const tangent = (x: number) => 1 - 2 / (exp(2 * x) + 1);

function plain(bend: (sum: number) => number, slope: (h: number) => number): CellDefinition {
  return {
    gates: 1,
    states: 1,
    keeps: 1,
    split: false,
    wgsl: rnn,
    step({ x, gates, after }, H) {
      for (let u = 0; u < H; u++) gates[u] = after[u] = bend(x[u]! + gates[u]!);
    },
    back({ gates, dh, dx }, H) {
      for (let u = 0; u < H; u++) {
        dx[u] = dh[u]! * slope(gates[u]!);
        dh[u] = 0;
      }
    },
  };
}

/** `i, f, o = σ(x + s)`, `g = tanh(x + s)`; `c = f c′ + i g`, `h = o tanh(c)`; kept: i, f, g, o and c′. */
const LSTM: CellDefinition = {
  gates: 4,
  states: 2,
  keeps: 5,
  split: false,
  wgsl: lstm,
  step({ x, gates, rest, after, memory }, H) {
    for (let u = 0; u < H; u++) {
      const [F, G, O] = [H + u, 2 * H + u, 3 * H + u];
      const i = sigma(x[u]! + gates[u]!), f = sigma(x[F]! + gates[F]!);
      const g = tangent(x[G]! + gates[G]!), o = sigma(x[O]! + gates[O]!);
      const c = memory[u]!;
      gates[u] = i;
      gates[F] = f;
      gates[G] = g;
      gates[O] = o;
      rest[u] = c;
      memory[u] = f * c + i * g;
      after[u] = o * tangent(memory[u]!);
    }
  },
  back({ gates, rest, dh, dc, dx }, H) {
    for (let u = 0; u < H; u++) {
      const [F, G, O] = [H + u, 2 * H + u, 3 * H + u];
      const i = gates[u]!, f = gates[F]!, g = gates[G]!, o = gates[O]!, c = rest[u]!;
      const bent = tangent(f * c + i * g);
      const d = dc[u]! + dh[u]! * o * (1 - bent * bent);
      dx[u] = d * g * i * (1 - i);
      dx[F] = d * c * f * (1 - f);
      dx[G] = d * i * (1 - g * g);
      dx[O] = dh[u]! * bent * o * (1 - o);
      dc[u] = d * f;
      dh[u] = 0;
    }
  },
};

/** `r, z = σ(x + s)`, `n = tanh(x + r s)`; `h = (1 − z) n + z h′`; kept: r, z, n, the s of n, and h′. */
const GRU: CellDefinition = {
  gates: 3,
  states: 1,
  keeps: 5,
  split: true,
  wgsl: gru,
  step({ x, gates, rest, before, after }, H) {
    for (let u = 0; u < H; u++) {
      const [Z, N] = [H + u, 2 * H + u];
      const r = sigma(x[u]! + gates[u]!), z = sigma(x[Z]! + gates[Z]!);
      const s = gates[N]!, n = tangent(x[N]! + r * s), h = before[u]!;
      gates[u] = r;
      gates[Z] = z;
      gates[N] = n;
      rest[u] = s;
      rest[H + u] = h;
      after[u] = (1 - z) * n + z * h;
    }
  },
  back({ gates, rest, dh, dx, ds }, H) {
    for (let u = 0; u < H; u++) {
      const [Z, N] = [H + u, 2 * H + u];
      const r = gates[u]!, z = gates[Z]!, n = gates[N]!, s = rest[u]!, h = rest[H + u]!;
      const d = dh[u]!, dn = d * (1 - z) * (1 - n * n);
      dx[u] = ds[u] = dn * s * r * (1 - r);
      dx[Z] = ds[Z] = d * (h - n) * z * (1 - z);
      dx[N] = dn;
      ds[N] = dn * r;
      dh[u] = d * z;
    }
  },
};

/** The cells by their names. */
export const CELLS: Readonly<Record<RecurrentCell, CellDefinition>> = {
  tanh: plain(tangent, (h) => 1 - h * h),
  relu: plain((sum) => Math.max(sum, 0), (h) => h > 0 ? 1 : 0),
  lstm: LSTM,
  gru: GRU,
};
