import { MARK } from "./processes.ts";
import type { SearchObjective } from "./trial.ts";

/**
 * Runs one trial of a search in a process of its own: settings come on standard input, messages go to standard output. The process ends with it.
 *
 * @param objective What is sought the best of.
 */
export async function runTrial(objective: SearchObjective): Promise<never> {
  const lines = linesOf(Deno.stdin.readable);
  const read = async () => JSON.parse((await lines.next()).value ?? "{}");
  const encoder = new TextEncoder();
  const send = (message: unknown) =>
    Deno.stdout.writeSync(encoder.encode(`\n${MARK}${JSON.stringify(message)}\n`));
  try {
    const { number, settings } = await read();
    const value = await objective(settings, {
      number,
      signal: new AbortController().signal, // the process is killed instead
      async report(step, value) {
        send({ report: { step, value } });
        return (await read()).stop === true;
      },
    });
    send({ value });
  } catch (error) {
    send({ error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
  }
  Deno.exit();
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const part of stream) {
    const parts = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}
