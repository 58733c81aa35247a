import { DeviceError } from "../../device_error.ts";

/**
 * W7: what goes wrong on a GPU is known only after the call: it is kept here until the next one that can throw.
 *
 * An invalid command voids the others of its submit too, so that results read after an error are worth nothing.
 */
export class GPUErrors {
  /** The kernel that runs, in strict mode. */
  op: string | undefined;
  /** Why the GPU is gone, if it is. */
  lost: string | undefined;
  #messages: string[] = [];
  #wantsMemory = false;
  readonly #pending = new Set<Promise<void>>();

  /**
   * @param device The device to watch.
   * @param outOfMemory Makes the error to throw where the GPU has said that its memory is used up.
   */
  constructor(
    readonly device: GPUDevice,
    readonly outOfMemory: (message: string) => DeviceError,
  ) {
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      const { error } = event as GPUUncapturedErrorEvent;
      this.#messages.push(`An earlier GPU command failed: ${this.#told(error)}`);
    });
    device.lost.then(({ reason, message }) => {
      this.lost = message || String(reason);
    });
  }

  /** Forgets what is known so far, where somebody has seen to it. */
  forget(): void {
    this.#messages = [];
    this.#wantsMemory = false;
  }

  /** Opens a scope for the errors of one program. */
  openScope(): void {
    this.device.pushErrorScope("validation");
    this.device.pushErrorScope("out-of-memory");
  }

  /** Closes it. @param what What ran in it. */
  closeScope(what: string): void {
    for (let scope = 0; scope < 2; scope++) {
      const popped = this.device.popErrorScope().then((error) => {
        if (error) this.#messages.push(`${what}: ${this.#told(error)}`);
      }, () => {}); // the device is lost
      this.#pending.add(popped);
      popped.finally(() => this.#pending.delete(popped));
    }
  }

  /** What an error says. */
  #told(error: GPUError): string {
    const message = error.message.trim(); // wgpu begins its messages with an empty line
    if (error instanceof GPUOutOfMemoryError) this.#wantsMemory = true;
    return message;
  }

  /** Waits until every error so far is known. */
  async settle(): Promise<void> {
    await Promise.all(this.#pending);
    await new Promise((resolve) => setTimeout(resolve)); // events come as tasks
  }

  /** Throws what went wrong, once. */
  throwIfAny(): void {
    if (this.#messages.length === 0) return;
    const [first, ...more] = this.#messages;
    this.#messages = [];
    const message = more.length === 0 ? first! : `${first} (and ${more.length} more after it)`;
    const wantsMemory = this.#wantsMemory;
    this.#wantsMemory = false;
    throw wantsMemory ? this.outOfMemory(message) : new DeviceError(message);
  }

  /** Throws if the GPU is gone. */
  throwIfLost(): void {
    if (this.lost === undefined) return;
    throw new DeviceError(
      `Cannot use the GPU as it was lost: ${this.lost}; await useDevice("webgpu") again and make the ` +
        "tensors anew, for example from the last checkpoint",
    );
  }
}
