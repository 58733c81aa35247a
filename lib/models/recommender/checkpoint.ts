import { loadOwnFolder, saveOwnFolder } from "../own_folder.ts";
import { CollaborativeFilter } from "./collaborative.ts";
import type { CollaborativeConfig, DKTConfig, SASRecConfig, TwoTowerConfig } from "./config.ts";
import { DKT } from "./dkt.ts";
import { SASRec } from "./sas_rec.ts";
import { TwoTower } from "./two_tower.ts";

const MODELS = {
  collaborative_filter: (config: CollaborativeConfig) => new CollaborativeFilter(config),
  sas_rec: (config: SASRecConfig) => new SASRec(config),
  two_tower: (config: TwoTowerConfig) => new TwoTower(config),
};

/**
 * Saves a recommender as a folder: `config.json` and `model.safetensors`, under the names of its fields.
 *
 * @param model The model.
 * @param folder Where to; a folder that is there is replaced once the new one is whole.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function saveRecommender(
  model: CollaborativeFilter | SASRec | TwoTower,
  folder: string,
): Promise<void> {
  const type = model instanceof SASRec
    ? "sas_rec"
    : model instanceof TwoTower
    ? "two_tower"
    : "collaborative_filter";
  await saveOwnFolder(model, folder, type);
}

/**
 * Loads a recommender that {@link saveRecommender} saved.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is no recommender.
 */
export async function loadRecommender(
  folder: string,
): Promise<CollaborativeFilter | SASRec | TwoTower> {
  return await loadOwnFolder<CollaborativeFilter | SASRec | TwoTower>(folder, MODELS);
}

/** Saves a {@link DKT} as {@link saveRecommender} does a recommender. */
export async function saveDKT(model: DKT, folder: string): Promise<void> {
  await saveOwnFolder(model, folder, "dkt");
}

/**
 * Loads a {@link DKT}.
 *
 * @param folder Where `config.json` and the weights are.
 * @returns The model, as in use (`eval()`); its caller disposes it.
 * @throws {CheckpointError} If a part is missing or damaged, or it is another model.
 */
export async function loadDKT(folder: string): Promise<DKT> {
  return await loadOwnFolder<DKT>(folder, { dkt: (config: DKTConfig) => new DKT(config) });
}
