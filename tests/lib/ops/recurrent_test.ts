import assert from "node:assert/strict";
import { recurrent, type RecurrentCell, type RecurrentOptions } from "@tome/tome/ops";
import { randomNormal, Rng, type Tensor, useDevice } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { recurrentReference } from "../../../lib/ops/recurrent_reference.ts";
import { CELLS } from "../../../lib/ops/recurrent_cells.ts";
import { countDispatches } from "../../_support/dispatches.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose, assertGradient } from "../../_support/numeric.ts";

/** Steps, rows and units. */
type Sizes = readonly [T: number, B: number, H: number];

/** x, weight, bias and state for a cell. */
function draw(cell: RecurrentCell, [T, B, H]: Sizes, seed = 1): Tensor[] {
  const random = new Rng(seed);
  const { gates, states } = CELLS[cell];
  const shapes = [[T, B, gates * H], [gates * H, H], [gates * H], [states, B, H]];
  return shapes.map((shape, i) =>
    randomNormal(shape, 0, i === 1 ? 1 / Math.sqrt(H) : 0.7, { rng: random })
  );
}

/** A mask with holes, whose row `b` has more of them the larger `b` is; the last row counts nowhere. */
const maskOf = ([T, B]: Sizes) =>
  tf.tensor2d(
    Array.from(
      { length: B },
      (_, b) => Array.from({ length: T }, (_, t) => b < B - 1 && (t * 3 + b) % (b + 2) > 0 ? 1 : 0),
    ),
    [B, T],
    "int32",
  );

type Op = typeof recurrent;

/** Hidden states and last state in one tensor. */
function all(op: Op, cell: RecurrentCell, options: RecurrentOptions) {
  return (...[x, weight, bias, state]: Tensor[]): Tensor => {
    const made = op(cell, x!, weight!, bias!, { ...options, state });
    return tf.concat([made.output, made.state], 0);
  };
}

const FORMS: Record<string, (sizes: Sizes) => RecurrentOptions> = {
  "": () => ({}),
  ", in reverse": () => ({ reverse: true }),
  ", masked": (sizes) => ({ mask: maskOf(sizes) }),
  ", masked and in reverse": (sizes) => ({ mask: maskOf(sizes), reverse: true }),
};

for (const cell of Object.keys(CELLS) as RecurrentCell[]) {
  for (const [form, optionsOf] of Object.entries(FORMS)) {
    testOnDevices(`recurrent(${cell})${form} equals its definition`, async () => {
      for (const sizes of [[3, 2, 4], [1, 1, 1], [5, 4, 33], [2, 3, 300]] as Sizes[]) {
        const [options, inputs] = [optionsOf(sizes), draw(cell, sizes)];
        const expected = all(recurrentReference, cell, options)(...inputs);
        await assertClose(all(recurrent, cell, options)(...inputs), expected);
      }
    });

    testOnDevices(`recurrent(${cell})${form} has the gradient of its definition`, async () => {
      for (const sizes of [[1, 2, 3], [4, 3, 33]] as Sizes[]) {
        const [options, inputs] = [optionsOf(sizes), draw(cell, sizes, 2)];
        const of = (op: Op) =>
          tf.grads((...xs: Tensor[]) => {
            const y = all(op, cell, options)(...xs);
            return tf.sum(tf.mul(y, tf.cos(y))) as tf.Scalar;
          })(inputs);
        const [actual, expected] = [of(recurrent), of(recurrentReference)];
        for (const [i, g] of actual.entries()) {
          await assertClose(g, expected[i]!, { rtol: 1e-3, atol: 1e-4 }); // sums of many terms
        }
      }
    });
  }

  testOnDevices(`recurrent(${cell}) has the gradient of its differences`, async () => {
    const sizes: Sizes = [3, 2, 2];
    const inputs = draw(cell, sizes, 5);
    await assertGradient(all(recurrent, cell, { mask: maskOf(sizes) }), inputs);
  });
}

testOnDevices(
  "recurrent() starts from zeros, and gives only what is asked for a gradient",
  async () => {
    const [x, weight, bias, state] = draw("lstm", [4, 2, 5]) as [Tensor, Tensor, Tensor, Tensor];
    const none = recurrent("lstm", x, weight, bias);
    const zeros = recurrent("lstm", x, weight, bias, { state: tf.zerosLike(state) });
    await assertClose(none.output, zeros.output, { rtol: 0, atol: 0 });
    const last = (op: Op) =>
      tf.grad((w: Tensor) => tf.sum(tf.square(op("lstm", x, w, bias).state)) as tf.Scalar)(weight);
    await assertClose(last(recurrent), last(recurrentReference), { rtol: 1e-3, atol: 1e-4 });
  },
);

testOnDevices("recurrent() stays finite where gates are far out", async () => {
  for (const cell of ["tanh", "lstm", "gru"] as const) {
    const [x, weight, bias] = draw(cell, [3, 2, 4]) as [Tensor, Tensor, Tensor];
    const far = tf.mul(x, 1e4);
    const grad = tf.grad((x: Tensor) =>
      tf.sum(recurrent(cell, x, weight, bias).output) as tf.Scalar
    );
    for (const made of [recurrent(cell, far, weight, bias).output, grad(far)]) {
      assert.ok((await made.data()).every(Number.isFinite), cell);
    }
  }
});

testOnDevices("recurrent() gives the last state of the tokens that count", async () => {
  const [x, weight, bias] = draw("lstm", [5, 1, 4]) as [Tensor, Tensor, Tensor];
  const padded = recurrent("lstm", x, weight, bias, { mask: tf.tensor2d([[1, 1, 1, 0, 0]]) });
  const short = recurrent("lstm", tf.slice(x, 0, 3), weight, bias);
  await assertClose(padded.state, short.state, { rtol: 1e-6 });
});

testOnDevices("recurrent() refuses shapes that do not fit, and makes no step of none", () => {
  const [x, weight, bias] = draw("gru", [2, 1, 4]) as [Tensor, Tensor, Tensor];
  assert.throws(() => recurrent("lstm", x, weight, bias), { name: "ShapeError" });
  assert.throws(() => recurrent("gru", x, weight, bias, { state: tf.zeros([2, 1, 4]) }), {
    message: /Cannot run gru cells as .*state/,
  });
  const none = recurrent("gru", tf.zeros([0, 3, 12]), weight, bias);
  assert.deepEqual([none.output.shape, none.state.shape], [[0, 3, 4], [1, 3, 4]]);
});

testOnDevices("recurrent() launches as many programs for 50 steps as for 2", async () => {
  await useDevice("webgpu");
  const count = (T: number) => {
    const [x, weight, bias] = draw("lstm", [T, 2, 8]) as [Tensor, Tensor, Tensor];
    return countDispatches(async () => {
      const loss = (x: Tensor, w: Tensor, b: Tensor) =>
        tf.sum(recurrent("lstm", x, w, b).output) as tf.Scalar;
      const grads = tf.tidy(() => tf.grads(loss)([x, weight, bias]));
      await Promise.all(grads.map((g) => g.data()));
      tf.dispose(grads);
    });
  };
  const [few, many] = [await count(2), await count(50)];
  assert.equal(many, few);
  assert.ok(many <= 12, `${many} programs`);
}, ["webgpu"]);
