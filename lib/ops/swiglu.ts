import * as tf from "../tensor/_tf.ts";
import { checkShape, sizeOf, type Tensor } from "../tensor/mod.ts";
import { defineKernel, type RunProgram, seenAs } from "./_define.ts";
import { exp } from "./exp.ts";
import wgsl from "./swiglu.wgsl" with { type: "text" };

type Empty = Record<never, never>;

/** `y = gate s up` */
const FORWARD = "fn give(i : i32, s : f32, gs : f32) { result[i] = gs * up[i]; }";

/** `dgate = dy up (s + gate s (1 − s))`, `dup = dy gate s` */
const BACKWARD = `fn give(i : i32, s : f32, gs : f32) {
  result[i] = dy[i] * up[i] * (s + gs * (1.0 - s));
  dup[i] = dy[i] * gs;
}`;

const derivative = defineKernel<"gate" | "up" | "dy", Empty>({
  name: "SwigluGrad",
  inputs: ["gate", "up", "dy"],
  outputs: ({ gate }) => [gate, gate],
  host({ gate, up, dy }, [dgate, dup]) {
    for (let i = 0; i < gate.length; i++) {
      const g = gate[i]!, s = 1 / (1 + exp(-g)), d = dy[i]!;
      dgate![i] = d * up[i]! * (s + (s === 0 ? 0 : g * s * (1 - s)));
      dup![i] = s === 0 ? 0 : d * g * s;
    }
  },
  gpu: ({ gate, up, dy }, _attrs, run) => launch([gate, up, dy], run),
});

const kernel = defineKernel<"gate" | "up", Empty>({
  name: "Swiglu",
  inputs: ["gate", "up"],
  outputs: ({ gate }) => [gate],
  host({ gate, up }, [y]) {
    for (let i = 0; i < gate.length; i++) {
      const s = 1 / (1 + exp(-gate[i]!));
      y![i] = s === 0 ? 0 : gate[i]! * s * up[i]!;
    }
  },
  gpu: ({ gate, up }, _attrs, run) => launch([gate, up], run),
  gradient(dy, { gate, up }) {
    const [dgate, dup] = derivative({ gate, up, dy }, {});
    return { gate: () => dgate!, up: () => dup! };
  },
});

function launch(inputs: tf.TensorInfo[], run: RunProgram): tf.TensorInfo[] {
  const { shape } = inputs[0]!;
  const flat = [sizeOf(shape)];
  const backward = inputs.length === 3;
  const outputs = run.all({
    name: backward ? "swigluGrad" : "swiglu",
    wgsl: `${backward ? BACKWARD : FORWARD}\n${wgsl}`,
    inputs: backward ? ["gate", "up", "dy"] : ["gate", "up"],
    outShape: flat,
    ...(backward ? { further: { dup: flat } } : {}),
    launch: "elements",
  }, inputs.map((info) => seenAs(info, flat)));
  return outputs.map((output) => seenAs(output, shape));
}

/**
 * The gated activation of Llama's MLP, elementwise.
 *
 * `y = gate · σ(gate) · up`
 *
 * @param gate Any shape, float32.
 * @param up The same shape.
 * @returns The same shape.
 * @throws {ShapeError} If the shapes differ.
 * @see Shazeer, 2020, "GLU Variants Improve Transformer", https://arxiv.org/abs/2002.05202
 */
export function swiglu(gate: Tensor, up: Tensor): Tensor {
  checkShape("apply swiglu", "up", up, gate.shape);
  return kernel({ gate, up }, {})[0]!;
}

/** {@link swiglu} in TensorFlow.js's own operations: the definition that tests compare with. */
export function swigluReference(gate: Tensor, up: Tensor): Tensor {
  return tf.mul(tf.mul(gate, tf.sigmoid(gate)), up);
}
