import * as tf from "../../../lib/tensor/_tf.ts";
import type { Tensor } from "@tome/tome/tensor";
import { bools, type Case, ints, normal, show, uniform } from "../case.ts";
import { build, map, type Nd, nd, zip } from "../oracle/nd.ts";
import { affine, conv, matMul, sigmoid, transpose } from "../oracle/linear.ts";
import { logSoftmax, mean, normalize, softmax, sum } from "../oracle/reduce.ts";
import { concat, gather, oneHot, reshape, slice } from "../oracle/shape.ts";
import { erf } from "../oracle/special.ts";

const cases: Case[] = [];
const add = (...x: Nd[]) => zip(x, (...v) => v.reduce((a, b) => a + b));
const mul = (...x: Nd[]) => zip(x, (...v) => v.reduce((a, b) => a * b));

/** An affine map of the last axis, by way of two axes. */
function linear(x: Tensor, w: Tensor, b?: Tensor): Tensor {
  const y = tf.matMul(tf.reshape(x, [-1, w.shape[0]!]), w);
  return tf.reshape(b ? tf.add(y, b) : y, [...x.shape.slice(0, -1), w.shape[1]!]);
}
const causal = (T: number, S: number): Tensor =>
  tf.tensor2d(
    Array.from({ length: T * S }, (_, i) => i % S <= Math.floor(i / S) + S - T ? 0 : -1e9),
    [T, S],
  );
const causalNd = (T: number, S: number): Nd =>
  build([T, S], ([i, j]) => j! <= i! + S - T ? 0 : -1e9);

for (
  const [B, H, T, S, D, masked] of [[1, 1, 3, 3, 2, false], [2, 2, 4, 4, 3, true], [
    2,
    1,
    2,
    5,
    4,
    true,
  ], [1, 3, 1, 6, 5, false]] as [number, number, number, number, number, boolean][]
) {
  cases.push({
    name: `attention composed [${B},${H},${T},${D}] over [${B},${H},${S},${D}]${
      masked ? " causal" : ""
    }`,
    inputs: [normal([B, H, T, D]), normal([B, H, S, D]), normal([B, H, S, D])],
    run: (q, k, v) => {
      let scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(D));
      if (masked) scores = tf.add(scores, causal(T, S));
      return tf.matMul(tf.softmax(scores), v);
    },
    reference: (q, k, v) => {
      const scores = map(matMul(q, k, false, true), (s) => s / Math.sqrt(D));
      return matMul(softmax(masked ? add(scores, causalNd(T, S)) : scores), v);
    },
  });
}

const heads = (x: Nd, H: number) => {
  const [B, T, C] = x.shape as [number, number, number];
  return transpose(reshape(x, [B, T, H, C / H]), [0, 2, 1, 3]);
};
const selfAttention = (x: Nd, w: Nd, p: Nd, H: number): Nd => {
  const [B, T, C] = x.shape as [number, number, number], all = affine(x, w);
  const [q, k, v] = [0, 1, 2].map((i) => heads(slice(all, [0, 0, i * C], [B, T, C]), H));
  const scores = add(map(matMul(q!, k!, false, true), (s) => s / Math.sqrt(C / H)), causalNd(T, T));
  return affine(reshape(transpose(matMul(softmax(scores), v!), [0, 2, 1, 3]), [B, T, C]), p);
};
function selfAttentionOn(x: Tensor, w: Tensor, p: Tensor, H: number): Tensor {
  const [B, T, C] = x.shape as [number, number, number];
  const [q, k, v] = tf.split(linear(x, w), 3, -1).map((y) =>
    tf.transpose(tf.reshape(y, [B, T, H, C / H]), [0, 2, 1, 3])
  ) as [Tensor, Tensor, Tensor];
  const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(C / H)), causal(T, T));
  const y = tf.matMul(tf.softmax(scores), v);
  return linear(tf.reshape(tf.transpose(y, [0, 2, 1, 3]), [B, T, C]), p);
}
cases.push({
  name: "multi-head causal self-attention composed [2,3,4] of 2 heads",
  inputs: [normal([2, 3, 4]), normal([4, 12], 0, 0.5), normal([4, 4], 0, 0.5)],
  run: (x, w, p) => selfAttentionOn(x, w, p, 2),
  reference: (x, w, p) => selfAttention(x, w, p, 2),
});

