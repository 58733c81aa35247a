import assert from "node:assert/strict";
import { liveSearch, searchView, show, type TrustedHost } from "@tome/tome/display";
import { choice, logUniform, type RunningTrial, search, type Trial } from "@tome/tome/search";

const space = { lr: logUniform(1e-4, 1), norm: choice(["<rms>", "layer"]) };

const TRIALS: (Trial | RunningTrial)[] = [
  {
    number: 0,
    state: "complete",
    value: 2,
    settings: { lr: 0.1, norm: "<rms>" },
    reports: [],
    seconds: 1,
  },
  {
    number: 1,
    state: "complete",
    value: 1,
    settings: { lr: 0.01, norm: "layer" },
    reports: [],
    seconds: 2,
  },
  {
    number: 2,
    state: "stopped",
    value: 0.5,
    settings: { lr: 1, norm: "layer" },
    reports: [],
    seconds: 3,
  },
  {
    number: 3,
    state: "failed",
    error: "Error: no",
    settings: { lr: 0.5, norm: "layer" },
    reports: [],
    seconds: 4,
  },
  {
    number: 4,
    state: "running",
    settings: { lr: 0.2, norm: "layer" },
    reports: [{ step: 7, value: 3.25 }],
    seconds: 0,
  },
  { number: 5, state: "running", settings: { lr: 0.3, norm: "layer" }, reports: [], seconds: 0 },
];

Deno.test("searchView() shows the best trial first and what runs last, with its report", () => {
  const { bundle } = searchView(TRIALS, { space, trials: 9, title: "a <b>" });
  const lines = bundle["text/plain"].split("\n");
  assert.equal(lines[0], "a <b>: 4 of 9 trials, best 1 by trial 1");
  const order = lines.slice(3).map((line) => line.trim().split(/ +/).slice(0, 2).join(" "));
  assert.deepEqual(order, [
    "1 complete",
    "0 complete",
    "2 stopped",
    "3 failed",
    "4 running",
    "5 running",
  ]);
  assert.match(lines[7]!, /3\.25 at 7/);
  const html = bundle["text/html"] as string;
  assert.match(html, /&lt;rms&gt;/);
  assert.doesNotMatch(html, /<rms>|<b>:/);
  assert.match(bundle["image/svg+xml"] as string, /norm/);
});

Deno.test("searchView() seeks the most where told, cuts long tables, and draws nothing of one trial", () => {
  const most = `${searchView(TRIALS, { direction: "maximize", rows: 1 })}`;
  assert.match(most, /best 2 by trial 0/);
  assert.match(most, /3 more trials are worse/);
  assert.ok(!("image/svg+xml" in searchView(TRIALS.slice(1, 2)).bundle));
  assert.match(`${searchView([])}`, /0 of 0 trials/);
});

Deno.test("show() knows the result of a search", async () => {
  const result = await search(({ lr }) => Number(lr), { space, trials: 3 });
  assert.match(`${await show(result)}`, /^search: 3 of 3 trials/);
});

Deno.test("liveSearch() draws a search in its place and leaves its last state", async () => {
  const shown: { type: string; id: string; text: string }[] = [];
  const host: TrustedHost = {
    send(type, content) {
      const { data, transient } = content as {
        data: Record<string, string>;
        transient: { display_id: string };
      };
      shown.push({ type, id: transient.display_id, text: data["text/plain"]! });
      return Promise.resolve();
    },
    drain: () => Promise.resolve(),
  };
  const options = { space, trials: 30 };
  await search(async ({ lr }, trial) => {
    await new Promise((done) => setTimeout(done, 8));
    await trial.report(1, Number(lr));
    return Number(lr);
  }, { ...options, onChange: liveSearch({ ...options, host }) });
  await new Promise((done) => setTimeout(done, 120));
  assert.equal(new Set(shown.map(({ id }) => id)).size, 1);
  assert.deepEqual([...new Set(shown.map(({ type }) => type))], [
    "display_data",
    "update_display_data",
  ]);
  assert.ok(shown.length > 2 && shown.length < 60, `${shown.length} pictures of 90 changes`);
  assert.match(shown.at(-1)!.text, /^search: 30 of 30 trials/);
});

Deno.test("liveSearch() tells each trial in a line where there is no notebook", async () => {
  const lines: string[] = [];
  const onChange = liveSearch({ host: undefined, write: (text) => lines.push(text) });
  await search(({ lr }, { number }) => {
    if (number === 1) throw new Error("too hot");
    return Number(lr);
  }, { space, trials: 3, onChange });
  assert.equal(lines.length, 3);
  assert.match(lines[0]!, /^trial 0 +complete \S+ +lr \S+ +norm \S+ +\(best \S+\)\n$/);
  assert.match(lines[1]!, /^trial 1 +Error: too hot/);
});
