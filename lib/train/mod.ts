/**
 * Training: the trainer, its objectives, its callbacks and its logs.
 *
 * @module
 */
export { JsonlWriter } from "./jsonl.ts";
export { type EventFileOptions, EventFileWriter, type Pixels } from "./tensorboard/event_file.ts";
export type { HyperParameter, SessionStatus } from "./tensorboard/hyper_parameters.ts";