const gelu = (v: number) => 0.5 * v * (1 + erf(v * Math.SQRT1_2));
function layerNorm(x: Tensor, g: Tensor): Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), g);
}
cases.push(
  {
    name: "transformer block composed [2,3,4]",
    inputs: [
      normal([2, 3, 4]),
      normal([4], 1, 0.2),
      normal([4, 12], 0, 0.5),
      normal([4, 4], 0, 0.5),
      normal([4], 1, 0.2),
      normal([4, 8], 0, 0.5),
      normal([8, 4], 0, 0.5),
    ],
    run: (x, g1, w, p, g2, u, d) => {
      const y = tf.add(x, selfAttentionOn(layerNorm(x, g1), w, p, 2));
      const h = linear(layerNorm(y, g2), u);
      return tf.add(
        y,
        linear(tf.mul(tf.mul(h, 0.5), tf.add(tf.erf(tf.mul(h, Math.SQRT1_2)), 1)), d),
      );
    },
    reference: (x, g1, w, p, g2, u, d) => {
      const y = add(x!, selfAttention(normalize(x!, -1, 1e-5, g1), w!, p!, 2));
      return add(y, affine(map(affine(normalize(y, -1, 1e-5, g2), u!), gelu), d!));
    },
  },
  {
    name: "a tiny language model to its loss [2,4] of 7 words",
    inputs: [
      ints([2, 4], 0, 7),
      ints([2, 4], 0, 7),
      normal([7, 4]),
      normal([4, 4]),
      normal([4, 12], 0, 0.5),
      normal([4, 4], 0, 0.5),
      normal([4], 1, 0.2),
    ],
    run: (ids, next, table, place, w, p, g) => {
      let x = tf.add(tf.gather(table, tf.cast(ids, "int32")), place);
      x = layerNorm(tf.add(x, selfAttentionOn(x, w, p, 2)), g);
      const logits = tf.matMul(tf.reshape(x, [8, 4]), table, false, true);
      return tf.losses.softmaxCrossEntropy(
        tf.oneHot(tf.reshape(tf.cast(next, "int32"), [8]), 7),
        logits,
      );
    },
    reference: (ids, next, table, place, w, p, g) => {
      let x = add(gather(table!, ids!), place!);
      x = normalize(add(x, selfAttention(x, w!, p!, 2)), -1, 1e-5, g);
      const l = logSoftmax(matMul(reshape(x, [8, 4]), table!, false, true));
      return mean(map(sum(mul(oneHot(reshape(next!, [8]), 7), l), { axis: 1 }), (v) => -v));
    },
  },
  {
    name: "rotary position embedding composed [1,2,3,4]",
    inputs: [normal([1, 2, 3, 4])],
    run: (x) => {
      const angle = tf.tensor2d(
        Array.from({ length: 12 }, (_, i) => (i >> 2) * 10000 ** (-2 * (i % 2) / 4)),
        [3, 4],
      );
      const [a, b] = tf.split(x, 2, -1) as [Tensor, Tensor];
      return tf.add(tf.mul(x, tf.cos(angle)), tf.mul(tf.concat([tf.neg(b), a], -1), tf.sin(angle)));
    },
    reference: (x) =>
      build(x.shape, ([, h, t, d]) => {
        const at = (k: number) => x.data[(h! * 3 + t!) * 4 + k]!,
          angle = t! * 10000 ** (-2 * (d! % 2) / 4);
        return at(d!) * Math.cos(angle) + (d! < 2 ? -at(d! + 2) : at(d! - 2)) * Math.sin(angle);
      }),
  },
  {
    name: "gated MLP composed [5,3] by SiLU",
    inputs: [normal([5, 3]), normal([3, 6]), normal([3, 6]), normal([6, 3])],
    run: (x, g, u, d) => {
      const gate = tf.matMul(x, g);
      return tf.matMul(tf.mul(tf.mul(gate, tf.sigmoid(gate)), tf.matMul(x, u)), d);
    },
    reference: (x, g, u, d) =>
      matMul(mul(map(matMul(x!, g!), (v) => v * sigmoid(v)), matMul(x!, u!)), d!),
  },
  {
    name: "grouped-query attention composed: 4 heads over 2",
    inputs: [normal([1, 4, 3, 2]), normal([1, 2, 3, 2]), normal([1, 2, 3, 2])],
    run: (q, k, v) => {
      const spread = (t: Tensor) =>
        tf.reshape(tf.tile(tf.expandDims(t, 2), [1, 1, 2, 1, 1]), [1, 4, 3, 2]);
      return tf.matMul(tf.softmax(tf.matMul(q, spread(k), false, true)), spread(v));
    },
    reference: (q, k, v) => {
      const spread = (t: Nd) =>
        build([1, 4, 3, 2], ([, h, i, d]) => t.data[((h! >> 1) * 3 + i!) * 2 + d!]!);
      return matMul(softmax(matMul(q, spread(k), false, true)), spread(v));
    },
  },
);

