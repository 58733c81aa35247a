/**
 * Runs the contenders of a row: a process for each, rounds in turns, medians.
 *
 * @module
 */
import type { ContenderSpec, Facts, Row, Sample } from "./contender.ts";

/** What was measured of one contender, or why nothing was. */
export interface Result {
  /** The contender's name. */
  name: string;
  /** Why it did not run. */
  notRun?: string;
  /** What it said of itself. */
  facts?: Facts;
  /** The median of each number over the rounds; of bytes, the most. */
  median?: Omit<Sample, "results">;
  /** The rounds, after the warm-up. */
  rounds: Omit<Sample, "results">[];
  /** What it computed, warm-up included. */
  results: number[];
  /** How far its results lie from those of the first contender that ran, at most. */
  apart?: number;
}

/** How {@link runRow} runs. */
export interface HarnessOptions {
  /** Rounds after the warm-up. */
  rounds: number;
  /** A Python with PyTorch, if there is one. */
  python?: string;
  /** Whether a WebGPU adapter answers. */
  adapter: boolean;
  /** Told what happens. */
  say: (line: string) => void;
}

/** Runs a row's contenders in turns. */
export async function runRow(row: Row, options: HarnessOptions): Promise<Result[]> {
  const { rounds, say } = options;
  const results: Result[] = [];
  const running: { contender: Contender; result: Result }[] = [];
  const drop = (at: number, why: string) => {
    const [{ contender, result }] = running.splice(at, 1) as [typeof running[number]];
    result.notRun = why;
    contender.end();
    say(`${row.name}, ${result.name}: not run, ${why}`);
  };
  try {
    for (const spec of row.contenders) {
      const result: Result = { name: spec.name, rounds: [], results: [] };
      results.push(result);
      const missing = lacks(spec, options);
      if (missing) {
        result.notRun = missing;
        say(`${row.name}, ${spec.name}: not run, ${missing}`);
        continue;
      }
      const contender = new Contender(row, spec, options.python);
      running.push({ contender, result });
      try {
        result.facts = await contender.ready();
        for (let done = 0; done < row.warmUp; done += row.units) {
          result.results.push(...(await contender.round(row.units)).results);
        }
      } catch (error) {
        drop(running.length - 1, (error as Error).message);
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < running.length; turn++) {
        const at = (turn + round) % running.length; // nobody always goes first
        const { contender, result } = running[at]!;
        try {
          const { results, ...sample } = await contender.round(row.units);
          result.rounds.push(sample);
          result.results.push(...results);
        } catch (error) {
          drop(at, (error as Error).message);
        }
      }
      say(`${row.name}: round ${round + 1} of ${rounds}`);
    }
  } finally {
    await Promise.all(running.map(({ contender }) => contender.end()));
  }
  for (const { result } of running) result.median = medianOf(result.rounds);
  compare(running.map(({ result }) => result));
  return results;
}

function lacks({ needs }: ContenderSpec, { adapter, python }: HarnessOptions): string | undefined {
  if (needs === "adapter" && !adapter) return "no WebGPU adapter answers";
  if (needs === "python" && !python) return "no Python has PyTorch (TOME_PYTHON names one)";
}

/** The median of each number; of bytes the most. */
export function medianOf(
  rounds: readonly Omit<Sample, "results">[],
): Omit<Sample, "results"> | undefined {
  if (rounds.length === 0) return;
  const names = Object.keys(rounds[0]!) as (keyof typeof rounds[0])[];
  return Object.fromEntries(names.map((name) => {
    const sorted = rounds.map((round) => round[name]!).sort((a, b) => a - b);
    const [low, high] = [sorted[(sorted.length - 1) >> 1]!, sorted[sorted.length >> 1]!];
    return [name, /bytes/i.test(name) ? sorted.at(-1)! : (low + high) / 2];
  })) as unknown as Omit<Sample, "results">;
}

/** Notes how far results lie from the first contender's. */
function compare([first, ...others]: Result[]): void {
  for (const other of others) {
    const both = Math.min(first!.results.length, other.results.length);
    let apart = 0;
    for (let k = 0; k < both; k++) {
      apart = Math.max(apart, Math.abs(first!.results[k]! - other.results[k]!));
    }
    other.apart = apart;
  }
}

type Message = { facts: Facts } | { sample: Sample } | { error: string };

/** A process that does rounds. */
class Contender {
  readonly #child: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #messages: AsyncGenerator<Message>;
  readonly #errors: Promise<string>;

  constructor(row: Row, { entry, settings, needs }: ContenderSpec, python?: string) {
    const given = JSON.stringify({ ...row.settings, ...settings });
    const here = import.meta.dirname!;
    const deno = ["run", "-A", "--no-lock", `--config=${here}/../../deno.json`, `${here}/child.ts`];
    this.#child = needs === "python"
      ? spawn(python!, [`${here}/python/work.py`, entry, given])
      : spawn(Deno.execPath(), [...deno, entry, given]);
    this.#orders = this.#child.stdin.getWriter();
    this.#messages = messages(this.#child.stdout);
    this.#errors = new Response(this.#child.stderr).text();
  }

  async ready(): Promise<Facts> {
    return (await this.#next() as { facts: Facts }).facts;
  }

  async round(units: number): Promise<Sample> {
    await this.#orders.write(new TextEncoder().encode(`${units}\n`));
    return (await this.#next() as { sample: Sample }).sample;
  }

  async end(): Promise<void> {
    await this.#orders.close().catch(() => {}); // it may have ended by itself
    await this.#child.status;
    await this.#messages.return(undefined);
    await this.#errors;
  }

  async #next(): Promise<Message> {
    const { value, done } = await this.#messages.next();
    if (done) {
      const last = (await this.#errors).trim().split("\n").at(-1) || "no message";
      throw new Error(`its process ended: ${last}`);
    }
    if ("error" in value) throw new Error(value.error.split("\n")[0]);
    return value;
  }
}

function spawn(command: string, args: string[]): Deno.ChildProcess {
  const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  return new Deno.Command(command, { args, ...pipes, env: { NO_COLOR: "1" } }).spawn();
}

/** The JSON lines of a process; a package's own words are passed over. */
async function* messages(stream: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream() as never)) {
    const lines = (text + part).split("\n");
    text = lines.pop()!;
    for (const line of lines) if (line.startsWith("{")) yield JSON.parse(line) as Message;
  }
}
