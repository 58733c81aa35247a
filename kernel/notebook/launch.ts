/**
 * Starts the process of a kernel and connects to its five ports.
 *
 * @module
 */
import type { KernelOptions } from "./client.ts";
import type { Channel } from "./message.ts";
import { ZmtpSocket } from "./zmtp.ts";

/** The process of a kernel, and the connections to it. */
export interface Launched {
  /** The process. */
  child: Deno.ChildProcess;
  /** How the process ended: a signal or a status. It is known when all that the process wrote is in the log. */
  ended: Promise<string>;
  /** The key that messages are signed by. */
  key: string;
  /** The connections. */
  sockets: Record<Channel, ZmtpSocket>;
  /** Sends a heartbeat and waits for its echo. */
  heartbeat(): Promise<void>;
  /** The last that the process wrote on its standard output and error. */
  log(): string;
  /** Closes the connections, waits for the end of the process and removes its connection file. */
  close(): Promise<void>;
}

const LOG_CHARACTERS = 4000;

/** Starts `deno jupyter --kernel` with a connection file in a private folder. */
export async function launch(options: KernelOptions): Promise<Launched> {
  const { cwd = Deno.cwd(), env = {}, deno = Deno.execPath(), timeoutMillis } = options;
  const ports = freePorts(5);
  const [shell, iopub, stdin, control, hb] = ports as [number, number, number, number, number];
  const key = crypto.randomUUID();
  const folder = await Deno.makeTempDir({ prefix: "tome-kernel-" }); // mode 700
  const file = `${folder}/connection.json`;
  await Deno.writeTextFile(
    file,
    JSON.stringify({
      transport: "tcp",
      ip: "127.0.0.1",
      signature_scheme: "hmac-sha256",
      key,
      shell_port: shell,
      iopub_port: iopub,
      stdin_port: stdin,
      control_port: control,
      hb_port: hb,
      kernel_name: "deno",
    }),
    { mode: 0o600 },
  );
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(deno, {
      args: ["jupyter", "--kernel", "--conn", file],
      cwd,
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    await Deno.remove(folder, { recursive: true });
    throw error;
  }
  let log = "";
  const quiet = new AbortController();
  const read = async (from: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    try {
      for await (
        const part of from.pipeThrough(new TextDecoderStream(), { signal: quiet.signal })
      ) {
        log = (log + part.replace(/^.*is unstable.*\n?/m, "")).slice(-LOG_CHARACTERS);
      }
    } catch (error) {
      if (!quiet.signal.aborted) throw error;
    }
  };
  const logs = [read(child.stdout), read(child.stderr)];
  const ended = child.status.then(async ({ code, signal }) => {
    const timer = setTimeout(() => quiet.abort(), 300); // a process that a cell started may hold the pipes
    await Promise.all(logs);
    clearTimeout(timer);
    return signal ?? `status ${code}`;
  });
  const gone = new AbortController();
  ended.then((how) =>
    gone.abort(new Error(`it ended with ${how}${log.trim() && `: ${log.trim()}`}`))
  );
  const open: ZmtpSocket[] = [];
  const connect = async (kind: "DEALER" | "SUB" | "REQ", port: number) => {
    const socket = await ZmtpSocket.connect(kind, {
      port,
      signal: gone.signal,
      ...(timeoutMillis === undefined ? {} : { timeoutMillis }),
    });
    open.push(socket);
    return socket;
  };
  const close = async () => {
    for (const socket of open) socket.close();
    await ended;
    await Deno.remove(folder, { recursive: true }).catch(() => {}); // closed twice
  };
  const tries = await Promise.allSettled([
    connect("DEALER", shell),
    connect("SUB", iopub),
    connect("DEALER", control),
    connect("DEALER", stdin),
  ]);
  const failed = tries.find((one) => one.status === "rejected");
  if (failed) {
    try {
      child.kill("SIGKILL");
    } catch { /* it has ended */ }
    await close();
    throw failed.reason;
  }
  const [s, i, c, n] = tries.map((one) => (one as PromiseFulfilledResult<ZmtpSocket>).value);
  return {
    child,
    ended,
    key,
    sockets: { shell: s!, iopub: i!, control: c!, stdin: n! },
    log: () => log,
    close,
    async heartbeat() {
      const socket = await connect("REQ", hb);
      try {
        await socket.send([new TextEncoder().encode("ping")]);
        await socket.receive();
      } finally {
        socket.close();
      }
    },
  };
}

function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map((listener) => listener.addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}
