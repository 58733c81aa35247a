import * as tf from "../tensor/_tf.ts";
import { checkShape, type Scalar, type Shape, type Tensor } from "../tensor/mod.ts";
import { defineKernel, type GpuProgram } from "./_define.ts";
import gradWgsl from "./ctc_loss_grad.wgsl" with { type: "text" };
import wgsl from "./ctc_loss.wgsl" with { type: "text" };

/** How {@link ctcLossRows} is computed. */
export interface CtcLossOptions {
  /** The steps of each row that count, `[B]`, int32. @default {all} */
  steps?: Tensor;
  /** The class that stands for no label. @default {0} */
  blank?: number;
  /** Whether a row whose target cannot come, as it has too few steps, has the loss 0 and not ∞. @default {false} */
  zeroInfinity?: boolean;
}

interface Attrs {
  blank: number;
  impossible: number;
}

type Names = "x" | "target_" | "steps_";
type Kept = "alpha" | "lse";

interface Sizes {
  batch: number;
  steps: number;
  classes: number;
  labels: number;
}

function sizesOf(x: Shape, target: Shape): Sizes {
  return { batch: x[0]!, steps: x[1]!, classes: x[2]!, labels: target[1]! };
}

/** The logarithm of 0, as in the programs of the GPU. */
const NEVER = -1e30;

/** `log(eᵃ + eᵇ)` */
function both(a: number, b: number): number {
  const top = Math.max(a, b); // NaN gets through
  return top <= NEVER ? NEVER : top + Math.log1p(Math.exp(Math.min(a, b) - top));
}

/** What both directions need of a row. */
class Row {
  readonly labels: Int32Array;
  readonly last: number;

  constructor(
    target: ArrayLike<number>,
    steps: ArrayLike<number>,
    b: number,
    { labels: S, steps: T, classes: K }: Sizes,
    blank: number,
  ) {
    const row = Array.from({ length: S }, (_, i) => target[b * S + i]!);
    const length = row.findIndex((label) => label < 0);
    const real = length < 0 ? row : row.slice(0, length);
    const faulty = real.some((label) => label >= K || label === blank) ||
      row.slice(real.length).some((label) => label >= 0);
    if (faulty) {
      throw new RangeError(
        `Cannot apply ctcLoss as each label must be a class in 0…${
          K - 1
        } other than the blank, ${blank}, ` +
          `with -100 after the last: current target of row ${b} is [${row}]`,
      );
    }
    this.labels = Int32Array.from(
      { length: 2 * real.length + 1 },
      (_, s) => s % 2 === 0 ? blank : real[s >> 1]!,
    );
    this.last = Math.max(0, Math.min(T, steps[b]!));
  }

  get states(): number {
    return this.labels.length;
  }

  /** Whether the path may go from state `s − 2` to `s`. */
  skips(s: number): boolean {
    return s % 2 === 1 && s > 1 && this.labels[s] !== this.labels[s - 2];
  }
}

/** The logarithm of the probability of a target, from its forward variables at the last step. */
function totalOf(row: Row, alpha: Float32Array, end: number): number {
  if (row.last === 0) return row.states === 1 ? 0 : NEVER;
  const last = end + row.states - 1;
  return row.states > 1 ? both(alpha[last]!, alpha[last - 1]!) : alpha[last]!;
}

function program(
  name: string,
  body: string,
  sizes: Sizes,
  attrs: Attrs,
): Pick<GpuProgram, "name" | "wgsl" | "launch" | "workgroup" | "uniforms"> {
  return {
    name,
    wgsl: body,
    launch: sizes.batch,
    workgroup: 64,
    uniforms: [
      ...Object.entries({ ...sizes, blank: attrs.blank }).map(([name, value]) => ({
        name,
        type: "i32" as const,
        value,
      })),
      { name: "impossible", type: "f32", value: attrs.impossible },
    ],
  };
}

