import assert from "node:assert/strict";
import { compareSystems, predict } from "@tome/tome/evaluate";
import { accuracy, bleu } from "@tome/tome/metrics";
import { BertForSequenceClassification } from "@tome/tome/models/bert";
import { seed } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

const TINY = {
  vocabSize: 9,
  contextLength: 6,
  numLayers: 1,
  numHeads: 2,
  embedDim: 8,
  dropout: 0.5,
  labels: ["no", "maybe", "yes"],
};

/** A batch of two texts of five tokens, which begin with the numbers given. */
function batch(first: number, labels?: [number, number]) {
  const ids = tf.tensor2d([[first, 2, 3, 4, 5], [1, first, 6, 7, 8]], undefined, "int32");
  return { ids, ...(labels ? { labels: tf.tensor1d(labels, "int32") } : {}) };
}

testOnDevices(
  "predict() gives the softmax of the logits, batch by batch, and frees them",
  async () => {
    seed(1);
    using model = new BertForSequenceClassification(TINY);
    model.train();
    const done: number[] = [];
    const told = await predict(
      model,
      Array.from({ length: 5 }, (_, i) => batch(i, [i % 3, 1])),
      { onProgress: (count) => done.push(count) },
    );
    assert.deepEqual(done, [2, 4, 6, 8, 10]);
    assert.deepEqual(told.labels, [0, 1, 1, 1, 2, 1, 0, 1, 1, 1]);
    assert.ok(model.training, "the mode is as before");
    model.eval();
    for (let i = 0; i < 5; i++) {
      const rows = tf.tidy(() => tf.softmax(model.forward(batch(i))));
      const wanted = await rows.array() as number[][];
      for (const [b, row] of wanted.entries()) {
        row.forEach((p, k) => assert.ok(Math.abs(told.probabilities[2 * i + b]![k]! - p) < 1e-5));
        assert.equal(told.classes[2 * i + b], row.indexOf(Math.max(...row)));
      }
    }
  },
);

testOnDevices(
  "predict() stops at a signal, and refuses batches of which only some have labels",
  async () => {
    using model = new BertForSequenceClassification(TINY);
    const stop = new AbortController();
    const some = Array.from({ length: 3 }, (_, i) => batch(i));
    const stopped = predict(model, some, {
      signal: stop.signal,
      onProgress: () => stop.abort(new DOMException("enough", "AbortError")),
    });
    await assert.rejects(stopped, { name: "AbortError" });
    tf.dispose(some.map(({ ids }) => ids)); // the third was never taken
    await assert.rejects(predict(model, []), /there must be texts/);
    await assert.rejects(
      predict(model, [batch(1), batch(2, [0, 1])]),
      /labels of all or of none: current numbers are 4 texts and 2 labels/,
    );
  },
);

Deno.test("compareSystems() measures each system with an interval, and pairs of them", () => {
  const labels = Array.from({ length: 200 }, (_, i) => i % 2);
  const wrongAt = (every: number) => labels.map((l, i) => i % every === 0 ? 1 - l : l);
  const compared = compareSystems({ good: wrongAt(20), bad: wrongAt(4) }, labels, { accuracy });
  assert.equal(compared.intervals.good!.accuracy!.value, 0.95);
  const { low, high } = compared.intervals.bad!.accuracy!;
  assert.ok(low > 0.67 && low < 0.75 && high > 0.75 && high < 0.82, `${low} ${high}`);
  const { difference, pValue } = compared.difference("good", "bad", "accuracy");
  assert.ok(Math.abs(difference.value - 0.2) < 1e-12 && difference.low > 0.1 && pValue < 0.01);
  const lines = `${compared}`.split("\n");
  assert.match(lines[0]!, /accuracy/);
  assert.match(lines[2]!, /^good +0\.95 \[0\.9\d*, 0\.9\d*\]$/);
  assert.throws(() => compared.difference("best", "bad", "accuracy"), /one of good, bad/);
  assert.throws(() => compared.difference("good", "bad", "f1"), /one of accuracy/);
});

Deno.test("compareSystems() compares texts too, and refuses systems that say too little", () => {
  const references = ["the cat sits on the mat", "a dog runs in the wide park"];
  const compared = compareSystems(
    { same: references, cut: references.map((t) => t.slice(4)) },
    references,
    { bleu },
  );
  assert.ok(compared.intervals.same!.bleu!.value > 99.9);
  assert.ok(compared.intervals.cut!.bleu!.value < 95);
  assert.throws(() => compareSystems({ short: [1] }, [1, 0], { accuracy }), /one length/);
});
