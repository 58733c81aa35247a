import { CheckpointError } from "../checkpoint/mod.ts";
import type { Module } from "../nn/mod.ts";

/**
 * Fills a new model, and frees it if that fails.
 *
 * @param model The model.
 * @param fill Gives it its weights.
 * @returns The model, as in use.
 */
export async function filled<M extends Module>(
  model: M,
  fill: (model: M) => Promise<unknown>,
): Promise<M> {
  try {
    await fill(model);
  } catch (error) {
    model[Symbol.dispose]();
    throw error;
  }
  return model.eval();
}

/**
 * Compares what the weights of a folder were made for with a model; the rates of dropout may differ.
 *
 * @param theirs The configuration of the folder, with nothing left to choose.
 * @param ours The configuration of the model, with nothing left to choose.
 * @param folder Where the weights are, for the message.
 * @throws {CheckpointError} If they differ.
 */
export function checkSameConfig<C extends object>(theirs: C, ours: C, folder: string): void {
  const names = (Object.keys(theirs) as (keyof C & string)[])
    .filter((name) => !/dropout/i.test(name) && theirs[name] !== ours[name]);
  if (names.length === 0) return;
  const list = (of: C) => names.map((name) => `${name} ${of[name]}`).join(", ");
  throw new CheckpointError(
    `Cannot load the weights of ${folder} as the model must have ${list(theirs)}: ` +
      `current model has ${list(ours)}`,
  );
}
