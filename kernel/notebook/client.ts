/**
 * A client of Deno's own Jupyter kernel, `deno jupyter`, in TypeScript alone.
 *
 * The kernel says that a cell is done before all of its output is on its way. {@link KernelClient.execute} therefore sends a
 * second, silent request that broadcasts a word of its own through the same queue; when the word comes back, every output
 * of the cell has come before it.
 *
 * @module
 */
import { launch, type Launched } from "./launch.ts";
import { Connection } from "./connection.ts";
import { DeadKernelError, KernelTimeoutError, within } from "./kernel_error.ts";
import type { KernelMessage } from "./message.ts";
import { type Displays, type Output, OutputCollector } from "./outputs.ts";

/** How {@link KernelClient.start} starts a kernel. */
export interface KernelOptions {
  /** The folder that the kernel runs in; `deno.json` is looked for from here upward. @default {Deno.cwd()} */
  cwd?: string;
  /** Variables of its environment, beside `NO_COLOR=1`. */
  env?: Record<string, string>;
  /** The Deno to start. @default {Deno.execPath()} */
  deno?: string;
  /** For how long it may take to start. @default {30000} */
  timeoutMillis?: number;
}

/** How {@link KernelClient.execute} runs a cell. */
export interface ExecuteOptions {
  /** For how long the cell may run; then it is interrupted, and the kernel killed if it goes on. @default {Infinity} */
  timeoutMillis?: number;
  /** For how long an interrupted cell may go on. @default {2000} */
  graceMillis?: number;
  /** Whether it leaves the cell counter alone. @default {false} */
  silent?: boolean;
  /** Interrupts the cell. */
  signal?: AbortSignal;
  /** Called with each message on iopub as it comes. */
  onMessage?: (message: KernelMessage) => void;
  /** Answers `prompt()` and `confirm()` in the cell; without it, they give null and false. */
  onInput?: (prompt: string, password: boolean) => string | Promise<string>;
}

/** How a cell ended. */
export interface Execution {
  /** Whether it threw. */
  status: "ok" | "error" | "aborted";
  /** The cell's number. */
  executionCount: number | null;
  /** Everything it printed, showed and threw. */
  outputs: Output[];
  /** How long the cell ran. */
  millis: number;
}

/** A running kernel, and the connection to it. */
export class KernelClient {
  readonly #launched: Launched;
  readonly #connection: Connection;
  readonly #displays: Displays = new Map();
  #queue: Promise<unknown> = Promise.resolve();
  readonly #onUnload = () => this.kill();

