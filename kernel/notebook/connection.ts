/**
 * The conversation with a kernel: requests and their replies, and what the kernel says of itself.
 *
 * @module
 */
import { DeadKernelError } from "./kernel_error.ts";
import type { Launched } from "./launch.ts";
import { type Channel, decodeMessage, encodeMessage, type KernelMessage } from "./message.ts";
import type { ZmtpSocket } from "./zmtp.ts";

/** The conversation with one kernel. */
export class Connection {
  readonly #launched: Launched;
  readonly #session: string = crypto.randomUUID();
  readonly #listeners = new Set<(message: KernelMessage) => void>();
  readonly #dead = Promise.withResolvers<never>();
  /** Why nothing can be asked any more. */
  death: DeadKernelError | undefined;

  /** Listens from now on. */
  constructor(launched: Launched) {
    this.#launched = launched;
    this.dead.catch(() => {}); // those who wait hear of it
    for (const [channel, socket] of Object.entries(launched.sockets)) {
      this.#listen(channel as Channel, socket);
    }
    launched.ended.then((how) => this.#die(`the kernel ended with ${how}`));
  }

  /** Fails when the kernel dies. */
  get dead(): Promise<never> {
    return this.#dead.promise;
  }

  async #listen(channel: Channel, socket: ZmtpSocket): Promise<void> {
    try {
      for (;;) {
        const message = decodeMessage(this.#launched.key, channel, await socket.receive());
        for (const listener of [...this.#listeners]) listener(message);
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      // the status of the process says more than the end of its connections, if it comes
      await Promise.race([this.#launched.ended, new Promise((go) => setTimeout(go, 500))]);
      this.#die(`the connection ${channel} broke: ${why}`);
    }
  }

  #die(why: string): void {
    if (this.death) return;
    const said = this.#launched.log().trim();
    this.death = new DeadKernelError(`Cannot go on as ${why}${said ? `; it said: ${said}` : ""}`);
    this.#dead.reject(this.death);
  }

  /** Calls a function with each message; the result ends that. */
  on(listener: (message: KernelMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sends a request, and gives the message on the same channel that answers it. */
  async ask(channel: Channel, type: string, content: unknown): Promise<KernelMessage> {
    if (this.death) throw this.death;
    const id = crypto.randomUUID();
    const reply = Promise.withResolvers<KernelMessage>();
    const stopListening = this.on((message) => {
      if (message.channel === channel && message.parent.msg_id === id) reply.resolve(message);
    });
    try {
      await Promise.race([this.send(channel, type, content, {}, id), this.dead]);
      return await Promise.race([reply.promise, this.dead]);
    } finally {
      stopListening();
    }
  }

  /** Sends a message. */
  send(
    channel: Channel,
    type: string,
    content: unknown,
    parent: Partial<KernelMessage["header"]> = {},
    id: string = crypto.randomUUID(),
  ): Promise<void> {
    const header = {
      msg_id: id,
      session: this.#session,
      username: "tome",
      date: new Date().toISOString(),
      msg_type: type,
      version: "5.3",
    };
    const { key, sockets } = this.#launched;
    return sockets[channel].send(encodeMessage(key, header, content, parent));
  }
}
