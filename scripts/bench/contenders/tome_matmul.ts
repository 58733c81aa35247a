/**
 * Products of square float32 matrices in Tome.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { SetUp } from "../contender.ts";
import { type MatMulTask, matMulWork } from "../matrices.ts";
import { startTome, type TomeDevice } from "./tome.ts";

/** On a device. */
export const tome: SetUp<MatMulTask & { device: TomeDevice }> = async (task) =>
  matMulWork(tf, task, await startTome(task.device));
