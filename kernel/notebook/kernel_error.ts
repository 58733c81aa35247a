/**
 * What a kernel can fail by, beside the errors of a cell.
 *
 * @module
 */
import type { Output } from "./outputs.ts";

/** A cell ran out of time. */
export class KernelTimeoutError extends Error {
  /** The name of the class. */
  override readonly name = "KernelTimeoutError";

  /**
   * Says what ran out of time.
   *
   * @param message What happened.
   * @param outputs What the cell had printed and shown until then.
   */
  constructor(message: string, readonly outputs: Output[] = []) {
    super(message);
  }
}

/** The kernel's process ended, or its connection broke, while something was asked of it. */
export class DeadKernelError extends Error {
  /** The name of the class. */
  override readonly name = "DeadKernelError";

  /**
   * Says how the kernel ended.
   *
   * @param message What happened.
   * @param outputs What the cell had printed and shown until then.
   */
  constructor(message: string, readonly outputs: Output[] = []) {
    super(message);
  }
}

/** Waits for something, for a while. */
export async function within<T>(work: Promise<T>, millis: number, what: string): Promise<T> {
  if (millis === Infinity) return await work;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(new KernelTimeoutError(`Cannot wait for the kernel to ${what}: ${millis} ms over`)),
      millis,
    );
  });
  work.catch(() => {}); // whoever waits has heard
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
