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
export {
  type Cell,
  type CellMetadata,
  createNotebook,
  formatNotebook,
  type Notebook,
  parseNotebook,
  readNotebook,
  stripNotebook,
  writeNotebook,
} from "./format.ts";
export { type CellRun, type NotebookRun, runNotebook, type RunOptions } from "./run.ts";
export { checkNotebook, checkNotebooks, type CheckOptions, type Finding } from "./check.ts";
export { compareJson, compareOutputs, compareTexts, type Tolerance } from "./compare.ts";
export { type Fault, type Verification, verifyNotebook, type VerifyOptions } from "./verify.ts";
export { exportNotebook, type ExportOptions } from "./export.ts";
export { renderMarkdown } from "./markdown.ts";
