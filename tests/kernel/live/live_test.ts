import assert from "node:assert/strict";
import { live, LiveTable, type TrustedHost } from "@tome/tome/display";
import { SGD } from "@tome/tome/optim";
import { nextToken, Trainer } from "@tome/tome/train";
import { testOnDevices } from "../../_support/devices.ts";
import { CountingBatches, finiteBatches, TinyLM } from "../../lib/train/_tiny.ts";

interface Shown {
  at: number;
  type: string;
  id: string;
  data: Record<string, string>;
}

/** A kernel that keeps what it is sent. */
function recorder(): { host: TrustedHost; shown: Shown[]; drains: () => number } {
  const shown: Shown[] = [];
  let drains = 0;
  const host: TrustedHost = {
    send(type, content) {
      const { data, transient } = content as {
        data: Shown["data"];
        transient: { display_id: string };
      };
      shown.push({ at: performance.now(), type, id: transient.display_id, data });
      return Promise.resolve();
    },
    drain: () => Promise.resolve(void drains++),
  };
  return { host, shown, drains: () => drains };
}

testOnDevices(
  "live() draws one view in its place, at most ten times a second, and its last state",
  async () => {
    using model = new TinyLM();
    using optimizer = new SGD(model.namedParameters(), { lr: 0.1 });
    const { host, shown, drains } = recorder();
    const trainer = new Trainer(model, {
      optimizer,
      loss: nextToken,
      logEvery: 1,
      evaluate: {
        batches: finiteBatches(2),
        every: 20,
        metrics: (m) => ({ bias: m.head.weight.mean().asScalar() }),
      },
      callbacks: [
        live({ title: "<tiny>", host, sample: { every: 25, write: () => "a & b" } }),
        { onStepEnd: () => new Promise((done) => setTimeout(done, 5)) },
      ],
    });
    await trainer.fit(new CountingBatches(1), { steps: 50 });
    assert.deepEqual([...new Set(shown.map(({ id }) => id))].length, 1);
    assert.deepEqual(shown.map(({ type }) => type), [
      "display_data",
      ...shown.slice(1).map(() => "update_display_data"),
    ]);
    assert.ok(shown.length >= 3, `${shown.length} pictures`);
    for (const [i, { at }] of shown.slice(1, -1).entries()) assert.ok(at - shown[i]!.at >= 99);
    const { data } = shown.at(-1)!;
    assert.match(
      data["text/plain"]!,
      /^<tiny>: step 50 of 50, ended: steps\nloss \d.*tokens\/s.*memory/,
    );
    assert.match(data["text/plain"]!, /written after step 50: a & b$/);
    const html = data["text/html"]!;
    for (
      const part of [
        "&lt;tiny&gt;",
        "width:100.0%",
        "a &amp; b",
        "training, validation by step",
        "bias by step",
      ]
    ) {
      assert.ok(html.includes(part), part);
    }
    assert.doesNotMatch(html, /<script|<style|<svg/); // what a notebook that is not trusted takes away
    assert.equal(drains(), 1);
  },
);

testOnDevices("live() stays small for long runs, and tells an error", async () => {
  const { host, shown } = recorder();
  const callback = live({ host });
  const trainer = { step: 0 } as never;
  await callback.onStart!({ trainer, step: 0, epoch: 0, resumedFrom: 0, sanityBatches: 0 });
  const record = (step: number) => ({
    step,
    epoch: 0,
    loss: 1 / step,
    lr: 1,
    tokens: 1,
    millis: 1,
    tokensPerSecond: 1,
  });
  const records = Array.from({ length: 50_000 }, (_, i) => record(i + 1));
  await callback.onLog!({ ...record(50_000), trainer, records });
  await callback.onEnd!({
    trainer,
    step: 50_000,
    epoch: 0,
    history: [] as never,
    error: new RangeError("Cannot go on"),
  });
  const { data } = shown.at(-1)!;
  assert.match(data["text/plain"]!, /^training: step 50000, Cannot go on\n/);
  assert.ok(data["text/html"]!.length < 100_000, `${data["text/html"]!.length} characters`);
});

testOnDevices(
  "live() tells the time left while a run goes on, and not of one that was stopped",
  async () => {
    const { host, shown } = recorder();
    using model = new TinyLM();
    using optimizer = new SGD(model.namedParameters(), { lr: 0.1 });
    const trainer = new Trainer(model, {
      optimizer,
      loss: nextToken,
      logEvery: 1,
      callbacks: [live({ host }), {
        async onStepEnd({ step, trainer }) {
          await new Promise((done) => setTimeout(done, 30));
          if (step === 8) trainer.stop();
        },
      }],
    });
    await trainer.fit(new CountingBatches(1), { steps: 1000 });
    const texts = shown.map(({ data }) => data["text/plain"]!);
    assert.ok(texts.some((text) => /left \d/.test(text)), texts.join("\n"));
    assert.match(texts.at(-1)!, /^training: step 8 of 1000, ended: stopped\n/);
    assert.doesNotMatch(texts.at(-1)!, /left/);
  },
);

testOnDevices("live() is the progress bar outside of a kernel", () => {
  assert.deepEqual(Object.keys(live()).sort(), Object.keys(live({ host: undefined })).sort());
  assert.equal(typeof live().onCheckpoint, "function"); // which only the bar tells of
});

testOnDevices("LiveTable grows in its place", async () => {
  const { host, shown } = recorder();
  const table = new LiveTable(host);
  await table.add({ lr: 1e-3, loss: 2.3456789 });
  await table.add({ lr: 1e-2, loss: 2, best: true });
  assert.deepEqual(shown.map(({ type }) => type), ["display_data", "update_display_data"]);
  assert.equal(shown[0]!.id, shown[1]!.id);
  assert.equal(
    shown[1]!.data["text/plain"],
    "   lr    loss  best\n─────  ──────  ────\n0.001  2.3457\n 0.01       2  true",
  );
  assert.equal(table.rows.length, 2);
});
