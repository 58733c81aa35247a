/**
 * The wire protocol of ZeroMQ, as far as a Jupyter client needs it: ZMTP 3 with the NULL mechanism, over TCP.
 *
 * @see ZeroMQ, "23/ZMTP", https://rfc.zeromq.org/spec/23/
 * @module
 */

/** What a socket is to its peer. */
export type ZmtpKind = "DEALER" | "SUB" | "REQ";

/** One frame as it travels. */
export interface ZmtpFrame {
  /** Whether further frames of the same message follow. */
  more: boolean;
  /** Whether it is a command of the protocol, not a part of a message. */
  command: boolean;
  /** What it carries. */
  body: Uint8Array;
}

/** Where {@link ZmtpSocket.connect} connects to. */
export interface ZmtpOptions {
  /** @default {"127.0.0.1"} */
  hostname?: string;
  /** The port. */
  port: number;
  /** For how long a refused connection or a silent peer is waited for. @default {10000} */
  timeoutMillis?: number;
  /** Ends the attempt. */
  signal?: AbortSignal;
}

const MORE = 1, LONG = 2, COMMAND = 4;
const text = new TextEncoder();

/** Joins byte arrays. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Writes a frame: flags, size in one or eight bytes, body. */
export function encodeFrame({ more, command, body }: ZmtpFrame): Uint8Array<ArrayBuffer> {
  const long = body.length > 255;
  const bytes = new Uint8Array((long ? 9 : 2) + body.length);
  bytes[0] = (more ? MORE : 0) | (long ? LONG : 0) | (command ? COMMAND : 0);
  if (long) new DataView(bytes.buffer).setBigUint64(1, BigInt(body.length));
  else bytes[1] = body.length;
  bytes.set(body, long ? 9 : 2);
  return bytes;
}

/** Writes a command: the length of its name, its name, its data. */
function encodeCommand(name: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const body = concatBytes([new Uint8Array([name.length]), text.encode(name), data]);
  return encodeFrame({ more: false, command: true, body });
}

/** Writes a property of the READY command: name and value, with their lengths. */
function encodeProperty(name: string, value: string): Uint8Array {
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, value.length);
  return concatBytes([
    new Uint8Array([name.length]),
    text.encode(name),
    size,
    text.encode(value),
  ]);
}

/** The first 64 bytes on a connection: signature, version 3.0, NULL mechanism, client. */
function greeting(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(64);
  bytes.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);
  bytes.set(text.encode("NULL"), 12);
  return bytes;
}

/** Reads a connection by as many bytes as are asked for. */
class Reader {
  #held = new Uint8Array(1 << 16);
  #start = 0;
  #end = 0;

  constructor(readonly connection: Deno.Conn) {}

  async read(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count;) {
      if (this.#start === this.#end) await this.#fill();
      const part = this.#held.subarray(this.#start, Math.min(this.#end, this.#start + count - at));
      bytes.set(part, at);
      at += part.length;
      this.#start += part.length;
    }
    return bytes;
  }

  async #fill(): Promise<void> {
    const count = await this.connection.read(this.#held);
    if (count === null) throw new Deno.errors.UnexpectedEof("the peer closed the connection");
    this.#start = 0;
    this.#end = count;
  }
}

