import { randomNormal, Rng, type Tensor } from "@tome/tome/tensor";
import * as ops from "@tome/tome/ops";
import * as tf from "../../../lib/tensor/_tf.ts";
import { attentionReference } from "../../../lib/ops/attention.ts";
import { embeddingReference } from "../../../lib/ops/embedding.ts";
import { fusedLinearReference } from "../../../lib/ops/fused_linear.ts";
import { geluReference } from "../../../lib/ops/gelu.ts";
import { layerNormReference, rmsNormReference } from "../../../lib/ops/layer_norm.ts";
import { maskedSoftmaxReference } from "../../../lib/ops/masked_softmax.ts";
import { softmaxCrossEntropyReference } from "../../../lib/ops/softmax_cross_entropy.ts";
import { swigluReference } from "../../../lib/ops/swiglu.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose, assertGradient } from "../../_support/numeric.ts";

/** An operation, its definition in plain operations, and shapes of its inputs to try. */
interface Pair {
  name: string;
  op: (...inputs: Tensor[]) => Tensor;
  reference: (...inputs: Tensor[]) => Tensor;
  /** Sizes that are no multiple of a workgroup, one row, one column; the first is small, for the gradient. */
  shapes: number[][][];
  /** More rows than workgroups in one dimension of a dispatch. */
  tall?: number[][];
}

const ids = (rows: number, classes: number) =>
  tf.tensor1d(Int32Array.from({ length: rows }, (_, i) => i % 7 === 3 ? -100 : (i * 5) % classes));

/** Ids that repeat, in no order, and leave some out. */
const someIds = (shape: number[], rows: number) =>
  tf.tensor(
    Int32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => (i * i + 1) % rows),
    shape,
    "int32",
  );

const matrix = { causal: true, scale: 0.7 };

