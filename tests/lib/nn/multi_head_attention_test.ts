import assert from "node:assert/strict";
import { KVCache, MultiHeadAttention, paddingMask } from "@tome/tome/nn";
import { attention } from "@tome/tome/ops";
import { randomNormal, seed, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose, assertGradient } from "../../_support/numeric.ts";

const part = (x: Tensor, start: number, length: number) =>
  tf.slice(x, [0, start, 0], [x.shape[0]!, length, x.shape[2]!]);

testOnDevices("MultiHeadAttention's heads need not fill the width, and have a scale", async () => {
  seed(1);
  using layer = new MultiHeadAttention({
    embedDim: 6,
    numHeads: 2,
    headDim: 5,
    scale: 0.7,
    std: 1,
  });
  const [x, y] = [randomNormal([2, 3, 6]), randomNormal([2, 4, 6])];
  const heads = (z: Tensor) =>
    tf.transpose(tf.reshape(z, [2, z.shape[1]!, 2, 5]), [0, 2, 1, 3]) as Tensor;
  const [q, k, v] = [layer.q.forward(x), layer.k.forward(y), layer.v.forward(y)].map(heads);
  const seen = tf.transpose(attention(q!, k!, v!, { scale: 0.7 }), [0, 2, 1, 3]);
  await assertClose(layer.forward(x, y), layer.proj.forward(tf.reshape(seen, [2, 3, 10])));
  await assertGradient((x, y) => layer.forward(x, y), [
    tf.slice(x, [0, 0, 0], [1, 3, 6]),
    tf.slice(y, [0, 0, 0], [1, 3, 6]),
  ]);
});

testOnDevices(
  "MultiHeadAttention equals itself token by token, causal or under a mask of the cache's size",
  async () => {
    seed(2);
    using layer = new MultiHeadAttention({ embedDim: 8, numHeads: 2, kind: "self", std: 0.5 });
    const x = randomNormal([2, 5, 8]);
    const all = layer.forward(x, x, { causal: true });
    for (const wide of [false, true]) {
      using cache = new KVCache({ capacity: 6 });
      const parts = [[0, 2], [2, 1], [3, 2]].map(([start, length]) => {
        const some = part(x, start!, length!);
        const past = { cache, layer: 0 };
        if (!wide) return layer.forward(some, some, { causal: true, past });
        const rows = Array.from(
          { length: length! },
          (_, t) => Array.from({ length: 6 }, (_, s) => s > start! + t ? -1e9 : 0),
        );
        assert.equal(cache.capacityWith(length!), 6);
        return layer.forward(some, some, {
          mask: tf.tensor(rows.flat(), [1, 1, length!, 6]),
          past,
        });
      });
      await assertClose(tf.concat(parts as tf.Tensor3D[], 1) as Tensor, all);
    }
  },
);

testOnDevices(
  "paddingMask() hides filled places, and KVCache.hold() makes it once and follows the rows",
  async () => {
    seed(3);
    using layer = new MultiHeadAttention({ embedDim: 8, numHeads: 2, std: 0.5 });
    const [x, y] = [randomNormal([2, 1, 8]), randomNormal([2, 4, 8])];
    const mask = tf.tensor2d([[1, 1, 1, 1], [1, 1, 0, 0]], undefined, "int32");
    const short = layer.forward(tf.slice(x, [1], [1]), tf.slice(y, [1, 0, 0], [1, 2, 8]));
    const whole = layer.forward(x, y, { mask: paddingMask(mask) });
    await assertClose(tf.slice(whole, [1], [1]), short, { atol: 1e-5 });

    {
      using cache = new KVCache();
      let made = 0;
      const held = () =>
        cache.hold("numbers", () => {
          made++;
          return [tf.tensor3d([[[1, 2]], [[3, 4]]])];
        })[0]!;
      const look = (rows: number[]) => {
        const past = { cache, layer: 0 };
        const asks = tf.gather(x, tf.tensor1d(rows, "int32"));
        return layer.forward(asks, y, { mask: paddingMask(mask, cache), past });
      };
      tf.tidy(() => held());
      await assertClose(look([0, 1]), whole);
      for (const rows of [[1, 0], [0, 0], [1]]) {
        const expected: number[] = [];
        const now = [...await held().data()];
        for (const row of rows) expected.push(...now.slice(2 * row, 2 * row + 2));
        cache.select(rows);
        await assertClose(held(), expected);
      }
      assert.equal(made, 1);
      // the rows are by now 1 of [1, 0] after [0, 0]: the second source
      await assertClose(look([1]), tf.slice(whole, [1], [1]));
      cache.clear();
      await assertClose(held(), [1, 2, 3, 4]);
      assert.equal(made, 2);
    }
  },
);
