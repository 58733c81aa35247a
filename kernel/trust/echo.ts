import { ZmtpSocket } from "../notebook/zmtp.ts";
import type { Host } from "./host.ts";

const PATIENCE = 10_000; // milliseconds after which a kernel that says nothing is not waited for

/** Where the kernel publishes what cells show. */
interface Address {
  hostname: string;
  port: number;
}

/**
 * Makes a function that waits until all that was sent has left the kernel, which it knows by listening to the kernel as a front
 * end does: messages leave one after the other, and a front end that came earlier is served earlier.
 *
 * What is said to be heard again is an update of a display that nobody has; every front end takes it for nothing.
 *
 * @param send Sends a message to the front ends.
 * @param find Finds where to listen.
 * @returns A function that gives `false` if the kernel cannot be listened to.
 */
export function echo(
  send: Host["broadcast"],
  find: () => Promise<Address | undefined> = findAddress,
): () => Promise<boolean> {
  let address: Promise<Address | undefined> | undefined;
  return async () => {
    try {
      const at = await (address ??= find());
      if (!at) return false;
      const socket = await ZmtpSocket.connect("SUB", { ...at, timeoutMillis: PATIENCE });
      try {
        await hearOneself(socket, send);
      } finally {
        socket.close();
      }
      return true;
    } catch {
      return false;
    }
  };
}

/** Says something until it is heard, as the kernel needs a moment to know its listener; and hears all of it, to leave nothing. */
async function hearOneself(socket: ZmtpSocket, send: Host["broadcast"]): Promise<void> {
  const name = `tome-${crypto.randomUUID()}`;
  let [said, heard] = [0, false];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = (pause: number) => {
    if (heard) return;
    const transient = { display_id: `${name}.${++said}.` };
    send("update_display_data", { data: {}, metadata: {}, transient }).catch(() => socket.close());
    timer = setTimeout(() => say(Math.min(100, 2 * pause)), pause);
  };
  const end = setTimeout(() => socket.close(), PATIENCE);
  try {
    say(4);
    for (;;) {
      const message = (await socket.receive()).map((part) => new TextDecoder().decode(part)).join();
      heard ||= message.includes(name);
      if (message.includes(`${name}.${said}.`)) return;
    }
  } finally {
    clearTimeout(timer);
    clearTimeout(end);
  }
}

/** Where the kernel that this program runs in publishes, by the connection file that its command names. */
async function findAddress(): Promise<Address | undefined> {
  const [, file] = /\s--conn\s(.+?)\s*$/.exec(await commandLine()) ?? [];
  if (!file) return undefined;
  const { transport, ip, iopub_port } = JSON.parse(await Deno.readTextFile(file));
  return transport === "tcp" ? { hostname: ip, port: iopub_port } : undefined;
}

/** The command that started this process, its words apart by white space. */
async function commandLine(): Promise<string> {
  if (Deno.build.os === "windows") return "";
  if (Deno.build.os === "linux") {
    return (await Deno.readTextFile("/proc/self/cmdline")).replaceAll("\0", "\n");
  }
  const { stdout } = await new Deno.Command("ps", {
    args: ["-ww", "-o", "args=", "-p", String(Deno.pid)],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}
