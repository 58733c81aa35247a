/**
 * Recommenders: matrix factorisation, GMF, MLP and NeuMF (`CollaborativeFilter`), `SASRec`, which reads histories, and
 * `TwoTower`; and `DKT`, which foretells the answers of learners.
 *
 * @module
 */
export { loadDKT, loadRecommender, saveDKT, saveRecommender } from "./checkpoint.ts";
export { CollaborativeFilter, UserItemVectors } from "./collaborative.ts";
export type { CollaborativeConfig, DKTConfig, SASRecConfig, TwoTowerConfig } from "./config.ts";
export { DKT } from "./dkt.ts";
export { SASRec, SASRecBlock } from "./sas_rec.ts";
export { Tower, TwoTower } from "./two_tower.ts";
