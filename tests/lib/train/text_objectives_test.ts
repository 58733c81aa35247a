import { Module, parameter } from "@tome/tome/nn";
import type { QuestionAnswerer, SequenceClassifier, TokenInputs } from "@tome/tome/nn";
import { randomNormal, seed, type Tensor } from "@tome/tome/tensor";
import {
  classificationLoss,
  classificationWith,
  computeGradients,
  maskedLMLoss,
  maskedLMWith,
  type Objective,
  questionAnsweringLoss,
} from "@tome/tome/train";
import assert from "node:assert/strict";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

/** A model that knows a row of logits for each id: of texts by their first token, or of each token. */
class Table extends Module implements SequenceClassifier {
  readonly table = parameter(() => randomNormal([7, 3]));
  readonly numLabels = 3;
  constructor(readonly whole: boolean, readonly width = 3) {
    super();
  }
  forward({ ids }: TokenInputs): Tensor {
    const first = this.whole ? tf.squeeze(tf.slice(ids, [0, 0], [-1, 1]), [1]) : ids;
    const logits = tf.gather(this.table, first);
    return tf.slice(logits, logits.shape.map(() => 0), [...logits.shape.slice(0, -1), this.width]);
  }
}

/** Logits of places are the columns of a table. */
class Places extends Module implements QuestionAnswerer {
  readonly table = parameter(() => randomNormal([7, 2]));
  forward({ ids }: TokenInputs): { start: Tensor; end: Tensor } {
    const [start, end] = tf.unstack(tf.gather(this.table, ids), 2) as [Tensor, Tensor];
    return { start, end };
  }
}

const int = (values: number[] | number[][]) => tf.tensor(values, undefined, "int32");

/** Fails unless the loss and the gradients of batches together are those of one batch of all their rows. */
async function assertExact<M extends Module, B extends object>(
  objective: Objective<M, B>,
  model: M,
  parts: B[],
): Promise<void> {
  const names = Object.keys(parts[0]!) as (keyof B)[];
  const whole = Object.fromEntries(
    names.map((name) => [name, tf.concat(parts.map((part) => part[name] as Tensor), 0)]),
  ) as B;
  const parameters = new Map(model.namedParameters());
  const one = computeGradients(model, objective, [whole], parameters);
  const some = computeGradients(model, objective, parts, parameters);
  await assertClose(some.loss, one.loss);
  for (const [path, gradient] of Object.entries(one.gradients)) {
    await assertClose(some.gradients[path]!, gradient);
  }
  const sum = objective.sum!(model, whole), count = objective.count!(whole);
  await assertClose(tf.div(sum, count), one.loss);
}

testOnDevices("classificationWith() weights classes and smooths as PyTorch does", async () => {
  using model = new Table(true);
  model.table.assign(tf.tensor2d([[2, 0, 1], [0, 1, -1], ...Array(5).fill([0, 0, 0])]));
  const batch = { ids: int([[0], [1], [0], [1]]), labels: int([2, 1, 0, -100]) };
  // torch.nn.functional.cross_entropy(logits[[0, 1, 0, 1]], tensor([2, 1, 0, -100]), weight=tensor([1., 4., 0.5]),
  //   label_smoothing=s), torch 2.15.0
  for (const [labelSmoothing, expected] of [[0, 0.4985150], [0.2, 0.7106363]] as const) {
    const loss = classificationWith({ classWeights: [1, 4, 0.5], labelSmoothing });
    await assertClose(loss(model, batch), [expected]);
  }
  const plain = classificationWith({ labelSmoothing: 0.2 });
  const even = classificationWith({ labelSmoothing: 0.2, classWeights: [1, 1, 1] });
  await assertClose(even(model, batch), plain(model, batch));
});

testOnDevices("classificationLoss takes numbers, and several classes at once", async () => {
  using one = new Table(true, 1);
  one.table.assign(tf.tensor2d([[2, 0, 1], [-1, 1, -1], ...Array(5).fill([0, 0, 0])]));
  const ids = int([[0], [1]]);
  const numbers = { ids, labels: tf.tensor1d([1.5, 1]) };
  await assertClose(classificationLoss(one, numbers), [(0.25 + 4) / 2]);
  using three = new Table(true);
  three.table.assign(one.table);
  const each = (x: number, y: number) =>
    Math.max(x, 0) - x * y + Math.log1p(Math.exp(-Math.abs(x)));
  const expected = [each(2, 1), each(0, 0), each(1, 1), each(-1, 0), each(1, 1), each(-1, 0)];
  await assertClose(
    classificationLoss(three, { ids, labels: tf.tensor2d([[1, 0, 1], [0, 1, 0]]) }),
    [expected.reduce((a, b) => a + b, 0) / 6],
  );
  assert.throws(() => classificationLoss(three, numbers), { name: "ShapeError" });
  assert.throws(
    () => classificationWith({ classWeights: [1, 2] })(three, { ids, labels: int([0, 1]) }),
    { name: "RangeError", message: /a weight for each of 3.*current weights are \[1,2\]/ },
  );
});