const PAIRS: Pair[] = [
  ...(["none", "tanh"] as const).map((approximate) => ({
    name: `gelu(${approximate})`,
    op: (x: Tensor) => ops.gelu(x, { approximate }),
    reference: (x: Tensor) => geluReference(x, { approximate }),
    shapes: [[[2, 5]], [[3, 4, 67]], [[1]], [[0, 3]]],
    tall: [[70000, 5]],
  })),
  ...(["relu", "gelu", "gelu_tanh"] as const).map((activation) => ({
    name: `fusedLinear(${activation})`,
    op: (x: Tensor, w: Tensor, b: Tensor, residual?: Tensor) =>
      ops.fusedLinear(x, w, b, { activation, residual }),
    reference: (x: Tensor, w: Tensor, b: Tensor, residual?: Tensor) =>
      fusedLinearReference(x, w, b, { activation, residual }),
    shapes: [[[2, 3], [4, 3], [4], [2, 4]], [[2, 3, 35], [70, 35], [70]], [[1, 1030], [3, 1030], [
      3,
    ]]],
  })),
  {
    name: "fusedLinear(residual)",
    op: (x: Tensor, w: Tensor, residual: Tensor) => ops.fusedLinear(x, w, undefined, { residual }),
    reference: (x: Tensor, w: Tensor, residual: Tensor) =>
      fusedLinearReference(x, w, undefined, { residual }),
    shapes: [[[2, 3], [4, 3], [2, 4]], [[70, 9], [5, 9], [70, 5]]],
  },
  {
    name: "swiglu()",
    op: (gate, up) => ops.swiglu(gate!, up!),
    reference: (gate, up) => swigluReference(gate!, up!),
    shapes: [[[2, 5], [2, 5]], [[3, 67], [3, 67]], [[0, 2], [0, 2]]],
  },
  {
    name: "layerNorm()",
    op: (x, g, b) => ops.layerNorm(x!, g!, b!),
    reference: (x, g, b) => layerNormReference(x!, g!, b!, 1e-5),
    shapes: [[[3, 5], [5], [5]], [[2, 3, 70], [70], [70]], [[1, 130], [130], [130]]],
    tall: [[70000, 3], [3], [3]],
  },
  {
    name: "rmsNorm()",
    op: (x, g) => ops.rmsNorm(x!, g!),
    reference: (x, g) => rmsNormReference(x!, g!, 1e-5),
    shapes: [[[3, 5], [5]], [[2, 3, 70], [70]]],
    tall: [[70000, 3], [3]],
  },
  {
    name: "addLayerNorm()",
    op: (x, change, g, b) => tf.stack(ops.addLayerNorm(x!, change!, g!, b!)),
    reference: (x, change, g, b) => {
      const sum = tf.add(x!, change!);
      return tf.stack([sum, layerNormReference(sum, g!, b!, 1e-5)]);
    },
    shapes: [[[3, 5], [3, 5], [5], [5]], [[2, 3, 70], [2, 3, 70], [70], [70]]],
    tall: [[70000, 3], [70000, 3], [3], [3]],
  },
  {
    name: "addLayerNorm() of one tensor twice, its sum unused",
    op: (x, g, b) => ops.addLayerNorm(x!, x!, g!, b!)[1],
    reference: (x, g, b) => layerNormReference(tf.add(x!, x!), g!, b!, 1e-5),
    shapes: [[[3, 5], [5], [5]], [[1, 130], [130], [130]]],
  },
  {
    name: "addLayerNorm() of nothing",
    op: (x, g, b) => tf.stack(ops.addLayerNorm(x!, undefined, g!, b!)),
    reference: (x, g, b) => tf.stack([x!, layerNormReference(x!, g!, b!, 1e-5)]),
    shapes: [[[3, 5], [5], [5]], [[2, 3, 70], [70], [70]]],
  },
  {
    name: "addRMSNorm()",
    op: (x, change, g) => tf.stack(ops.addRMSNorm(x!, change!, g!)),
    reference: (x, change, g) => {
      const sum = tf.add(x!, change!);
      return tf.stack([sum, rmsNormReference(sum, g!, 1e-5)]);
    },
    shapes: [[[3, 5], [3, 5], [5]], [[2, 3, 70], [2, 3, 70], [70]]],
  },
  {
    name: "maskedSoftmax(causal)",
    op: (x) => ops.maskedSoftmax(x!, matrix),
    reference: (x) => maskedSoftmaxReference(x!, matrix),
    shapes: [[[1, 3, 4]], [[2, 3, 5, 5]], [[2, 1, 70, 70]], [[4, 1, 9]]],
    tall: [[7000, 10, 10]],
  },
  {
    name: "maskedSoftmax()",
    op: (x) => ops.maskedSoftmax(x!),
    reference: (x) => maskedSoftmaxReference(x!, { scale: 1, causal: false }),
    shapes: [[[3, 4]], [[2, 3, 67]]],
  },
  {
    name: "softmaxCrossEntropyRows()",
    op: (x) => ops.softmaxCrossEntropyRows(x!, ids(x!.shape[0]!, x!.shape[1]!)),
    reference: (x) => softmaxCrossEntropyReference(x!, ids(x!.shape[0]!, x!.shape[1]!)),
    shapes: [[[4, 5]], [[9, 65]], [[1, 300]]],
    tall: [[70000, 4]],
  },
  {
    name: "softmaxCrossEntropyRows(labelSmoothing)",
    op: (x) =>
      ops.softmaxCrossEntropyRows(x!, ids(x!.shape[0]!, x!.shape[1]!), { labelSmoothing: 0.1 }),
    reference: (x) =>
      softmaxCrossEntropyReference(x!, ids(x!.shape[0]!, x!.shape[1]!), { labelSmoothing: 0.1 }),
    shapes: [[[4, 5]], [[9, 65]]],
  },
  {
    name: "softmaxCrossEntropy(labelSmoothing)",
    op: (x) =>
      ops.softmaxCrossEntropy(x!, ids(x!.shape[0]!, x!.shape[1]!), { labelSmoothing: 0.1 }),
    reference: (x) => meanReference(x!),
    shapes: [[[4, 5]], [[9, 65]], [[300, 3]]],
    tall: [[70000, 4]],
  },
  ...[1, 20, 2 ** 20].map((maxLogits) => ({
    name: `linearCrossEntropy(maxLogits ${maxLogits})`,
    op: (x: Tensor, w: Tensor) =>
      ops.linearCrossEntropy(x, w, ids(x.shape[0]!, w.shape[0]!), {
        labelSmoothing: 0.1,
        maxLogits,
      }),
    reference: (x: Tensor, w: Tensor) => meanReference(tf.matMul(x, w, false, true)),
    shapes: [[[4, 3], [5, 3]], [[11, 8], [9, 8]]],
  })),
  {
    name: "embedding()",
    op: (w) => ops.embedding(w!, someIds([2, 3], w!.shape[0]!)),
    reference: (w) => embeddingReference(w!, someIds([2, 3], w!.shape[0]!)),
    shapes: [[[3, 4]], [[7, 300]], [[1, 1]]],
  },
  {
    name: "embedding(positions)",
    op: (w, positions) =>
      ops.embedding(w!, someIds([5, 67], w!.shape[0]!), { positions: positions!, start: 2 }),
    reference: (w, positions) =>
      embeddingReference(w!, someIds([5, 67], w!.shape[0]!), { positions: positions!, start: 2 }),
    shapes: [[[5, 1], [70, 1]], [[7, 33], [69, 33]]],
    tall: [[70000, 3], [71, 3]],
  },
  {
    name: "linear()",
    op: (x, w, b) => ops.linear(x!, w!, b!),
    reference: (x, w, b) =>
      tf.add(
        tf.reshape(
          tf.matMul(tf.reshape(x!, [-1, w!.shape[1]!]), w!, false, true),
          [...x!.shape.slice(0, -1), w!.shape[0]!],
        ),
        b!,
      ),
    shapes: [[[3, 4], [2, 4], [2]], [[2, 3, 33], [17, 33], [17]], [[1, 1], [1, 1], [1]], [
      [70, 66],
      [35, 66],
      [35],
    ]],
  },
  {
    name: "splitHeads() and joinHeads()",
    op: (x) => {
      const [q, k, v] = ops.splitHeads(x!, 2, 1);
      return ops.joinHeads(q!.mul(2), k!.mul(3), v!.mul(4));
    },
    reference: (x) => {
      const D = x!.shape[2]! / 4;
      const gains = [2, 2, 3, 4].flatMap((g) => Array<number>(D).fill(g));
      return tf.mul(x!, tf.tensor1d(gains));
    },
    shapes: [[[1, 2, 8]], [[3, 5, 20]]],
  },
  {
    name: "splitHeads()",
    op: (x) => ops.splitHeads(x!, 3)[0]!,
    reference: (x) => {
      const [B, T, W] = x!.shape as [number, number, number];
      return tf.transpose(tf.reshape(x!, [B, T, 3, W / 3]), [0, 2, 1, 3]);
    },
    shapes: [[[1, 2, 6]], [[2, 5, 33]]],
  },
  ...[1, 2].map((group) => ({
    name: `attention(causal), ${group} query heads a key head`,
    op: (q: Tensor, k: Tensor, v: Tensor) => ops.attention(q, k, v, { causal: true }),
    reference: (q: Tensor, k: Tensor, v: Tensor) => attentionReference(q, k, v, { causal: true }),
    // with grouped queries the causal rows of one key head repeat, which the last axes below exercise
    shapes: [
      [[1, 2, 3, 2], [1, 2 / group, 3, 2], [1, 2 / group, 3, 2]],
      [[2, 4, 5, 7], [2, 4 / group, 9, 7], [2, 4 / group, 9, 3]],
    ],
  })),
  ...[true, false].map((interleaved) => ({
    name: `rotary(${interleaved ? "interleaved" : "halves"})`,
    op: (x: Tensor) => ops.rotary(x, { start: 3, rotated: 4, interleaved }),
    reference: (x: Tensor) => rotaryReference(x, 3, 4, interleaved),
    shapes: [[[2, 3, 5]], [[2, 2, 70, 6]]],
  })),
  ...[1, 2, 5].map((window) => ({
    name: `attention(causal, window ${window})`,
    op: (q: Tensor, k: Tensor, v: Tensor) => ops.attention(q, k, v, { causal: true, window }),
    reference: (q: Tensor, k: Tensor, v: Tensor) =>
      attentionReference(q, k, v, { causal: true, window }),
    shapes: [
      [[1, 2, 3, 2], [1, 2, 3, 2], [1, 2, 3, 2]],
      [[2, 4, 5, 7], [2, 2, 9, 7], [2, 2, 9, 3]],
      [[1, 2, 70, 8], [1, 1, 70, 8], [1, 1, 70, 8]],
    ],
  })),
  ...[
    { factor: 4 },
    { factor: 8, perFrequency: 3, offset: -0.2 },
    { factor: 2, perPair: -0.6, offset: 1.1, gain: 1.3 },
  ].map((scaling) => ({
    name: `rotary(${JSON.stringify(scaling)})`,
    op: (x: Tensor) => ops.rotary(x, { start: 3, base: 50, scaling }),
    reference: (x: Tensor) => rotaryReference(x, 3, x.shape.at(-1)!, false, 50, scaling),
    shapes: [[[2, 3, 6]], [[2, 2, 70, 8]]],
  })),
];

