import assert from "node:assert/strict";
import { Rng, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../lib/tensor/_tf.ts";

/** How far two numbers may lie apart: `atol + rtol · |expected|`. */
export interface Tolerance {
  /** Relative part. @default {1e-4} */
  rtol?: number;
  /** Absolute part. @default {1e-5} */
  atol?: number;
}

/** Fails unless every element is near the expected one; NaN equals NaN, and an infinity itself. */
export async function assertClose(
  actual: Tensor | ArrayLike<number>,
  expected: Tensor | ArrayLike<number>,
  { rtol = 1e-4, atol = 1e-5 }: Tolerance = {},
): Promise<void> {
  const [a, e] = [await values(actual), await values(expected)];
  if (actual instanceof tf.Tensor && expected instanceof tf.Tensor) {
    assert.deepEqual(actual.shape, expected.shape, "the shapes differ");
  }
  assert.equal(a.length, e.length, "the number of elements differs");
  for (let i = 0; i < e.length; i++) {
    const [x, y] = [Number(a[i]), Number(e[i])];
    if (Object.is(x, y) || x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    if (!(Math.abs(x - y) <= atol + rtol * Math.abs(y))) {
      assert.fail(
        `element ${i} of ${e.length} is ${x}, and should be ${y} (rtol ${rtol}, atol ${atol})`,
      );
    }
  }
}

async function values(x: Tensor | ArrayLike<number>): Promise<ArrayLike<number>> {
  return x instanceof tf.Tensor ? await x.data() : x;
}

/**
 * Fails unless the gradient of `f` equals its central differences, weighted by a random projection of its output.
 *
 * @param f A function of tensors to a tensor.
 * @param inputs Where to take the gradient; float32, at most some twenty numbers each.
 * @param options `step`: the half-width of a difference; float32 wants about 1e-2.
 */
export async function assertGradient(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: Tensor[],
  { step = 1e-2, rtol = 1e-2, atol = 1e-3 }: Tolerance & { step?: number } = {},
): Promise<void> {
  const weights = tf.tidy(() => {
    const random = new Rng(7);
    const y = f(...inputs);
    return tf.tensor(Float32Array.from({ length: y.size }, () => random.uniform(-1, 1)), y.shape);
  });
  const scalar = (...xs: Tensor[]) => tf.sum(tf.mul(f(...xs), weights)) as tf.Scalar;
  const gradients = tf.tidy(() => tf.grads(scalar)(inputs));
  for (const [k, input] of inputs.entries()) {
    const at = Float32Array.from(await input.data());
    const expected = new Float32Array(at.length);
    for (let i = 0; i < at.length; i++) {
      const probe = async (delta: number) => {
        const moved = at.slice();
        moved[i] = moved[i]! + delta;
        const y = tf.tidy(() => {
          const x = tf.tensor(moved, input.shape);
          return scalar(...inputs.map((other, j) => j === k ? x : other));
        });
        const value = (await y.data())[0]!;
        y.dispose();
        return value;
      };
      expected[i] = (await probe(step) - await probe(-step)) / (2 * step);
    }
    assert.deepEqual(gradients[k]!.shape, input.shape, `the shape of gradient ${k} differs`);
    await assertClose(gradients[k]!, expected, { rtol, atol });
  }
  tf.dispose([weights, ...gradients]);
}
