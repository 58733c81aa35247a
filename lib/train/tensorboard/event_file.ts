import { encode } from "fast-png";
import { writeHistogram } from "./histogram.ts";
import {
  experimentContent,
  type HyperParameter,
  sessionEndContent,
  sessionStartContent,
  type SessionStatus,
} from "./hyper_parameters.ts";
import { encodeMessage, type ProtoWriter } from "./protobuf.ts";
import { frameRecord } from "./record.ts";

/** How an {@link EventFileWriter} writes. */
export interface EventFileOptions {
  /** If given, TensorBoard forgets what earlier files of the folder say of this step and later ones. */
  purgeStep?: number;
  /** The time of each event, in seconds since 1970. @default {the clock} */
  clock?: () => number;
}

/** A picture of 8-bit pixels. */
export interface Pixels {
  /** Pixels in a row. */
  width: number;
  /** Rows. */
  height: number;
  /** Values 0…255 of each channel of each pixel, row by row: 1 (grey), 3 (RGB) or 4 (RGBA) channels. */
  data: Uint8Array | Uint8ClampedArray;
}

/**
 * Writes a file that TensorBoard reads: scalars, histograms, texts, pictures and hyper-parameters.
 *
 * What is written waits in memory until {@link flush} or {@link close}; the file is only ever appended to.
 *
 * @example
 * ```ts
 * import { EventFileWriter } from "@tome/tome/train";
 *
 * const folder = await Deno.makeTempDir();
 * const events = await EventFileWriter.create(folder);
 * for (let step = 1; step <= 10; step++) events.scalar("loss", 1 / step, step);
 * await events.close(); // then: tensorboard --logdir=FOLDER
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export class EventFileWriter {
  static #files = 0;
  readonly #file: Deno.FsFile;
  readonly #clock: () => number;
  #waiting: Uint8Array[] = [];
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(readonly path: string, file: Deno.FsFile, clock: () => number) {
    this.#file = file;
    this.#clock = clock;
  }

  /**
   * Starts a new event file.
   *
   * @param folder Where; it is made if need be. TensorBoard takes a folder for a run.
   */
  static async create(folder: string, options: EventFileOptions = {}): Promise<EventFileWriter> {
    const { purgeStep, clock = () => Date.now() / 1000 } = options;
    await Deno.mkdir(folder, { recursive: true });
    const seconds = String(Math.floor(clock())).padStart(10, "0");
    const name = `events.out.tfevents.${seconds}.${hostname()}.${Deno.pid}.${this.#files++}`;
    const path = `${folder}/${name}`;
    const file = await Deno.open(path, { createNew: true, append: true });
    const writer = new EventFileWriter(path, file, clock);
    writer.#event(0, (event) => event.string(3, "brain.Event:2"));
    if (purgeStep !== undefined) {
      writer.#event(purgeStep, (event) => event.message(7, (session) => session.int(1, 1))); // START
    }
    return writer;
  }

  /** Writes a number, such as the loss of a step. */
  scalar(tag: string, value: number, step: number): void {
    this.#value(step, tag, (summary) => summary.float(2, value));
  }

  /**
   * Writes how many numbers lie where.
   *
   * @param values The numbers; those that are not finite are left out.
   * @param buckets How many equal-width buckets to sort them into.
   */
  histogram(tag: string, values: ArrayLike<number>, step: number, buckets = 30): void {
    this.#value(
      step,
      tag,
      (summary) => summary.message(5, (proto) => writeHistogram(proto, values, buckets)),
    );
  }

  /** Writes a text, which TensorBoard shows as Markdown. */
  text(tag: string, text: string, step: number): void {
    this.#value(step, tag, (summary) => {
      summary.message(8, (tensor) => {
        tensor.int(1, 7) // DT_STRING
          .message(2, (shape) => shape.message(2, (axis) => axis.int(1, 1))).string(8, text);
      });
      writeMetadata(summary, "text", new Uint8Array());
    });
  }

  /**
   * Writes a picture.
   *
   * @param image Pixels, or the bytes of a PNG file.
   * @throws {RangeError} If the pixels are not `width · height` times 1, 3 or 4 values.
   * @throws {TypeError} If the bytes are not those of a PNG file.
   */
  image(tag: string, image: Pixels | Uint8Array, step: number): void {
    const png = image instanceof Uint8Array ? image : encodePixels(image);
    const { width, height, channels } = readHeader(png);
    this.#value(
      step,
      tag,
      (summary) =>
        summary.message(
          4,
          (proto) => proto.int(1, height).int(2, width).int(3, channels).bytes(4, png),
        ),
    );
  }

  /**
   * Writes the settings of this run, for TensorBoard's table of hyper-parameters.
   *
   * @param values The settings by name.
   * @param metrics The tags of the scalars that runs are compared by.
   */
  hyperParameters(
    values: Readonly<Record<string, HyperParameter>>,
    metrics: readonly string[] = [],
  ): void {
    const seconds = this.#clock();
    this.#plugin("_hparams_/experiment", experimentContent(values, metrics, seconds));
    this.#plugin("_hparams_/session_start_info", sessionStartContent(values, "", seconds));
  }

  /** Writes how the run ended, for TensorBoard's table of hyper-parameters. */
  sessionEnd(status: SessionStatus): void {
    this.#plugin("_hparams_/session_end_info", sessionEndContent(status, this.#clock()));
  }

  /** Appends everything that waits to the file. */
  flush(): Promise<void> {
    return this.#writing = this.#writing.then(async () => {
      const records = this.#waiting.splice(0);
      if (records.length === 0) return;
      const bytes = new Uint8Array(await new Blob(records as BlobPart[]).arrayBuffer());
      for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
    });
  }

  /** Writes what waits and closes the file. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.flush();
    this.#closed = true;
    this.#file.close();
  }

  /** Called at the end of `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #plugin(tag: string, content: Uint8Array): void {
    this.#value(0, tag, (summary) => writeMetadata(summary, "hparams", content));
  }

  #value(step: number, tag: string, write: (summary: ProtoWriter) => void): void {
    this.#event(step, (event) =>
      event.message(5, (summary) =>
        summary.message(1, (value) => {
          value.string(1, tag);
          write(value);
        })));
  }

  #event(step: number, write: (event: ProtoWriter) => void): void {
    if (this.#closed) throw new TypeError("Cannot write an event as the file is closed");
    this.#waiting.push(frameRecord(encodeMessage((event) => {
      event.double(1, this.#clock()).int(2, step);
      write(event);
    })));
  }
}

function writeMetadata(summary: ProtoWriter, plugin: string, content: Uint8Array): void {
  summary.message(9, (metadata) =>
    // SummaryMetadata
    metadata.message(1, (data) => data.string(1, plugin).bytes(2, content)));
}

function hostname(): string {
  try {
    return Deno.hostname();
  } catch { // without --allow-sys the name is not ours to know
    return "localhost";
  }
}

function encodePixels({ width, height, data }: Pixels): Uint8Array {
  const channels = data.length / (width * height);
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new RangeError(
      `Cannot write an image of ${width} × ${height} pixels as it must have 1, 3 or 4 values each: ` +
        `current number of values is ${data.length}`,
    );
  }
  return encode({ width, height, data, channels, depth: 8 });
}

/** The size and the channels that a PNG file says it has. */
function readHeader(png: Uint8Array): { width: number; height: number; channels: number } {
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  if (png.length < 33 || signature.some((byte, i) => png[i] !== byte)) {
    throw new TypeError(
      "Cannot write an image as its bytes must be those of a PNG file; pass pixels with their width and height",
    );
  }
  const view = new DataView(png.buffer, png.byteOffset);
  const channels = ({ 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 } as Record<number, number>)[png[25]!] ?? 3;
  return { width: view.getUint32(16), height: view.getUint32(20), channels };
}
