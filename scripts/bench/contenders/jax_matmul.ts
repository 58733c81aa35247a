/**
 * Products of square float32 matrices in jax-js.
 *
 * @module
 */
import { type Array, jit, numpy as np } from "npm:@jax-js/jax@0.1.25";
import type { SetUp } from "../contender.ts";
import { startJax } from "./jax.ts";
import { type MatMulTask, matrices } from "../matrices.ts";

async function setUp(device: "webgpu" | "wasm", size: number) {
  const facts = await startJax(device);
  const [a, b] = matrices(size).map((values) => np.array(values, { shape: [size, size] })) as [
    Array,
    Array,
  ];
  const product = jit((x: Array, y: Array) => np.matmul(x, y));
  return {
    facts,
    async run(units: number) {
      let last = product(a.ref, b.ref) as Array;
      for (let i = 1; i < units; i++) {
        last.dispose();
        last = product(a.ref, b.ref) as Array;
      }
      const values = await last.data();
      return [values[values.length - 1] as number];
    },
  };
}

/** On WebGPU. */
export const webgpu: SetUp<MatMulTask> = ({ size }) => setUp("webgpu", size);

/** On WebAssembly. */
export const wasm: SetUp<MatMulTask> = ({ size }) => setUp("wasm", size);
