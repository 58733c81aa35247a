import * as tf from "../tensor/_tf.ts";
import { checkShape, sizeOf, type Tensor } from "../tensor/mod.ts";
import { defineKernel, seenAs } from "./_define.ts";
import { exp } from "./exp.ts";
import wgsl from "./swiglu.wgsl" with { type: "text" };

type Empty = Record<never, never>;

const derivative = defineKernel<"gate" | "up" | "dy", Empty>({
  name: "SwigluGrad",
  inputs: ["gate", "up", "dy"],
  outputs: ({ gate }) => [[2, sizeOf(gate)]],
  host({ gate, up, dy }, [gradients]) {
    const n = gate.length;
    for (let i = 0; i < n; i++) {
      const g = gate[i]!, s = 1 / (1 + exp(-g)), d = dy[i]!;
      gradients![i] = d * up[i]! * (s + (s === 0 ? 0 : g * s * (1 - s)));
      gradients![n + i] = s === 0 ? 0 : d * g * s;
    }
  },
  gpu(inputs, _attrs, run) {
    return [launch([2, sizeOf(inputs.gate.shape)], 1, [inputs.gate, inputs.up, inputs.dy], run)];
  },
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
  gpu({ gate, up }, _attrs, run) {
    return [seenAs(launch([sizeOf(gate.shape)], 0, [gate, up, gate], run), gate.shape)];
  },
  gradient(dy, { gate, up }) {
    const both = derivative({ gate, up, dy }, {})[0]!;
    const row = (i: number) => tf.reshape(tf.slice(both, [i, 0], [1, gate.size]), gate.shape);
    return { gate: () => row(0), up: () => row(1) };
  },
});

function launch(
  outShape: number[],
  gradient: number,
  inputs: tf.TensorInfo[],
  run: Parameters<Parameters<typeof defineKernel>[0]["gpu"]>[2],
): tf.TensorInfo {
  return run({
    name: "swiglu",
    wgsl,
    inputs: ["gate", "up", "dy"],
    outShape,
    launch: "elements",
    constants: { GRADIENT: gradient },
  }, inputs.map((info) => seenAs(info, [sizeOf(info.shape)])));
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
