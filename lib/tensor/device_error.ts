/**
 * Thrown where a device cannot do what was asked: none answers, a GPU program is invalid, a tensor is
 * too large for it, or the device was lost.
 */
export class DeviceError extends Error {
  /** The name of this class. */
  override readonly name: string = "DeviceError";
}
