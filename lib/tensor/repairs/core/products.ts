import * as tf from "../../_tf.ts";
import { sizeOf } from "../../shape.ts";
import type { Tensor } from "../../types.ts";
import { contract, parseEquation, reduceTo } from "./contract.ts";
import { replaceKernel } from "../kernel.ts";
import { setGradient, unbroadcast } from "./gradient.ts";

/** C4: the gradient of a matrix product throws where the batch of one operand was broadcast. */
export function repairMatMulGradient(): void {
  setGradient<[Tensor, Tensor], { transposeA: boolean; transposeB: boolean }>(
    "BatchMatMul",
    { inputs: ["a", "b"] },
    (dy, [a, b], { transposeA, transposeB }) => ({
      a: () =>
        unbroadcast(
          transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB),
          a.shape,
        ),
      b: () => {
        if (!transposeA && a.rank > 2 && sizeOf(b.shape.slice(0, -2)) === 1) {
          // one matrix for the whole batch: the rows of all batches are one long matrix
          const rows = tf.reshape(a, [-1, a.shape.at(-1)!]);
          const dyRows = tf.reshape(dy, [-1, dy.shape.at(-1)!]);
          const db = transposeB
            ? tf.matMul(dyRows, rows, true, false)
            : tf.matMul(rows, dyRows, true, false);
          return tf.reshape(db, b.shape);
        }
        return unbroadcast(
          transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false),
          b.shape,
        );
      },
    }),
  );
}

/** C7: einsum has no gradient. */
export function addEinsumGradient(): void {
  setGradient<Tensor[], { equation: string }>(
    "Einsum",
    { allInputs: true },
    (dy, saved, { equation }) => {
      const { operands, out } = parseEquation(equation);
      return Object.fromEntries(operands.map((axes, i) => [String(i), () => {
        const x = saved[i]!;
        const other = saved.length === 2 ? { x: saved[1 - i]!, axes: operands[1 - i]! } : undefined;
        const known = [...axes].filter((c) => (out + (other?.axes ?? "")).includes(c)).join("");
        const g = other
          ? contract({ x: dy, axes: out }, other, known)
          : reduceTo({ x: dy, axes: out }, known);
        if (known === axes) return g;
        // a letter that only this operand has was summed away: the gradient is equal along it
        const expanded = [...axes].map((c, axis) => known.includes(c) ? x.shape[axis]! : 1);
        return tf.mul(tf.reshape(g, expanded), tf.ones(x.shape));
      }]));
    },
  );
}

/**
 * C22: einsum throws if letters are summed away in both operands, and multiplies before it sums.
 *
 * Here it is one batched matrix product, on every device.
 */
export function repairEinsum(): void {
  for (const backend of ["cpu", "wasm", "webgpu"]) {
    replaceKernel<unknown, { equation: string }>(backend, "Einsum", () => (call) => {
      const tensors = call.inputs as unknown as Tensor[];
      const { equation } = call.attrs;
      const { allDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, tensors.length);
      tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors);
      const { operands, out } = parseEquation(equation);
      return tf.tidy(() => {
        const [a, b] = tensors.map((x, i) => ({ x: tf.cast(x, "float32"), axes: operands[i]! }));
        const y = b ? contract(a!, b, out) : reduceTo(a!, out);
        return tf.cast(y, tensors[0]!.dtype);
      });
    });
  }
}