/** A connection to one peer that sends and receives messages of several frames. */
export class ZmtpSocket {
  readonly #reader: Reader;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    /** What it is to its peer. */
    readonly kind: ZmtpKind,
    readonly connection: Deno.Conn,
  ) {
    this.#reader = new Reader(connection);
  }

  /**
   * Connects, shakes hands and, for a subscriber, subscribes to everything.
   *
   * @param kind What the socket is to its peer.
   * @param options Where the peer listens. A port that refuses is tried again until the time is over.
   * @throws {Deno.errors.TimedOut} If nobody answers in time.
   */
  static async connect(kind: ZmtpKind, options: ZmtpOptions): Promise<ZmtpSocket> {
    const { hostname = "127.0.0.1", port, timeoutMillis = 10_000, signal } = options;
    const end = performance.now() + timeoutMillis;
    for (;;) {
      signal?.throwIfAborted();
      try {
        const socket = new ZmtpSocket(kind, await Deno.connect({ hostname, port }));
        const timer = setTimeout(() => socket.close(), Math.max(1, end - performance.now()));
        try {
          await socket.#handshake();
          return socket;
        } catch (error) {
          socket.close();
          throw error;
        } finally {
          clearTimeout(timer);
        }
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
        if (performance.now() > end) {
          throw new Deno.errors.TimedOut(
            `Cannot connect to ${hostname}:${port} as nobody listened there for ${timeoutMillis} ms`,
          );
        }
        await new Promise((done) => setTimeout(done, 15));
      }
    }
  }

  async #handshake(): Promise<void> {
    await this.#write(greeting());
    const peer = await this.#reader.read(64);
    const mechanism = new TextDecoder().decode(peer.subarray(12, 32)).replace(/\0+$/, "");
    if (peer[0] !== 0xff || peer[9] !== 0x7f || peer[10]! < 3 || mechanism !== "NULL") {
      throw new TypeError("Cannot talk to the peer as it must speak ZMTP 3 with NULL security");
    }
    await this.#write(encodeCommand(
      "READY",
      concatBytes([encodeProperty("Socket-Type", this.kind), encodeProperty("Identity", "")]),
    ));
    const ready = await this.#frame();
    if (!ready.command || nameOf(ready) !== "READY") {
      throw new TypeError(`Cannot talk to the peer as it must be ready: it says ${nameOf(ready)}`);
    }
    if (this.kind === "SUB") await this.subscribe("");
  }

  /**
   * Asks for the messages whose first frame begins with a topic.
   *
   * @param topic The topic; an empty one means every message.
   */
  subscribe(topic: string): Promise<void> {
    return this.send([concatBytes([new Uint8Array([1]), text.encode(topic)])]);
  }

  /**
   * Sends a message. Messages sent at the same time do not mix.
   *
   * @param frames The parts of the message, at least one.
   */
  send(frames: readonly Uint8Array[]): Promise<void> {
    const body = this.kind === "REQ" ? [new Uint8Array(), ...frames] : frames;
    return this.#write(concatBytes(
      body.map((frame, i) =>
        encodeFrame({ more: i < body.length - 1, command: false, body: frame })
      ),
    ));
  }

  /**
   * Waits for the next message.
   *
   * @returns Its parts.
   * @throws {Deno.errors.UnexpectedEof} If the peer closes the connection.
   */
  async receive(): Promise<Uint8Array<ArrayBuffer>[]> {
    const frames: Uint8Array<ArrayBuffer>[] = [];
    for (;;) {
      const frame = await this.#frame();
      if (frame.command) {
        // ZMTP 3.1 §heartbeating: a PING is answered by its context
        if (nameOf(frame) === "PING") {
          await this.#write(encodeCommand("PONG", frame.body.subarray(7)));
        }
        continue;
      }
      frames.push(frame.body);
      if (!frame.more) return this.kind === "REQ" ? frames.slice(1) : frames;
    }
  }

  /** Closes the connection; what waits for a message fails. Closing twice does no harm. */
  close(): void {
    try {
      this.connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #frame(): Promise<ZmtpFrame & { body: Uint8Array<ArrayBuffer> }> {
    const flags = (await this.#reader.read(1))[0]!;
    const size = flags & LONG
      ? Number(new DataView((await this.#reader.read(8)).buffer).getBigUint64(0))
      : (await this.#reader.read(1))[0]!;
    const body = await this.#reader.read(size);
    return { more: (flags & MORE) !== 0, command: (flags & COMMAND) !== 0, body };
  }

  #write(bytes: Uint8Array): Promise<void> {
    const write = async () => {
      for (let at = 0; at < bytes.length;) at += await this.connection.write(bytes.subarray(at));
    };
    const written = this.#writing.then(write);
    this.#writing = written.catch(() => {}); // the one who sent hears of it; the next may try
    return written;
  }
}

function nameOf({ body }: ZmtpFrame): string {
  return new TextDecoder().decode(body.subarray(1, 1 + (body[0] ?? 0)));
}
