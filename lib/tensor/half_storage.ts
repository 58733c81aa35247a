import * as tf from "./_tf.ts";
import { packHalf, unpackHalf } from "./half.ts";
import type { TensorContainer } from "./scope.ts";
import type { Tensor, Variable } from "./types.ts";

interface Node {
  gradient?: (dys: Tensor[]) => unknown;
}

/** What of the engine keeps tensors for the way back. */
interface Engine {
  state: {
    activeTape: Node[] | null;
    kernelDepth: number;
    gradientDepth: number;
    registeredVariables: Record<string, Variable>;
  };
  addTapeNode(
    kernel: string,
    inputs: unknown,
    outputs: unknown,
    gradient: unknown,
    saved: (Tensor | undefined)[] | undefined,
    ...rest: unknown[]
  ): void;
}

/**
 * Runs a part of a model, and keeps the large tensors that its gradient needs as float16: half the memory, for two quick
 * passes over each, and gradients whose error is about 1/2048 of what flows through a tensor.
 *
 * Parameters are not touched, nor are tensors with fewer than `least` elements, such as the statistics of a norm. What the
 * part makes and neither gives nor needs again is freed at its end.
 *
 * @param f The part.
 * @param least The fewest elements of a tensor that is stored so.
 * @returns What `f` gives.
 */
export function storeHalf<T extends TensorContainer>(f: () => T, least: number): T {
  const engine = tf.engine() as unknown as Engine;
  const { addTapeNode } = engine;
  if (!engine.state.activeTape) return f();
  const parameters = new Set(
    Object.values(engine.state.registeredVariables).map(({ dataId }) => dataId),
  );
  const packed = new Map<object, Tensor>(); // a tensor that several need is stored once
  const isLarge = (tensor: Tensor | undefined): tensor is Tensor =>
    tensor !== undefined && tensor.dtype === "float32" && tensor.size >= least &&
    !parameters.has(tensor.dataId);
  const pack = (tensor: Tensor): Tensor => {
    let half = packed.get(tensor.dataId);
    if (!half) {
      engine.state.kernelDepth++; // this is no part of the model, and has no gradient
      try {
        half = tf.keep(packHalf(tensor));
      } finally {
        engine.state.kernelDepth--;
      }
      packed.set(tensor.dataId, half);
    }
    return half;
  };
  engine.addTapeNode = (kernel, inputs, outputs, gradient, saved, ...rest) => {
    const large = saved?.map((tensor) => isLarge(tensor) ? tensor : undefined) ?? [];
    const halves = large.map((tensor) => tensor && pack(tensor));
    for (const [k, tensor] of large.entries()) {
      if (!tensor) continue;
      engine.state.kernelDepth++;
      saved![k] = tf.keep(tf.clone(halves[k]!)); // each step of the way back frees its own
      engine.state.kernelDepth--;
      tensor.dispose();
    }
    addTapeNode.call(engine, kernel, inputs, outputs, gradient, saved, ...rest);
    const node = engine.state.activeTape!.at(-1)!;
    const back = node.gradient;
    if (!back || !halves.some((half) => half)) return;
    const shapes = large.map((tensor) => tensor?.shape);
    node.gradient = (dys) => {
      const stored = [...saved!];
      for (const [k, shape] of shapes.entries()) {
        if (shape) saved![k] = unpackHalf(stored[k]!, shape);
      }
      if (engine.state.gradientDepth === 0) { // what is unpacked is freed as any other saved tensor
        for (const [k, shape] of shapes.entries()) if (shape) stored[k]!.dispose();
        return back(dys);
      }
      try {
        return back(dys);
      } finally {
        for (const [k, half] of stored.entries()) saved![k] = half;
      }
    };
  };
  try {
    return tf.tidy(f);
  } finally {
    engine.addTapeNode = addTapeNode;
    for (const half of packed.values()) half.dispose();
  }
}
