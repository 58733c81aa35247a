import assert from "node:assert/strict";
import type { Frames } from "@tome/tome/audio";
import { alignSpeech, generateFromSpeech } from "@tome/tome/generate";
import {
  ListenAttendSpell,
  type ListenAttendSpellConfig,
  loadListenAttendSpell,
  saveListenAttendSpell,
} from "@tome/tome/models/listen-attend-spell";
import { KVCache, type SpeechSeq2SeqBatch } from "@tome/tome/nn";
import { Rng, seed } from "@tome/tome/tensor";
import { speechSeq2SeqLoss } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import golden from "../../golden/listen_attend_spell.json" with { type: "json" };
import { testOnDevices } from "../../_support/devices.ts";
import { assertModel } from "../../_support/model.ts";
import { assertClose } from "../../_support/numeric.ts";
import { sineFill } from "../../_support/sine_fill.ts";

const TINY: ListenAttendSpellConfig = {
  numFeatures: 3,
  vocabSize: 7,
  hiddenSize: 12,
  embedDim: 6,
  startId: 5,
  endId: 6,
};
const int = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");

/** A sound of random frames. */
function sound(frames: number, seed: number): Frames {
  const random = new Rng(seed);
  return {
    data: Float32Array.from({ length: 3 * frames }, () => random.normal()),
    frames,
    bins: 3,
  };
}

const batch = (): SpeechSeq2SeqBatch => ({
  frames: tf.tensor3d(
    Float32Array.of(...sound(8, 1).data, ...sound(5, 2).data, ...new Float32Array(9)),
    [2, 8, 3],
  ),
  frameMask: int([[1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0, 0, 0]]),
  decoderIds: int([[5, 1, 2], [5, 3, 6]]),
  labels: int([[1, 2, 6], [3, 6, -100]]),
});

assertModel<ListenAttendSpell>({
  name: "ListenAttendSpell",
  make: () => new ListenAttendSpell(TINY),
  forward: (model) => model.forward(batch()),
  outputShape: [2, 3, 7],
  loss: (model) => speechSeq2SeqLoss(model, batch()),
  async saveAndLoad(model, folder) {
    await saveListenAttendSpell(model, folder);
    return await loadListenAttendSpell(folder);
  },
});

testOnDevices("ListenAttendSpell is PyTorch's", async () => {
  const { config, frames, frameMask, decoderIds, labels, memory, logits, seen } = golden;
  using model = new ListenAttendSpell(config).eval();
  sineFill(model);
  const given = {
    frames: tf.tensor(frames, [2, 7, 2]),
    frameMask: int(frameMask),
    decoderIds: int(decoderIds),
    labels: int(labels),
  };
  await assertClose(model.encode(given), memory);
  await assertClose(model.memoryMask(given.frameMask), [1, 1, 1, 0]);
  await assertClose(model.forward(given), logits);
  const { value, grads } = tf.variableGrads(
    () => speechSeq2SeqLoss(model, given),
    model.parameters(),
  );
  await assertClose(value, [golden.loss]);
  const expected = golden.gradients as Record<string, number[]>;
  const names = [...model.namedParameters()].map(([name]) => name);
  assert.deepEqual(names.sort(), Object.keys(expected).sort());
  for (const [name, { name: id }] of model.namedParameters()) {
    await assertClose(grads[id]!, expected[name]!, { atol: 1e-5 });
  }
  tf.dispose([value, grads]);
  const whole = { data: Float32Array.from(frames.slice(0, 14)), frames: 7, bins: 2 };
  const { weights } = await alignSpeech(model, whole, labels[0]!);
  await assertClose(weights.flat(), seen);
});

testOnDevices(
  "generateFromSpeech() writes from each sound what it writes from it alone",
  async () => {
    seed(4);
    using model = new ListenAttendSpell(TINY);
    const sounds = [sound(9, 3), sound(4, 4), sound(6, 5)];
    const options = { maxNewTokens: 5, eosTokenId: [] };
    const together = await generateFromSpeech(model, sounds, options);
    for (const [i, one] of sounds.entries()) {
      const [alone] = await generateFromSpeech(model, [one], { ...options, useCache: false });
      assert.deepEqual(together[i]![0]!.newIds, alone![0]!.newIds);
      const [beam] = await generateFromSpeech(model, [one], { ...options, numBeams: 3 });
      assert.equal(beam![0]!.newIds.length, 5);
      const { weights, framesPerState } = await alignSpeech(model, one, alone![0]!.newIds);
      assert.deepEqual([weights.length, weights[0]!.length], [5, Math.ceil(one.frames / 4)]);
      assert.equal(framesPerState, 4);
      for (const row of weights) await assertClose([row.reduce((a, b) => a + b)], [1]);
    }
    await assert.rejects(generateFromSpeech(model, [sound(0, 1)]), RangeError);
    await assert.rejects(alignSpeech(model, sounds[0]!, []), RangeError);
  },
);

testOnDevices("ListenAttendSpell.decode() gives the same logits token by token", async () => {
  seed(5);
  using model = new ListenAttendSpell({ ...TINY, attention: "additive" }).eval();
  const { frames, frameMask } = batch();
  const memory = model.encode({ frames, frameMask });
  const mask = model.memoryMask(frameMask!);
  const ids = int([[5, 1, 2, 3], [5, 4, 0, 1]]);
  const whole = model.decode(ids, memory, { mask });
  using cache = new KVCache();
  const steps = [0, 1, 2, 3].map((t) =>
    model.decode(tf.slice(ids, [0, t], [2, 1]), memory, { mask, cache })
  );
  await assertClose(tf.concat(steps, 1), whole);
  await assertClose(model.decode(ids, memory, { mask, lastOnly: true }), steps.at(-1)!);
}, ["cpu", "wasm"]);

Deno.test("ListenAttendSpell refuses sizes that do not fit together", () => {
  assert.throws(() => new ListenAttendSpell({ ...TINY, hiddenSize: 7 }), RangeError);
  assert.throws(() => new ListenAttendSpell({ ...TINY, pyramidLayers: 0 }), RangeError);
});
