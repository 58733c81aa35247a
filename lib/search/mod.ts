/**
 * The search for settings that give the best result: by chance, by a grid, by what past trials tell; bad trials stopped early; kept in a journal.
 *
 * @module
 */
export {
  choice,
  type ChoiceDomain,
  type Domain,
  integer,
  logUniform,
  type NumberDomain,
  onlyWhen,
  type Settings,
  type SettingValue,
  type Space,
  uniform,
} from "./space.ts";
export type { Report, SearchObjective, Trial, TrialHandle, TrialState } from "./trial.ts";
export { gridSampler, randomSampler, type Sampler } from "./samplers.ts";
export { type TpeOptions, tpeSampler } from "./tpe.ts";
export { type Pruner, successiveHalving, type SuccessiveHalvingOptions } from "./pruners.ts";
export { type RunningTrial, search, type SearchOptions } from "./search.ts";
export { SearchResult } from "./result.ts";
export { inProcesses, type ProcessOptions } from "./processes.ts";
export { watchTrial, type WatchTrialOptions } from "./watch_trial.ts";
