/**
 * Attention over a long context in Tome.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { attention } from "@tome/tome/ops";
import { type AttentionTask, attentionWork } from "../attention.ts";
import type { SetUp } from "../contender.ts";
import { startTome, type TomeDevice } from "./tome.ts";

/** On a device. */
export const tome: SetUp<AttentionTask & { device: TomeDevice }> = async (task) =>
  attentionWork(
    tf,
    task,
    await startTome(task.device),
    (q, k, v) => attention(q, k, v, { causal: true }),
  );
