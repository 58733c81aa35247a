/** Thrown where a file of weights is damaged, incomplete, or not for this model. */
export class CheckpointError extends Error {
  /** The name of this class. */
  override readonly name = "CheckpointError";
}