const derivative = defineKernel<Names | Kept | "dy", Attrs>({
  name: "CtcLossGrad",
  inputs: ["x", "target_", "steps_", "alpha", "lse", "dy"],
  outputs: ({ x, alpha }) => [x, alpha],
  host(arrays, [dx, beta], { blank }, shapes) {
    const { x, target_, steps_, alpha, lse, dy } = arrays as Record<string, Float32Array>;
    const sizes = sizesOf(shapes.x, shapes.target_);
    const { batch: B, steps: T, classes: K } = sizes;
    const L = 2 * sizes.labels + 1;
    dx!.fill(0);
    for (let b = 0; b < B; b++) {
      const row = new Row(target_!, steps_!, b, sizes, blank);
      const { last, states, labels } = row;
      const total = totalOf(row, alpha!, (b * T + last - 1) * L);
      if (last === 0 || total <= NEVER) continue;
      for (let t = last - 1; t >= 0; t--) {
        const [at, after] = [(b * T + t) * L, (b * T + t + 1) * L];
        const from = (s: number) => {
          const then = beta![after + s]!;
          if (then <= NEVER) return NEVER;
          return then + x![(b * T + t + 1) * K + labels[s]!]! - lse![b * T + t + 1]!;
        };
        const [place, scale] = [(b * T + t) * K, dy![b]!];
        for (let k = 0; k < K; k++) {
          dx![place + k] = scale * Math.exp(x![place + k]! - lse![b * T + t]!);
        }
        for (let s = 0; s < states; s++) {
          let sum = NEVER;
          if (t === last - 1) {
            if (s >= states - 2) sum = 0;
          } else {
            sum = from(s);
            if (s + 1 < states) sum = both(sum, from(s + 1));
            if (s + 2 < states && row.skips(s + 2)) sum = both(sum, from(s + 2));
          }
          beta![at + s] = sum;
          if (sum > NEVER && alpha![at + s]! > NEVER) {
            dx![place + labels[s]!]! -= scale * Math.exp(alpha![at + s]! + sum - total);
          }
        }
      }
    }
  },
  gpu(infos, attrs, run) {
    const { x, target_, alpha } = infos;
    const sizes = sizesOf(x.shape, target_.shape);
    const shared = wgsl.slice(0, wgsl.indexOf("fn main("));
    return run.all({
      ...program("ctcLossGrad", `${shared}${gradWgsl}`, sizes, attrs),
      inputs: ["x", "target_", "steps_", "alpha", "lse", "dy"],
      outShape: x.shape,
      further: { beta: alpha.shape },
    }, [x, target_, infos.steps_, alpha, infos.lse, infos.dy]);
  },
});

const kernel = defineKernel<Names, Attrs>({
  name: "CtcLoss",
  inputs: ["x", "target_", "steps_"],
  outputs({ x, target_ }) {
    const { batch, steps, labels } = sizesOf(x, target_);
    return [[batch], [batch, steps, 2 * labels + 1], [batch, steps]];
  },
  host(arrays, [losses, alpha, lse], { blank, impossible }, shapes) {
    const { x, target_, steps_ } = arrays as Record<string, Float32Array>;
    const sizes = sizesOf(shapes.x, shapes.target_);
    const { batch: B, steps: T, classes: K } = sizes;
    const L = 2 * sizes.labels + 1;
    alpha!.fill(NEVER);
    for (let b = 0; b < B; b++) {
      const row = new Row(target_!, steps_!, b, sizes, blank);
      const { last, states, labels } = row;
      for (let t = 0; t < last; t++) {
        const [place, at] = [(b * T + t) * K, (b * T + t) * L];
        let top = -Infinity, sum = 0;
        for (let k = 0; k < K; k++) if (!(x![place + k]! <= top)) top = x![place + k]!;
        for (let k = 0; k < K; k++) sum += Math.exp(x![place + k]! - top);
        const rest = lse![b * T + t] = top + Math.log(sum);
        for (let s = 0; s < states; s++) {
          let before = t === 0 && s < 2 ? 0 : NEVER;
          if (t > 0) {
            before = alpha![at - L + s]!;
            if (s > 0) before = both(before, alpha![at - L + s - 1]!);
            if (row.skips(s)) before = both(before, alpha![at - L + s - 2]!);
          }
          if (!(before <= NEVER)) alpha![at + s] = before + x![place + labels[s]!]! - rest;
        }
      }
      const total = totalOf(row, alpha!, (b * T + last - 1) * L);
      losses![b] = total <= NEVER ? impossible : -total;
    }
  },
  gpu(infos, attrs, run) {
    const { x, target_, steps_ } = infos;
    const sizes = sizesOf(x.shape, target_.shape);
    const { batch, steps, labels } = sizes;
    return run.all({
      ...program("ctcLoss", wgsl, sizes, attrs),
      inputs: ["x", "target_", "steps_"],
      outShape: [batch],
      further: { alpha: [batch, steps, 2 * labels + 1], lse: [batch, steps] },
    }, [x, target_, steps_]);
  },
  saves: { inputs: ["x", "target_", "steps_"], outputs: 3 },
  gradient: (dy, { x, target_, steps_ }, attrs, _, __, [, alpha, lse]) => ({
    x: () => derivative({ x, target_, steps_, alpha: alpha!, lse: lse!, dy }, attrs)[0]!,
  }),
});

