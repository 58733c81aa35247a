/**
 * A contender's process: sets it up, then does a round for each line on standard input.
 *
 *     deno run -A scripts/bench/child.ts ENTRY SETTINGS
 *
 * Lines on standard output are JSON: `{ facts }` once it is ready, `{ sample }` after each round, `{ error }` if it
 * cannot go on. A line on standard input is the number of units to do; the end of input ends the process.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import type { Sample, SetUp } from "./contender.ts";
import { Meter } from "./meter.ts";
import { PassClock } from "./pass_clock.ts";

const [entry, settings] = Deno.args as [string, string];
const say = (message: unknown) => console.log(JSON.stringify(message));

/** Numbers from lines of standard input. */
async function* orders(): AsyncGenerator<number> {
  let text = "";
  for await (const part of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (text + part).split("\n");
    text = lines.pop()!;
    yield* lines.map(Number);
  }
}

try {
  const clock = new PassClock(); // below the meter, which does not count what it asks for
  const meter = new Meter();
  const [file, name] = entry.split("#") as [string, string];
  const module = await import(new URL(`contenders/${file}`, import.meta.url).href);
  const before = Deno.memoryUsage().rss;
  const work = await (module[name] as SetUp<unknown>)(JSON.parse(settings));
  const onGPU = work.facts.limit === "webgpu";
  let lifePeak = meter.counts.peakBytes;
  say({ facts: work.facts });
  for await (const units of orders()) {
    meter.resetPeak();
    clock.reset();
    const was = meter.counts;
    const start = performance.now();
    const results = await work.run(units);
    const wall = performance.now() - start;
    const is = meter.counts;
    const peakBytes = onGPU ? is.peakBytes : Math.max(0, Deno.memoryUsage().rss - before);
    lifePeak = Math.max(lifePeak, peakBytes);
    const passMillis = onGPU ? await clock.millis() : undefined;
    const sample: Sample = {
      wallMillis: wall / units,
      scriptMillis: (wall - (is.gpuMillis - was.gpuMillis)) / units,
      ...(passMillis === undefined ? {} : { passMillis: passMillis / units }),
      ...(onGPU ? { dispatches: (is.dispatches - was.dispatches) / units } : {}),
      peakBytes,
      lifePeakBytes: lifePeak,
      results,
    };
    say({ sample });
  }
} catch (error) {
  say({ error: error instanceof Error ? error.message : String(error) });
}
Deno.exit(0);
