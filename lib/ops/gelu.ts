import * as tf from "../tensor/_tf.ts";
import { sizeOf, type Tensor } from "../tensor/mod.ts";
import { simdFor } from "../tensor/simd.ts";
import { defineKernel, seenAs } from "./_define.ts";
import { GATES, SLOPES } from "./normal.ts";
import shareWgsl from "./gelu_share.wgsl" with { type: "text" };
import wgsl from "./gelu.wgsl" with { type: "text" };

/** How {@link gelu} is computed. */
export interface GeluOptions {
  /**
   * `"none"` is the definition, by the normal distribution function; `"tanh"` is the approximation that GPT-2 was
   * trained with, `"gelu_new"` in Hugging Face's configurations. @default {"none"}
   */
  approximate?: "none" | "tanh";
}

interface GeluAttrs {
  tanh: boolean;
}

function gpuProgram(gradient: boolean, tanh: boolean, size: number) {
  return {
    name: "gelu",
    wgsl: shareWgsl + wgsl,
    inputs: ["x", "dy"],
    outShape: [size],
    launch: "elements" as const,
    constants: { TANH: Number(tanh), GRADIENT: Number(gradient) },
  };
}

/** GELU as what follows a matrix product in the same program. */
export const GELU_ACTIVATIONS: Record<"none" | "tanh", { name: string; wgsl: string }> = {
  none: { name: "gelu", wgsl: activationWgsl(0) },
  tanh: { name: "gelu, tanh", wgsl: activationWgsl(1) },
};

function activationWgsl(tanh: number): string {
  return `const TANH : i32 = ${tanh};\n${shareWgsl}fn activate(v : f32) -> f32 { return geluOf(v); }\n`;
}

/** The gradient of GELU: `dy` times its derivative at `x`. */
export function geluGradient(x: Tensor, dy: Tensor, tanh: boolean): Tensor {
  return derivative({ x, dy }, { tanh })[0]!;
}

const derivative = defineKernel<"x" | "dy", GeluAttrs>({
  name: "GeluGrad",
  inputs: ["x", "dy"],
  outputs: ({ x }) => [x],
  host({ x, dy }, [dx], { tanh }) {
    const simd = simdFor(x, dy, dx!);
    if (simd) return simd.geluGrad(x.byteOffset, dy.byteOffset, dx!.byteOffset, x.length, tanh);
    const slope = SLOPES[tanh ? "tanh" : "none"];
    for (let i = 0; i < x.length; i++) dx![i] = dy[i]! * slope(x[i]!);
  },
  gpu({ x, dy }, { tanh }, run) {
    const size = sizeOf(x.shape);
    const out = run(gpuProgram(true, tanh, size), [seenAs(x, [size]), seenAs(dy, [size])]);
    return [seenAs(out, x.shape)];
  },
});

const kernel = defineKernel<"x", GeluAttrs>({
  name: "Gelu",
  inputs: ["x"],
  outputs: ({ x }) => [x],
  host({ x }, [y], { tanh }) {
    const simd = simdFor(x, y!);
    if (simd) return simd.gelu(x.byteOffset, y!.byteOffset, x.length, tanh);
    const gate = GATES[tanh ? "tanh" : "none"];
    for (let i = 0; i < x.length; i++) {
      const v = x[i]!, share = gate(v);
      y![i] = share === 0 ? 0 : v * share; // -∞ gives 0
    }
  },
  gpu({ x }, { tanh }, run) {
    const size = sizeOf(x.shape);
    const flat = seenAs(x, [size]);
    return [seenAs(run(gpuProgram(false, tanh, size), [flat, flat]), x.shape)];
  },
  gradient: (dy, { x }, attrs) => ({ x: () => geluGradient(x, dy, attrs.tanh) }),
});

/**
 * The Gaussian error linear unit, elementwise.
 *
 * `gelu(x) = x Φ(x)`, with Φ the distribution function of the standard normal distribution.
 *
 * @param x Any shape, float32.
 * @returns The same shape as `x`.
 * @see Hendrycks and Gimpel, 2016, "Gaussian Error Linear Units (GELUs)", https://arxiv.org/abs/1606.08415
 */
export function gelu(x: Tensor, { approximate = "none" }: GeluOptions = {}): Tensor {
  return kernel({ x }, { tanh: approximate === "tanh" })[0]!;
}

/** {@link gelu} in TensorFlow.js's own operations: the definition that tests compare with. */
export function geluReference(x: Tensor, { approximate = "none" }: GeluOptions = {}): Tensor {
  if (approximate === "tanh") {
    const root = 2 * Math.sqrt(2 / Math.PI);
    return tf.mul(
      x,
      tf.sigmoid(tf.mul(tf.mul(x, root), tf.add(1, tf.mul(0.044715, tf.square(x))))),
    );
  }
  return tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.div(x, Math.SQRT2)))));
}
