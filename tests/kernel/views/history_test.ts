import assert from "node:assert/strict";
import { historyView, show } from "@tome/tome/display";
import type { History, StepRecord } from "@tome/tome/train";
import { thinned } from "../../../kernel/views/history.ts";
import { assertSnapshot } from "../../_support/snapshot.ts";

const record = (step: number, loss: number): StepRecord => ({
  step,
  epoch: 0,
  loss,
  lr: 0.01 * step,
  tokens: 8,
  millis: 4,
  tokensPerSecond: 2000,
});

function history(losses: number[], rest: Partial<History> = {}): History {
  const records = losses.map((loss, i) => record(i + 1, loss));
  return Object.assign(records, { evaluations: [], checkpoints: [], ...rest });
}

const RUN = history([4, 3, 2.5, 2.75], {
  stopped: "early <stopping>",
  evaluations: [
    { step: 2, name: "validation", metrics: { loss: 3.5, accuracy: 0.25 } },
    { step: 4, name: "validation", metrics: { loss: 3, accuracy: 0.5 } },
  ],
  checkpoints: [{ step: 4, folder: "here", best: true }],
});

Deno.test("historyView() draws the curves and tells how the run went", async () => {
  const { bundle } = historyView(RUN);
  await assertSnapshot(new URL("../snapshots/history.txt", import.meta.url), bundle["text/plain"]);
  const html = bundle["text/html"] as string;
  assert.equal(html.match(/<img /g)!.length, 3); // losses, accuracy, learning rate
  assert.match(html, /early &lt;stopping&gt;/);
  assert.doesNotMatch(html, /<stopping>/);
  assert.match(bundle["image/svg+xml"] as string, /validation<\/text>/);
});

Deno.test("show() knows a history, and a list of steps for a table", async () => {
  assert.match(`${await show(RUN, { title: "Mine" })}`, /^Mine/);
  assert.match(`${await show([record(1, 2)])}`, /^1 rows, 7 columns/);
});

Deno.test("historyView() shows a run without steps, and one whose losses are all lost", () => {
  assert.match(`${historyView(history([]))}`, /steps +0\nended by +not ended yet$/);
  const lost = historyView(history([NaN, NaN]));
  assert.match(`${lost}`, /steps whose loss is not finite +2/);
  assert.match(lost.bundle["image/svg+xml"] as string, /^<svg /);
});

Deno.test("historyView() keeps a spike of a long run", () => {
  const losses = Array.from({ length: 20_000 }, (_, i) => 2 + Math.sin(i));
  losses[12_345] = 99;
  losses[777] = NaN;
  const points = thinned(losses.map((y, x) => [x, y]), 1000);
  assert.ok(points.length <= 1500);
  assert.ok(points.some(([x, y]) => x === 12_345 && y === 99));
  assert.ok(points.some(([x, y]) => x === 777 && Number.isNaN(y)));
  assert.ok(points.every(([x], i) => i === 0 || x > points[i - 1]![0]));
  assert.ok(JSON.stringify(historyView(history(losses)).bundle).length < 300_000);
});
