import type { SearchObjective } from "./trial.ts";

/** How {@link inProcesses} starts a trial. */
export interface ProcessOptions {
  /** What a process may do, as flags of `deno run`. @default {["-A"]} */
  permissions?: readonly string[];
  /** Variables of its environment beside those of this process. @default {{}} */
  env?: Readonly<Record<string, string>>;
}

/** What a process says: a report, its end, or its error. */
type Message = { report: { step: number; value: number } } | { value: number } | { error: string };

/**
 * An objective whose trials each run in a process of its own, for `search(…, { parallel: 4 })`.
 *
 * A process, and not a worker thread: each has its own device, its own memory of WebAssembly and its own BLAS, and one that runs out of memory, or is killed,
 * fails alone.
 *
 * @param module The module whose default export is the objective, as a URL: `new URL("./objective.ts", import.meta.url)`.
 * @param options What a process may do.
 */
export function inProcesses(
  module: URL | string,
  { permissions = ["-A"], env = {} }: ProcessOptions = {},
): SearchObjective {
  return async (settings, trial) => {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", ...permissions, programOf(String(module))],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      env: { ...env },
    }).spawn();
    const kill = () => {
      try {
        process.kill();
      } catch { /* it has ended */ }
    };
    trial.signal.addEventListener("abort", kill);
    const writer = process.stdin.getWriter();
    const send = (message: unknown) =>
      writer.write(new TextEncoder().encode(JSON.stringify(message) + "\n"));
    const complaint = new Response(process.stderr).text();
    try {
      await send({ number: trial.number, settings });
      for await (const message of messagesOf(process.stdout)) {
        if ("report" in message) {
          await send({ stop: await trial.report(message.report.step, message.report.value) });
        } else if ("value" in message) return message.value;
        else throw new Error(message.error);
      }
      const { code } = await process.status;
      const last = (await complaint).trim().split("\n").slice(-5).join("\n");
      throw new Error(
        `the process of trial ${trial.number} ended with code ${code} and no value: ${last}`,
      );
    } finally {
      trial.signal.removeEventListener("abort", kill);
      await writer.close().catch(() => {});
      kill();
      await process.status;
      await complaint;
    }
  };
}

/** A program that runs one trial of a module's objective; it names the module, as an import that is decided later cannot be published. */
function programOf(module: string): string {
  const code = `import objective from ${JSON.stringify(module)};\n` +
    `import { runTrial } from ${JSON.stringify(import.meta.resolve("./process.ts"))};\n` +
    `await runTrial(objective);\n`;
  return `data:application/typescript,${encodeURIComponent(code)}`;
}

/** The messages among the lines of a process; what else it prints is its own affair. */
async function* messagesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  let rest = "";
  for await (
    const part of stream.pipeThrough(
      new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>,
    )
  ) {
    const lines = (rest + part).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line.startsWith(MARK)) yield JSON.parse(line.slice(MARK.length));
  }
}

/** What stands before a message on standard output. */
export const MARK = "\u0001search\u0001";