  private constructor(launched: Launched) {
    this.#launched = launched;
    this.#connection = new Connection(launched);
    addEventListener("unload", this.#onUnload); // a kernel does not end with its parent
  }

  /**
   * Starts a kernel and waits until it answers.
   *
   * @throws {DeadKernelError} If it ends before it answers; the message has what it said.
   * @throws {KernelTimeoutError} If it does not answer in time.
   */
  static async start(options: KernelOptions = {}): Promise<KernelClient> {
    const { timeoutMillis = 30_000 } = options;
    let why: unknown;
    for (let attempt = 0; attempt < 3; attempt++) { // another process may take a port meanwhile
      let client: KernelClient | undefined;
      try {
        client = new KernelClient(await launch(options));
        await within(client.#heard(), timeoutMillis, "say what it is");
        return client;
      } catch (error) {
        await client?.close();
        if (error instanceof KernelTimeoutError) throw error;
        why = error;
      }
    }
    if (why instanceof DeadKernelError) throw why;
    const message = why instanceof Error ? why.message : String(why);
    throw new DeadKernelError(`Cannot start a kernel: ${message}`);
  }

  /**
   * Asks what the kernel is until it is also heard on iopub: it answers on shell before it knows of the subscriber, and what
   * it says until then is lost.
   */
  async #heard(): Promise<void> {
    let heard = false;
    const stopListening = this.#connection.on(({ channel }) => {
      heard ||= channel === "iopub";
    });
    try {
      while (!heard) {
        await this.#connection.ask("shell", "kernel_info_request", {});
        await new Promise((done) => setTimeout(done, AGAIN_MILLIS)); // what it says may come after its answer
      }
    } finally {
      stopListening();
    }
  }

  /** Whether the kernel's process runs and its connection holds. */
  get alive(): boolean {
    return this.#connection.death === undefined;
  }

  /** The process of the kernel. */
  get pid(): number {
    return this.#launched.child.pid;
  }

  /** What the kernel's process last wrote on its own standard output and error, which no cell shows. */
  get log(): string {
    return this.#launched.log();
  }

  /**
   * Runs a cell, after those that were asked for before, and waits for all of its outputs.
   *
   * A cell that throws gives `status: "error"` and an error among its outputs.
   *
   * @param code The cell's source.
   * @throws {KernelTimeoutError} If it runs for too long. The kernel is alive if the cell heeded the interrupt.
   * @throws {DeadKernelError} If the kernel ends meanwhile.
   */
  execute(code: string, options: ExecuteOptions = {}): Promise<Execution> {
    const run = this.#queue.then(() => this.#execute(code, options));
    this.#queue = run.catch(() => {});
    return run;
  }

  async #execute(code: string, options: ExecuteOptions): Promise<Execution> {
    const { timeoutMillis = Infinity, graceMillis = 2000, silent = false, signal } = options;
    const collector = new OutputCollector(this.#displays);
    const token = crypto.randomUUID();
    const drained = Promise.withResolvers<void>();
    const stopListening = this.#connection.on((message) => {
      if (message.channel === "stdin") return void this.#answer(message, options.onInput);
      if (message.channel !== "iopub") return;
      if (message.header.msg_type === DRAINED) {
        if (message.content.token === token) drained.resolve();
        return;
      }
      options.onMessage?.(message);
      collector.add(message);
    });
    const interrupt = () => this.interrupt();
    signal?.addEventListener("abort", interrupt);
    const start = performance.now();
    try {
      signal?.throwIfAborted();
      const reply = this.#connection.ask("shell", "execute_request", {
        code,
        silent,
        store_history: !silent,
        user_expressions: {},
        allow_stdin: options.onInput !== undefined,
        stop_on_error: true,
      });
      const { content } = await this.#inTime(reply, timeoutMillis, graceMillis);
      const millis = performance.now() - start;
      await within(this.#drain(token, drained.promise), DRAIN_MILLIS, "bring the cell's output");
      const failed = content.status === "error";
      if (failed && !collector.outputs.some((output) => output.output_type === "error")) {
        collector.fail(content.ename, content.evalue, content.traceback);
      }
      return {
        status: content.status,
        executionCount: content.execution_count ?? null,
        outputs: collector.outputs,
        millis,
      };
    } catch (error) {
      if (error instanceof KernelTimeoutError) {
        throw new KernelTimeoutError(error.message, collector.outputs);
      }
      if (error instanceof DeadKernelError) {
        throw new DeadKernelError(error.message, collector.outputs);
      }
      throw error;
    } finally {
      signal?.removeEventListener("abort", interrupt);
      stopListening();
    }
  }

  /** Waits for a cell's reply; if it takes too long, interrupts the cell, and kills the kernel if that does not help. */
  async #inTime(
    reply: Promise<KernelMessage>,
    timeoutMillis: number,
    graceMillis: number,
  ): Promise<KernelMessage> {
    try {
      return await within(reply, timeoutMillis, "run the cell");
    } catch (error) {
      if (!(error instanceof KernelTimeoutError)) throw error;
      this.interrupt();
      const heeded = await within(reply, graceMillis, "stop").then(() => true, () => false);
      if (!heeded) await this.close();
      throw error;
    }
  }

  async #drain(token: string, drained: Promise<void>): Promise<void> {
    await this.#connection.ask("shell", "execute_request", {
      code: `Deno.jupyter.broadcast("${DRAINED}", { token: "${token}" }); undefined`,
      silent: true,
      store_history: false,
      user_expressions: {},
      allow_stdin: false,
    });
    await Promise.race([drained, this.#connection.dead]);
  }

  async #answer(
    { header, content }: KernelMessage,
    onInput: ExecuteOptions["onInput"],
  ): Promise<void> {
    if (header.msg_type !== "input_request") return;
    const value = await onInput?.(String(content.prompt ?? ""), Boolean(content.password)) ?? "";
    await this.#connection.send("stdin", "input_reply", { status: "ok", value }, header);
  }

  /**
   * Asks the kernel what it is.
   *
   * @param timeoutMillis For how long to wait.
   * @returns The content of its `kernel_info_reply`.
   */
  async kernelInfo(timeoutMillis = 10_000): Promise<KernelMessage["content"]> {
    return (await within(
      this.#connection.ask("shell", "kernel_info_request", {}),
      timeoutMillis,
      "say what it is",
    )).content;
  }

  /**
   * Asks what could stand at a place in a cell.
   *
   * @param code The cell's source.
   * @param cursor The place, in UTF-16 code units. @default {code.length}
   */
  async complete(
    code: string,
    cursor: number = code.length,
  ): Promise<{ matches: string[]; start: number; end: number }> {
    const asked = this.#connection.ask("shell", "complete_request", { code, cursor_pos: cursor });
    const { content } = await within(asked, 10_000, "complete");
    return { matches: content.matches, start: content.cursor_start, end: content.cursor_end };
  }

  /**
   * Asks whether a source is a whole cell.
   *
   * @param code The source.
   */
  async isComplete(code: string): Promise<"complete" | "incomplete" | "invalid" | "unknown"> {
    const asked = this.#connection.ask("shell", "is_complete_request", { code });
    return (await within(asked, 10_000, "answer")).content.status;
  }

  /**
   * Sends a heartbeat and waits for its echo.
   *
   * @returns How long it took, in milliseconds.
   */
  async heartbeat(timeoutMillis = 5000): Promise<number> {
    const start = performance.now();
    await within(this.#launched.heartbeat(), timeoutMillis, "echo a heartbeat");
    return performance.now() - start;
  }

  /**
   * Presses the Stop button: sends SIGINT to the kernel. A kernel without a listener for it dies; with Tome imported, the
   * running function stops.
   */
  interrupt(): void {
    this.#signal("SIGINT");
  }

  /** Ends the kernel at once. */
  kill(): void {
    this.#signal("SIGKILL");
  }

  /**
   * Asks the kernel to end, and kills it if it does not.
   *
   * @param timeoutMillis For how long to wait.
   */
  async shutdown(timeoutMillis = 2000): Promise<void> {
    if (this.alive) {
      await within(
        this.#connection.ask("control", "shutdown_request", { restart: false })
          .then(() => this.#launched.child.status),
        timeoutMillis,
        "end",
      ).catch(() => {}); // it is killed below
    }
    await this.close();
  }

  /** Kills the kernel if it still runs, and closes the connection. */
  async close(): Promise<void> {
    this.kill();
    removeEventListener("unload", this.#onUnload);
    await this.#launched.close();
  }

  /** Ends the kernel at the end of a block with `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#launched.child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** The type of the message that shows that the output queue is empty. */
const DRAINED = "tome_drained";
/** For how long the rest of a cell's output is waited for. An error in a timer can hold the kernel for half a minute. */
const DRAIN_MILLIS = 60_000;
/** After how long a new kernel is asked again. */
const AGAIN_MILLIS = 20;
