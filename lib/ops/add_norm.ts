import * as tf from "../tensor/_tf.ts";
import { checkShape, rowsOf, type Shape, type Tensor } from "../tensor/mod.ts";
import { defineKernel, type Elements, seenAs } from "./_define.ts";
import {
  derivativeOfSum,
  normalize,
  type NormAttrs,
  type NormOptions,
  rowProgram,
} from "./layer_norm.ts";

/** A norm and what it is of, which is used besides: their gradients are added where the first is made. */
function define<Names extends "x" | "change" | "gamma" | "beta">(
  name: string,
  inputs: readonly Names[],
) {
  return defineKernel<Names, NormAttrs>({
    name,
    inputs,
    outputs(shapes) {
      const { x } = shapes as Record<string, Shape>;
      return [x!, x!];
    },
    host(arrays, [sum, y], attrs) {
      const { x, change, gamma, beta } = arrays as unknown as Record<string, Elements>;
      if (change) { for (let i = 0; i < sum!.length; i++) sum![i] = x![i]! + change[i]!; }
      else sum!.set(x!);
      normalize(sum!, gamma!, beta!, y!, attrs);
    },
    gpu(infos, attrs, run) {
      const { x, change, gamma, beta } = infos as Record<string, tf.TensorInfo>;
      const shape = rowsOf(x!.shape);
      const flat = seenAs(x!, shape);
      if (!change) {
        const functions = `fn at(i : i32) -> f32 { return x[i]; }
fn keep(i : i32, v : f32) {}`;
        const program = rowProgram("LayerNorm", functions, shape, attrs, {
          inputs: ["x", "gamma", "beta"],
        });
        const y = run(program, [flat, gamma!, beta!]);
        tf.backend().incRef(x!.dataId); // the first output is x itself
        return [x!, y].map((output) => seenAs(output, x!.shape));
      }
      const functions = `fn at(i : i32) -> f32 { return x[i] + change[i]; }
fn keep(i : i32, v : f32) { added[i] = v; }`;
      const program = rowProgram(name, functions, shape, attrs, {
        inputs: ["x", "change", "gamma", "beta"],
        further: { added: shape },
      });
      const [y, sum] = run.all(program, [flat, seenAs(change, shape), gamma!, beta!]);
      return [sum!, y!].map((output) => seenAs(output, x!.shape));
    },
    saves: { inputs: ["gamma" as Names], output: true },
    gradient(dsum, kept, attrs, sum, [, dy]) {
      const { gamma } = kept as Record<string, Tensor>;
      const [dx, dgamma, dbeta] = derivativeOfSum({ x: sum, gamma: gamma!, dy: dy!, dsum }, attrs);
      return {
        x: () => dx!,
        change: () => tf.clone(dx!), // the engine frees what it adds up
        gamma: () => dgamma!,
        beta: () => dbeta!,
      } as Partial<Record<Names, () => Tensor>>;
    },
  });
}

const added = define("AddLayerNorm", ["x", "change", "gamma", "beta"]);
const same = define("KeepLayerNorm", ["x", "gamma", "beta"]);

function apply(
  what: string,
  x: Tensor,
  change: Tensor | undefined,
  gamma: Tensor,
  beta: Tensor | undefined,
  attrs: NormAttrs,
): [sum: Tensor, normed: Tensor] {
  const channels = x.shape.at(-1) ?? 1;
  checkShape(`apply ${what}`, "gamma", gamma, [channels]);
  if (beta) checkShape(`apply ${what}`, "beta", beta, [channels]);
  if (change) checkShape(`apply ${what}`, "change", change, x.shape);
  const vectors = { gamma, beta: beta ?? tf.zeros([channels]) };
  const [sum, normed] = change
    ? added({ x, change, ...vectors }, attrs)
    : same({ x, ...vectors }, attrs);
  return [sum!, normed!];
}

/**
 * Adds a change to a stream, and normalises the sum: the step between two layers of a Transformer in one program.
 *
 * `sum = x + change`, `normed = layerNorm(sum)`
 *
 * @param x The stream, `[..., C]`, float32.
 * @param change What is added, the same shape; none adds nothing.
 * @param gamma Gain of each channel, `[C]`, float32.
 * @param beta Bias of each channel, `[C]`, float32; none adds nothing.
 * @returns The sum and its norm, both of the shape of `x`.
 * @throws {ShapeError} If the shapes do not fit.
 */
export function addLayerNorm(
  x: Tensor,
  change: Tensor | undefined,
  gamma: Tensor,
  beta?: Tensor,
  { eps = 1e-5 }: NormOptions = {},
): [sum: Tensor, normed: Tensor] {
  return apply("addLayerNorm", x, change, gamma, beta, { eps, center: true });
}

/**
 * Adds a change to a stream, and scales the sum to unit root mean square.
 *
 * `sum = x + change`, `normed = rmsNorm(sum)`
 *
 * @param x The stream, `[..., C]`, float32.
 * @param change What is added, the same shape; none adds nothing.
 * @param gamma Gain of each channel, `[C]`, float32.
 * @returns The sum and its norm, both of the shape of `x`.
 * @throws {ShapeError} If the shapes do not fit.
 */
export function addRMSNorm(
  x: Tensor,
  change: Tensor | undefined,
  gamma: Tensor,
  { eps = 1e-5 }: NormOptions = {},
): [sum: Tensor, normed: Tensor] {
  return apply("addRMSNorm", x, change, gamma, undefined, { eps, center: false });
}
