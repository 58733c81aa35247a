import assert from "node:assert/strict";
import {
  choice,
  gridSampler,
  inProcesses,
  integer,
  logUniform,
  onlyWhen,
  randomSampler,
  search,
  type Settings,
  successiveHalving,
  tpeSampler,
  uniform,
  watchTrial,
} from "@tome/tome/search";
import { Rng } from "@tome/tome/tensor";

/** A valley in the logarithm of `lr`, less deep for the other kind, with a floor along `width`. */
function valley({ lr, kind, width }: Settings): number {
  return (Math.log10(Number(lr)) + 2.5) ** 2 + (kind === "b" ? 0 : 0.5) +
    ((Number(width) - 40) / 40) ** 2;
}
const space = {
  lr: logUniform(1e-5, 1),
  kind: choice(["a", "b", "c"]),
  width: integer(4, 128, { log: true }),
};

Deno.test("TPE finds better settings than chance, over many seeds", async () => {
  let wins = 0;
  for (let seed = 0; seed < 12; seed++) {
    const [tpe, chance] = await Promise.all(
      [tpeSampler(), randomSampler()].map((sampler) =>
        search(valley, { space, trials: 80, sampler, seed })
      ),
    );
    assert.deepEqual(
      tpe!.trials.slice(0, 10).map(({ settings }) => settings),
      chance!.trials.slice(0, 10).map(({ settings }) => settings),
    );
    wins += Number(tpe!.best!.value! < chance!.best!.value!);
  }
  assert.ok(wins >= 9, `${wins} of 12`);
});

Deno.test("random settings lie in their domains, and ratios are equally likely", async () => {
  const { trials } = await search(({ n }) => Number(n), {
    space: { n: integer(1, 4), r: logUniform(1, 100), u: uniform(-1, 1) },
    trials: 2000,
    sampler: randomSampler(),
  });
  const share = (test: (settings: Settings) => boolean) =>
    trials.filter(({ settings }) => test(settings)).length / 2000;
  for (const n of [1, 2, 3, 4]) assert.ok(Math.abs(share((s) => s.n === n) - 0.25) < 0.04);
  assert.ok(Math.abs(share((s) => Number(s.r) < 10) - 0.5) < 0.05);
  assert.ok(Math.abs(share((s) => Number(s.u) < 0) - 0.5) < 0.05);
});

Deno.test("a grid goes through all combinations, and conditions leave settings out", async () => {
  const { trials, best } = await search(
    ({ kind, momentum = 0 }) => Number(momentum) - (kind === "sgd" ? 1 : 0),
    {
      space: { kind: choice(["adam", "sgd"]), momentum: onlyWhen("kind", "sgd", uniform(0, 0.9)) },
      trials: 100,
      sampler: gridSampler({ points: 4 }),
    },
  );
  assert.deepEqual(trials.map(({ settings }) => settings.momentum), [undefined, 0, 0.3, 0.6, 0.9]);
  assert.deepEqual(best!.settings, { kind: "sgd", momentum: 0 });
});