const cell = (x: Nd, h: Nd, c: Nd, w: Nd, b: Nd): [Nd, Nd] => {
  const z = affine(concat([x, h], 1), w, b), [B, n] = h.shape as [number, number];
  const gate = (k: number) => slice(z, [0, k * n], [B, n]);
  const next = zip(
    [gate(0), gate(1), gate(2), c],
    (i, g, f, old) => sigmoid(i) * Math.tanh(g) + sigmoid(f + 1) * old,
  );
  return [next, zip([gate(3), next], (o, s) => sigmoid(o) * Math.tanh(s))];
};
cases.push(
  {
    name: "basicLSTMCell [2,3] of 4",
    inputs: [normal([7, 16], 0, 0.5), normal([16]), normal([2, 3]), normal([2, 4]), normal([2, 4])],
    run: (w, b, x, c, h) =>
      tf.basicLSTMCell(
        tf.scalar(1),
        w as tf.Tensor2D,
        b as tf.Tensor1D,
        x as tf.Tensor2D,
        c as tf.Tensor2D,
        h as tf.Tensor2D,
      ),
    reference: (w, b, x, c, h) => cell(x!, h!, c!, w!, b!),
  },
  {
    name: "LSTM over three steps composed [2,3,2] of 3",
    inputs: [normal([2, 3, 2]), normal([5, 12], 0, 0.5), normal([12])],
    run: (x, w, b) => {
      let c = tf.zeros([2, 3]) as Tensor, h = tf.zeros([2, 3]) as Tensor;
      for (const step of tf.unstack(x, 1)) {
        const [i, g, f, o] = tf.split(tf.add(tf.matMul(tf.concat([step, h], 1), w), b), 4, 1) as [
          Tensor,
          Tensor,
          Tensor,
          Tensor,
        ];
        c = tf.add(tf.mul(tf.sigmoid(i), tf.tanh(g)), tf.mul(tf.sigmoid(tf.add(f, 1)), c));
        h = tf.mul(tf.sigmoid(o), tf.tanh(c));
      }
      return h;
    },
    reference: (x, w, b) => {
      let c = nd([2, 3], new Array(6).fill(0)), h = c;
      for (let t = 0; t < 3; t++) {
        [c, h] = cell(reshape(slice(x, [0, t, 0], [2, 1, 2]), [2, 2]), h, c, w, b);
      }
      return h;
    },
  },
  {
    name: "GRU step composed [3,2] of 4",
    inputs: [normal([3, 2]), normal([3, 4]), normal([6, 8], 0, 0.5), normal([6, 4], 0, 0.5)],
    run: (x, h, w, u) => {
      const [r, z] = tf.split(tf.sigmoid(tf.matMul(tf.concat([x, h], 1), w)), 2, 1) as [
        Tensor,
        Tensor,
      ];
      const n = tf.tanh(tf.matMul(tf.concat([x, tf.mul(r, h)], 1), u));
      return tf.add(tf.mul(tf.sub(1, z), n), tf.mul(z, h));
    },
    reference: (x, h, w, u) => {
      const g = map(affine(concat([x!, h!], 1), w!), sigmoid);
      const [r, z] = [slice(g, [0, 0], [3, 4]), slice(g, [0, 4], [3, 4])];
      const n = map(affine(concat([x!, mul(r, h!)], 1), u!), Math.tanh);
      return zip([z, n, h!], (a, b, c) => (1 - a) * b + a * c);
    },
  },
  {
    name: "mean of tokens that count composed [2,4,3]",
    inputs: [normal([2, 4, 3]), bools([2, 4], 0.7)],
    run: (x, m) => {
      const w = tf.expandDims(tf.cast(m, "float32"), -1);
      return tf.div(tf.sum(tf.mul(x, w), 1), tf.maximum(tf.sum(w, 1), 1));
    },
    reference: (x, m) => {
      const w = nd([2, 4, 1], m.data);
      return zip([sum(mul(x, w), { axis: 1 }), sum(w, { axis: 1 })], (s, n) => s / Math.max(n, 1));
    },
  },
  {
    name: "contrastive loss of two towers composed [4,3] [4,3]",
    inputs: [normal([4, 3]), normal([4, 3])],
    run: (a, b) => {
      const unit = (t: Tensor) => tf.div(t, tf.norm(t, "euclidean", 1, true));
      const logits = tf.mul(tf.matMul(unit(a), unit(b), false, true), 5);
      return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), tf.eye(4)), 1)));
    },
    reference: (a, b) => {
      const unit = (t: Nd) =>
        zip([t, map(sum(mul(t, t), { axis: 1, keepDims: true }), Math.sqrt)], (v, n) => v / n);
      const l = logSoftmax(map(matMul(unit(a), unit(b), false, true), (v) => v * 5));
      return build([], () => -[0, 5, 10, 15].reduce((s, i) => s + l.data[i]!, 0) / 4);
    },
  },
  {
    name: "factorization machine composed [3,5] by [5,2]",
    inputs: [normal([3, 5]), normal([5, 2])],
    run: (x, v) =>
      tf.mul(
        tf.sum(tf.sub(tf.square(tf.matMul(x, v)), tf.matMul(tf.square(x), tf.square(v))), 1),
        0.5,
      ),
    reference: (x, v) => {
      const sq = (t: Nd) => map(t, (e) => e * e);
      return map(
        sum(zip([sq(matMul(x, v)), matMul(sq(x), sq(v))], (a, b) => a - b), { axis: 1 }),
        (s) => s / 2,
      );
    },
  },
  {
    name: "small image classifier to its loss [2,6,6,1]",
    inputs: [
      normal([2, 6, 6, 1]),
      normal([3, 3, 1, 2]),
      normal([2]),
      normal([8, 3], 0, 0.5),
      ints([2], 0, 3),
    ],
    run: (x, w, b, p, ids) => {
      const h = tf.avgPool(
        tf.tanh(
          tf.add(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "valid"), b),
        ) as tf.Tensor4D,
        2,
        2,
        "valid",
      );
      return tf.losses.softmaxCrossEntropy(
        tf.oneHot(tf.cast(ids, "int32"), 3),
        tf.matMul(tf.reshape(h, [2, 8]), p),
      );
    },
    reference: (x, w, b, p, ids) => {
      const h = map(add(conv(x!, w!), b!), Math.tanh);
      const pooled = build(
        [2, 2, 2, 2],
        ([n, i, j, c]) =>
          [0, 1, 2, 3].reduce(
            (s, k) => s + h.data[((n! * 4 + 2 * i! + (k >> 1)) * 4 + 2 * j! + (k & 1)) * 2 + c!]!,
            0,
          ) / 4,
      );
      const l = logSoftmax(matMul(reshape(pooled, [2, 8]), p!));
      return mean(map(sum(mul(oneHot(ids!, 3), l), { axis: 1 }), (v) => -v));
    },
  },
  {
    name: "KL divergence of two normals composed [3,2]",
    inputs: [normal([3, 2]), uniform([3, 2], -1, 1)],
    run: (mu, logvar) =>
      tf.mul(tf.sum(tf.sub(tf.sub(tf.add(tf.exp(logvar), tf.square(mu)), 1), logvar)), 0.5),
    reference: (mu, lv) =>
      build(
        [],
        () =>
          mu.data.reduce(
            (s, m, i) => s + 0.5 * (Math.exp(lv.data[i]!) + m * m - 1 - lv.data[i]!),
            0,
          ),
      ),
  },
);
for (const shape of [[2, 3], [4, 8]] as const) {
  cases.push({
    name: `sum of products of three branches composed ${show(shape)}`,
    inputs: [normal(shape), normal(shape)],
    run: (a, b) => tf.sum(tf.mul(tf.add(tf.mul(a, b), tf.sin(a)), tf.sigmoid(tf.sub(a, b)))),
    reference: (a, b) => sum(zip([a, b], (u, v) => (u * v + Math.sin(u)) * sigmoid(u - v))),
  });
}

/** What networks are made of, composed of plain operations. */
export const attention: Case[] = cases;
