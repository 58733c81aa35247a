/**
 * A GPT-2 writes, token after token, in Tome.
 *
 * @module
 */
import { quantizeModel } from "@tome/tome/compress";
import { generate } from "@tome/tome/generate";
import { GPT, loadGPT } from "@tome/tome/models/gpt";
import { seed } from "@tome/tome/tensor";
import type { SetUp } from "../contender.ts";
import type { GenerationTask } from "../generation.ts";
import { startTome, type TomeDevice } from "./tome.ts";

/** On a device. */
export const tome: SetUp<GenerationTask & { device: TomeDevice }> = async (task) => {
  const facts = await startTome(task.device);
  const { folder, prompt, bits } = task;
  seed(1);
  const model = folder ? await loadGPT(folder) : new GPT({
    vocabSize: task.vocab,
    contextLength: 1024,
    numLayers: task.layers,
    numHeads: task.heads,
    embedDim: task.width,
    dropout: 0,
  });
  model.eval();
  if (bits) await quantizeModel(model, { bits });
  return {
    facts,
    async run(units) {
      const [result] = await generate(model, prompt, { maxNewTokens: units });
      return result!.newIds;
    },
  };
};
