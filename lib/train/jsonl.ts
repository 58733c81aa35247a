/**
 * Appends to a file of JSON, one object a line.
 *
 * Each line is written whole, by one write to a file opened for appending, so that a reader who follows the file, and
 * a run that goes on after it was killed, see whole lines. A line that a crash cut short is closed by a newline first.
 *
 * @example
 * ```ts
 * import { JsonlWriter } from "@tome/tome/train";
 *
 * const path = await Deno.makeTempFile();
 * await using log = await JsonlWriter.open(path);
 * await log.write({ step: 1, loss: 2.5 });
 * console.assert(await Deno.readTextFile(path) === '{"step":1,"loss":2.5}\n');
 * ```
 */
export class JsonlWriter {
  readonly #file: Deno.FsFile;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(readonly path: string, file: Deno.FsFile) {
    this.#file = file;
  }

  /** Opens a file for appending; it is made if need be, with its folder. */
  static async open(path: string): Promise<JsonlWriter> {
    const folder = path.replace(/[^/\\]*$/, "");
    if (folder) await Deno.mkdir(folder, { recursive: true });
    const file = await Deno.open(path, { read: true, append: true, create: true });
    const { size } = await file.stat();
    if (size > 0) {
      const last = new Uint8Array(1);
      await file.seek(-1, Deno.SeekMode.End);
      await file.read(last);
      if (last[0] !== 10) await file.write(Uint8Array.of(10));
    }
    return new JsonlWriter(path, file);
  }

  /**
   * Appends one object as a line; numbers that are not finite become strings, such as `"NaN"`.
   *
   * @returns When the line is in the file.
   */
  write(value: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.#closed) throw new TypeError("Cannot write a line as the file is closed");
    const line = new TextEncoder().encode(`${JSON.stringify(value, finite)}\n`);
    return this.#writing = this.#writing.then(async () => {
      for (let at = 0; at < line.length;) at += await this.#file.write(line.subarray(at));
    });
  }

  /** Makes sure that the lines are on the disk, not only in the system's memory. */
  async flush(): Promise<void> {
    await this.#writing;
    await this.#file.sync();
  }

  /** Writes what waits and closes the file. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.flush();
    this.#file.close();
  }

  /** Called at the end of `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function finite(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