/** The mean over the rows that count, with a tenth of label smoothing. */
function meanReference(x: Tensor): Tensor {
  const targets = ids(x.shape[0]!, x.shape[1]!);
  const rows = softmaxCrossEntropyReference(x, targets, { labelSmoothing: 0.1 });
  return tf.div(tf.sum(rows), tf.sum(tf.cast(tf.notEqual(targets, -100), "float32")));
}

/** Turns pairs by a matrix product with the rotation of each position. */
function rotaryReference(
  x: Tensor,
  start: number,
  rotated: number,
  interleaved: boolean,
  base = 10000,
  { factor, perFrequency = 0, perPair = 0, offset = 0, gain = 1 }: ops.RotaryScaling = {
    factor: 1,
  },
): Tensor {
  const [T, D] = x.shape.slice(-2) as [number, number];
  const turned = Array.from({ length: T }, (_, t) => {
    const turn = new Float32Array(D * D);
    for (let d = rotated; d < D; d++) turn[d * D + d] = 1;
    for (let i = 0; i < rotated / 2; i++) {
      const own = base ** (-2 * i / rotated);
      const kept = Math.min(1, Math.max(0, perFrequency * own + perPair * i + offset));
      const angle = (start + t) * (kept * own + (1 - kept) * own / factor);
      const [p, q] = interleaved ? [2 * i, 2 * i + 1] : [i, i + rotated / 2];
      turn[p * D + p] = turn[q * D + q] = gain * Math.cos(angle);
      turn[p * D + q] = gain * Math.sin(angle);
      turn[q * D + p] = -gain * Math.sin(angle);
    }
    const row = tf.reshape(tf.slice(tf.reshape(x, [-1, T, D]), [0, t, 0], [-1, 1, D]), [-1, D]);
    return tf.matMul(row, tf.tensor2d(turn, [D, D]));
  });
  return tf.reshape(tf.stack(turned, 1), x.shape);
}

const draw = (shapes: number[][], random: Rng) =>
  shapes.map((shape) => randomNormal(shape, 0, 1, { rng: random }));

for (const { name, op, reference, shapes, tall } of PAIRS) {
  testOnDevices(`${name} equals its definition`, async () => {
    const random = new Rng(1);
    for (const given of [...shapes, ...(tall ? [tall] : [])]) {
      const inputs = draw(given, random);
      await assertClose(op(...inputs), reference(...inputs), { rtol: 1e-4, atol: 1e-5 });
    }
  });

  testOnDevices(`${name} has the gradient of its definition`, async () => {
    await assertGradient(op, draw(shapes[0]!, new Rng(2)));
    for (const given of shapes.slice(1)) {
      const inputs = draw(given, new Rng(3));
      const of = (f: typeof op) =>
        tf.grads((...xs: Tensor[]) => tf.sum(tf.mul(f(...xs), tf.cos(f(...xs)))) as tf.Scalar)(
          inputs,
        );
      const [actual, expected] = [of(op), of(reference)];
      for (const [i, g] of actual.entries()) {
        await assertClose(g, expected[i]!, { rtol: 1e-3, atol: 1e-4 }); // sums of many terms
      }
    }
  });
}