Deno.test("a search goes on from its journal as if it had never stopped", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const whole = await search(valley, { space, trials: 25, seed: 4 });
    const journal = `${folder}/deep/search.jsonl`;
    for (const stopAfter of [7, 9]) {
      const stop = new AbortController();
      let ended = 0;
      const part = await search((settings) => {
        if (ended++ === stopAfter) stop.abort();
        stop.signal.throwIfAborted();
        return valley(settings);
      }, { space, trials: 25, seed: 4, journal, signal: stop.signal });
      assert.ok(part.trials.length < 25);
      await Deno.writeTextFile(journal, '{"end":{"number":3', { append: true }); // a crash in the middle of a line
    }
    const resumed = await search(valley, { space, trials: 25, seed: 4, journal });
    const told = (all: typeof whole) =>
      all.trials.map(({ number, settings, value }) => ({ number, settings, value }));
    assert.deepEqual(told(resumed), told(whole));
    await assert.rejects(
      search(valley, { space, trials: 25, seed: 5, journal }),
      /Cannot go on with .* its seed is 4, the current one 5/,
    );
    await Deno.writeTextFile(`${folder}/other`, "not a journal\n");
    await assert.rejects(
      search(valley, { space, trials: 2, journal: `${folder}/other` }),
      /must be the journal of a search/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("successive halving stops the bad and spares the good", async () => {
  const random = new Rng(1);
  const floors = Array.from({ length: 27 }, () => random.uniform());
  const made: number[] = [];
  const { trials, best } = await search(async (_, trial) => {
    let step = 0;
    while (++step <= 27) {
      if (await trial.report(step, floors[trial.number]! + 1 / step)) break;
    }
    made.push(step);
    return floors[trial.number]! + 1 / 27;
  }, {
    space: { x: uniform(0, 1) },
    trials: 27,
    pruner: successiveHalving(),
    sampler: randomSampler(),
  });
  assert.equal(best!.number, floors.indexOf(Math.min(...floors)));
  const steps = made.reduce((a, b) => a + b, 0);
  assert.ok(steps < 0.5 * 27 * 27, `${steps} of ${27 * 27} steps`);
  assert.ok(trials.filter(({ state }) => state === "stopped").length > 13);
});

Deno.test("a trial that fails is kept, and the search goes on", async () => {
  const result = await search((_, { number }) => {
    if (number === 1) throw new TypeError("broken");
    return number === 2 ? NaN : number;
  }, { space: { x: uniform(0, 1) }, trials: 4, direction: "maximize" });
  assert.deepEqual(result.trials.map(({ state }) => state), [
    "complete",
    "failed",
    "failed",
    "complete",
  ]);
  assert.equal(result.trials[1]!.error, "TypeError: broken");
  assert.match(result.trials[2]!.error!, /the value must be finite/);
  assert.equal(result.best!.number, 3);
  assert.match(String(result), /^trial +x +value +seconds/);
  assert.deepEqual(result.runs().map(({ value }) => value), [0, 3]);
});

Deno.test("trials run at once in processes, which may report, throw and die", async () => {
  const seen: number[] = [];
  const { trials } = await search(inProcesses(new URL("./_objective.ts", import.meta.url)), {
    space: { how: choice(["ends", "throws", "dies"]), x: choice([4]) },
    trials: 3,
    sampler: gridSampler(),
    parallel: 2,
    onChange: (all) => seen.push(all.filter(({ state }) => state === "running").length),
  });
  assert.deepEqual(trials.map(({ state }) => state), ["complete", "failed", "failed"]);
  assert.deepEqual([trials[0]!.value, trials[0]!.reports], [4, [{ step: 1, value: 4 }, {
    step: 2,
    value: 2,
  }]]);
  assert.equal(trials[1]!.error, "Error: RangeError: no such x");
  assert.match(trials[2]!.error!, /the process of trial 2 ended with code 3 and no value/);
  assert.equal(Math.max(...seen), 2);
});

Deno.test("a search that is stopped kills its processes and keeps what has ended", async () => {
  const stop = new AbortController();
  const { trials } = await search(inProcesses(new URL("./_objective.ts", import.meta.url)), {
    space: { how: choice(["ends", "hangs"]), x: choice([1]) },
    trials: 2,
    sampler: gridSampler(),
    signal: stop.signal,
    onChange(all) {
      if (all[1]?.reports.length === 2) stop.abort();
    },
  });
  assert.deepEqual(trials.map(({ number, state }) => [number, state]), [[0, "complete"]]);
});

Deno.test("watchTrial reports validations and ends the run that is given up", async () => {
  const told: [number, number][] = [];
  const callback = watchTrial({
    number: 0,
    signal: new AbortController().signal,
    report: (step, value) => Promise.resolve(told.push([step, value]) > 1),
  }, { metric: "accuracy" });
  const stops: unknown[] = [];
  const event = (step: number, metrics: Record<string, number>) =>
    ({
      trainer: { stop: (reason: unknown) => stops.push(reason) },
      step,
      epoch: 0,
      name: "validation",
      metrics,
      millis: 1,
    }) as unknown as Parameters<NonNullable<typeof callback.onEvaluate>>[0];
  await callback.onEvaluate!(event(1, { accuracy: 0.5 }));
  await callback.onEvaluate!(event(2, { accuracy: 0.4 }));
  assert.deepEqual([told, stops], [[[1, 0.5], [2, 0.4]], ["search"]]);
  await assert.rejects(
    async () => await callback.onEvaluate!(event(3, { loss: 1 })),
    /current results are loss/,
  );
});

Deno.test("spaces and numbers that make no sense are refused", async () => {
  assert.throws(() => uniform(1, 1), /from 1 to 1 as the ends must rise/);
  assert.throws(() => logUniform(0, 1), /lie above 0/);
  assert.throws(() => integer(0.5, 2), /both must be whole/);
  assert.throws(() => choice([1, 1]), /each once: current values are 1, 1/);
  assert.throws(() => successiveHalving({ factor: 1 }), /factor above 1/);
  const wrong = { x: onlyWhen("y", 1, uniform(0, 1)), y: choice([1, 2]) };
  await assert.rejects(
    search(() => 0, { space: wrong, trials: 1 }),
    /must name a setting before it: current name is y/,
  );
  await assert.rejects(search(() => 0, { space: {}, trials: 1 }), /the space has no settings/);
  await assert.rejects(
    search(() => 0, { space, trials: 0 }),
    /trials and parallel must be at least 1/,
  );
});
