import * as tf from "../tensor/_tf.ts";
import type { GPUBackend } from "../tensor/dispatch.ts";
import { type Activation, multiply } from "../tensor/gpu_product.ts";
import { checkShape, type Tensor } from "../tensor/mod.ts";
import { gelu, GELU_ACTIVATIONS, geluGradient } from "./gelu.ts";
import { linear, linearGradients, rowsFor } from "./linear.ts";

/** What follows an affine map in the same program. */
export interface FusedLinearOptions {
  /** Applied to each element: `"gelu"` by its definition, `"gelu_tanh"` by its approximation. @default {none} */
  activation?: "relu" | "gelu" | "gelu_tanh";
  /** Added last, `[..., O]`. @default {nothing} */
  residual?: Tensor;
}

type Name = NonNullable<FusedLinearOptions["activation"]>;

/** An activation as part of a GPU program, as a kernel of its own, and its gradient. */
interface Step {
  gpu: Activation;
  kernel: string;
  attrs: Record<string, unknown>;
  gradient(before: Tensor, dy: Tensor): Tensor;
}

const STEPS: Record<Name, Step> = {
  relu: {
    // a NaN stays one
    gpu: {
      name: "relu",
      wgsl: "fn activate(v : f32) -> f32 { return select(v, 0.0, v < 0.0); }\n",
    },
    kernel: "Relu",
    attrs: {},
    gradient: (before, dy) => tf.mul(dy, tf.step(before)),
  },
  gelu: {
    gpu: GELU_ACTIVATIONS.none,
    kernel: "Gelu",
    attrs: { tanh: false },
    gradient: (before, dy) => geluGradient(before, dy, false),
  },
  gelu_tanh: {
    gpu: GELU_ACTIVATIONS.tanh,
    kernel: "Gelu",
    attrs: { tanh: true },
    gradient: (before, dy) => geluGradient(before, dy, true),
  },
};

interface Attrs {
  activation?: Name;
  /** Whether what the activation is given is the second output, as its gradient needs. */
  keep: boolean;
}

for (const backendName of ["cpu", "wasm", "webgpu"]) {
  if (tf.getKernel("FusedLinear", backendName)) continue;
  tf.registerKernel({
    kernelName: "FusedLinear",
    backendName,
    kernelFunc({ inputs, attrs, backend: given }) {
      const { x, weight, bias, residual } = inputs as Record<string, tf.TensorInfo>;
      const { activation, keep } = attrs as unknown as Attrs;
      const step = activation && STEPS[activation];
      if (backendName === "webgpu") {
        const made = multiply(given as unknown as GPUBackend, x!, weight!, {
          transposeB: true,
          ...(bias && { bias }),
          ...(residual && { residual }),
          ...(step && { activation: step.gpu, keep }),
        });
        if (made) return [made.out, ...(made.before ? [made.before] : [])];
      }
      const backend = given as unknown as tf.KernelBackend;
      const run = (kernel: string, inputs: tf.NamedTensorInfoMap, attrs = {}) => {
        const out = tf.getKernel(kernel, backendName)!.kernelFunc({ inputs, attrs, backend });
        return (Array.isArray(out) ? out[0] : out) as tf.TensorInfo;
      };
      const as = (info: tf.TensorInfo, shape: number[]) => ({ ...info, shape });
      const batch = (info: tf.TensorInfo) => as(info, [1, ...info.shape]);
      const turned = { transposeA: false, transposeB: true, activation: "linear" };
      const factors = { a: batch(x!), b: batch(weight!) };
      const product = bias
        ? run("_FusedMatMul", { ...factors, bias }, turned)
        : run("BatchMatMul", factors, turned);
      const before = as(product, product.shape.slice(1));
      let y = before;
      if (step) y = run(step.kernel, { x: before }, step.attrs);
      if (residual) {
        const sum = run("Add", { a: y, b: residual });
        if (!(keep && y === before)) backend.disposeData(y.dataId);
        y = sum;
      }
      if (!step) return [y];
      if (keep) return [y, before];
      backend.disposeData(before.dataId);
      return [y];
    },
  });
}

if (!tf.getGradient("FusedLinear")) {
  tf.registerGradient({
    kernelName: "FusedLinear",
    inputsToSave: ["x", "weight"],
    outputsToSave: [false, true],
    gradFunc(given, [x, weight, before], attrs) {
      const dy = (Array.isArray(given) ? given[0] : given) as Tensor;
      const { activation } = attrs as unknown as Attrs;
      const inner = activation ? STEPS[activation].gradient(before!, dy) : dy;
      return { ...linearGradients(inner, x!, weight!), residual: () => tf.clone(dy) };
    },
  });
}

/**
 * An affine map of the last axis and what follows it: one GPU program where our own matrix products run.
 *
 * `y = activation(x Wᵀ + b) + residual`
 *
 * @param x `[..., I]`, float32.
 * @param weight `[O, I]`, float32.
 * @param bias `[O]`, float32; none adds nothing.
 * @param options The activation, and what is added last.
 * @returns `[..., O]`
 * @throws {ShapeError} If the shapes do not fit.
 */
export function fusedLinear(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  { activation, residual }: FusedLinearOptions = {},
): Tensor {
  if (!activation && !residual) return linear(x, weight, bias);
  const shape = [...x.shape.slice(0, -1), weight.shape[0]!];
  const rows = rowsFor(x, weight);
  if (residual) checkShape("apply fusedLinear", "residual", residual, shape);
  const flat = [rows.shape[0]!, weight.shape[0]!];
  const inputs = {
    x: rows,
    weight,
    ...(bias && { bias }),
    ...(residual && { residual: tf.reshape(residual, flat) }),
  };
  const keep = (tf.engine() as unknown as { isTapeOn(): boolean }).isTapeOn();
  const outputs = tf.engine().runKernel(
    "FusedLinear",
    inputs as unknown as tf.NamedTensorMap,
    { ...(activation && { activation }), keep } as tf.NamedAttrMap,
  ) as Tensor | Tensor[];
  return tf.reshape(Array.isArray(outputs) ? outputs[0]! : outputs, shape);
}

/** {@link fusedLinear} in TensorFlow.js's own operations: the definition that tests compare with. */
export function fusedLinearReference(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  { activation, residual }: FusedLinearOptions = {},
): Tensor {
  const product = tf.matMul(tf.reshape(x, [-1, weight.shape[1]!]), weight, false, true);
  const y = tf.reshape(bias ? tf.add(product, bias) : product, [
    ...x.shape.slice(0, -1),
    weight.shape[0]!,
  ]);
  const z = activation === "relu"
    ? tf.relu(y)
    : activation
    ? gelu(y, { approximate: activation === "gelu" ? "none" : "tanh" })
    : y;
  return residual ? tf.add(z, residual) : z;
}
