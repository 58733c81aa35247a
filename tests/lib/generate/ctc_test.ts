import assert from "node:assert/strict";
import { ctcBeamSearch, ctcGreedy, transcribe } from "@tome/tome/generate";
import { RNNCTC } from "@tome/tome/models/rnn-ctc";
import { ctcLossRows } from "@tome/tome/ops";
import { randomNormal, Rng, seed, useDevice } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const logs = (rows: number[][]) => rows.flat().map(Math.log);

Deno.test("ctcGreedy() merges neighbours and removes blanks", () => {
  const of = (...best: number[]) =>
    logs(best.map((k) => [0, 1, 2].map((other) => other === k ? 0.8 : 0.1)));
  assert.deepEqual(ctcGreedy(of(0, 1, 1, 0, 1, 2, 2, 0), 3).labels, [1, 1, 2]);
  assert.deepEqual(ctcGreedy(of(2, 2, 0, 2), 3, 2).labels, [0]);
  assert.deepEqual(ctcGreedy([], 3), { labels: [], logProb: 0 });
  assert.ok(Math.abs(ctcGreedy(of(1, 2), 3).logProb - 2 * Math.log(0.8)) < 1e-12);
  assert.throws(() => ctcGreedy([1, 2], 3), /current numbers are 2 logits and 3 classes/);
});

Deno.test("ctcBeamSearch() finds the likeliest text where the likeliest path misleads", () => {
  // the path of blanks has 0.36, the text "1" 0.16 + 0.24 + 0.24
  const logits = logs([[0.6, 0.4], [0.6, 0.4]]);
  assert.deepEqual(ctcGreedy(logits, 2).labels, []);
  const [best, second] = ctcBeamSearch(logits, 2);
  assert.deepEqual([best!.labels, second!.labels], [[1], []]);
  assert.ok(Math.abs(best!.logProb - Math.log(0.64)) < 1e-12);
  assert.ok(Math.abs(second!.logProb - Math.log(0.36)) < 1e-12);
});

Deno.test("ctcBeamSearch() that keeps all beginnings has the sums of ctcLossRows()", async () => {
  await useDevice("cpu");
  const [T, K] = [5, 3];
  const rng = new Rng(2);
  const logits = Float32Array.from({ length: T * K }, () => rng.normal());
  const texts = ctcBeamSearch(logits, K, { width: 1000 });
  const total = texts.reduce((sum, { logProb }) => sum + Math.exp(logProb), 0);
  assert.ok(Math.abs(total - 1) < 1e-9, `all texts together have ${total}`);
  assert.deepEqual(
    texts.map(({ logProb }) => logProb),
    texts.map((t) => t.logProb).sort((a, b) => b - a),
  );
  for (const { labels, logProb } of texts.slice(0, 12)) {
    const loss = tf.tidy(() =>
      ctcLossRows(
        tf.tensor3d(logits, [1, T, K]),
        tf.tensor2d([labels], [1, labels.length], "int32"),
      )
        .dataSync()[0]!
    );
    await assertClose([loss], [-logProb], { rtol: 1e-4 });
  }
  assert.equal(ctcBeamSearch(logits, K, { width: 3 }).length, 3);
  assert.throws(() => ctcBeamSearch(logits, K, { width: 0 }), /current value is 0/);
});

Deno.test("ctcBeamSearch() adds what a language model says, once a label", () => {
  const logits = logs([[0.2, 0.45, 0.35], [0.98, 0.01, 0.01], [0.2, 0.5, 0.3]]);
  assert.deepEqual(ctcBeamSearch(logits, 3)[0]!.labels, [1, 1]);
  const score = (before: readonly number[], label: number) => before.at(-1) === label ? -5 : 0;
  assert.deepEqual(ctcBeamSearch(logits, 3, { score })[0]!.labels, [1]);
  const plain = ctcBeamSearch(logits, 3, { width: 100 });
  const each = ctcBeamSearch(logits, 3, { width: 100, score: () => 0.25 });
  for (const { labels, logProb } of plain) {
    const same = each.find((other) => other.labels.join() === labels.join())!;
    assert.ok(Math.abs(same.logProb - logProb - 0.25 * labels.length) < 1e-9);
  }
});

testOnDevices(
  "transcribe() writes the steps that count, and leaves the model as it was",
  async () => {
    seed(1);
    using model = new RNNCTC({ numFeatures: 3, numLabels: 4, hiddenSize: 5, dropout: 0.5 });
    const batch = {
      frames: randomNormal([2, 7, 3], 0, 3, { rng: new Rng(4) }),
      frameMask: tf.tensor2d([[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0, 0]], undefined, "int32"),
    };
    const [first, second] = await transcribe(model, [batch]);
    assert.equal(model.training, true);
    model.eval();
    const { logits } = model.forward(batch);
    const values = await logits.data();
    assert.deepEqual(first, ctcGreedy(values.subarray(0, 28), 4));
    assert.deepEqual(second, ctcGreedy(values.subarray(28, 28 + 12), 4));
    const [found] = await transcribe(model, [{ frames: batch.frames }], {
      method: "beam",
      width: 5,
    });
    assert.deepEqual(found, ctcBeamSearch(values.subarray(0, 28), 4, { width: 5 })[0]);
  },
);
