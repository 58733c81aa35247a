import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import type { GANConfig } from "./config.ts";
import { Critic, Generator } from "./model.ts";

/**
 * Saves a generator or a critic as a folder: `config.json` and `model.safetensors`, under the names of its fields.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveGAN(model: Generator | Critic, folder: string): Promise<void> {
  await saveOwnFolder(model, folder, model instanceof Generator ? "gan_generator" : "gan_critic");
}

/**
 * Loads a generator that {@link saveGAN} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is another model.
 */
export async function loadGenerator(folder: string): Promise<Generator> {
  return await loadOwnFolder<Generator>(folder, {
    gan_generator: (config: GANConfig) => new Generator(config),
  });
}

/** Loads a critic, as {@link loadGenerator} does a generator. */
export async function loadCritic(folder: string): Promise<Critic> {
  return await loadOwnFolder<Critic>(folder, {
    gan_critic: (config: GANConfig) => new Critic(config),
  });
}