testOnDevices("classification, over several batches, is that of one large batch", async () => {
  seed(1);
  const weights = classificationWith({ classWeights: [1, 4, 0.5], labelSmoothing: 0.1 });
  using texts = new Table(true), tokens = new Table(false), number = new Table(true, 1);
  const parts = [
    { ids: int([[1, 2], [3, 4]]), labels: int([0, 1]) },
    { ids: int([[5, 6], [6, 0], [2, 2]]), labels: int([2, -100, 1]) },
  ];
  for (const loss of [classificationLoss, weights]) {
    await assertExact(loss, texts, parts);
    await assertExact(loss, tokens, [
      { ids: int([[1, 2], [3, 4]]), labels: int([[-100, 1], [2, -100]]) },
      { ids: int([[5, 6]]), labels: int([[0, 1]]) },
    ]);
  }
  await assertExact(
    classificationLoss,
    number,
    parts.map(({ ids, labels }) => ({ ids, labels: tf.cast(labels, "float32") })),
  );
});

testOnDevices("maskedLMLoss, over several batches, is that of one large batch", async () => {
  seed(2);
  using model = Object.assign(new Table(false), { vocabSize: 3 });
  await assertExact(maskedLMLoss, model, [
    { ids: int([[1, 2], [3, 4]]), labels: int([[-100, 1], [2, -100]]) },
    { ids: int([[5, 6]]), labels: int([[0, 1]]) },
  ]);
});

testOnDevices("maskedLMWith() gives the same if the logits are made in parts", async () => {
  seed(3);
  class Head extends Module {
    readonly vocabSize = 5;
    readonly states = parameter(() => randomNormal([7, 4]));
    readonly outputWeight = parameter(() => randomNormal([5, 4]));
    readonly outputBias = parameter(() => randomNormal([5]));
    hiddenStates({ ids }: TokenInputs): Tensor {
      return tf.gather(this.states, ids);
    }
    forward(inputs: TokenInputs): Tensor {
      const [B, T] = inputs.ids.shape as [number, number];
      const rows = tf.reshape(this.hiddenStates(inputs), [B * T, 4]);
      const logits = tf.matMul(rows, this.outputWeight, false, true);
      return tf.reshape(tf.add(logits, this.outputBias), [B, T, 5]);
    }
  }
  using model = new Head();
  const batch = { ids: int([[1, 2, 3], [4, 5, 6]]), labels: int([[-100, 1, 4], [2, -100, 0]]) };
  const parameters = new Map(model.namedParameters());
  const [whole, parts] = [maskedLMLoss, maskedLMWith({ maxLogits: 12 })].map((loss) =>
    computeGradients(model, loss, [batch], parameters)
  );
  await assertClose(parts!.loss, whole!.loss);
  assert.deepEqual(Object.keys(whole!.gradients), ["states", "outputWeight", "outputBias"]);
  for (const [path, gradient] of Object.entries(whole!.gradients)) {
    await assertClose(parts!.gradients[path]!, gradient);
  }
  await assertClose(maskedLMWith({ maxLogits: 12 }).sum!(model, batch), tf.mul(whole!.loss, 4));
});

testOnDevices(
  "questionAnsweringLoss is the mean over first and last tokens, of rows that count",
  async () => {
    seed(4);
    using model = new Places();
    const ids = int([[1, 2, 3], [4, 5, 6]]);
    const batch = { ids, starts: int([1, -100]), ends: int([2, -100]) };
    const { start, end } = model.forward({ ids });
    const [s, e] = [start, end].map((x) => tf.neg(tf.logSoftmax(x)));
    const at = (x: Tensor, t: number) => tf.slice(x, [0, t], [1, 1]);
    await assertClose(
      tf.reshape(questionAnsweringLoss(model, batch), [1, 1]),
      tf.mul(tf.add(at(s!, 1), at(e!, 2)), 0.5),
    );
    await assertExact(questionAnsweringLoss, model, [
      batch,
      { ids: int([[2, 3, 4]]), starts: int([0]), ends: int([0]) },
    ]);
  },
);

testOnDevices(
  "questionAnsweringLoss of a row does not depend on how far it is filled up",
  async () => {
    seed(5);
    using model = new Places();
    const answer = { starts: int([1]), ends: int([2]) };
    const short = questionAnsweringLoss(model, { ids: int([[1, 2, 3]]), ...answer });
    const long = { ids: int([[1, 2, 3, 4, 5]]), mask: int([[1, 1, 1, 0, 0]]), ...answer };
    await assertClose(questionAnsweringLoss(model, long), short);
  },
);
