/**
 * Notebooks without Jupyter: a client of Deno's own kernel, and what reads, runs, checks, compares and exports `.ipynb` files.
 *
 * @module
 */
export { type ExecuteOptions, type Execution, KernelClient, type KernelOptions } from "./client.ts";
export { DeadKernelError, KernelTimeoutError } from "./kernel_error.ts";
export type { Channel, KernelMessage, MessageHeader } from "./message.ts";
export type {
  DisplayOutput,
  ErrorOutput,
  MimeBundle,
  Output,
  ResultOutput,
  StreamOutput,
} from "./outputs.ts";
