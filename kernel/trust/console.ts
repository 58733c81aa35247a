import type { Host } from "./host.ts";
import type { StreamName, Streams } from "./streams.ts";

/** A stream of Deno or Node, as far as it is replaced here. */
interface Writable {
  write: unknown;
  writeSync?: unknown;
}

/** Sends what `console`, `Deno.stdout`, `Deno.stderr` and Node's `process` write to the streams of the cell. */
export function redirect({ internals }: Host, streams: Streams): void {
  const { Console } = internals;
  if (typeof Console === "function") {
    const made = new Console((text, level) => streams.put(level > 1 ? "stderr" : "stdout", text));
    const target = console as unknown as Record<string, unknown>;
    for (const [name, method] of Object.entries(made)) {
      if (typeof method === "function" && typeof target[name] === "function") target[name] = method;
    }
  }
  const { process } = globalThis as unknown as {
    process?: {
      stdout?: Writable;
      stderr?: Writable;
      setMaxListeners?: (count: number) => void;
    };
  };
  process?.setMaxListeners?.(0); // Deno adds listeners with each cell, and Node's part of it would warn of them
  for (const name of ["stdout", "stderr"] as const) {
    quietly(() => redirectDeno(Deno[name], name, streams));
    quietly(() => redirectNode(process?.[name], name, streams));
  }
}

function redirectDeno(stream: Writable, name: StreamName, streams: Streams): void {
  const decoder = new TextDecoder();
  stream.writeSync = (bytes: Uint8Array) => {
    streams.put(name, decoder.decode(bytes, { stream: true }));
    return bytes.length;
  };
  stream.write = (bytes: Uint8Array) =>
    Promise.resolve((stream.writeSync as (bytes: Uint8Array) => number)(bytes));
}

function redirectNode(stream: Writable | undefined, name: StreamName, streams: Streams): void {
  if (!stream) return;
  const decoder = new TextDecoder();
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    const text = typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    streams.put(name, text);
    const done = rest.find((argument) => typeof argument === "function") as
      | (() => void)
      | undefined;
    if (done) queueMicrotask(done);
    return true;
  };
}

/** A stream that cannot be replaced stays as it is. */
function quietly(f: () => void): void {
  try {
    f();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
