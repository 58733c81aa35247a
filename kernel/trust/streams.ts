import type { Host } from "./host.ts";

/** The output streams of a cell. */
export type StreamName = "stdout" | "stderr";

const CHUNK = 64_000; // characters of a message
const PATIENCE = 50; // milliseconds that text of a loop without a pause may wait
const REST = 30; // milliseconds in which messages leave the kernel
const BYTES_PER_MILLI = 20_000; // what leaves in a millisecond, at the least

/**
 * Gathers what a cell prints into few messages, in order with everything else that is shown.
 *
 * Deno sends a message for each call, and drops those that are still under way when the cell ends.
 */
export class Streams {
  #text = "";
  #name: StreamName = "stdout";
  #scheduled = false;
  #since = 0;
  #underWay = 0;
  readonly #send: Host["broadcast"];
  readonly #left: () => Promise<boolean>;

  /**
   * Sends nothing yet.
   *
   * @param send Sends a message to the front end.
   * @param left Waits until what was sent has left, or gives `false` if it cannot know; then time has to do.
   */
  constructor(
    send: Host["broadcast"],
    left: () => Promise<boolean> = () => Promise.resolve(false),
  ) {
    this.#send = send;
    this.#left = left;
  }

  /** Adds text to a stream; it is sent at the end of the present turn, or earlier. */
  put(name: StreamName, text: string): void {
    if (text === "") return;
    if (name !== this.#name) this.flush();
    if (this.#text === "") this.#since = performance.now();
    this.#name = name;
    this.#text += text;
    if (this.#text.length >= CHUNK || (this.#scheduled && this.#late())) return this.flush();
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#text === "") return;
    const text = this.#text;
    this.#text = "";
    for (let at = 0; at < text.length; at += CHUNK) {
      this.send("stream", { name: this.#name, text: text.slice(at, at + CHUNK) });
    }
  }

  /** Sends another message, after the text before it. */
  async send(type: string, content: Record<string, unknown>, extra?: object): Promise<void> {
    if (type !== "stream") this.flush();
    this.count(content);
    await this.#send(type, content, ...(extra ? [extra] : []));
  }

  /** Counts a message that is sent by other means. */
  count(content: unknown): void {
    this.#underWay += sizeOf(content);
  }

  /** Sends what waits, and waits until it has left. */
  async drain(): Promise<void> {
    this.flush();
    const bytes = this.#underWay;
    this.#underWay = 0;
    if (await this.#left()) return;
    await new Promise((done) => setTimeout(done, REST + bytes / BYTES_PER_MILLI));
  }

  #late(): boolean {
    return performance.now() - this.#since > PATIENCE;
  }
}

/** Characters of the texts in a message, roughly. */
function sizeOf(content: unknown, depth = 0): number {
  if (typeof content === "string") return content.length;
  if (content === null || typeof content !== "object") return 8;
  if (Array.isArray(content)) {
    const some = content.slice(0, 16).reduce((sum, item) => sum + sizeOf(item, depth + 1), 0);
    return content.length <= 16 ? some : some / 16 * content.length;
  }
  if (depth > 8) return 8;
  return Object.values(content).reduce((sum: number, item) => sum + sizeOf(item, depth + 1), 0);
}
