/**
 * Runs a case on the device in use, forward and backward.
 *
 * @module
 */
import { memory, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../lib/tensor/_tf.ts";
import { type Case, rngOf } from "./case.ts";
import { type Kind, type Nd, nd, sizeOf } from "./oracle/nd.ts";

/** What a device gave for a case. */
export interface Outcome {
  /** Its outputs. */
  outputs: Nd[];
  /** The gradient of the projected outputs by each input; undefined where there is none. */
  gradients: (Nd | undefined)[];
  /** Tensors and buffers left behind. */
  leaked: number;
  /** What it threw. */
  error?: Error;
  /** Whether it threw on the way back. */
  backward?: boolean;
}

/** The inputs of a case. */
export function inputsOf(c: Case): Nd[] {
  const rng = rngOf(c.name);
  return c.inputs.map((maker) => maker(rng));
}

/** The weights that turn the outputs of a case into one number. */
export function weightsOf(c: Case, shapes: readonly (readonly number[])[]): Nd[] {
  const rng = rngOf(`${c.name} weights`);
  return shapes.map((shape) => {
    const data = Float64Array.from(
      { length: sizeOf(shape) },
      () => rng.uniform(0.25, 1) * (rng.int(2) * 2 - 1),
    );
    return nd(shape, data.map(Math.fround));
  });
}

/** Which inputs a case is differentiated by. */
export function differentiated(c: Case, inputs: readonly Nd[]): boolean[] {
  if (c.gradient === false) return inputs.map(() => false);
  return inputs.map((x, i) => c.gradient ? c.gradient[i]! : x.dtype === "float32");
}

/** An array as a tensor of the device in use. */
export function toTensor(x: Nd): Tensor {
  const data = x.dtype === "float32"
    ? Float32Array.from(x.data)
    : x.dtype === "int32"
    ? Int32Array.from(x.data)
    : Uint8Array.from(x.data);
  return tf.tensor(data, [...x.shape], x.dtype);
}

/** A tensor as an array. */
export async function toArray(t: Tensor): Promise<Nd> {
  const { shape } = t, dtype = t.dtype as Kind;
  return nd(shape, await t.data<"float32">(), dtype);
}

/** Runs a case, reads everything back, frees everything, and counts what is left. */
export async function execute(c: Case, inputs: readonly Nd[]): Promise<Outcome> {
  const before = memory();
  const outcome: Outcome = { outputs: [], gradients: [], leaked: 0 };
  const held: Tensor[] = [];
  try {
    const x = inputs.map(toTensor);
    held.push(...x);
    const outputs = tf.tidy(() => list(c.run(...x)).map((y) => tf.clone(y)));
    held.push(...outputs);
    const by = differentiated(c, inputs);
    const floats = outputs.map((y) => y.dtype === "float32");
    let gradients: Tensor[] = [];
    if (by.includes(true) && floats.includes(true)) {
      outcome.backward = true;
      gradients = backward(c, x, by, weightsOf(c, outputs.map((y) => y.shape)));
      held.push(...gradients);
    }
    const arrays = await Promise.all([...outputs, ...gradients].map(toArray));
    delete outcome.backward;
    outcome.outputs = arrays.slice(0, outputs.length);
    const back = arrays.slice(outputs.length);
    outcome.gradients = by.map((yes) => yes ? back.shift() : undefined);
  } catch (error) {
    outcome.error = error instanceof Error ? error : new Error(String(error));
  }
  try {
    tf.dispose(held);
  } catch (error) {
    outcome.error ??= error instanceof Error ? error : new Error(String(error));
  }
  const after = memory();
  outcome.leaked = after.numTensors - before.numTensors +
    (after.numDataBuffers - before.numDataBuffers);
  return outcome;
}

/** The gradients of the projected outputs. */
function backward(c: Case, x: readonly Tensor[], by: readonly boolean[], weights: Nd[]): Tensor[] {
  return tf.tidy(() => {
    const f = (...moving: Tensor[]) => {
      const rest = [...moving];
      return list(c.run(...x.map((t, i) => by[i] ? rest.shift()! : t)));
    };
    const moving = x.filter((_, i) => by[i]);
    if (weights.length === 1) return tf.grads((...t) => f(...t)[0]!)(moving, toTensor(weights[0]!));
    const ws = weights.map(toTensor);
    return tf.grads((...t) => {
      const terms = f(...t).flatMap((y, i) =>
        y.dtype === "float32" ? [tf.sum(tf.mul(y, ws[i]!))] : []
      );
      return terms.reduce((a, b) => tf.add(a, b));
    })(moving);
  });
}

function list(y: Tensor | Tensor[]): Tensor[] {
  return Array.isArray(y) ? y : [y];
}
