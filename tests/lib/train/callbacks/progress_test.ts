import assert from "node:assert/strict";
import { DivergenceError, type LogEvent, progress, type ProgressOptions } from "@tome/tome/train";

const base = { trainer: undefined as never, epoch: 0 };

function logEvent(step: number, more: Partial<LogEvent> = {}): LogEvent {
  return {
    ...base,
    step,
    records: [],
    loss: 2.34567,
    lr: 6e-4,
    millis: 12,
    tokensPerSecond: 12345,
    tokens: 99,
    totalSteps: 2000,
    etaMillis: 200_000,
    ...more,
  };
}

function play(options: ProgressOptions, ...events: LogEvent[]): string {
  let text = "";
  const callback = progress({ write: (part) => text += part, ...options });
  callback.onStart!({ ...base, step: 0, resumedFrom: 0, sanityBatches: 0 });
  for (const event of events) callback.onLog!(event);
  const { step } = events.at(-1)!;
  callback.onEvaluate!({
    ...base,
    step,
    name: "validation",
    metrics: { loss: 1e-7 },
    millis: 1500,
  });
  callback.onCheckpoint!({ ...base, step, folder: "runs/x/best", best: true });
  const history = Object.assign([], { stopped: "steps", evaluations: [], checkpoints: [] });
  callback.onEnd!({ ...base, step, history });
  return text;
}

Deno.test("progress() writes plain lines where there is no terminal, and the last step", () => {
  const text = play(
    { terminal: false },
    logEvent(10),
    logEvent(20),
    logEvent(2000, { gradNorm: 0.5 }),
  );
  assert.deepEqual(text.split("\n"), [
    "step 10/2000  loss 2.3457  lr 6.0e-4  12.3k tok/s  3 min 20 s left",
    "step 2000  validation  loss 1.000e-7  1.5 s",
    "step 2000  wrote runs/x/best, the best so far",
    "step 2000/2000  loss 2.3457  lr 6.0e-4  grad 0.5000  12.3k tok/s",
    "ended at step 2000: steps",
    "",
  ]);
});

/** The lines that were drawn, those drawn over included. */
const linesOf = (text: string) => text.replaceAll("\r\x1b[K", "\n").split("\n").filter(Boolean);

Deno.test("progress() redraws one line on a terminal, within its width", () => {
  const text = play({ terminal: true, color: false, width: 100 }, logEvent(1000), logEvent(2000));
  const lines = linesOf(text);
  assert.match(lines[0]!, /^━+ +step 1000\/2000 {2}loss 2\.3457/);
  assert.match(lines[1]!, /^━+ step 2000\/2000/);
  assert.ok(lines.every((line) => line.length < 100));
  assert.ok(!text.includes("\x1b[2m"), "no colour");
  const narrow = play({ terminal: true, color: false, width: 30 }, logEvent(1000));
  assert.ok(linesOf(narrow)[0]!.length < 30);
});

Deno.test("progress() uses colours only where they are wanted", () => {
  assert.ok(play({ terminal: true, color: true }, logEvent(1)).includes("\x1b[32m"));
  assert.ok(!play({ terminal: true, color: false }, logEvent(1)).includes("\x1b[32m"));
});

Deno.test("progress() tells of an error at the end", () => {
  let text = "";
  const callback = progress({ write: (part) => text += part, terminal: false });
  const record = { step: 3, epoch: 0, loss: NaN, lr: 1, tokens: 1, millis: 1, tokensPerSecond: 1 };
  const error = new DivergenceError("Cannot go on", record);
  const history = Object.assign([], { stopped: "error", evaluations: [], checkpoints: [] });
  callback.onEnd!({ ...base, step: 3, history, error });
  assert.equal(text, "ended at step 3: Cannot go on\n");
});
