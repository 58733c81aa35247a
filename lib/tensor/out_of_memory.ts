import type * as tf from "./_tf.ts";
import { DeviceError } from "./device_error.ts";
import { type Owner, ownerFinder } from "./owners.ts";
import { sizeOf } from "./shape.ts";

/** A tensor that takes memory. */
export interface TensorUse {
  /** Its shape. */
  shape: readonly number[];
  /** Its dtype. */
  dtype: string;
  /** Its bytes on the device. */
  bytes: number;
  /** For whom it is held. */
  owner: Owner;
}

/** A tensor's data as a backend keeps it. */
export interface LiveData {
  /** What tells it apart. */
  dataId: object;
  /** The shape that it was made with. */
  shape: readonly number[];
  /** Its dtype. */
  dtype: tf.DataType;
}

const NAMED = 5; // of the largest tensors
const ADVICE =
  "lower the batch size (accumulate has the trainer add up several small ones) or the length of the " +
  "context, or set the model's gradientCheckpointing";

/** Thrown where a device has no room for a tensor; the device is usable after it, once something is freed. */
export class OutOfMemoryError extends DeviceError {
  /** The name of this class. */
  override readonly name: string = "OutOfMemoryError";

  /**
   * Says what was asked for, what takes the room, and what would take less.
   *
   * @param what What was asked for and why it cannot be had, a sentence without its end.
   * @param requested The bytes asked for; none if the device does not say.
   * @param largest The largest tensors, the largest first.
   * @param options The error that it comes from, if there is one.
   */
  constructor(
    what: string,
    readonly requested: number | undefined,
    readonly largest: readonly TensorUse[],
    options?: ErrorOptions,
  ) {
    const named = largest.map(({ shape, dtype, bytes, owner }) =>
      `${dtype} [${shape}] (${formatBytes(bytes)}, ${owner})`
    );
    const held = named.length > 0 ? `; the largest tensors are ${named.join(", ")}` : "";
    super(`${what}${held}; ${ADVICE}`, options);
  }
}

/** The largest tensors among those that a backend keeps. */
export function largestOf(live: Iterable<LiveData>): TensorUse[] {
  const ownerOf = ownerFinder();
  const largest: LiveData[] = [];
  for (const data of live) {
    largest.push(data);
    if (largest.length < 100) continue;
    cut(largest);
  }
  return cut(largest).map(({ dataId, shape, dtype }) => ({
    shape,
    dtype,
    bytes: 4 * sizeOf(shape),
    owner: ownerOf(dataId),
  }));
}

function cut(list: LiveData[]): LiveData[] {
  list.sort((a, b) => sizeOf(b.shape) - sizeOf(a.shape));
  list.length = Math.min(list.length, NAMED);
  return list;
}

/** A number of bytes for people, in powers of ten. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return power === 0 ? `${bytes} B` : `${(bytes / 1000 ** power).toPrecision(3)} ${units[power]}`;
}