/**
 * How unlikely each row's target is, in nats, if at each step one class is written, equal neighbours are then merged, and
 * blanks removed: connectionist temporal classification.
 *
 * `−log Σ Πₜ softmax(x_t)[π_t]`, over all sequences of classes π from which the target is left. The sum is made by the
 * forward–backward algorithm on logarithms; the gradient of the logits is `softmax(x_t)[k]` minus the probability that class k is
 * written at step t, given the target.
 *
 * @param logits `[B, T, K]`, float32; the softmax is part of this.
 * @param targets Labels, `[B, S]`, int32, filled up with -100; a row may be empty.
 * @param options The steps that count, and the blank.
 * @returns One loss a row, `[B]`; ∞ where the target cannot come, where the gradient is 0.
 * @throws {ShapeError} If the shapes do not fit together.
 * @throws {RangeError} If a label is no class, or the blank (on WebGPU, where values are not looked at, the loss is NaN).
 * @see Graves et al., 2006, "Connectionist Temporal Classification: Labelling Unsegmented Sequence Data with Recurrent Neural
 *   Networks", https://www.cs.toronto.edu/~graves/icml_2006.pdf, §4.1
 */
export function ctcLossRows(
  logits: Tensor,
  targets: Tensor,
  { steps, blank = 0, zeroInfinity = false }: CtcLossOptions = {},
): Tensor {
  checkShape("apply ctcLoss", "logits", logits, [-1, -1, -1]);
  const [B, T, K] = logits.shape as [number, number, number];
  checkShape("apply ctcLoss", "targets", targets, [B, -1]);
  if (steps) checkShape("apply ctcLoss", "steps", steps, [B]);
  if (!(Number.isInteger(blank) && blank >= 0 && blank < K)) {
    throw new RangeError(
      `Cannot apply ctcLoss as blank must be a class in 0…${K - 1}: current value is ${blank}`,
    );
  }
  const attrs = { blank, impossible: zeroInfinity ? 0 : Infinity };
  const steps_ = steps ? tf.cast(steps, "int32") : tf.fill([B], T, "int32");
  // a tensor of no label has no memory: one label that does not count says the same
  const target_ = targets.shape[1] === 0
    ? tf.fill([B, 1], -100, "int32")
    : tf.cast(targets, "int32");
  return kernel({ x: logits, target_, steps_ }, attrs)[0]!;
}

/**
 * The mean over rows of {@link ctcLossRows} by the number of their labels, as in PyTorch.
 *
 * @param logits `[B, T, K]`, float32.
 * @param targets Labels, `[B, S]`, int32, filled up with -100.
 * @param options The steps that count, and the blank.
 * @returns A scalar, in nats a label.
 * @throws {ShapeError} If the shapes do not fit together.
 * @throws {RangeError} If a label is no class, or the blank (on WebGPU, where values are not looked at, the loss is NaN).
 */
export function ctcLoss(logits: Tensor, targets: Tensor, options: CtcLossOptions = {}): Scalar {
  const losses = ctcLossRows(logits, targets, options);
  const labels = tf.sum(tf.cast(tf.greaterEqual(targets, 0), "float32"), 1);
  return tf.mean(tf.div(losses, tf.maximum(labels, 1))) as Scalar;
}
